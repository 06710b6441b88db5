// SPDX-License-Identifier: Apache-2.0
// Checkpoints, early stopping and weights that are set, through the public API.
#include <gmock/gmock.h>

#include <cmath>
#include <functional>
#include <nlohmann/json.hpp>
#include <random>

#include "base/scratch_folder.hpp"
#include "error/problems.hpp"
#include "support/devices.hpp"
#include "synfire/base/files.hpp"
#include "synfire/base/zip.hpp"
#include "synfire/training_compiler.hpp"
#include "train/toy.hpp"

namespace synfire {
namespace {

using test::problems_of;
using test::ScratchFolder;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::make_toy;
using testing::make_toy_network;
using testing::Toy;
using testing::toy_compiler;
using testing::ToyNetwork;

// Everything but times.
nlohmann::json without_times(const History& history) {
  nlohmann::json json = nlohmann::json::parse(history.json());
  for (auto& epoch : json["epochs"]) {
    epoch.erase("seconds");
    epoch.erase("validation_seconds");
  }
  return json;
}

std::vector<std::byte> saved(const TrainingNetwork& model) {
  const ScratchFolder folder;
  model.save(folder / "model.ckpt");
  return base::read_file(folder / "model.ckpt");
}

// A toy that is trained with everything that a run has: validation, a schedule, early stopping, a short last batch.
struct Task {
  ToyNetwork toy = make_toy_network();
  Toy data = make_toy(14);
  ScratchFolder folder;

  std::optional<Surrogates> surrogate = std::nullopt;

  TrainingNetwork compile(const std::string& device = "host") const {
    TrainingCompiler compiler = toy_compiler(device, 4);
    compiler.surrogate = surrogate;
    compiler.gradient_slots = 3;
    compiler.max_spikes = 2;  // tapes grow
    return compiler.compile(toy.network);
  }
  TrainOptions options() const {
    return {.epochs = 3,
            .validation_split = 0.2,
            .learning_rate = [](std::uint32_t epoch, double rate) { return epoch == 0 ? rate : 0.7 * rate; },
            .callbacks = {EarlyStopping{.monitor = "validation.loss", .patience = 2}},
            .warn = [](const Problem&) {}};
  }
  TrainOptions kept(std::uint64_t every = 0) const {
    TrainOptions options = this->options();
    options.callbacks.emplace_back(Checkpoint{.path = folder / "run.ckpt", .every_updates = every});
    options.resume = folder / "run.ckpt";
    return options;
  }
  History train(TrainingNetwork& model, const TrainOptions& options) const {
    return model.train({{toy.input, data.spikes}}, {{toy.output, data.labels}}, options);
  }
};

class Checkpoints : public ::testing::TestWithParam<std::string> {};

// `stop` is asked before and after each batch, of training and of validation.
TEST_P(Checkpoints, ARunThatIsCutAnywhereAndResumedIsTheWholeRun) {
  const Task task;
  TrainingNetwork whole = task.compile(GetParam());
  const nlohmann::json expected = without_times(task.train(whole, task.options()));
  const std::vector<std::byte> end = saved(whole);
  TrainingNetwork resumed = task.compile(GetParam());
  for (int asked = 0;; ++asked) {
    SCOPED_TRACE("stopped when asked the " + std::to_string(asked) + "-th time");
    std::filesystem::remove(task.folder / "run.ckpt");
    TrainOptions options = task.kept(asked % 3 == 0 ? 0 : 2);
    options.stop = [left = asked]() mutable { return left-- <= 0; };
    TrainingNetwork cut = task.compile(GetParam());
    if (task.train(cut, options).end != TrainingEnd::stopped) break;
    // Nothing was due before the first batch.
    if (!std::filesystem::exists(task.folder / "run.ckpt")) continue;
    EXPECT_EQ(without_times(task.train(resumed, task.kept())), expected);
    EXPECT_EQ(saved(resumed), end);
    ASSERT_LT(asked, 1000);
  }
}

// A surrogate has a second tape for a population, and its spikes count once.
TEST_P(Checkpoints, OfSurrogateGradientsContinueTheRunToo) {
  for (const Surrogates& surrogate : {Surrogates(Triangle{.width = 3.0}), Surrogates("atan")}) {
    Task task;
    TrainingNetwork exact = task.compile(GetParam());
    task.surrogate = surrogate;
    TrainingNetwork whole = task.compile(GetParam()), resumed = task.compile(GetParam());
    TrainOptions still = task.options();
    still.epochs = 1;
    still.learning_rate = [](std::uint32_t, double) { return 0.0; };
    const History surrogate_history = task.train(resumed, still), exact_history = task.train(exact, still);
    ASSERT_EQ(surrogate_history.epochs[0].activity.size(), exact_history.epochs[0].activity.size());
    EXPECT_GT(exact_history.epochs[0].activity[0].spikes, 0u);
    EXPECT_EQ(surrogate_history.epochs[0].activity[0].spikes, exact_history.epochs[0].activity[0].spikes);

    const nlohmann::json expected = without_times(task.train(whole, task.options()));
    const std::vector<std::byte> end = saved(whole);
    for (const int asked : {2, 5, 7}) {
      std::filesystem::remove(task.folder / "run.ckpt");
      TrainOptions options = task.kept(2);
      options.stop = [left = asked]() mutable { return left-- <= 0; };
      TrainingNetwork cut = task.compile(GetParam());
      ASSERT_EQ(task.train(cut, options).end, TrainingEnd::stopped);
      EXPECT_EQ(without_times(task.train(resumed, task.kept())), expected);
      EXPECT_EQ(saved(resumed), end);
    }
    // The checkpoint of a surrogate is not that of exact gradients.
    EXPECT_THROW(task.train(exact, task.kept()), DataError);
  }
}

// One epoch is not held by the device, but passed batch by batch.
TEST_P(Checkpoints, ACutInTheOnlyEpochIsOneToo) {
  const Task task;
  TrainOptions only = task.options();
  only.epochs = 1;
  TrainingNetwork whole = task.compile(GetParam()), resumed = task.compile(GetParam());
  const nlohmann::json expected = without_times(task.train(whole, only));
  TrainOptions first = task.kept(1);
  first.epochs = 1;
  first.stop = [left = 2]() mutable { return left-- <= 0; };
  TrainingNetwork cut = task.compile(GetParam());
  ASSERT_EQ(task.train(cut, first).end, TrainingEnd::stopped);
  ASSERT_GT(cut.updates(), 0u);
  ASSERT_LT(cut.updates(), 3u);
  first.stop = {};
  EXPECT_EQ(without_times(task.train(resumed, first)), expected);
  EXPECT_EQ(saved(resumed), saved(whole));
}

SYNFIRE_ON_EVERY_DEVICE(Checkpoints);

TEST(Checkpoint, DoesNotChangeWhatIsLearned) {
  const Task task;
  TrainingNetwork alone = task.compile(), kept = task.compile();
  const History a = task.train(alone, task.options()), b = task.train(kept, task.kept(2));
  EXPECT_EQ(without_times(a), without_times(b));
  EXPECT_EQ(alone.network(), kept.network());
}

TEST(Checkpoint, ARunThatIsOverCanHaveMoreEpochs) {
  const Task task;
  TrainOptions longer = task.kept(), whole = task.options();
  longer.callbacks = {Checkpoint{.path = task.folder / "run.ckpt"}};
  whole.callbacks = {};
  TrainingNetwork first = task.compile(), second = task.compile(), at_once = task.compile();
  EXPECT_EQ(task.train(first, longer).epochs.size(), 3u);
  longer.epochs = whole.epochs = 5;
  const History history = task.train(second, longer);
  EXPECT_EQ(without_times(history), without_times(task.train(at_once, whole)));
  EXPECT_EQ(saved(second), saved(at_once));
}

TEST(Checkpoint, SaysWhatItIs) {
  const Task task;
  TrainingNetwork model = task.compile();
  TrainOptions options = task.options();
  options.callbacks.emplace_back(Checkpoint{.path = task.folder / "run.ckpt", .notes = {{"who", "a test"}}});
  task.train(model, options);
  const CheckpointInfo info = read_checkpoint(task.folder / "run.ckpt");
  EXPECT_EQ(info.updates, model.updates());
  EXPECT_EQ(info.epoch, 3u);
  EXPECT_EQ(info.notes.at("who"), "a test");
  const Description description = parse_description(info.description, info.tensors, "run.ckpt");
  EXPECT_EQ(description.network, task.toy.network);
  EXPECT_EQ(description.compile.gradient_slots, 3u);
  // What it says can be compiled and resumed.
  EventPropCompiler compiler = EventPropCompiler::from(description.compile, description.network);
  compiler.device = "host";
  compiler.cache_folder = testing::cache_folder();
  TrainingNetwork again = compiler.compile(description.network);
  again.load(task.folder / "run.ckpt");
  EXPECT_EQ(again.updates(), model.updates());
}

TEST(Checkpoint, ModelsAreSavedAndLoadedWithoutCompiling) {
  const Task task;
  TrainingNetwork model = task.compile(), other = task.compile();
  task.train(model, task.options());
  model.save(task.folder / "model.ckpt");
  other.load(task.folder / "model.ckpt");
  EXPECT_EQ(other.network(), model.network());
  EXPECT_EQ(other.updates(), model.updates());
  EXPECT_EQ(other.learning_rate(), model.learning_rate());
  EXPECT_EQ(saved(other), saved(model));
  EXPECT_FALSE(read_checkpoint(task.folder / "model.ckpt").epoch);
  TrainOptions resumed = task.options();
  resumed.resume = task.folder / "model.ckpt";
  const auto problems = problems_of<DataError>([&] { task.train(other, resumed); });
  EXPECT_EQ(problems.at(0).kind, ProblemKind::foreign_checkpoint);
  EXPECT_THAT(problems.at(0).message, HasSubstr("no run to resume"));
}

class ForeignCheckpoint : public ::testing::Test {
 protected:
  ForeignCheckpoint() {
    TrainingNetwork model = task_.compile();
    task_.train(model, task_.kept());
  }

  void refused(const std::string& reason, const std::function<void()>& work) const {
    const auto problems = problems_of<DataError>(work);
    ASSERT_EQ(problems.size(), 1u) << reason;
    EXPECT_EQ(problems[0].kind, ProblemKind::foreign_checkpoint) << problems[0].message;
    EXPECT_EQ(problems[0].path, (task_.folder / "run.ckpt").string());
    EXPECT_THAT(problems[0].message, HasSubstr(reason));
  }

  Task task_;
};

TEST_F(ForeignCheckpoint, OfAnotherNetworkOrOtherSettings) {
  ToyNetwork other = make_toy_network();
  other.network.add(LeakyIntegrate{}, 1, {.name = "more"});
  TrainingNetwork model = toy_compiler("host", 4).compile(other.network);
  refused("another network", [&] { model.load(task_.folder / "run.ckpt"); });
  for (const auto& change : std::vector<std::function<void(EventPropCompiler&)>>{
           [](EventPropCompiler& compiler) { compiler.seed = 4; },
           [](EventPropCompiler& compiler) { compiler.dt = 0.5; },
           [](EventPropCompiler& compiler) { compiler.batch_size = 5; },
           [](EventPropCompiler& compiler) { compiler.gradient_slots = 2; },
           [](EventPropCompiler& compiler) {
             compiler.optimizer = Adam{.learning_rate = compiler.optimizer.learning_rate, .beta1 = 0.8};
           },
           [](EventPropCompiler& compiler) { compiler.losses = SparseCategoricalCrossentropy{.temperature = 0.5}; }}) {
    EventPropCompiler compiler = toy_compiler("host", 4);
    compiler.gradient_slots = 3;
    change(compiler);
    TrainingNetwork changed = compiler.compile(task_.toy.network);
    refused("other settings", [&] { changed.load(task_.folder / "run.ckpt"); });
  }
}

TEST_F(ForeignCheckpoint, OfOtherDataOrOptions) {
  TrainingNetwork model = task_.compile();
  const Tensor<float> before =
      model.batch_gradients({{"input", slice(task_.data.spikes, 0, 4)}}, {{"output", std::vector<int>{0, 1, 0, 1}}})
          .at("in");
  const auto with = [&](const std::function<void(TrainOptions&)>& change) {
    TrainOptions options = task_.kept();
    change(options);
    return [this, options, &model] { task_.train(model, options); };
  };
  refused("the seed differs", with([](TrainOptions& options) { options.seed = 9; }));
  refused("shuffle differs", with([](TrainOptions& options) { options.shuffle = false; }));
  refused("start_epoch differs", with([](TrainOptions& options) { options.start_epoch = 1; }));
  refused("the number of training examples", with([](TrainOptions& options) { options.validation_split = 0.5; }));
  const Toy other = make_toy(14, 2);
  refused("the data", [&] { model.train({{"input", other.spikes}}, {{"output", other.labels}}, task_.kept()); });
  EXPECT_EQ(model.updates(), 0u) << "nothing was taken over";
  EXPECT_EQ(
      model.batch_gradients({{"input", slice(task_.data.spikes, 0, 4)}}, {{"output", std::vector<int>{0, 1, 0, 1}}})
          .at("in"),
      before);
}

TEST_F(ForeignCheckpoint, WithoutTheWeightsOfTheBestEpoch) {
  std::filesystem::remove(task_.folder / "run.ckpt");
  TrainOptions options = task_.kept();
  options.callbacks = {Checkpoint{.path = task_.folder / "run.ckpt"}};
  TrainingNetwork model = task_.compile();
  task_.train(model, options);
  options.callbacks = {EarlyStopping{.monitor = "training.loss", .min_delta = 1000}};
  refused("the weights of epoch 0, which is the best by early stopping, are not in the checkpoint",
          [&] { task_.train(model, options); });
}

// The file with another index; ZIP checksums are right.
void edit(const std::filesystem::path& file, const std::function<void(nlohmann::ordered_json&)>& change) {
  std::vector<base::ZipEntry> entries = base::read_zip(file);
  base::ZipWriter zip(file);
  for (const base::ZipEntry& entry : entries) {
    const auto* const begin = reinterpret_cast<const char*>(entry.bytes.data());
    std::string text(begin, begin + entry.bytes.size());
    if (entry.name == "checkpoint.json") {
      auto json = nlohmann::ordered_json::parse(text);
      change(json);
      text = json.dump();
    }
    zip.add(entry.name, std::as_bytes(std::span(text)));
  }
  zip.finish();
}

TEST_F(ForeignCheckpoint, IsNotTrustedEither) {
  using Json = nlohmann::ordered_json;
  const std::vector<std::byte> good = base::read_file(task_.folder / "run.ckpt");
  TrainingNetwork model = task_.compile();
  const std::vector<std::function<void(Json&)>> changes{
      [](Json& json) { json["format"] = "synfire-artifact"; },
      [](Json& json) { json.erase("updates"); },
      [](Json& json) { json["surplus"] = 1; },
      [](Json& json) { json["learning_rate"] = -1.0; },
      [](Json& json) { json["learning_rate"] = 1e300; },
      [](Json& json) { json["values"].erase(0); },
      [](Json& json) { json["values"][0]["connection"] = "nobody"; },
      [](Json& json) { json["values"][0]["weights"] = "weights/out.weight.npy"; },
      [](Json& json) { json["values"][0]["weights"] = "nothing.npy"; },
      [](Json& json) { json["tape_capacities"] = Json::array(); },
      [](Json& json) { json["tape_capacities"][0] = 4000000000u; },
      [](Json& json) { json["run"]["epochs"][0]["epoch"] = 7; },
      [](Json& json) { json["run"]["epochs"][1]["batches"] = 1; },
      [](Json& json) { json["run"]["epochs"][1]["training"] = Json::array(); },
      [](Json& json) { json["run"]["epochs"][1]["validation"][0]["output"] = "hidden"; },
      [](Json& json) { json["run"]["examples"] = 18446744073709551615u; },
      [](Json& json) {
        json["run"]["current"] = json["run"]["epochs"][0];
        json["run"]["current"]["epoch"] = 3;
        json["run"]["scores"]["losses"] = {1.0, 2.0, 3.0};
      },
      [](Json& json) {
        json["run"]["current"] = json["run"]["epochs"][0];
        json["run"]["current"]["epoch"] = 3;
        json["run"]["current"]["batches"] = 4;
      },
      [](Json& json) { json["entries"].begin().value()["xxh3_128"] = "0"; },
      [](Json& json) { json["best_epoch"] = nullptr; }};
  for (std::size_t i = 0; i < changes.size(); ++i) {
    SCOPED_TRACE("change " + std::to_string(i));
    base::write_file(task_.folder / "run.ckpt", good);
    edit(task_.folder / "run.ckpt", changes[i]);
    EXPECT_FALSE(problems_of<DataError>([&] { task_.train(model, task_.kept()); }).empty());
    EXPECT_EQ(model.updates(), 0u);
  }
  base::write_file(task_.folder / "run.ckpt", good);
  edit(task_.folder / "run.ckpt", [](Json& json) { json["version"] = json["version"].get<int>() + 1; });
  EXPECT_EQ(problems_of<DataError>([&] { model.load(task_.folder / "run.ckpt"); }).at(0).kind,
            ProblemKind::unsupported);
}

TEST_F(ForeignCheckpoint, DamagedIsRefusedOrHarmless) {
  constexpr std::uint32_t seed = 11;
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const std::vector<std::byte> good = base::read_file(task_.folder / "run.ckpt");
  TrainingNetwork model = task_.compile(), whole = task_.compile();
  whole.load(task_.folder / "run.ckpt");
  const std::vector<std::byte> expected = saved(whole);
  for (int i = 0; i < 200; ++i) {
    std::vector<std::byte> bad = good;
    if (i % 4 == 0)
      bad.resize(random() % bad.size());
    else
      bad[random() % bad.size()] ^= static_cast<std::byte>(1 + random() % 255);
    base::write_file(task_.folder / "run.ckpt", bad);
    try {
      model.load(task_.folder / "run.ckpt");
      EXPECT_EQ(saved(model), expected) << i;
    } catch (const DataError&) {
    }
  }
}

TEST(Checkpoint, OutputsAreCheckedBeforeTraining) {
  const Task task;
  TrainingNetwork model = task.compile();
  TrainOptions options = task.options();
  options.callbacks.emplace_back(Checkpoint{.path = task.folder / "missing" / "run.ckpt"});
  EXPECT_EQ(problems_of<DataError>([&] { task.train(model, options); }).at(0).kind, ProblemKind::file_access);
  options.callbacks.back() = Checkpoint{};
  EXPECT_EQ(problems_of<DataError>([&] { task.train(model, options); }).at(0).kind, ProblemKind::file_access);
  options.callbacks.back() = Checkpoint{.path = task.folder / "run.ckpt"};
  options.callbacks.emplace_back(Checkpoint{.path = task.folder / "other.ckpt"});
  EXPECT_EQ(problems_of<ModelError>([&] { task.train(model, options); }).at(0).path, "callbacks[2]");
  EXPECT_EQ(model.updates(), 0u);
  const auto problems = problems_of<ModelError>([&] {
    model.evaluate({{task.toy.input, task.data.spikes}}, {{task.toy.output, task.data.labels}},
                   {.callbacks = {EarlyStopping{}}});
  });
  EXPECT_EQ(problems.at(0).kind, ProblemKind::invalid_option);
}

TEST(Checkpoint, ThatCannotBeWrittenIsAWarning) {
  const Task task;
  TrainingNetwork model = task.compile(), alone = task.compile();
  const std::filesystem::path folder = task.folder / "folder";
  std::filesystem::create_directory(folder);
  TrainOptions options = task.options();
  options.callbacks.emplace_back(Checkpoint{.path = folder / "run.ckpt"});
  std::vector<ProblemKind> warned;
  options.warn = [&](const Problem& problem) { warned.push_back(problem.kind); };
  options.stop = [&] {
    std::filesystem::remove_all(folder);
    return false;
  };
  task.train(model, options);
  task.train(alone, task.options());
  EXPECT_THAT(warned, Contains(ProblemKind::checkpoint_not_written));
  EXPECT_EQ(model.network(), alone.network());
}

// ---- Early stopping

TEST(EarlyStopping, ReturnsTheWeightsOfTheBestEpoch) {
  const Task task;
  TrainOptions options = task.options();
  options.epochs = 30;
  options.callbacks = {EarlyStopping{.monitor = "validation.loss", .patience = 2, .min_delta = 1000}};
  TrainingNetwork model = task.compile(), until_best = task.compile();
  const History history = task.train(model, options);
  ASSERT_EQ(history.end, TrainingEnd::early_stopping);
  EXPECT_EQ(history.best_epoch, 0u) << "nothing improves by 1000";
  EXPECT_EQ(history.epochs.size(), 3u);
  options.callbacks = {};
  options.epochs = *history.best_epoch + 1;
  task.train(until_best, options);
  EXPECT_EQ(model.network(), until_best.network());
}

TEST(EarlyStopping, MistakesAreNamed) {
  const Task task;
  TrainingNetwork model = task.compile();
  const auto problem = [&](EarlyStopping stopping, double split = 0.2) {
    TrainOptions options = task.options();
    options.validation_split = split;
    options.callbacks = {std::move(stopping)};
    return problems_of<ModelError>([&] { task.train(model, options); }).at(0);
  };
  EXPECT_EQ(problem({.monitor = "loss"}).path, "early_stopping.monitor");
  EXPECT_EQ(problem({.monitor = "validation."}).kind, ProblemKind::invalid_option);
  EXPECT_EQ(problem({.monitor = "validation.ouput.loss"}).expected, "output");
  EXPECT_EQ(problem({.monitor = "validation.sparse_categorical_acuracy"}).expected, "sparse_categorical_accuracy");
  EXPECT_THAT(problem({.monitor = "validation.loss"}, 0).hint, HasSubstr("training.loss"));
  EXPECT_EQ(problem({.patience = 0}).path, "early_stopping.patience");
  EXPECT_EQ(problem({.min_delta = NAN}).path, "early_stopping.min_delta");
  EXPECT_EQ(model.updates(), 0u);
}

// ---- Weights that are set

TEST(Weights, AreSetWithoutCompiling) {
  const Task task;
  TrainingNetwork model = task.compile(), other = task.compile();
  task.train(model, task.options());
  const ir::Network trained = model.network().resolve();
  const auto weights = [&](std::size_t connection) {
    return weight_of(trained.connections[connection].connectivity).array();
  };
  other.set(task.toy.in, "weight", weights(0));
  other.set("out", "weight", weights(1));
  EXPECT_EQ(other.network(), model.network());
  EXPECT_EQ(other.predict({{task.toy.input, task.data.spikes}})["output"],
            model.predict({{task.toy.input, task.data.spikes}})["output"]);
}

TEST(Weights, OfListsAndPatternsKeepTheirOrder) {
  Network network{event_prop_defaults};
  const auto input = network.add(SpikeInput{}, 4, {.name = "input"});
  const auto output = network.add(LeakyIntegrate{}, 2, {.readout = "avg_var", .name = "output"});
  network.connect(input, output, Sparse{{2, 0, 1, 0}, {1, 0, 1, 0}, Tensor<float>({4}, {1, 2, 3, 4})},
                  {.synapse = Exponential{}, .name = "list"});
  network.connect(input, output, FixedProbability{0.6, Normal{.mean = 1.0, .sd = 0.5}},
                  {.synapse = Exponential{}, .name = "pattern"});
  network.connect(input, output, Dense{0.5}, {.synapse = Exponential{}, .name = "shared"});
  TrainingNetwork model = toy_compiler().compile(network);
  model.set("list", "weight", Tensor<float>({4}, {5, 6, 7, 8}));
  model.set("shared", "weight", Tensor<float>({1}, {-2}));
  const auto weight = [](const Network& of, std::size_t connection) {
    return weight_of(of.resolve().connections[connection].connectivity);
  };
  EXPECT_EQ(weight(model.network(), 0).array(), Tensor<float>({4}, {5, 14, 7, 0})) << "two entries are one synapse";
  EXPECT_EQ(weight(model.network(), 2).number(), -2.0);
  Tensor<float> drawn = weight(model.network(), 1).array();
  for (std::size_t i = 0; i < drawn.size(); ++i) drawn[i] = static_cast<float>(i);
  model.set("pattern", "weight", drawn);
  EXPECT_EQ(weight(model.network(), 1).array(), drawn);
}

TEST(Weights, MistakesAreNamed) {
  const Task task;
  TrainingNetwork model = task.compile();
  const Network before = model.network();
  const Tensor<float> right({4, 8});
  EXPECT_EQ(problems_of<DataError>([&] { model.set("in", "weight", Tensor<float>({8, 4})); }).at(0).expected, "4×8");
  EXPECT_EQ(problems_of<DataError>([&] {
              model.set("in", "weight", Tensor<float>({4, 8}, std::vector<float>(32, NAN)));
            })
                .at(0)
                .kind,
            ProblemKind::non_finite_data);
  EXPECT_EQ(problems_of<ModelError>([&] { model.set("in", "delay", right); }).at(0).kind,
            ProblemKind::missing_variable);
  EXPECT_EQ(problems_of<ModelError>([&] { model.set("inn", "weight", right); }).at(0).kind, ProblemKind::unknown_name);
  EXPECT_EQ(problems_of<ModelError>([&] { model.set("hidden", "weight", right); }).at(0).kind,
            ProblemKind::unknown_name);
  const ToyNetwork stranger = make_toy_network();
  EXPECT_EQ(problems_of<ModelError>([&] { model.set(stranger.in, "weight", right); }).at(0).kind,
            ProblemKind::foreign_id);
  EXPECT_EQ(model.network(), before);
}

TEST(Weights, AreTakenOverByName) {
  const Task task;
  TrainingNetwork model = task.compile();
  task.train(model, task.options());
  // Another output, one more connection, and one that is frozen.
  Network wider{event_prop_defaults};
  const auto input = wider.add(SpikeInput{}, 4, {.name = "input"});
  const auto hidden = wider.add(LeakyIntegrateFire{.tau_mem = 10.0}, 8, {.name = "hidden"});
  const auto output = wider.add(LeakyIntegrate{}, 3, {.readout = "avg_var", .name = "output"});
  wider.connect(input, hidden, Dense{1.5}, {.synapse = Exponential{}, .name = "more"});
  wider.connect(input, hidden, Dense{Normal{.mean = 3.0, .sd = 1.5}}, {.synapse = Exponential{}, .name = "in"});
  wider.connect(hidden, output, Dense{Normal{.mean = 0.0, .sd = 1.0}}, {.synapse = Exponential{}, .name = "out"});
  TrainingNetwork warm = toy_compiler().compile(wider);
  const TrainingNetwork::WarmStart start = warm.take_weights(model.network());
  EXPECT_THAT(start.taken, ElementsAre("in"));
  ASSERT_EQ(start.left.size(), 2u);
  EXPECT_EQ(start.left[0].path, "connection \"more\"");
  EXPECT_THAT(start.left[1].message, HasSubstr("the number of its weights differs: 24 here, 16"));
  EXPECT_EQ(start.left[1].kind, ProblemKind::weights_not_taken);
  EXPECT_EQ(weight_of(warm.network().resolve().connections[1].connectivity).array(),
            weight_of(model.network().resolve().connections[0].connectivity).array());
  EXPECT_EQ(problems_of<ModelError>([&] { warm.take_weights(task.toy.network); }).at(0).kind,
            ProblemKind::weights_not_taken)
      << "drawn weights are not trained";
}

TEST(Weights, OfAKernelOfAnotherShapeAreLeft) {
  const auto network = [](Size2D kernel, std::uint32_t strides) {
    Network images{event_prop_defaults};
    const auto input = images.add(SpikeInput{}, {6, 6, 2}, {.name = "input"});
    const auto maps = images.add(LeakyIntegrate{}, {}, {.readout = "avg_var", .name = "maps"});
    images.connect(input, maps, Conv2D{.filters = 3, .kernel = kernel, .strides = strides, .weight = Normal{0.5, 0.5}},
                   {.synapse = Exponential{}, .name = "kernel"});
    return images;
  };
  const TrainingNetwork trained = toy_compiler().compile(network({2, 3}, 1));
  TrainingNetwork other = toy_compiler().compile(network({3, 2}, 1));
  EXPECT_THAT(problems_of<ModelError>([&] { other.take_weights(trained.network()); }).at(0).hint,
              HasSubstr("its kernel is 2×3×2×3 in the other network, and 3×2×2×3 here"));
  TrainingNetwork coarse = toy_compiler().compile(network({2, 3}, 2));
  EXPECT_THAT(coarse.take_weights(trained.network()).taken, ElementsAre("kernel")) << "at other strides";
}

}  // namespace
}  // namespace synfire
