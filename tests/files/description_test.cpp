// SPDX-License-Identifier: Apache-2.0
// Hand-written descriptions match the API, and files are written completely or not at all.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <random>

#include "base/scratch_folder.hpp"
#include "error/problems.hpp"
#include "synfire/description.hpp"
#include "synfire/event_prop_defaults.hpp"
#include "synfire/models.hpp"
#include "synfire/registry.hpp"

namespace synfire {
namespace {

namespace fs = std::filesystem;
using test::problem_at;

const fs::path examples = SYNFIRE_SOURCE_FOLDER "/examples/descriptions";

// A description with two populations `a` and `b`.
Network network_with(const std::string& connection, const std::string& more = {}, const Arrays& tensors = {}) {
  return parse_description(R"({"format": "synfire-network", "version": 1,
  "populations": [{"name": "a", "shape": 2, "neuron": "poisson_input"},
                  {"name": "b", "shape": 3, "neuron": "integrate_fire"}],
  "connections": [)" + connection +
                               "]" + more + "}",
                           tensors, "memory")
      .network;
}

Value weight_from(const std::string& weight, const Arrays& tensors = {}) {
  const Network network = network_with(
      R"({"source": "a", "target": "b", "connectivity": {"type": "dense", "weight": )" + weight + "}}", {}, tensors);
  return weight_of(network.description().connections.at(0).connectivity);
}

TEST(Descriptions, FirstExample) {
  Network network;
  const auto a = network.add("poisson_input", 100, {.name = "a"});
  const auto b = network.add("integrate_fire", 100, {.readout = "spike_count", .name = "b"});
  network.connect(a, b, Dense{1.0});
  EXPECT_TRUE(Network::load(examples / "first.json") == network);
}

TEST(Descriptions, SecondExample) {
  Network network;
  const auto a = network.add(PoissonInput{.signed_spikes = true}, 100, {.name = "a"});
  const auto b = network.add(IntegrateFire{.v_thresh = 2.0}, 100, {.readout = "spike_count", .name = "b"});
  network.connect(a, b, Dense{read_npz(examples / "second.npz").at("a_b.weight").as_float()});
  const Description read = read_description(examples / "second.json");
  EXPECT_TRUE(read.network == network);
  const CompileSettings settings{.batch_size = 128, .seed = 1, .record = {{.population = "b", .variable = "spikes"}}};
  EXPECT_TRUE(read.compile == settings);
}

TEST(Descriptions, UsersModels) {
  const NeuronModel izhikevich{
      .name = "izhikevich",
      .parameters = {{"a", 0.02}, {"b", 0.2}, {"c", -65.0}, {"d", 8.0}},
      .state = {{"v", -65.0}, {"u", -13.0}},
      .dynamics = {"dv/dt = 0.04*v*v + 5*v + 140 - u + I", "du/dt = a*(b*v - u)"},
      .threshold = "v >= 30",
      .reset = {"v = c", "u = u + d"},
      .integrator = Integrator::rk4,
  };
  const SynapseModel alpha{
      .name = "alpha",
      .parameters = {{.name = "tau", .value = 5.0, .unit = Unit::milliseconds, .min = 0.0, .exclusive_min = true}},
      .state = {{"x", 0.0}, {"g", 0.0}},
      .dynamics = {"dx/dt = -x / tau", "dg/dt = (x - g) / tau"},
      .on_spike = {"x += weight"},
      .current = "g",
  };
  Network network;
  const auto input = network.add("poisson_input", 100, {.name = "input"});
  const auto cells = network.add(izhikevich.with({{"a", Uniform{0.02, 0.1}}, {"d", 2.0}}), 800,
                                 {.readout = "spike_count", .name = "cells"});
  network.connect(input, cells, FixedProbability{.p = 0.1, .weight = 0.5}, {.synapse = alpha.with({{"tau", 2.0}})});
  network.connect(cells, cells, FixedProbability{.p = 0.1, .weight = trainable(0.5, {.min = 0}), .delay = 1.0},
                  {.synapse = alpha});
  const Description read = read_description(examples / "user_models.json");
  EXPECT_TRUE(read.network == network);
  EXPECT_THAT(read.validate(), testing::IsEmpty());
}

TEST(Descriptions, Demo) {
  const Description read = read_description(examples / "fashion_mnist.json");
  EXPECT_THAT(read.validate(), testing::IsEmpty());
  EXPECT_THAT(read.inputs, testing::ElementsAre(InputPreparation{.population = "input", .scale = 1.0 / 255}));
  const Arrays demo = read_npz(examples / "fashion_mnist.npz");
  const auto& connections = read.network.description().connections;
  EXPECT_EQ(weight_of(connections.at(0).connectivity), Value(demo.at("input_hidden.weight").as_float()));
  EXPECT_EQ(weight_of(connections.at(1).connectivity), Value(demo.at("hidden_output.weight").as_float()));
}

TEST(Descriptions, ValuesHaveTheFormsOfTheApi) {
  EXPECT_EQ(weight_from("2"), Value(2.0));
  EXPECT_EQ(weight_from("-2.5e-3"), Value(-2.5e-3));
  EXPECT_EQ(weight_from("true"), Value(true));
  EXPECT_EQ(weight_from("null"), Value());
  EXPECT_EQ(weight_from("\"normal\""), Value(Normal{}));
  EXPECT_EQ(weight_from("\"nromal\""), Value("nromal"));
  EXPECT_EQ(weight_from("[[1, 2, 3], [4, 5, 6.5]]"), Value(Tensor<float>({2, 3}, {1, 2, 3, 4, 5, 6.5f})));
  EXPECT_EQ(weight_from("[]"), Value(Tensor<float>({0}, {})));
  EXPECT_EQ(weight_from("[[], []]"), Value(Tensor<float>({2, 0}, {})));
  EXPECT_EQ(weight_from(R"({"type": "normal", "sd": 0.5, "max": "infinity"})"), Value(Normal{.sd = 0.5}));
  EXPECT_EQ(weight_from(R"({"type": "kaiming", "distribution": "uniform"})"),
            Value(Kaiming{.distribution = Distribution::uniform}));
  EXPECT_EQ(weight_from(R"({"trainable": "uniform", "min": -1, "learning_rate": 0.1})"),
            trainable(Uniform{}, {.min = -1, .learning_rate = 0.1}));
  EXPECT_EQ(weight_from(R"({"frozen": [1, 2]})"), frozen(std::vector<float>{1, 2}));
  EXPECT_EQ(weight_from(R"({"type": "constant", "value": "-infinity"})"),
            Value(-std::numeric_limits<double>::infinity()));
}

TEST(Descriptions, TensorsMayBeOfAnyFloatingPointType) {
  const Tensor<double> wide({2, 3}, {0.1, 0.2, 0.3, 0.4, 0.5, 0.6});
  EXPECT_EQ(weight_from(R"({"frozen": {"tensor": "w"}})", {{"w", wide}}), frozen(Array(wide).as_float()));
}

TEST(Descriptions, SparseListsMayBeTensorsOfAnyIntegerType) {
  const Arrays tensors{{"sources", Tensor<std::int64_t>({2}, {0, 1})}};
  const Network network = network_with(
      R"({"source": 0, "target": "b",
          "connectivity": {"type": "sparse", "sources": {"tensor": "sources"}, "targets": [2, 0], "weight": 1}})",
      {}, tensors);
  EXPECT_TRUE(network.description().connections.at(0).connectivity == Connectivity(Sparse{{0, 1}, {2, 0}, 1.0}));
}

Connectivity connectivity_from(const std::string& members) {
  const Network network =
      network_with(R"({"source": "a", "target": "b", "connectivity": {"weight": 1.0, )" + members + "}}");
  return network.description().connections.at(0).connectivity;
}

TEST(Descriptions, KernelsHaveTheFormsOfTheApi) {
  EXPECT_EQ(connectivity_from(R"("type": "conv_2d", "filters": 8, "kernel": 5)"),
            Connectivity(Conv2D{.filters = 8, .kernel = 5, .weight = 1.0}));
  EXPECT_EQ(connectivity_from(R"("type": "conv_2d_transpose", "filters": 8, "kernel": [5, 3], "strides": [2, 2],
                                 "padding": "same", "dilation": 2, "groups": 4, "delay": 1.5)"),
            Connectivity(Conv2DTranspose{.filters = 8,
                                         .kernel = {5, 3},
                                         .strides = 2,
                                         .padding = "same",
                                         .dilation = 2,
                                         .groups = 4,
                                         .weight = 1.0,
                                         .delay = 1.5}));
  EXPECT_EQ(connectivity_from(R"("type": "conv_1d", "filters": 8, "kernel": 5, "stride": 2, "padding": [1, 2])"),
            Connectivity(Conv1D{.filters = 8, .kernel = 5, .stride = 2, .padding = {1, 2}, .weight = 1.0}));
  EXPECT_EQ(connectivity_from(R"("type": "avg_pool_2d", "pool": 2, "strides": [2, 1], "padding": [1])"),
            Connectivity(AvgPool2D{.pool = 2, .strides = {2, 1}, .padding = 1, .weight = 1.0}));
  EXPECT_EQ(connectivity_from(R"("type": "max_pool_2d", "pool": 2, "padding": [1, 2, 3, 4])"),
            Connectivity(MaxPool2D{.pool = 2, .padding = {1, 2, 3, 4}, .weight = 1.0}));
  EXPECT_EQ(connectivity_from(R"("type": "avg_pool_dense_2d", "pool": [2, 3])"),
            Connectivity(AvgPoolDense2D{.pool = {2, 3}, .weight = 1.0}));
  EXPECT_EQ(connectivity_from(R"("type": "avg_pool_conv_2d", "pool": 2, "pool_strides": 3, "filters": 1, "kernel": 3)"),
            Connectivity(AvgPoolConv2D{.pool = 2, .pool_strides = 3, .filters = 1, .kernel = 3, .weight = 1.0}));
}

// Without defaults; a size or a padding is a number where all sides are equal.
TEST(Descriptions, KernelsAreWrittenInOneForm) {
  const auto written = [](Connectivity connectivity) {
    Description description;
    description.network.add("spike_input", {8, 8, 1}, {.name = "a"});
    description.network.add("integrate_fire", {}, {.name = "b"});
    description.network.connect("a", "b", std::move(connectivity));
    std::string text = to_text(description).json;
    std::erase_if(text, [](char c) { return c == ' ' || c == '\n'; });
    const std::size_t begin = text.find("\"connectivity\":") + 15;
    return text.substr(begin, text.find('}', begin) + 1 - begin);
  };
  EXPECT_EQ(written(Conv2D{.filters = 8, .kernel = {5, 5}, .strides = 1, .padding = {2}, .weight = 1.0}),
            R"({"type":"conv_2d","filters":8,"kernel":5,"padding":2,"weight":1.0,"delay":0.0})");
  EXPECT_EQ(written(Conv2D{.filters = 8, .kernel = {5, 3}, .padding = {2, 1}, .groups = 2, .weight = 1.0}),
            R"({"type":"conv_2d","filters":8,"kernel":[5,3],"padding":[2,1],"groups":2,"weight":1.0,"delay":0.0})");
  EXPECT_EQ(written(AvgPool2D{.pool = 2, .padding = "same", .weight = 1.0}),
            R"({"type":"avg_pool_2d","pool":2,"padding":"same","weight":1.0,"delay":0.0})");
}

TEST(Descriptions, SizesAndPaddingsAreNotTrusted) {
  const auto problem = [](const std::string& members) {
    try {
      connectivity_from(R"("type": "conv_2d", "filters": 8, )" + members);
    } catch (const DataError& error) {
      return error.problems().size() == 1 ? error.problems().front() : Problem{};
    }
    return Problem{};
  };
  const std::string path = "connections[0].connectivity.";
  for (const char* number : {"-1", "4294967296", "1.5", "1e3"}) {
    EXPECT_THAT(problem("\"kernel\": " + std::string(number)), problem_at(ProblemKind::invalid_value, path + "kernel"));
    EXPECT_THAT(problem("\"kernel\": [3, " + std::string(number) + "]"),
                problem_at(ProblemKind::invalid_value, path + "kernel[1]"));
    EXPECT_THAT(problem("\"kernel\": 3, \"padding\": " + std::string(number)),
                problem_at(ProblemKind::invalid_value, path + "padding"));
    EXPECT_THAT(problem("\"kernel\": 3, \"padding\": [3, " + std::string(number) + "]"),
                problem_at(ProblemKind::invalid_value, path + "padding[1]"));
  }
  for (const char* list : {"[]", "[3]", "[3, 3, 3]"}) {
    EXPECT_THAT(problem("\"kernel\": " + std::string(list)), problem_at(ProblemKind::shape_mismatch, path + "kernel"));
  }
  for (const char* other : {"\"same\"", "null", "{}", "true"}) {
    EXPECT_THAT(problem("\"kernel\": " + std::string(other)), problem_at(ProblemKind::malformed_file, path + "kernel"));
  }
  EXPECT_THAT(problem("\"kernel\": 3, \"padding\": {}"), problem_at(ProblemKind::malformed_file, path + "padding"));
  EXPECT_THAT(problem("\"kernel\": 3, \"padding\": [\"same\"]"),
              problem_at(ProblemKind::malformed_file, path + "padding[0]"));
  EXPECT_THAT(problem("\"strides\": 3"), problem_at(ProblemKind::malformed_file, path.substr(0, path.size() - 1)));
}

TEST(Descriptions, ModelsOfTheFileGoFirst) {
  const Network network =
      network_with("", R"(, "models": [{"kind": "neuron", "name": "integrate_fire", "update": ["# my own"]},
                                                           {"kind": "synapse", "name": "integrate_fire"}])");
  const NeuronModel own{.name = "integrate_fire", .update = {"# my own"}};
  EXPECT_EQ(network.description().populations.at(1).neuron, own);
  EXPECT_EQ(network.description().populations.at(0).neuron, PoissonInput::text());
}

TEST(Descriptions, DefaultsApplyToWhatIsNotGiven) {
  const Network network = network_with(R"({"source": "a", "target": "b", "synapse": "exponential",
                                           "connectivity": {"type": "dense", "weight": 1}},
                                          {"source": "a", "target": "b", "synapse": {"model": "exponential", "tau": 2},
                                           "connectivity": {"type": "dense", "weight": 1}})",
                                       R"(, "defaults": {"exponential": {"tau": 10}})");
  const auto tau = [&](std::size_t i) {
    return network.description().connections.at(i).synapse.parameters.at(0).value;
  };
  EXPECT_EQ(tau(0), Value(10.0));
  EXPECT_EQ(tau(1), Value(2.0));
}

TEST(Descriptions, MeanTheSameWhenTheRegistryChanges) {
  NeuronModel model{.name = "files_test_model", .state = {{"v", 0.0}}, .dynamics = {"dv/dt = -v"}};
  register_neuron(model);
  Network network;
  network.add("files_test_model", 1, {.name = "a"});
  const DescriptionText text = to_text({network});
  model.dynamics = {"dv/dt = v"};
  register_neuron(model);
  EXPECT_TRUE(parse_description(text.json, text.tensors, "memory").network == network);
}

TEST(Descriptions, TwoModelsOfOneNameStayApart) {
  const NeuronModel one{.name = "cell", .state = {{"v", 0.0}}};
  const NeuronModel other{.name = "cell", .state = {{"u", 0.0}}};
  Network network;
  network.add(one, 1);
  network.add(other, 1);
  network.add("cell", 1);  // not in the registry
  const DescriptionText text = to_text({network});
  const Network read = parse_description(text.json, text.tensors, "memory").network;
  EXPECT_TRUE(read == network);
  EXPECT_EQ(read.validate().size(), network.validate().size());
}

TEST(Descriptions, MistakesMadeWhileBuildingStay) {
  SequentialNetwork network;
  network.input("poisson_input", 1);
  network.input("poisson_input", 1);
  network.connect("nowhere", PopulationId{}, Dense{1.0});
  const DescriptionText text = to_text({network});
  const std::vector<Problem> problems = parse_description(text.json, text.tensors, "memory").network.validate();
  EXPECT_THAT(problems, testing::IsSupersetOf({problem_at(ProblemKind::invalid_option, "populations[1]"),
                                               problem_at(ProblemKind::unknown_name, "connections[0].source"),
                                               problem_at(ProblemKind::foreign_id, "connections[0].target")}));
  EXPECT_EQ(problems.size(), network.validate().size());
  // They keep their C++ source location.
  EXPECT_EQ(fs::path(problems.at(0).place.file).filename(), "description_test.cpp");
}

TEST(Descriptions, NaNIsRefused) {
  Network network;
  network.add(IntegrateFire{.v_thresh = std::numeric_limits<double>::quiet_NaN()}, 1, {.name = "a"});
  EXPECT_THAT(test::thrown_by([&] { (void)to_text({network}); }),
              testing::ElementsAre(problem_at(ProblemKind::invalid_value, "integrate_fire.v_thresh")));
}

TEST(Descriptions, TextsThatAreNotUtf8AreRefused) {
  Network network;
  network.add("poisson_input", 1, {.name = "\xFF"});
  EXPECT_THAT(test::thrown_by([&] { (void)to_text({network}); }),
              testing::ElementsAre(problem_at(ProblemKind::invalid_name, "description")));
}

// ---- Files

Network small_network(std::size_t neurons) {
  Network network;
  const auto a = network.add(PoissonInput{}, 2, {.name = "a"});
  const auto b = network.add(IntegrateFire{}, neurons, {.name = "b"});
  network.connect(a, b, Dense{Tensor<float>({2, neurons})});
  return network;
}

TEST(DescriptionFiles, TensorsLieBesideTheText) {
  const test::ScratchFolder folder;
  small_network(20).save(folder / "large.json");
  EXPECT_TRUE(fs::exists(folder / "large.npz"));
  EXPECT_EQ(read_npz(folder / "large.npz").at("a_b.weight").shape(), (Extents{2, 20}));
  small_network(8).save(folder / "small.json");  // 16 elements are in the text
  EXPECT_FALSE(fs::exists(folder / "small.npz"));
  EXPECT_TRUE(Network::load(folder / "large.json") == small_network(20));
  EXPECT_TRUE(Network::load(folder / "small.json") == small_network(8));
}

TEST(DescriptionFiles, WholeDescriptionsComeBack) {
  const test::ScratchFolder folder;
  const Description given{.network = small_network(30),
                          .compile = {.timesteps = 7, .record = {{.connection = "a_b", .variable = "weight"}}},
                          .inputs = {{.population = "a", .encode = LogLatency{}}}};
  write_description(folder / "given.json", given);
  EXPECT_TRUE(read_description(folder / "given.json") == given);
}

TEST(DescriptionFiles, StayAsTheyWereWhereWritingFails) {
  const test::ScratchFolder folder;
  small_network(20).save(folder / "kept.json");
  Network wrong = small_network(21);
  wrong.add(IntegrateFire{.v_thresh = std::numeric_limits<double>::quiet_NaN()}, 1);
  EXPECT_THROW(wrong.save(folder / "kept.json"), ModelError);
  EXPECT_TRUE(Network::load(folder / "kept.json") == small_network(20));
  // The text cannot replace a folder.
  fs::create_directory(folder / "taken.json");
  EXPECT_THROW(small_network(8).save(folder / "taken.json"), DataError);
  const fs::path nowhere = folder / "nowhere" / "a.json";
  EXPECT_THAT(test::problems_of<DataError>([&] { small_network(8).save(nowhere); }),
              testing::ElementsAre(problem_at(ProblemKind::file_access, nowhere.string())));
  EXPECT_EQ(folder.files(), 3u);
}

// Saves two networks alternately under one name, until it is killed.
pid_t start_saving(const fs::path& json, std::size_t first, std::size_t second) {
  const pid_t process = ::fork();
  if (process != 0) return process;
  const Network networks[] = {small_network(first), small_network(second)};
  for (int i = 0;; ++i) networks[i % 2].save(json);
}

void kill_process(pid_t process) {
  ::kill(process, SIGKILL);
  ::waitpid(process, nullptr, 0);
}

TEST(DescriptionFiles, FirstSavesThatAreKilledLeaveNoTensorsUnderTheirName) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const Arrays unrelated{{"x", Tensor<float>({1})}};
  for (int round = 0; round < 40; ++round) {
    const test::ScratchFolder folder;
    write_npz(folder / "a.npz", unrelated);
    const pid_t process = ::fork();
    if (process == 0) {
      small_network(3000).save(folder / "a.json");
      ::_exit(0);
    }
    ::usleep(static_cast<useconds_t>(random() % 6000));
    kill_process(process);
    if (fs::exists(folder / "a.json"))
      EXPECT_NO_THROW((void)Network::load(folder / "a.json")) << "round " << round;
    else
      EXPECT_TRUE(read_npz(folder / "a.npz") == unrelated) << "round " << round;
  }
}

TEST(DescriptionFiles, TensorsOfCopiesAreKept) {
  const test::ScratchFolder folder;
  small_network(20).save(folder / "a.json");
  fs::copy_file(folder / "a.json", folder / "best.json");  // both name a.npz
  small_network(30).save(folder / "a.json");
  small_network(40).save(folder / "a.json");
  EXPECT_TRUE(Network::load(folder / "a.json") == small_network(40));
  EXPECT_TRUE(Network::load(folder / "best.json") == small_network(20));
  fs::copy_file(folder / "a.json", folder / "second.json");  // both name a.tensors-….npz
  small_network(50).save(folder / "a.json");
  EXPECT_TRUE(Network::load(folder / "a.json") == small_network(50));
  EXPECT_TRUE(Network::load(folder / "best.json") == small_network(20));
  EXPECT_TRUE(Network::load(folder / "second.json") == small_network(40));
  EXPECT_EQ(folder.files(), 6u);
  for (const char* each : {"best.json", "second.json"}) fs::remove(folder / each);
  small_network(60).save(folder / "a.json");
  EXPECT_EQ(folder.files(), 2u);
}

TEST(DescriptionFiles, TensorsThatAreLinksStay) {
  const test::ScratchFolder folder;
  write_npz(folder / "other.npz", {{"x", Tensor<float>({1})}});
  fs::create_symlink("other.npz", folder / "a.npz");
  for (const std::size_t size : {20u, 30u}) {
    small_network(size).save(folder / "a.json");
    EXPECT_TRUE(Network::load(folder / "a.json") == small_network(size));
    EXPECT_TRUE(fs::is_symlink(folder / "a.npz"));
    EXPECT_TRUE(read_npz(folder / "other.npz").contains("x"));
    EXPECT_EQ(folder.files(), 4u);
  }
}

void expect_one_of(const fs::path& json, std::size_t first, std::size_t second) {
  const Network loaded = Network::load(json);
  EXPECT_TRUE(loaded == small_network(first) || loaded == small_network(second));
}

TEST(DescriptionFiles, AreWholeWheneverTheWriterIsKilled) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const test::ScratchFolder folder;
  small_network(20).save(folder / "a.json");
  for (int round = 0; round < 60; ++round) {
    const pid_t process = start_saving(folder / "a.json", 20, 30);
    ::usleep(static_cast<useconds_t>(2000 + random() % 20000));
    kill_process(process);
    ASSERT_NO_THROW(expect_one_of(folder / "a.json", 20, 30)) << "round " << round;
  }
  // Unreferenced tensors are removed, and the usual name is restored.
  small_network(40).save(folder / "a.json");
  EXPECT_TRUE(Network::load(folder / "a.json") == small_network(40));
  EXPECT_EQ(read_npz(folder / "a.npz").at("a_b.weight").shape(), (Extents{2, 40}));
  for (const auto& entry : fs::directory_iterator(folder.path())) {
    const std::string name = entry.path().filename().string();
    EXPECT_TRUE(name == "a.json" || name == "a.npz" || name.find(".tmp-") != std::string::npos) << name;
  }
}

TEST(DescriptionFiles, AreWholeForReadersAndBesideOtherWriters) {
  const test::ScratchFolder folder;
  small_network(20).save(folder / "a.json");
  const pid_t one = start_saving(folder / "a.json", 20, 30), other = start_saving(folder / "a.json", 30, 40);
  for (int round = 0; round < 100; ++round) {
    const Network loaded = Network::load(folder / "a.json");
    EXPECT_TRUE(loaded == small_network(20) || loaded == small_network(30) || loaded == small_network(40));
  }
  kill_process(one);
  kill_process(other);
}

TEST(DescriptionFiles, KeepNameModeAndLinks) {
  const test::ScratchFolder folder;
  fs::create_directory(folder / "store");
  small_network(20).save(folder / "store/a.json");
  fs::permissions(folder / "store/a.npz", fs::perms::owner_read | fs::perms::owner_write);
  fs::create_symlink("store/a.json", folder / "link.json");
  small_network(30).save(folder / "link.json");
  EXPECT_TRUE(fs::is_symlink(folder / "link.json"));
  EXPECT_TRUE(Network::load(folder / "link.json") == small_network(30));
  EXPECT_TRUE(Network::load(folder / "store/a.json") == small_network(30));
  EXPECT_EQ(fs::status(folder / "store/a.npz").permissions(), fs::perms::owner_read | fs::perms::owner_write);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder / "store"), {}), 2);
}

TEST(DescriptionFiles, CannotBeTheirOwnTensors) {
  const test::ScratchFolder folder;
  EXPECT_EQ(test::kind_of<DataError>([&] { small_network(20).save(folder / "a.npz"); }), "invalid_name");
  EXPECT_EQ(test::kind_of<DataError>([&] { small_network(20).save("/dev/null"); }), "file_access");
  small_network(8).save("/dev/null");
  EXPECT_EQ(folder.files(), 0u);
}

TEST(DescriptionFiles, OnesThatAreNotThere) {
  const test::ScratchFolder folder;
  EXPECT_EQ(test::kind_of<DataError>([&] { Network::load(folder / "absent.json"); }), "file_access");
  small_network(20).save(folder / "a.json");
  fs::remove(folder / "a.npz");
  const std::vector<Problem> problems = test::problems_of<DataError>([&] { Network::load(folder / "a.json"); });
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(problems.front().kind, ProblemKind::file_access);
  EXPECT_EQ(problems.front().place.file, (folder / "a.json").string());
  EXPECT_EQ(problems.front().place.line, 4);
}

// ---- Overrides

constexpr const char* layered = R"({"format": "synfire-network", "version": 1, "defaults": "event_prop",
  "populations": [
    {"name": "in", "shape": 2, "neuron": "spike_input"},
    {"name": "hid.den", "shape": 3, "neuron": "leaky_integrate_fire"},
    {"name": "out", "shape": 2, "neuron": {"model": "leaky_integrate", "tau_mem": 30}, "readout": "avg_var"}],
  "connections": [{"source": "in", "target": "hid.den", "synapse": "exponential",
                   "connectivity": {"type": "dense", "weight": {"type": "normal", "sd": 0.5}}},
                  {"source": "hid.den", "target": "out", "connectivity": {"type": "dense", "weight": "normal"}}],
  "compile": {"compiler": "event_prop", "timesteps": 20, "optimizer": "adam"}})";

Description with_overrides(const std::vector<Override>& overrides) {
  return parse_description(layered, {}, "memory", overrides);
}

const Value& parameter_of(const NeuronModel& model, const std::string& name) {
  for (const Parameter& parameter : model.parameters) {
    if (parameter.name == name) return parameter.value;
  }
  throw std::runtime_error(name);
}

TEST(Overrides, ReplaceValuesOfEveryPart) {
  const Description changed =
      with_overrides({{"hid.den.tau_mem", "15"},
                      {"hid.den.v", R"({"type": "uniform", "max": 0.5})"},
                      {"out.shape", "4"},
                      {"out.tau_mem", "25.5"},
                      {"out.readout", "max_var"},
                      {"in_hid.den.weight.sd", "0.25"},
                      {"in_hid.den.tau", "4"},
                      {"in_hid.den.delay", "2"},
                      {"hid.den_out.weight.mean", "-1"},
                      {"connections.hid.den_out.storage", "dense"},
                      {"defaults.exponential.tau", "9"},
                      {"compile.optimizer.learning_rate", "1e-2"},
                      {"compile.losses", "mean_square_error"},
                      {"compile.losses.per_step", "true"},
                      {"compile.carry_over.spikes", "true"},
                      {"compile.seed", "18446744073709551615"},
                      {"train.epochs", "3"},
                      {"train.early_stopping", R"({"monitor": "training.loss", "patience": 7})"}});
  const ir::Network& network = changed.network.description();
  EXPECT_EQ(parameter_of(network.populations[1].neuron, "tau_mem"), Value(15));
  EXPECT_EQ(parameter_of(network.populations[1].neuron, "scale_i"), Value(true));
  EXPECT_EQ(network.populations[1].neuron.state[0].initial, Value(Uniform{0, 0.5}));
  EXPECT_EQ(network.populations[2].shape, Shape(4));
  EXPECT_EQ(parameter_of(network.populations[2].neuron, "tau_mem"), Value(25.5));
  EXPECT_EQ(network.populations[2].readout->name, "max_var");
  EXPECT_EQ(weight_of(network.connections[0].connectivity), Value(Normal{.sd = 0.25}));
  EXPECT_EQ(delay_of(network.connections[0].connectivity), Value(2));
  EXPECT_EQ(network.connections[0].synapse.parameters[0].value, Value(4));
  EXPECT_EQ(weight_of(network.connections[1].connectivity), Value(Normal{.mean = -1}));
  EXPECT_EQ(network.connections[1].storage, SynapseStorage::dense);
  EXPECT_EQ(changed.network.defaults().at("exponential").size(), 2u);
  EXPECT_EQ(changed.compile.optimizer, Optimizer(Adam{.learning_rate = 1e-2}));
  EXPECT_EQ(changed.compile.losses.for_all, LossSetting(MeanSquareError{.per_step = true}));
  EXPECT_TRUE(changed.compile.carry_over.spikes);
  EXPECT_EQ(changed.compile.seed, ~std::uint64_t{0});
  ASSERT_TRUE(changed.train);
  EXPECT_EQ(changed.train->epochs, 3u);
  ASSERT_TRUE(changed.train->early_stopping);
  EXPECT_EQ(changed.train->early_stopping->patience, 7u);
}

TEST(Overrides, OfSurrogatesBeginWithTheDefault) {
  const CompileSettings compile =
      with_overrides(
          {{"compile.compiler", "surrogate"}, {"compile.surrogate.slope", "10"}, {"compile.detach_reset", "true"}})
          .compile;
  EXPECT_EQ(compile.surrogate.for_all, SurrogateSetting(FastSigmoid{.slope = 10.0}));
  EXPECT_TRUE(compile.detach_reset);
  EXPECT_EQ(with_overrides({{"compile.compiler", "surrogate"}, {"compile.surrogate", "boxcar"}}).compile.surrogate,
            SurrogateSettings{.for_all = Boxcar{}});
  EXPECT_THROW(with_overrides({{"compile.surrogate", "boxcar"}}), DataError);
}

TEST(Overrides, OfModelsKeepTheOthers) {
  const Description changed = with_overrides({{"hid.den.neuron", "integrate_fire"}, {"hid.den.v_thresh", "3"}});
  EXPECT_EQ(changed.network.description().populations[1].neuron.name, "integrate_fire");
  EXPECT_EQ(parameter_of(changed.network.description().populations[1].neuron, "v_thresh"), Value(3));
  EXPECT_TRUE(with_overrides({}).network.defaults() == event_prop_defaults);
}

TEST(Overrides, OfKernels) {
  const std::string text = R"({"format": "synfire-network", "version": 1,
  "populations": [{"name": "a", "shape": [8, 8, 2], "neuron": "spike_input"},
                  {"name": "b", "neuron": "integrate_fire"}],
  "connections": [{"name": "conv", "source": "a", "target": "b",
                   "connectivity": {"type": "conv_2d", "filters": 3, "kernel": [5, 3], "weight": 1.0}}]})";
  const Description read = parse_description(
      text, {}, "memory",
      {{"conv.kernel.1", "2"}, {"conv.strides", "2"}, {"conv.padding", "same"}, {"conv.groups", "1"}});
  EXPECT_EQ(read.network.description().connections.at(0).connectivity,
            Connectivity(Conv2D{.filters = 3, .kernel = {5, 2}, .strides = 2, .padding = "same", .weight = 1.0}));
}

TEST(Overrides, OfATensorLeaveItUnused) {
  const Arrays tensors{{"w", Tensor<float>({2, 3})}};
  const char* const text = R"({"format": "synfire-network", "version": 1, "tensors": "w.npz",
    "populations": [{"name": "a", "shape": 2, "neuron": "poisson_input"},
                    {"name": "b", "shape": 3, "neuron": "integrate_fire"}],
    "connections": [{"source": "a", "target": "b", "connectivity": {"type": "dense", "weight": {"tensor": "w"}}}]})";
  const Description changed = parse_description(text, tensors, "memory", {{"a_b.weight", "0.5"}});
  EXPECT_EQ(weight_of(changed.network.description().connections[0].connectivity), Value(0.5));
}

// Each with the nearest name in its hint, and all together.
TEST(Overrides, ThatLeadNowhereAreReported) {
  const std::vector<std::pair<Override, std::string>> wrong{
      {{"hidd.en.tau_mem", "1"}, "known: in, hid.den"},
      {{"ot.tau_mem", "1"}, "did you mean \"out\"?"},
      {{"out", "1"}, ""},
      {{"out.", "1"}, ""},
      {{"out.tua_mem", "1"}, "did you mean \"tau_mem\"?"},
      {{"out.readuot", "var"}, "did you mean \"readout\"?"},
      {{"in_hid.den.wieght", "1"}, "did you mean \"weight\"?"},
      {{"in_hid.den.synapse.tua", "1"}, "did you mean \"tau\"?"},
      {{"out.tau_mem.sd", "1"}, "set all of it: out.tau_mem=…"},
      {{"hid.den.tau_mem.sd", "1"}, "set all of it: hid.den.tau_mem=…"},
      {{"inputs.0.scale", "1"}, ""},
      {{"hid.den.tau_mem", "1 2"}, ""},
      {{"hid.den.tau_mem", "5ms"}, ""}};
  std::vector<Override> overrides;
  overrides.reserve(wrong.size());
  for (const auto& [override, hint] : wrong) overrides.push_back(override);
  try {
    with_overrides(overrides);
    FAIL();
  } catch (const DataError& error) {
    ASSERT_EQ(error.problems().size(), wrong.size());
    for (std::size_t i = 0; i < wrong.size(); ++i) {
      EXPECT_EQ(error.problems()[i].path, wrong[i].first.path);
      EXPECT_EQ(error.problems()[i].place.file, wrong[i].first.path + "=" + wrong[i].first.value);
      EXPECT_THAT(error.problems()[i].hint, testing::HasSubstr(wrong[i].second)) << wrong[i].first.path;
    }
  }
}

// Problems of the new values have the place of the override.
TEST(Overrides, AreChecked) {
  const Place place{.file = "--set"};
  const auto problems = [&](const std::string& path, const std::string& value) {
    try {
      return with_overrides({{path, value, place}}).validate();
    } catch (const DataError& error) {
      return error.problems();
    }
  };
  for (const auto& [path, value] : {std::pair{"hid.den.tau_mem", "-1"},
                                    {"hid.den.tau_mem", "fast"},
                                    {"hid.den.scale_i", "2"},
                                    {"in_hid.den.weight.sd", "-2"},
                                    {"in_hid.den.weight.sdd", "2"},
                                    {"compile.optimzer", "adam"},
                                    {"compile.optimizer.learning_rat", "1"},
                                    {"compile.dt", "0"},
                                    {"compile.seed", "-1"},
                                    {"compile", "3"},
                                    {"train.epoch", "3"},
                                    {"train.epochs", "0"},
                                    {"defaults", "event_porp"}}) {
    const std::vector<Problem> found = problems(path, value);
    ASSERT_FALSE(found.empty()) << path << "=" << value;
    EXPECT_EQ(found.front().place.file, "--set") << path << "=" << value;
  }
}

// Whatever the paths and values, reading ends with a description or an error.
TEST(Overrides, OfAnythingAreSafe) {
  const std::vector<std::string> words{"in",      "hid",    "den",   "out",      "weight",  "sd",
                                       "compile", "losses", "0",     "inputs",   "",        "type",
                                       "shape",   "neuron", "model", "defaults", "readout", "connections"};
  const std::vector<std::string> values{"1",    "{}",  "[]", "null", "[[1],[2]]", "x", "{\"type\": \"normal\"}",
                                        "\"\"", "true"};
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 engine(seed);
  const auto any = [&](const std::vector<std::string>& list) { return list[engine() % list.size()]; };
  for (int i = 0; i < 2000; ++i) {
    std::vector<Override> overrides(1 + engine() % 3);
    for (Override& each : overrides) {
      each = {any(words), any(values)};
      for (std::size_t more = engine() % 4; more > 0; --more) each.path += "." + any(words);
    }
    try {
      static_cast<void>(with_overrides(overrides).validate());
    } catch (const Error&) {
    }
  }
}

}  // namespace
}  // namespace synfire
