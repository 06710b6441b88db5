// SPDX-License-Identifier: Apache-2.0
// The C++ of the documents: every line of it is also here or in an example, so that it compiles and runs.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <set>
#include <string>
#include <synfire/synfire.hpp>

#include "base/scratch_folder.hpp"
#include "execution/peer_models.hpp"
#include "support/devices.hpp"

namespace synfire {
namespace {

// Keeps the documents' own layout.
// clang-format off

// ---- README: networks and running

TEST(Snippets, NetworksAndRunning) {
  Network network;                                         // a value: copy it, compare it, print it
  const auto a = network.add("poisson_input", 100);        // models by name …
  const auto b = network.add(IntegrateFire{.v_thresh = 2.0}, 100, {.readout = "spike_count"});  // … or with parameters
  network.connect(a, b, Dense{1.0});                       // delta synapses unless another is asked for
  network.connect(b, b, OneToOne{-0.5, 2.0}, {.synapse = Exponential{.tau = 5.0}});             // delay 2 ms

  const Tensor<float> images({3, 100}, std::vector<float>(300, 0.1f));
  const std::vector<int> labels{0, 1, 2};
  auto model = InferenceCompiler{.timesteps = 100, .batch_size = 128, .seed = 1,
                               .record = {{b, "spikes"}, {b, "v"}}}.compile(network);
  const auto result = model.evaluate({{a, images}}, {{b, labels}});   // throws with every problem of the data
  const double accuracy = result.metric(b);                           // or metric("b", "mean_square_error")
  const Tensor<float>& counts = model.predict({{a, images}})[b];      // examples × shape
  model.for_each_batch({{a, images}}, [](const BatchResult& batch) { return true; });
  EXPECT_GE(accuracy, 0.0);
  EXPECT_EQ(counts.shape(), (Extents{3, 100}));
}

TEST(Snippets, Sequential) {
  SequentialNetwork network;
  const auto a = network.input("poisson_input", 100);
  const auto b = network.layer(Dense{1.0}, "integrate_fire", 100, {.readout = "spike_count"});
  EXPECT_EQ(network.index_of(a), 0u);
  EXPECT_TRUE(network.validate().empty());
  EXPECT_EQ(network.index_of(b), 1u);
}

TEST(Snippets, NetworkDefaults) {
  Network network{{{"exponential", {{"tau", 10.0}}}}};
  EXPECT_TRUE(network.validate().empty());
}

// ---- docs/model-language.md

TEST(Snippets, ModelLanguage) {
  Network network;
const NeuronModel adaptive{
    .name       = "adaptive",
    .parameters = {{"tau", 20.0}, {"tau_a", 100.0}, {"step", 0.1}},
    .state      = {{"v", 0.0}, {"a", 0.0}},
    .dynamics   = {"dv/dt = -v / tau + per_step(I)", "da/dt = -a / tau_a"},
    .threshold  = "v >= 1 + a",
    .reset      = {"v = 0", "a += step"},
};
network.add(adaptive.with({{"tau", Uniform{10, 30}}}), 100, {.readout = "spike_count"});
  EXPECT_TRUE(network.validate().empty());
}

// ---- docs/connectivity.md

TEST(Snippets, Connectivity) {
  const test::ScratchFolder folder;
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(folder.path());
  write_sparse("recurrent.npz", Sparse{.sources = {0, 1}, .targets = {1, 0}, .weight = 0.5});

  Network network;
const auto a = network.add("poisson_input", 80, {.name = "a"});
const auto b = network.add("leaky_integrate_fire", 20, {.name = "b"});

network.connect(a, b, Dense{.weight = Xavier{}});
network.connect(b, b, OneToOne{.weight = -0.5, .delay = 2.0});
network.connect(a, b, FixedProbability{.p = 0.1, .weight = Normal{.mean = 0.5, .sd = 0.1, .min = 0.0}});
network.connect(b, b, FixedInputs{.number = 10, .weight = -0.2, .delay = Uniform{1.0, 4.0}});
network.connect(a, b, FixedOutputs{.number = 5, .weight = Uniform{0.0, 1.0}, .allow_repeats = true});
network.connect(a, b, Sparse{.sources = {0, 0, 7}, .targets = {3, 4, 3}, .weight = std::vector{0.5, 0.25, 1.0}});

network.connect(a, b, Dense{.weight = 0.1, .delay = Normal{.mean = 3.0, .sd = 1.0}}, {.max_delay = 10.0});
network.connect(a, b, Dense{.weight = 0.1, .delay = 1.26}, {.round_delays = true});
network.connect(a, b, Dense{0.1}, {.latency = 0});

network.connect(a, b, FixedProbability{.p = 0.1, .weight = 0.3}, {.storage = SynapseStorage::procedural});

Sparse listed = read_sparse("recurrent.npz");
network.connect(b, b, listed, {.name = "recurrent"});
write_sparse("copy.npz", listed);

  EXPECT_EQ(read_sparse("copy.npz"), listed);
  std::filesystem::current_path(before);
  EXPECT_TRUE(network.validate().empty());
  auto model = InferenceCompiler{.timesteps = 5, .record = {{b, "v"}}}.compile(network);
  (void)model.predict({{a, Tensor<float>({2, 80}, std::vector<float>(160, 0.5f))}});
}

TEST(Snippets, ConvolutionsAndPools) {
SequentialNetwork images;
const auto pixels = images.input("poisson_input", {28, 28, 1});
images.layer(Conv2D{.filters = 16, .kernel = 5, .padding = "same", .weight = Kaiming{}}, LeakyIntegrateFire{});
images.layer(MaxPool2D{.pool = 2}, LeakyIntegrateFire{});                                   // 14 × 14 × 16
images.layer(Conv2D{.filters = 32, .kernel = 3, .strides = 2, .weight = Kaiming{}}, LeakyIntegrateFire{});
const auto classes = images.layer(AvgPoolDense2D{.pool = 2, .weight = Kaiming{}}, LeakyIntegrate{}, 10,
                                  {.readout = "avg_var"});

  const ir::Network resolved = images.resolve();
  EXPECT_EQ(resolved.populations.at(2).shape, Shape({14, 14, 16}));
  EXPECT_EQ(resolved.populations.at(3).shape, Shape({6, 6, 32}));
  auto model = InferenceCompiler{.timesteps = 5}.compile(images);
  const Predictions values = model.predict({{pixels, Tensor<float>({2, 784}, std::vector<float>(1568, 0.5f))}});
  EXPECT_EQ(values[classes].shape(), (Extents{2, 10}));
}

// ---- docs/artifacts.md

TEST(Snippets, Artifacts) {
  const test::ScratchFolder folder;
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(folder.path());
  Network network;
  const auto input = network.add("poisson_input", 12, {.name = "input"});
  const auto output = network.add("integrate_fire", 3, {.readout = "spike_count", .name = "output"});
  network.connect(input, output, Dense{1.0});
  const Tensor<float> images({2, 12}, std::vector<float>(24, 0.5f));

InferenceCompiler{.timesteps = 20}.compile(network).save("fmnist.synfire");       // for machines of this kind

const InferenceCompiler compiler{.timesteps = 20, .streaming = true};             // streaming: sessions too
  const auto with_other_compilers = [&] {
save_artifact("robot.synfire", compiler.build_file(network, {{"host", {"x86-64-v3", "aarch64"}}, {"cuda", {"sm_87"}}}));
  };
  static_cast<void>(with_other_compilers);
  save_artifact("robot.synfire", compiler.build_file(network));

CompiledNetwork loaded = CompiledNetwork::load("fmnist.synfire");                 // populations go by their names
const Predictions predictions = loaded.predict({{"input", images}});
const Model model = Model::load("robot.synfire", {.device = "host"});             // for sessions

  std::filesystem::current_path(before);
  EXPECT_EQ(predictions["output"].shape(), (Extents{2, 3}));
  EXPECT_TRUE(model.manifest().resumable);
}

// ---- docs/descriptions.md

TEST(Snippets, Descriptions) {
  const test::ScratchFolder folder;
  const std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::current_path(folder.path());
  Network network;
  network.add("poisson_input", 3);
network.save("trained.json");                             // + trained.npz
const Network same = Network::load("trained.json");       // == network
  write_description("demo.json", {.network = same, .compile = {.timesteps = 7}});
const Description description = read_description("demo.json");
const std::vector<Problem> problems = description.validate();
const auto compiler = InferenceCompiler::from(description.compile, description.network);
const auto training = TrainingCompiler::from(description.compile, description.network);  // as "compiler" says
const TrainOptions options = train_options(description.train.value_or(TrainSettings{}));
write_description("copy.json", description);              // + copy.npz
  EXPECT_TRUE(read_description("copy.json") == description);
  std::filesystem::current_path(before);
  EXPECT_TRUE(same == network);
  EXPECT_TRUE(problems.empty());
  EXPECT_EQ(compiler.timesteps, 7u);
  EXPECT_EQ(training.timesteps, 7u);
}

// ---- docs/training.md

TEST(Snippets, Training) {
  const test::ScratchFolder folder;
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(folder.path());
  SpikeTrains spikes(784);
  std::vector<int> labels;
  for (int e = 0; e < 20; ++e) {
    spikes.add_example({1, 2, 700}, {1, 2, 3});
    labels.push_back(e % 4);
  }

Network network{event_prop_defaults};
const auto input = network.add(SpikeInput{}, 784, {.name = "input"});
const auto hidden = network.add(LeakyIntegrateFire{}, 128, {.name = "hidden"});
const auto output = network.add(LeakyIntegrate{}, 10, {.readout = "avg_var", .name = "output"});
network.connect(input, hidden, Dense{Normal{.mean = 0.078, .sd = 0.045}}, {.synapse = Exponential{}});
network.connect(hidden, output, Dense{Normal{.mean = 0.2, .sd = 0.37}}, {.synapse = Exponential{}});

auto model = EventPropCompiler{.timesteps = 20, .batch_size = 32, .seed = 1,
                               .losses = "sparse_categorical_crossentropy",
                               .optimizer = Adam{.learning_rate = 1e-2}}.compile(network);
const History history = model.train({{input, spikes}}, {{output, labels}},
                                    {.epochs = 10, .validation_split = 0.1, .callbacks = {ProgressBar{}}});
history.save_csv("history.csv");
const Network trained = model.network();                       // a value, with today's weights
auto classifier = InferenceCompiler{.timesteps = 20, .batch_size = 256}.compile(trained);
  EXPECT_EQ(classifier.predict({{input, spikes}})[output], model.predict({{input, spikes}})[output]);

model.train({{input, spikes}}, {{output, labels}},
            {.epochs = 50, .validation_split = 0.1, .resume = "run.ckpt",
             .callbacks = {Checkpoint{.path = "run.ckpt", .every_updates = 500},
                           EarlyStopping{.monitor = "validation.loss", .patience = 5}}});
model.save("today.ckpt");
model.load("today.ckpt");
model.set("input_hidden", "weight", Tensor<float>({784, 128}));
  trained.save("trained.json");
const auto [taken, left] = model.take_weights(Network::load("trained.json"));
  EXPECT_EQ(taken.size(), 2u);
  EXPECT_TRUE(left.empty());

  std::filesystem::current_path(before);
  EXPECT_EQ(history.epochs.size(), 10u);
}

TEST(Snippets, SurrogateGradients) {
  Network network{event_prop_defaults};
  const auto input = network.add(SpikeInput{}, 4, {.name = "input"});
  const auto hidden = network.add(LeakyIntegrateFire{}, 4, {.name = "hidden"});
  const auto gate = network.add(LeakyIntegrateFire{}, 4, {.name = "gate"});
  const auto output = network.add(LeakyIntegrate{}, 2, {.readout = "avg_var", .name = "output"});
  network.connect(input, hidden, Dense{Normal{.mean = 1.0, .sd = 0.5}}, {.synapse = Exponential{}});
  network.connect(input, gate, Dense{Normal{.mean = 1.0, .sd = 0.5}}, {.synapse = Exponential{}});
  network.connect(hidden, output, Dense{Normal{.sd = 0.5}}, {.synapse = Exponential{}});
auto model = SurrogateCompiler{.timesteps = 20, .batch_size = 32, .seed = 1, .optimizer = Adam{.learning_rate = 1e-3},
                               .surrogate = Atan{.alpha = 4}, .detach_reset = true}.compile(network);
SurrogateCompiler mixed{.surrogate = {{hidden, Triangle{.scale = 0.3}}, {gate, "boxcar", true}}};  // true: detach_reset
const SurrogateModel bump{.name = "bump", .parameters = {{"gap", 1.0}},
                          .derivative = "max(0, gap - abs(x))**2", .support = "gap"};
register_surrogate(bump);  // then "bump" is a name like the others
SurrogateCompiler own{.surrogate = bump.with({{"gap", 0.5}})};
  EXPECT_EQ(model.updates(), 0u);
  EXPECT_NO_THROW(mixed.check(network));
  EXPECT_NO_THROW(own.check(network));
}

TEST(Snippets, Optimizers) {
const OptimizerModel lion{
    .name = "lion",                                     // Chen et al. 2023
    .parameters = {{"learning_rate", 1e-4}, {"b1", 0.9}, {"b2", 0.99}},
    .state = {{"m", 0.0}},
    .update = {"value -= learning_rate * sign(b1*m + (1 - b1)*gradient)", "m = b2*m + (1 - b2)*gradient"}};
  EventPropCompiler compiler;
compiler.optimizer = "adam";
  EXPECT_EQ(compiler.optimizer.rate(), LearningRate(1e-3));
compiler.optimizer = AdamW{.learning_rate = CosineDecay{.from = 1e-2, .to = 1e-4, .warm_up = 500}, .clip_norm = 1};
  EXPECT_TRUE(compiler.optimizer.rate().is_schedule());
compiler.optimizer = Optimizer{lion.with({{"b1", 0.95}}), {.learning_rate = 1e-4}};
  EXPECT_TRUE(problems_of(compiler.optimizer, "optimizer").empty());
}

TEST(Snippets, TrainedParameters) {
  Network network{event_prop_defaults};
  const auto input = network.add(SpikeInput{}, 8, {.name = "input"});
  const auto hidden =
network.add(LeakyIntegrateFire{.v_thresh = trainable(1.0, {.min = 0.1}),
                               .v = trainable(0.0),                                               // v at the start
                               .tau_mem = trainable(Uniform{10, 30}, {.min = 2, .learning_rate = 0.1})},
            128, {.name = "hidden"});
  const auto output = network.add(LeakyIntegrate{}, 2, {.readout = "avg_var", .name = "output"});
network.connect(input, hidden, Dense{.weight = Normal{.mean = 0.08, .sd = 0.05},
                                     .delay = trainable(Uniform{0, 5}, {.learning_rate = 0.05})},
                {.synapse = Exponential{.tau = trainable(5.0, {.min = 1})}, .max_delay = 10});
  network.connect(hidden, output, Dense{Normal{.sd = 0.3}}, {.synapse = Exponential{}});
  auto model = EventPropCompiler{.timesteps = 20, .batch_size = 2, .device = "host"}.compile(network);
  SpikeTrains spikes(8);
  for (int e = 0; e < 2; ++e) spikes.add_example({0, 1}, {1.0F, 2.0F});
  std::set<std::string> names;
  for (const auto& [name, gradient] : model.batch_gradients({{input, spikes}}, {{output, std::vector<int>{0, 1}}}))
    names.insert(name);
  EXPECT_EQ(names, (std::set<std::string>{"input_hidden", "hidden_output", "hidden.v_thresh", "hidden.v(0)",
                                          "hidden.tau_mem", "input_hidden.tau", "input_hidden.delay"}));
}

TEST(Snippets, Regularization) {
  Network network{event_prop_defaults};
  const auto input = network.add(SpikeInput{}, 4, {.name = "input"});
  const auto hidden = network.add(LeakyIntegrateFire{}, 8, {.name = "hidden"});
  const auto output = network.add(LeakyIntegrate{}, 2, {.readout = "avg_var", .name = "output"});
  const Tensor<float> pruned({4, 8}, std::vector<float>(32, 0.5F));
const Trainable how{.sign = WeightSign::keep, .keep_zeros = true, .max_norm = 2.0};
network.connect(input, hidden, Dense{trainable(pruned, how)}, {.synapse = Exponential{}});
network.connect(hidden, output, Dense{trainable(Normal{.sd = 0.3}, {.l1 = 1e-5, .noise = 0.01})},
                {.synapse = Exponential{}});
EventPropCompiler compiler{.regularizers = {L2{1e-5}, FiringRate{hidden, {.lower = 2, .upper = 20, .strength = 1e-3}}}};
  compiler.batch_size = 2;
  compiler.device = "host";
  auto model = compiler.compile(network);
  SpikeTrains spikes(4);
  for (int e = 0; e < 2; ++e) spikes.add_example({0, 1}, {1.0F, 2.0F});
  const std::vector<int> labels{0, 1};
model.train({{input, spikes}}, {{output, labels}},
            {.input_noise = {{input, Dropout{.p = 0.1}}, {input, SpikeJitter{.sd = 1.0}}}});
}

TEST(Snippets, WeightsOfLosses) {
  Network network{event_prop_defaults};
  const auto input = network.add(SpikeInput{}, 4, {.name = "input"});
  const auto output = network.add(LeakyIntegrate{}, 2, {.readout = "avg_var", .name = "output"});
  network.connect(input, output, Dense{0.5}, {.synapse = Exponential{}});
  const std::size_t examples = 2, timesteps = 10;
  EventPropCompiler compiler{.timesteps = timesteps, .batch_size = 2,
                             .losses = SparseCategoricalCrossentropy{.per_step = true}, .device = "host"};
  auto model = compiler.compile(network);
  SpikeTrains spikes(4);
  for (int e = 0; e < 2; ++e) spikes.add_example({0, 1}, {1.0F, 2.0F});
  const std::vector<int> labels{0, 1};
const std::vector<float> trust = {1, 0.5};                         // one factor for each example
Tensor<float> valid({examples, timesteps});                        // 1 where a step counts, else 0
model.train({{input, spikes}}, {{output, labels}},
            {.epochs = 5, .sample_weights = trust, .class_weights = {1, 5}, .step_weights = valid});
}

TEST(Snippets, DataOnDisk) {
  const test::ScratchFolder folder;
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(folder.path());
  write_npy("images.npy", Tensor<float>({2, 4}));
  write_npy("currents.npy", Tensor<float>({2, 3}));
  const std::vector<int> labels{0, 1};
  Network network{event_prop_defaults};
  const auto retina = network.add(SpikeInput{}, 4, {.name = "retina"});
  const auto drive = network.add(PoissonInput{}, 3, {.name = "drive"});
  const auto output = network.add(LeakyIntegrate{}, 2, {.readout = "avg_var", .name = "output"});
  for (const auto from : {retina, drive}) network.connect(from, output, Dense{Normal{}}, {.synapse = Exponential{}});
  auto model = EventPropCompiler{.timesteps = 20, .warn = [](const Problem&) {}}.compile(network);

const EncodedOnDisk spikes(open_npy("images.npy"), LinearLatency{.max_time = 18, .min_time = 2});
const ValuesOnDisk currents(open_npy("currents.npy"), 1.0 / 255);
model.train({{retina, spikes}, {drive, currents}}, {{output, labels}}, {.epochs = 10});
  std::filesystem::current_path(before);
  EXPECT_EQ(model.updates(), 20u);
}

TEST(Snippets, DataOfEachEpoch) {
  Network network{event_prop_defaults};
  const auto input = network.add(PoissonInput{}, 4, {.name = "input"});
  const auto output = network.add(LeakyIntegrate{}, 2, {.readout = "avg_var", .name = "output"});
  network.connect(input, output, Dense{Normal{}}, {.synapse = Exponential{}});
  auto model = EventPropCompiler{.timesteps = 5}.compile(network);
  const Tensor<float> images({2, 4});
  const std::vector<int> labels{0, 1};
  const auto augment = [](const Tensor<float>& from, std::uint32_t) { return from; };
  const test::ScratchFolder folder;
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(folder.path());

Tensor<float> augmented;
const EpochGenerator generator = [&](std::uint32_t epoch) {
  augmented = augment(images, epoch);                      // random numbers from the number of the epoch alone
  return EpochData{.inputs = {{input, augmented}}, .targets = {{output, labels}}};
};
model.train(generator, {.epochs = 50, .resume = "run.ckpt", .callbacks = {Checkpoint{.path = "run.ckpt"}}});
  std::filesystem::current_path(before);
}

// ---- docs/adjoint.md

TEST(Snippets, GradientCheck) {
  Network network{event_prop_defaults};
  const auto input = network.add(SpikeInput{}, 3);
  const auto output = network.add(LeakyIntegrate{}, 2, {.readout = "avg_var"});
  network.connect(input, output, Dense{Normal{.sd = 0.5}}, {.synapse = Exponential{}});

const GradientCheck check = check_gradients(network, EventPropCompiler{.timesteps = 30, .losses = "mean_square_error"},
                                            {.examples = 2, .entries = 10, .everything = true});
std::cout << check.report;

  EXPECT_TRUE(check.passed);
  EXPECT_EQ(check.device.empty(), !check.program_problems.empty());
}

TEST(Snippets, Losses) {
  Network network{event_prop_defaults};
  const auto input = network.add(SpikeInput{}, 4);
  const auto hidden = network.add(LeakyIntegrateFire{}, 8, {.readout = "max_var"});
  const auto output = network.add(LeakyIntegrate{}, 3, {.readout = "avg_var"});
  network.connect(input, hidden, Dense{0.5}, {.synapse = Exponential{}});
  network.connect(hidden, output, Dense{0.5}, {.synapse = Exponential{}});
const LossModel margin{.name = "margin", .parameters = {{"gap", 0.5}}, .targets = Targets::label,
                       .loss = "sum(max(0, gap + v - at(v, label)) if k != label else 0)"};
register_loss(margin);  // then "margin" is a name like the others
EventPropCompiler compiler{.losses = {{output, margin.with({{"gap", 1.0}})}, {hidden, "silent_neurons", 0.1}}};
  EXPECT_EQ(compiler.settings(network).losses.list.at(1).loss.weight, 0.1);
}

// ---- docs/coming-from.md: its models are in tests/execution/peer_models.hpp

TEST(Snippets, ComingFrom) {
  std::ifstream document(SYNFIRE_SOURCE_FOLDER "/docs/coming-from.md");
  const std::string page{std::istreambuf_iterator<char>(document), {}};
  const std::size_t begin = page.find("```json\n") + 8;
  const test::ScratchFolder folder;
  std::ofstream(folder.path() / "leaky.json") << page.substr(begin, page.find("```", begin) - begin);
  const Network network = Network::load(folder.path() / "leaky.json");
  EXPECT_EQ(network.resolve().populations[1].neuron.update, testing::snntorch_leaky.update);
  const SurrogateModel& sigmoid = testing::sigmoid;
SurrogateCompiler compiler{.losses = "mean_square_error", .surrogate = sigmoid.with({{"alpha", 25.0}})};
  EXPECT_NO_THROW(compiler.check(network));
}

TEST(Snippets, DirectCoding) {
  Network network;
  const auto first = network.add(testing::snntorch_leaky, 16, {.readout = "spike_count", .name = "first"});
  const auto second = network.add(testing::snntorch_leaky, 16, {.name = "second"});
network.connect(first, second, Dense{Normal{0, 0.1}}, {.latency = 0});
const auto image = network.add(GradedInput{}, {28, 28}, {.name = "image"});
const auto one = network.add(NeuronModel{.name = "one", .graded = "1"}, 1, {.name = "one"});
network.connect(image, first, Dense{Normal{0, 0.04}});
network.connect(one, first, Dense{Normal{0, 0.04}});  // the bias of fc1
  const Tensor<float> images({3, 28, 28}, std::vector<float>(3 * 784, 0.5f));
  auto model = InferenceCompiler{.timesteps = 10, .seed = 1}.compile(network);
  EXPECT_EQ(model.predict({{image, images}})[first].shape(), (Extents{3, 16}));
}

// ---- docs/events.md

TEST(Snippets, Events) {
  const test::ScratchFolder folder;
  for (const char* part : {"saccades/Train/0", "saccades/Train/1"}) {
    std::filesystem::create_directories(folder / part);
    std::filesystem::copy(SYNFIRE_SOURCE_FOLDER "/tests/data/files/nmnist.bin", folder / part / "0.bin");
  }
  Network network{event_prop_defaults};
  const auto input = network.add(SpikeInput{}, {17, 17, 1});
  const auto output = network.add(LeakyIntegrate{}, 2, {.readout = "avg_var"});
  network.connect(input, output, Dense{Normal{.sd = 0.01}}, {.synapse = Exponential{}});
  auto model = EventPropCompiler{.timesteps = 105, .batch_size = 2, .allow_arrival_only = true}.compile(network);
  const std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::current_path(folder.path());
const EventOptions options{.downsample = 2, .polarity = EventPolarity::merged, .window = EventWindow{5, 110}};
const EventFiles recordings("saccades/Train", EventFormat::nmnist, options);
model.train({{input, recordings}}, {{output, recordings.labels()}}, {.epochs = 10});
  std::filesystem::current_path(before);
}

// clang-format on

// ---- Comparison with the documents

std::string trimmed(std::string line) {
  const std::size_t comment = line.find("//");
  if (comment != std::string::npos) line.erase(comment);
  const std::size_t first = line.find_first_not_of(' ');
  if (first == std::string::npos) return {};
  return line.substr(first, line.find_last_not_of(' ') - first + 1);
}

std::set<std::string> lines_of_sources() {
  std::set<std::string> lines;
  for (const char* file :
       {"/tests/examples/snippets_test.cpp", "/examples/first_network.cpp", "/examples/first_training.cpp",
        "/examples/robot_loop.cpp", "/tests/execution/peer_models.hpp", "/tests/execution/user_models.hpp",
        "/tests/shd/snippet_test.cpp"}) {
    std::ifstream source(std::string(SYNFIRE_SOURCE_FOLDER) + file);
    for (std::string line; std::getline(source, line);) lines.insert(trimmed(line));
  }
  return lines;
}

std::vector<std::string> cpp_lines_of(const std::string& document) {
  std::ifstream file(std::string(SYNFIRE_SOURCE_FOLDER) + document);
  std::vector<std::string> lines;
  bool inside = false;
  for (std::string line; std::getline(file, line);) {
    if (line.rfind("```", 0) == 0)
      inside = !inside && line == "```cpp";
    else if (inside)
      lines.push_back(trimmed(line));
  }
  return lines;
}

TEST(Snippets, DocumentsHoldOnlyLinesThatAreBuilt) {
  const std::set<std::string> built = lines_of_sources();
  for (const char* document : {"/README.md", "/docs/model-language.md", "/docs/connectivity.md", "/docs/models.md",
                               "/docs/sessions.md", "/docs/descriptions.md", "/docs/artifacts.md", "/docs/training.md",
                               "/docs/adjoint.md", "/docs/coming-from.md", "/docs/events.md"}) {
    const std::vector<std::string> lines = cpp_lines_of(document);
    EXPECT_GT(lines.size(), 2u) << document;
    for (const std::string& line : lines) {
      EXPECT_TRUE(built.count(line) != 0) << document << ": " << line;
    }
  }
}

}  // namespace
}  // namespace synfire
