// SPDX-License-Identifier: Apache-2.0
// Training on data that stay in files, or are made for each epoch, is training on the same data in memory.
#include <gmock/gmock.h>

#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>

#include "base/scratch_folder.hpp"
#include "support/devices.hpp"
#include "synfire/base/files.hpp"
#include "synfire/base/npz_header.hpp"
#include "train/toy.hpp"

namespace synfire {
namespace {

using test::kind_of;
using test::problems_of;
using test::ScratchFolder;
using ::testing::HasSubstr;
using testing::toy_compiler;

constexpr LinearLatency code{.max_time = 20, .min_time = 1, .threshold = 10};

// Everything but times.
nlohmann::json outcome(const History& history) {
  nlohmann::json json = nlohmann::json::parse(history.json());
  for (auto& epoch : json["epochs"]) {
    epoch.erase("seconds");
    epoch.erase("validation_seconds");
  }
  return json;
}

// Spikes, values and target values, of 15 examples: the last batch is short.
struct DiskTask {
  static constexpr std::size_t examples = 15;
  DiskTask() {
    spiking = network.add(SpikeInput{}, 4, {.name = "spiking"});
    driven = network.add(LeakyIntegrateFireInput{.v_thresh = 0.5, .tau_mem = 10.0}, 3, {.name = "driven"});
    hidden = network.add(LeakyIntegrateFire{.tau_mem = 10.0}, 8, {.name = "hidden"});
    output = network.add(LeakyIntegrate{}, 2, {.readout = "avg_var", .name = "output"});
    for (const PopulationId& each : {spiking, driven})
      network.connect(each, hidden, Dense{Normal{.mean = 3.0, .sd = 1.5}}, {.synapse = Exponential{}});
    network.connect(hidden, output, Dense{Normal{.mean = 0.0, .sd = 1.0}}, {.synapse = Exponential{}});
    std::mt19937_64 random(5);
    for (std::size_t i = 0; i < images.size(); ++i) images[i] = static_cast<std::uint8_t>(random() % 256);
    for (std::size_t i = 0; i < currents.size(); ++i) currents[i] = static_cast<double>(random() % 1000) / 500;
    for (std::size_t i = 0; i < wanted.size(); ++i) wanted[i] = static_cast<float>(random() % 100) / 100;
    write_npy(folder / "images.npy", images);
    write_npz(folder / "rest.npz", {{"currents", currents}, {"wanted", wanted}}, false);
    spikes_on_disk.emplace(open_npy(folder / "images.npy"), code);
    currents_on_disk.emplace(open_npz(folder / "rest.npz", "currents"));
    wanted_on_disk.emplace(open_npz(folder / "rest.npz", "wanted"));
    spikes = encode(images, code);
    floats = Array(currents).as_float();
  }

  TrainingNetwork compile(const std::string& device = "host") const {
    EventPropCompiler compiler = toy_compiler(device, 4);
    compiler.gradient_slots = 3;
    compiler.losses = MeanSquareError{};
    return compiler.compile(network);
  }
  History train(TrainingNetwork& model, const TrainOptions& options) const {
    return model.train({{spiking, spikes}, {driven, floats}}, {{output, wanted}}, options);
  }
  History stream(TrainingNetwork& model, TrainOptions options, std::size_t memory = 0) const {
    options.data_memory = memory;
    return model.train({{spiking, *spikes_on_disk}, {driven, *currents_on_disk}}, {{output, *wanted_on_disk}}, options);
  }

  Network network{event_prop_defaults};
  PopulationId spiking, driven, hidden, output;
  ScratchFolder folder;
  Tensor<std::uint8_t> images{{examples, 2, 2}};
  Tensor<double> currents{{examples, 3}};
  Tensor<float> wanted{{examples, 2}}, floats;
  SpikeTrains spikes;
  std::optional<EncodedOnDisk> spikes_on_disk;
  std::optional<ValuesOnDisk> currents_on_disk, wanted_on_disk;
};

class StreamedData : public ::testing::TestWithParam<std::string> {};

TEST_P(StreamedData, TrainsToTheSameBits) {
  const DiskTask task;
  for (const bool shuffle : {true, false}) {
    const TrainOptions options{.epochs = 3, .shuffle = shuffle, .validation_split = 0.3};
    TrainingNetwork held = task.compile(GetParam()), streamed = task.compile(GetParam()),
                    loaded = task.compile(GetParam()), partly = task.compile(GetParam());
    const nlohmann::json expected = outcome(task.train(held, options));
    EXPECT_EQ(outcome(task.stream(streamed, options)), expected);
    EXPECT_EQ(outcome(task.stream(loaded, options, 1 << 20)), expected);
    EXPECT_EQ(outcome(task.stream(partly, options, 320)), expected);  // spikes are streamed, the others fit
    EXPECT_EQ(streamed.network(), held.network());
    EXPECT_EQ(loaded.network(), held.network());
    EXPECT_EQ(partly.network(), held.network());
  }
}

TEST_P(StreamedData, EvaluatesAndPredictsTheSame) {
  const DiskTask task;
  TrainingNetwork model = task.compile(GetParam());
  const std::vector<NamedData> held{{task.spiking, task.spikes}, {task.driven, task.floats}};
  const std::vector<NamedData> streamed{{task.spiking, *task.spikes_on_disk}, {task.driven, *task.currents_on_disk}};
  const RunOptions metric{.metrics = "mean_square_error"};
  EXPECT_EQ(model.predict(streamed)[task.output], model.predict(held)[task.output]);
  EXPECT_EQ(model.evaluate(streamed, {{task.output, *task.wanted_on_disk}}, metric).metric(task.output),
            model.evaluate(held, {{task.output, task.wanted}}, metric).metric(task.output));
  CompiledNetwork network = InferenceCompiler{.timesteps = testing::toy_timesteps,
                                              .batch_size = 4,
                                              .device = GetParam(),
                                              .cache_folder = testing::cache_folder()}
                                .compile(task.network);
  EXPECT_EQ(network.predict(streamed)[task.output], network.predict(held)[task.output]);
  EXPECT_EQ(network.evaluate(streamed, {{task.output, *task.wanted_on_disk}}, metric).metric(task.output),
            network.evaluate(held, {{task.output, task.wanted}}, metric).metric(task.output));
}

SYNFIRE_ON_EVERY_DEVICE(StreamedData);

// A run begun with data in memory goes on with the same data on disk, and the other way round.
TEST(StreamedTraining, ChecksumsAreThoseOfDataInMemory) {
  const DiskTask task;
  TrainingNetwork whole = task.compile();
  const nlohmann::json expected = outcome(task.train(whole, {.epochs = 3}));
  for (const bool begins_on_disk : {true, false}) {
    std::filesystem::remove(task.folder / "run.ckpt");
    TrainOptions options{.epochs = 3,
                         .resume = task.folder / "run.ckpt",
                         .callbacks = {Checkpoint{.path = task.folder / "run.ckpt", .every_updates = 2}}};
    options.stop = [left = 6]() mutable { return left-- <= 0; };
    TrainingNetwork cut = task.compile(), resumed = task.compile();
    const History first = begins_on_disk ? task.stream(cut, options) : task.train(cut, options);
    ASSERT_EQ(first.end, TrainingEnd::stopped);
    options.stop = {};
    EXPECT_EQ(outcome(begins_on_disk ? task.train(resumed, options) : task.stream(resumed, options)), expected);
    EXPECT_EQ(resumed.network(), whole.network());
  }
}

TEST(StreamedTraining, SpikesOfAFile) {
  const testing::ToyNetwork toy = testing::make_toy_network();
  const testing::Toy data = testing::make_toy(11);
  const ScratchFolder folder;
  write_npz(folder / "x.npz", to_arrays(data.spikes), false);
  const SpikesOnDisk spikes(folder / "x.npz");
  TrainingNetwork held = toy_compiler().compile(toy.network), streamed = toy_compiler().compile(toy.network);
  const TrainOptions options{.epochs = 2, .data_memory = 0};
  EXPECT_EQ(outcome(streamed.train({{toy.input, spikes}}, {{toy.output, data.labels}}, options)),
            outcome(held.train({{toy.input, data.spikes}}, {{toy.output, data.labels}}, options)));
  EXPECT_EQ(streamed.network(), held.network());
}

TEST(StreamedTraining, MoreClassesThanAByteHas) {
  constexpr std::size_t classes = 300;
  Network network{event_prop_defaults};
  const auto input = network.add(SpikeInput{}, 4, {.name = "input"});
  const auto output = network.add(LeakyIntegrate{}, classes, {.readout = "avg_var", .name = "output"});
  network.connect(input, output, Dense{Normal{.mean = 0.0, .sd = 1.0}}, {.synapse = Exponential{}});
  const testing::Toy data = testing::make_toy(10);
  Tensor<std::int32_t> labels({10});
  Tensor<std::int64_t> wide({10});
  for (std::size_t e = 0; e < 10; ++e)
    labels[e] = static_cast<std::int32_t>(wide[e] = static_cast<std::int64_t>(290 + e));
  TrainingNetwork a = toy_compiler().compile(network), b = toy_compiler().compile(network);
  const History history = a.train({{input, data.spikes}}, {{output, labels}}, {.epochs = 40});
  EXPECT_LT(history.epochs.back().training[0].loss, 0.8 * history.epochs.front().training[0].loss);
  EXPECT_EQ(outcome(b.train({{input, data.spikes}}, {{output, wide}}, {.epochs = 40})), outcome(history));
  EXPECT_EQ(a.network(), b.network());
  wide[3] = classes;
  EXPECT_EQ(kind_of<DataError>([&] { b.train({{input, data.spikes}}, {{output, wide}}); }), "label_out_of_range");
}

TEST(StreamedTraining, AFileCutOffMeanwhileIsAnError) {
  const DiskTask task;
  TrainingNetwork model = task.compile();
  TrainOptions options{.epochs = 2};
  options.stop = [&, asked = 0]() mutable {
    if (++asked == 3) std::filesystem::resize_file(task.folder / "images.npy", 130);
    return false;
  };
  const Problem problem = problems_of<DataError>([&] { task.stream(model, options); }).at(0);
  EXPECT_EQ(problem.kind, ProblemKind::malformed_file);
  EXPECT_EQ(problem.path, (task.folder / "images.npy").string());
  EXPECT_GT(model.updates(), 0u);
}

TEST(StreamedTraining, ValuesThatAreNotFiniteAreFoundWhenTheyAreRead) {
  DiskTask task;
  task.currents[3 * 9 + 2] = std::numeric_limits<double>::quiet_NaN();
  write_npy(task.folder / "nan.npy", task.currents);
  task.currents_on_disk.emplace(open_npy(task.folder / "nan.npy"));
  TrainingNetwork model = task.compile();
  const Problem problem = problems_of<DataError>([&] { task.stream(model, {.shuffle = false}); }).at(0);
  EXPECT_EQ(problem.kind, ProblemKind::non_finite_data);
  EXPECT_EQ(problem.path, "input \"driven\", example 9, element 2");
  EXPECT_EQ(model.updates(), 2u);
  const TrainOptions validated{
      .validation_inputs = {{task.spiking, *task.spikes_on_disk}, {task.driven, *task.currents_on_disk}},
      .validation_targets = {{task.output, task.wanted}},
      .data_memory = 0};
  EXPECT_EQ(problems_of<DataError>([&] { task.train(model, validated); }).at(0).path,
            "validation_input \"driven\", example 9, element 2");
}

TEST(StreamedTraining, ShapesAreCheckedBeforeAnythingRuns) {
  const DiskTask task;
  TrainingNetwork model = task.compile();
  const auto train = [&](const DataView& spiking, const DataView& driven, const DataView& wanted) {
    model.train({{task.spiking, spiking}, {task.driven, driven}}, {{task.output, wanted}}, {.data_memory = 0});
  };
  const auto& spikes = *task.spikes_on_disk;
  const auto &currents = *task.currents_on_disk, &wanted = *task.wanted_on_disk;
  EXPECT_EQ(kind_of<DataError>([&] { train(spikes, wanted, wanted); }), "wrong_data_size");
  EXPECT_EQ(kind_of<DataError>([&] { train(spikes, currents, currents); }), "wrong_data_size");
  EXPECT_EQ(kind_of<DataError>([&] { train(currents, currents, wanted); }), "wrong_data_size");
  EXPECT_EQ(kind_of<DataError>([&] { train(spikes, spikes, wanted); }), "wrong_data_size");
  EXPECT_EQ(model.updates(), 0u);
}

// The most memory that this process has had, in bytes.
std::size_t peak_memory() {
  std::ifstream file("/proc/self/status");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("VmHWM:")) return std::strtoull(line.c_str() + 6, nullptr, 10) * 1024;
  }
  return 0;
}

// 8 GiB of double precision in a sparse file; the first examples are not zero.
TEST(StreamedTraining, OfEightGibibytesNeedsLittleMemory) {
  constexpr std::size_t neurons = 1024, examples = std::size_t{1} << 20;
  const ScratchFolder folder;
  const std::string header = npy::format_header(DataType::f64, {examples, neurons});
  {
    std::ofstream file(folder / "x.npy", std::ios::binary);
    const std::vector<double> first(16 * neurons, 1.5);
    file << header;
    file.write(reinterpret_cast<const char*>(first.data()),
               static_cast<std::streamsize>(first.size() * sizeof(double)));
  }
  std::filesystem::resize_file(folder / "x.npy", header.size() + examples * neurons * sizeof(double));
  Network network{event_prop_defaults};
  const auto input = network.add(LeakyIntegrateFireInput{.tau_mem = 10.0}, neurons, {.name = "input"});
  const auto output = network.add(LeakyIntegrate{}, 2, {.readout = "avg_var", .name = "output"});
  network.connect(input, output, Dense{Normal{.mean = 0.1, .sd = 0.1}}, {.synapse = Exponential{}});
  EventPropCompiler compiler = toy_compiler("host", 4);
  compiler.timesteps = 5;
  TrainingNetwork model = compiler.compile(network);
  const std::vector<std::uint8_t> labels(examples, 1);
  const std::size_t before = peak_memory();
  const ValuesOnDisk values(open_npy(folder / "x.npy"));
  TrainOptions options{.shuffle = false, .data_memory = std::size_t{1} << 30, .warn = [](const Problem&) {}};
  options.stop = [left = 10]() mutable { return left-- <= 0; };
  EXPECT_EQ(model.train({{input, values}}, {{output, labels}}, options).end, TrainingEnd::stopped);
  EXPECT_GT(model.updates(), 4u);
  EXPECT_LT(peak_memory() - before, std::size_t{128} << 20);
}

// ---- Data of each epoch

TEST(GeneratedEpochs, AreLearnedInTurn) {
  const testing::ToyNetwork toy = testing::make_toy_network();
  const std::vector<testing::Toy> data{testing::make_toy(11, 1), testing::make_toy(11, 2), testing::make_toy(11, 3)};
  TrainingNetwork one_by_one = toy_compiler().compile(toy.network), generated = toy_compiler().compile(toy.network);
  std::vector<std::uint32_t> asked;
  const EpochGenerator generator = [&](std::uint32_t epoch) {
    asked.push_back(epoch);
    return EpochData{.inputs = {{toy.input, data[epoch].spikes}}, .targets = {{toy.output, data[epoch].labels}}};
  };
  const History history = generated.train(generator, {.epochs = 3});
  EXPECT_EQ(asked, (std::vector<std::uint32_t>{0, 1, 2}));
  for (std::uint32_t epoch = 0; epoch < 3; ++epoch) {
    const History own = one_by_one.train({{toy.input, data[epoch].spikes}}, {{toy.output, data[epoch].labels}},
                                         {.epochs = 1, .start_epoch = epoch});
    EXPECT_EQ(own.epochs[0].training[0].loss, history.epochs[epoch].training[0].loss);
  }
  EXPECT_EQ(generated.network(), one_by_one.network());
}

TEST(GeneratedEpochs, ARunIsResumed) {
  const testing::ToyNetwork toy = testing::make_toy_network();
  const ScratchFolder folder;
  testing::Toy data;
  std::uint64_t first_seed = 1;
  std::vector<std::uint32_t> asked;
  const EpochGenerator generator = [&](std::uint32_t epoch) {
    asked.push_back(epoch);
    data = testing::make_toy(20, first_seed + epoch);
    return EpochData{.inputs = {{toy.input, data.spikes}}, .targets = {{toy.output, data.labels}}};
  };
  TrainOptions options{.epochs = 4};
  TrainingNetwork whole = toy_compiler().compile(toy.network), cut = toy_compiler().compile(toy.network),
                  resumed = toy_compiler().compile(toy.network);
  const nlohmann::json expected = outcome(whole.train(generator, options));
  options.resume = folder / "run.ckpt";
  options.callbacks = {Checkpoint{.path = folder / "run.ckpt", .every_updates = 1}};
  options.stop = [left = 7]() mutable { return left-- <= 0; };
  ASSERT_EQ(cut.train(generator, options).end, TrainingEnd::stopped);
  options.stop = {};
  asked.clear();
  EXPECT_EQ(outcome(resumed.train(generator, options)), expected);
  EXPECT_EQ(asked, (std::vector<std::uint32_t>{0, 2, 3}));
  EXPECT_EQ(resumed.network(), whole.network());
  options.epochs = 6;
  first_seed = 7;
  EXPECT_EQ(kind_of<DataError>([&] { resumed.train(generator, options); }), "foreign_checkpoint");
}

TEST(GeneratedEpochs, Errors) {
  const testing::ToyNetwork toy = testing::make_toy_network();
  TrainingNetwork model = toy_compiler().compile(toy.network);
  testing::Toy data;
  const EpochGenerator generator = [&](std::uint32_t epoch) {
    data = testing::make_toy(8 + epoch);
    return EpochData{.inputs = {{toy.input, data.spikes}}, .targets = {{toy.output, data.labels}}};
  };
  EXPECT_EQ(kind_of<ModelError>([&] { model.train(generator, {.validation_split = 0.5}); }), "invalid_option");
  EXPECT_EQ(kind_of<ModelError>([&] { model.train(generator, {.example_timesteps = {1}}); }), "invalid_option");
  EXPECT_EQ(model.updates(), 0u);
  const Problem problem = problems_of<DataError>([&] { model.train(generator, {.epochs = 2}); }).at(0);
  EXPECT_EQ(problem.path, "data of epoch 1");
  EXPECT_EQ(model.updates(), 1u);
}

}  // namespace
}  // namespace synfire
