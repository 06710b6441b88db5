// SPDX-License-Identifier: Apache-2.0
// Time to first result of the program `synfire`: start to exit, with a single image.
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <synfire/synfire.hpp>

#include "jit/process.hpp"
#include "measure.hpp"
#include "workloads.hpp"

extern char** environ;

namespace synfire::benchmarks {
namespace {

namespace fs = std::filesystem;

// The demo as a description and as an artifact for this processor, and one image of noise.
class Files {
 public:
  explicit Files(const std::string& weights) {
    const Network network = make_fashion_mnist_network({.weights = weights}).network;
    const InferenceCompiler compiler{.timesteps = fashion_mnist_steps, .batch_size = 32};
    save_artifact(artifact(), compiler.build_file(network));
    write_description(description(), {.network = network, .compile = compiler.settings(network)});
    std::vector<float> pixels(std::size_t{28} * 28);
    for (std::size_t i = 0; i < pixels.size(); ++i) pixels[i] = static_cast<float>(i * 37 % 100) / 100;
    write_npy(image(), Tensor<float>({1, 28, 28}, std::move(pixels)));
  }
  std::string artifact() const { return folder_.path() + "/demo.synfire"; }
  std::string description() const { return folder_.path() + "/demo.json"; }
  std::string image() const { return folder_.path() + "/image.npy"; }

 private:
  codegen::jit::TemporaryFolder folder_;
};

// The build's, or the one beside this program on a machine it was copied to.
std::string program() {
  std::error_code ignored;
  if (fs::exists(SYNFIRE_PROGRAM, ignored)) return SYNFIRE_PROGRAM;
  return (fs::read_symlink("/proc/self/exe", ignored).parent_path() / "synfire").string();
}

void run_program(std::vector<std::string> words) {
  words.insert(words.begin(), program());
  std::vector<char*> arguments;
  arguments.reserve(words.size() + 1);
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  pid_t child = 0;
  const int error = posix_spawn(&child, arguments[0], &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  int status = 0;
  if (error != 0 || waitpid(child, &status, 0) < 0 || status != 0)
    throw WrongResult("wrong result: the program synfire failed");
}

}  // namespace

void add_program_start(const Options& options) {
  add_measurement("program/version", [] { return Prepared{.pass = [] { run_program({"--version"}); }}; });
  add_measurement("program/fashion_mnist/run_artifact", [weights = options.weights] {
    const auto files = std::make_shared<Files>(weights);
    return Prepared{.pass = [files] { run_program({"run", files->artifact(), "--input", files->image()}); }};
  });
  // The warm-up passes put its program into the cache.
  add_measurement("program/fashion_mnist/run_description", [weights = options.weights] {
    const auto files = std::make_shared<Files>(weights);
    return Prepared{.pass = [files] { run_program({"run", files->description(), "--input", files->image()}); }};
  });
}

}  // namespace synfire::benchmarks
