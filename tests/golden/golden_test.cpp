// SPDX-License-Identifier: Apache-2.0
// Generated text of small networks against the reviewed text. SYNFIRE_UPDATE_GOLDEN=1 rewrites the files.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>

#include "golden/networks.hpp"
#include "gradients/cases.hpp"
#include "synfire/codegen/lower.hpp"
#include "synfire/codegen/passes.hpp"
#include "synfire/codegen/printers.hpp"
#include "synfire/codegen/training.hpp"

namespace synfire::testing {
namespace {

using namespace codegen;

Program program_of(const CompilableNetwork& golden, const std::vector<Pass>& passes) {
  Program program = lower(golden.network.resolve(), golden.options);
  run_passes(program, passes);
  return program;
}

std::string read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// The first line in which two texts differ, for a readable message.
std::string first_difference(const std::string& expected, const std::string& actual) {
  std::istringstream left(expected), right(actual);
  std::string a, b;
  for (int line = 1;; ++line) {
    const bool more_left = static_cast<bool>(std::getline(left, a));
    const bool more_right = static_cast<bool>(std::getline(right, b));
    if (!more_left && !more_right) return {};
    if (more_left != more_right || a != b)
      return "line " + std::to_string(line) + "\n  expected: " + (more_left ? a : "(end)") +
             "\n  actual:   " + (more_right ? b : "(end)");
  }
}

void expect_golden(const std::string& file, const std::string& actual) {
  const std::string path = std::string(SYNFIRE_GOLDEN_FOLDER) + "/" + file;
  const char* update = std::getenv("SYNFIRE_UPDATE_GOLDEN");
  if (update && *update) {
    std::ofstream(path, std::ios::binary) << actual;
    return;
  }
  const std::string expected = read(path);
  EXPECT_TRUE(expected == actual) << file << ", " << first_difference(expected, actual)
                                  << "\nSYNFIRE_UPDATE_GOLDEN=1 takes the new text";
}

class Golden : public ::testing::TestWithParam<std::string> {
 protected:
  const CompilableNetwork& network() const { return golden_network(GetParam()); }
};

TEST_P(Golden, Program) {
  const Program program = program_of(network(), block_passes({}));
  expect_golden(GetParam() + ".expected.program", to_string(program));
}

TEST_P(Golden, Cuda) {
  expect_golden(GetParam() + ".expected.cu", print_cuda(program_of(network(), block_passes({}))));
}

TEST_P(Golden, Host) { expect_golden(GetParam() + ".expected.cpp", print_host(program_of(network(), host_passes()))); }

// The schedule `step`, for its own output.
class GoldenSteps : public Golden {};

TEST_P(GoldenSteps, Cuda) {
  expect_golden(GetParam() + ".steps.expected.cu", print_cuda_steps(program_of(network(), grid_passes({}))));
}

TEST_P(GoldenSteps, Host) {
  expect_golden(GetParam() + ".steps.expected.cpp", print_host_steps(program_of(network(), host_step_passes(2))));
}

INSTANTIATE_TEST_SUITE_P(Networks, GoldenSteps,
                         ::testing::Values("recurrent_delays", "signed_poisson", "sparse_delays", "procedural"),
                         [](const auto& test) { return test.param; });

// Training programs.
class GoldenTraining : public ::testing::TestWithParam<std::string> {
 protected:
  static Program program(const std::vector<Pass>& passes) {
    const TrainingCase& learned = training_case(GetParam()).learned;
    Program lowered = lower_training(learned.network.resolve(), learned.options, learned.training, 2);
    run_passes(lowered, passes);
    return lowered;
  }
  static std::string file(const std::string& ending) { return "training_" + GetParam() + ".expected" + ending; }
};

TEST_P(GoldenTraining, Program) { expect_golden(file(".program"), to_string(program(block_passes({}, true)))); }

TEST_P(GoldenTraining, Cuda) { expect_golden(file(".cu"), print_cuda_training(program(block_passes({}, true)))); }

TEST_P(GoldenTraining, Host) { expect_golden(file(".cpp"), print_host_training(program(host_passes()))); }

INSTANTIATE_TEST_SUITE_P(Networks, GoldenTraining, ::testing::Values("feed_forward", "conductance", "graded"),
                         [](const auto& test) { return test.param; });

// ---- Foreign text: names, labels and notes do not affect the code

std::vector<std::string> hostile_texts() {
  return {"x\n#include \"/etc/hostname\"\n//",
          "x\r#error\r",
          "ends with \\",
          "ends with ?\?/",
          "*/ int system(); /*",
          "\"; system(\"id\"); //",
          "%s%n%",
          "\x1b[31m\x07",
          "\xff\xfe",
          "\u2028#error",
          std::string(1 << 20, 'x'),
          std::string(1000, '\n') + "#error"};
}

void make_hostile(Program& program, const std::string& text) {
  program.network = text;
  program.notes.push_back(text);
  for (auto& each : program.populations) each.name = each.model = each.readout = text;
  for (auto& each : program.connections)
    each.name = each.source = each.target = each.connectivity = each.synapse = text;
  for (Array& each : program.arrays) each.comment = text;
  for (std::vector<Phase>* phases : {&program.before, &program.step, &program.after}) {
    for (Phase& phase : *phases) {
      std::visit(
          [&](auto& each) {
            if constexpr (requires { each.label = text; }) each.label = text;
          },
          phase);
    }
  }
}

// The code a compiler sees: removes comments; a backslash or its trigraph would join a comment with the next line.
std::string code_of(std::string source) {
  for (const char* joint : {"\\\n", "?\?/\n"}) {
    for (std::size_t at = source.find(joint); at != std::string::npos; at = source.find(joint)) source.erase(at, 2);
  }
  std::replace(source.begin(), source.end(), '\r', '\n');
  std::istringstream lines(source);
  std::string code;
  for (std::string line; std::getline(lines, line);) {
    line.erase(std::min(line.find("//"), line.size()));
    line.erase(line.find_last_not_of(' ') + 1);
    if (!line.empty()) code += line + "\n";
  }
  return code;
}

TEST(ForeignText, IsNoCode) {
  const auto check = [](const CompilableNetwork& network, const std::vector<Pass>& passes,
                        std::string (*print)(const Program&)) {
    const Program sound = program_of(network, passes);
    const std::string code = code_of(print(sound));
    for (const std::string& text : hostile_texts()) {
      Program program = sound;
      make_hostile(program, text);
      const std::string printed = code_of(print(program));
      EXPECT_TRUE(printed == code) << network.name << ", " << text.substr(0, 40) << first_difference(code, printed);
    }
  };
  const CompilableNetwork& network = golden_network("recurrent_delays");
  check(network, host_passes(), print_host);
  check(network, block_passes({}), print_cuda);
  check(network, host_step_passes(2), print_host_steps);
  check(network, grid_passes({}), print_cuda_steps);
  check(golden_network("procedural"), host_passes(), print_host);
}

std::vector<std::string> names() {
  std::vector<std::string> all;
  for (const CompilableNetwork& each : golden_networks()) all.push_back(each.name);
  return all;
}

INSTANTIATE_TEST_SUITE_P(Networks, Golden, ::testing::ValuesIn(names()), [](const auto& test) { return test.param; });

}  // namespace
}  // namespace synfire::testing
