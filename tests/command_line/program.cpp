// SPDX-License-Identifier: Apache-2.0
#include "command_line/program.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>

#include "synfire/npz.hpp"

extern char** environ;

namespace synfire::test {
namespace {

std::string read_text(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// This process's environment, without variables that affect the program.
Environment base_environment() {
  Environment environment;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    const std::size_t equals = text.find('=');
    const std::string name = text.substr(0, equals);
    if (name != "SYNFIRE_PRINT" && name != "NO_COLOR") environment[name] = text.substr(equals + 1);
  }
  return environment;
}

std::string cache_folder() {
  static const ScratchFolder folder;
  return folder.path().string();
}

}  // namespace

Workplace::Workplace() = default;

void Workplace::write(const std::string& name, const std::string& content) const {
  std::ofstream(folder_ / name, std::ios::binary) << content;
}

std::string Workplace::read(const std::string& name) const { return read_text(folder_ / name); }

Words Workplace::files() const {
  Words names;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_.path())) {
    if (entry.is_regular_file()) names.push_back(std::filesystem::relative(entry.path(), folder_.path()).string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

Ended Workplace::synfire(const Words& words, const Environment& environment) const {
  Words all{SYNFIRE_PROGRAM};
  all.insert(all.end(), words.begin(), words.end());
  return run(all, environment);
}

Ended Workplace::run(const Words& words, const Environment& environment) const {
  return finish(start(words, environment));
}

pid_t Workplace::start(const Words& words, const Environment& environment) const {
  Environment all = base_environment();
  all["SYNFIRE_CACHE"] = cache_folder();
  all["TMPDIR"] = (hidden_ / "tmp").string();
  for (const auto& [name, value] : environment) all[name] = value;
  std::filesystem::create_directories(hidden_ / "tmp");
  std::vector<std::string> entries;
  for (const auto& [name, value] : all) entries.push_back(name + "=" + value);
  const pid_t process = ::fork();
  if (process != 0) return process;
  std::vector<char*> arguments, settings;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  for (const std::string& entry : entries) settings.push_back(const_cast<char*>(entry.c_str()));
  arguments.push_back(nullptr);
  settings.push_back(nullptr);
  const bool ready = ::chdir(folder_.path().c_str()) == 0 && ::dup2(::open("/dev/null", O_RDONLY), STDIN_FILENO) >= 0 &&
                     ::dup2(::open((hidden_ / "output").c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644), 1) >= 0 &&
                     ::dup2(::open((hidden_ / "messages").c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644), 2) >= 0;
  if (ready) ::execvpe(arguments[0], arguments.data(), settings.data());
  ::_exit(126);
}

Ended Workplace::finish(pid_t process) const {
  int status = 0;
  ::waitpid(process, &status, 0);
  Ended ended;
  ended.signaled = WIFSIGNALED(status);
  ended.exit_code = ended.signaled ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  ended.output = read_text(hidden_ / "output");
  ended.messages = read_text(hidden_ / "messages");
  return ended;
}

bool Workplace::is_busy(pid_t process) {
  std::istringstream fields(read_text("/proc/" + std::to_string(process) + "/stat"));
  std::string field;
  long ticks = 0;
  for (int i = 1; i <= 15 && fields >> field; ++i) {
    if (i >= 14) ticks += std::stol(field);  // in user and system mode
  }
  return ticks * 5 >= ::sysconf(_SC_CLK_TCK);
}

Environment Workplace::without_compilers() const {
  Environment environment = without_programs();
  environment["SYNFIRE_CXX"] = "/nonexistent";
  environment["CUDA_PATH"] = "/nonexistent";
  environment["SYNFIRE_CACHE"] = "-";
  return environment;
}

Environment Workplace::without_programs() const { return {{"PATH", (hidden_ / "no-programs").string()}}; }

const char* const three_json = R"({
  "format": "synfire-network", "version": 1,
  "populations": [
    {"name": "in", "shape": [3], "neuron": {"model": "integrate_fire_input", "v_thresh": 1.0}},
    {"name": "out", "shape": [3], "neuron": {"model": "integrate_fire", "v_thresh": 1.0}, "readout": "spike_count"}
  ],
  "connections": [
    {"source": "in", "target": "out", "connectivity": {"type": "one_to_one", "weight": 1.0}}
  ],
  "compile": {"timesteps": 20, "batch_size": 2, "record": [{"population": "out", "variable": "spikes"}]}
}
)";

void write_three(const Workplace& place) {
  place.write("three.json", three_json);
  write_npy(place / "x.npy", Tensor<float>({5, 3}, {0.9f, 0.1f, 0.2f, 0.1f, 0.8f, 0.3f, 0.0f, 0.2f, 0.7f,  //
                                                    0.6f, 0.1f, 0.1f, 0.1f, 0.1f, 0.9f}));
  write_npy(place / "y.npy", Tensor<std::int64_t>({5}, {0, 1, 2, 0, 2}));
}

}  // namespace synfire::test
