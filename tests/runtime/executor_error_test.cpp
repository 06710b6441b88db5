// SPDX-License-Identifier: Apache-2.0
// Errors of the executor: artifacts and batches that do not match, and insufficient memory.
#include <gmock/gmock.h>

#include "handwritten.hpp"
#include "separate_memory_device.hpp"
#include "synfire/error.hpp"
#include "synfire/runtime/executor.hpp"

namespace synfire::runtime {
namespace {

using namespace synfire::testing;
using ::testing::HasSubstr;

template <class ErrorType, class Action>
std::vector<Problem> problems_of(const Action& action) {
  try {
    action();
  } catch (const ErrorType& error) {
    return error.problems();
  }
  ADD_FAILURE() << "no error";
  return {{}};
}

class ExecutorErrorTest : public ::testing::Test {
 protected:
  Executor executor(std::uint32_t batch_size = 4) {
    return {std::make_shared<contract::Artifact>(artifact), device, batch_size};
  }
  template <class ErrorType>
  Problem refused_artifact(std::uint32_t batch_size = 4) {
    return problems_of<ErrorType>([&] { executor(batch_size); }).front();
  }
  template <class ErrorType>
  std::vector<Problem> refused_batch() {
    Executor refusing = executor();
    return problems_of<ErrorType>([&] { refusing.run(batch); });
  }

  ExecutorErrorTest() {
    for (int e = 0; e < 2; ++e) trains.add_example({0}, {0.0f});
    batch = {
        .examples = 2,
        .inputs = {{.population = values_input, .values = values}, {.population = spikes_input, .spikes = &trains}}};
  }

  std::shared_ptr<testing::SeparateMemoryDevice> device = std::make_shared<testing::SeparateMemoryDevice>();
  contract::Artifact artifact = handwritten_artifact();
  std::vector<float> values = std::vector<float>(2 * neurons);
  SpikeTrains trains{spiking_neurons};
  Batch batch;
};

TEST_F(ExecutorErrorTest, AnArtifactOfAnotherVersion) {
  artifact.manifest.abi = 99;
  const Problem problem = refused_artifact<DataError>();
  EXPECT_EQ(problem.kind, ProblemKind::malformed_file);
  EXPECT_EQ(problem.expected, std::to_string(contract::abi_version));
  EXPECT_EQ(problem.given, "99");
}

TEST_F(ExecutorErrorTest, AScheduleThatIsNotKnown) {
  artifact.manifest.schedule = "wave";
  EXPECT_EQ(refused_artifact<DeviceError>().kind, ProblemKind::unsupported);
}

TEST_F(ExecutorErrorTest, NoBinaryForTheDevice) {
  artifact.binaries[0].target = "cuda";
  artifact.binaries[0].architecture = "sm_90";
  const Problem problem = refused_artifact<DeviceError>();
  EXPECT_EQ(problem.kind, ProblemKind::unsupported);
  EXPECT_EQ(problem.path, "device \"host\"");
  EXPECT_EQ(problem.given, "cuda sm_90");
  EXPECT_THAT(problem.expected, HasSubstr("native"));
}

TEST_F(ExecutorErrorTest, NoBinaryForTheArchitecture) {
  artifact.binaries[0].architecture = "x86-64-v99";
  EXPECT_EQ(refused_artifact<DeviceError>().given, "host x86-64-v99");
}

TEST_F(ExecutorErrorTest, TheBestBinaryIsTaken) {
  contract::Binary broken = artifact.binaries[0];
  broken.architecture = "x86-64";
  broken.bytes.resize(10);
  artifact.binaries.insert(artifact.binaries.begin(), broken);
  executor();  // would throw with the binary of the base level
}

TEST_F(ExecutorErrorTest, AMissingParameter) {
  artifact.parameters.clear();
  const Problem problem = refused_artifact<DataError>();
  EXPECT_EQ(problem.kind, ProblemKind::malformed_file);
  EXPECT_EQ(problem.path, "parameters.weight");
}

TEST_F(ExecutorErrorTest, AParameterOfTheWrongSize) {
  artifact.parameters[0].bytes.resize(8);
  const Problem problem = refused_artifact<DataError>();
  EXPECT_EQ(problem.kind, ProblemKind::malformed_file);
  EXPECT_EQ(problem.expected, "12 bytes");
  EXPECT_EQ(problem.given, "8 bytes");
}

TEST_F(ExecutorErrorTest, AllParametersThatDoNotFitAtOnce) {
  artifact.parameters[0].buffer = "wieght";
  const auto problems = problems_of<DataError>([&] { executor(); });
  ASSERT_EQ(problems.size(), 2u);
  EXPECT_EQ(problems[0].path, "parameters.weight");
  EXPECT_EQ(problems[1].path, "parameters.wieght");
}

TEST_F(ExecutorErrorTest, TooLittleMemorySaysHowMuchForWhatAndWhatFits) {
  device->limit = 10000;
  const Problem problem = refused_artifact<DeviceError>(1000);
  EXPECT_EQ(problem.kind, ProblemKind::out_of_memory);
  EXPECT_EQ(problem.path, "device \"host\"");
  EXPECT_EQ(problem.expected, "at most 10000 bytes");
  // For each example: 12 of input, 24 of offsets, 4 of steps, 12 of readout, 20 of recording, 12 of state.
  EXPECT_EQ(problem.given, std::to_string(12 + 84 * 1000) + " bytes");
  EXPECT_THAT(problem.message, HasSubstr("recordings 19.5 KiB"));
  EXPECT_THAT(problem.message, HasSubstr("offsets of input spikes 23.4 KiB"));
  EXPECT_THAT(problem.hint, HasSubstr("at most 118 examples"));
  EXPECT_EQ(device->used, 0u);
}

TEST_F(ExecutorErrorTest, StateThatIsNotCarriedNeedsNoMemory) {
  artifact.manifest.resumable = false;
  device->limit = 10000;
  EXPECT_EQ(refused_artifact<DeviceError>(1000).given, std::to_string(12 + 72 * 1000) + " bytes");
}

TEST_F(ExecutorErrorTest, ABatchThatIsTooLarge) {
  batch.examples = 5;
  EXPECT_EQ(refused_batch<DataError>().front().path, "batch.examples");
}

TEST_F(ExecutorErrorTest, ValuesOfTheWrongSize) {
  batch.inputs[0].values = batch.inputs[0].values.first(5);
  const auto problems = refused_batch<DataError>();
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(problems[0].kind, ProblemKind::wrong_data_size);
  EXPECT_EQ(problems[0].path, "input of \"in\"");
  EXPECT_EQ(problems[0].expected, "6");
  EXPECT_EQ(problems[0].given, "5");
}

TEST_F(ExecutorErrorTest, SpikeTrainsOfTheWrongSize) {
  SpikeTrains other(7);
  other.add_example({}, {});
  batch.inputs[1].spikes = &other;
  const auto problems = refused_batch<DataError>();
  ASSERT_EQ(problems.size(), 2u);  // neurons and examples
  EXPECT_EQ(problems[0].kind, ProblemKind::wrong_data_size);
  EXPECT_EQ(problems[0].given, "7");
  EXPECT_EQ(problems[1].given, "1");
}

TEST_F(ExecutorErrorTest, MissingSurplusAndUnknownInputsAllAtOnce) {
  batch.inputs[0].population = output;
  batch.inputs[1].population = 17;
  std::vector<ProblemKind> kinds;
  for (const Problem& problem : refused_batch<DataError>()) kinds.push_back(problem.kind);
  EXPECT_THAT(kinds, ::testing::ElementsAre(ProblemKind::missing_data, ProblemKind::missing_data,
                                            ProblemKind::surplus_data, ProblemKind::wrong_data_size));
}

TEST_F(ExecutorErrorTest, AnInputGivenTwice) {
  batch.inputs.push_back(batch.inputs[0]);
  EXPECT_EQ(refused_batch<DataError>().front().kind, ProblemKind::surplus_data);
}

TEST_F(ExecutorErrorTest, MoreStepsThanTheProgramHas) {
  const std::vector<std::uint32_t> steps = {5, 6};
  batch.steps = steps;
  const Problem problem = refused_batch<DataError>().front();
  EXPECT_EQ(problem.path, "batch.steps");
  EXPECT_EQ(problem.expected, "at most 5");
  EXPECT_EQ(problem.given, "6");
}

TEST_F(ExecutorErrorTest, StepsForAnotherNumberOfExamples) {
  const std::vector<std::uint32_t> steps = {5};
  batch.steps = steps;
  EXPECT_EQ(refused_batch<DataError>().front().given, "1");
}

TEST_F(ExecutorErrorTest, StateThatWasNeverSaved) {
  batch.load = contract::carry_neurons;
  const Problem problem = refused_batch<RunError>().front();
  EXPECT_EQ(problem.kind, ProblemKind::run_failed);
  EXPECT_EQ(problem.expected, "at most 0 examples");
}

TEST_F(ExecutorErrorTest, StateThatWasForgotten) {
  Executor refusing = executor();
  batch.save = true;
  refusing.run(batch);
  refusing.forget_state();
  batch.load = contract::carry_neurons;
  EXPECT_THROW(refusing.run(batch), RunError);
}

TEST_F(ExecutorErrorTest, CarryingStateThatTheProgramDoesNotHave) {
  artifact.manifest.resumable = false;
  batch.save = true;
  EXPECT_EQ(refused_batch<RunError>().front().kind, ProblemKind::invalid_option);
}

TEST_F(ExecutorErrorTest, ResultsThatDoNotExist) {
  const Executor asked = executor();
  EXPECT_EQ(problems_of<ModelError>([&] { (void)asked.readout(values_input); }).front().kind,
            ProblemKind::missing_variable);
  EXPECT_THROW((void)asked.readout(17), ModelError);
  EXPECT_THROW((void)asked.recording(0), ModelError);
  EXPECT_THROW((void)asked.recording(17), ModelError);
}

}  // namespace
}  // namespace synfire::runtime
