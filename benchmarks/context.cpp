// SPDX-License-Identifier: Apache-2.0
#include "context.hpp"

#include <ctime>
#include <filesystem>
#include <fstream>

#include "host/toolchain.hpp"
#include "jit/nvrtc.hpp"
#include "jit/process.hpp"
#include "synfire/error.hpp"
#include "synfire/runtime/device.hpp"

namespace synfire::benchmarks {
namespace {

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

// Empty if there is none.
std::string first_line_of_file(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

// Empty if the program fails.
std::string first_line_of_program(const std::vector<std::string>& command) {
  const codegen::jit::ProcessResult result = codegen::jit::run_process(command);
  return result.exit_code == 0 ? first_line(result.output) : "";
}

// The first value in /proc/cpuinfo.
std::string processor_field(const std::string& name) {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    const std::size_t colon = line.find(": ");
    if (line.starts_with(name) && colon != std::string::npos) return line.substr(colon + 2);
  }
  return {};
}

std::string compiler_of_this_program() {
#if defined(__clang__)
  return __VERSION__;
#else
  return std::string("GCC ") + __VERSION__;
#endif
}

std::string nvrtc_version() {
  try {
    return codegen::jit::Nvrtc::instance().version();
  } catch (const Error&) {
    return {};
  }
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

std::string commit() {
  const std::string source = SYNFIRE_SOURCE;
  std::error_code ignored;
  if (!std::filesystem::exists(source + "/.git", ignored)) return {};
  return first_line_of_program({"git", "-C", source, "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"});
}

std::string date() {
  const std::time_t now = std::time(nullptr);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%d %H:%M UTC", std::gmtime(&now));
  return text;
}

std::string gpu_state() {
  return first_line_of_program({"nvidia-smi",
                                "--query-gpu=driver_version,clocks.sm,clocks.mem,clocks.max.sm,power.draw",
                                "--format=csv,noheader"});
}

}  // namespace

std::vector<std::pair<std::string, std::string>> describe_context(const Options& options) {
  const auto device = runtime::open_device(options.device);
  const codegen::Toolchain toolchain = codegen::toolchain_for("native");
  std::vector<std::pair<std::string, std::string>> all{
      {"date_utc", date()},
      {"command", options.command},
      {"synfire_version", SYNFIRE_VERSION},
      {"synfire_commit", commit()},
      {"synfire_device", options.device},
      {"synfire_device_description", device->description()},
      {"synfire_device_architecture", device->architectures().front()},
      {"processor", processor_field("model name")},
      {"processor_mhz_now", processor_field("cpu MHz")},
      {"processor_governor", first_line_of_file("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")},
      {"load_average_before", first_line_of_file("/proc/loadavg")},
      {"compiler", compiler_of_this_program()},
      {"compiler_of_programs", first_line_of_program({toolchain.command, "--version"})},
      {"flags_of_programs", joined(toolchain.flags)},
      {"nvrtc_version", nvrtc_version()},
      {"cuda_driver", first_line_of_file("/proc/driver/nvidia/version")}};
  if (options.device == "cuda") all.emplace_back("gpu_driver_clocks_power", gpu_state());
  std::erase_if(all, [](const auto& each) { return each.second.empty(); });
  return all;
}

}  // namespace synfire::benchmarks
