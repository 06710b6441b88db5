// SPDX-License-Identifier: Apache-2.0
// Measures the constants of a GPU that README.md lists.
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>

#include "cuda/cuda_check.hpp"
#include "probes.hpp"
#include "synfire/runtime/device.hpp"

namespace {

using namespace synfire;
using namespace synfire::probes;
namespace fs = std::filesystem;

constexpr const char* usage =
    "Measures the constants of a GPU that decide what is fast on it, and prints each beside its assumed value.\n\n"
    "  --kernels=FILE  PTX of the kernels (default: the probes.compute_*.ptx beside this program that fits this GPU)\n"
    "  --small         little work, for an emulated GPU\n"
    "  --json=FILE     also write the results as JSON\n"
    "  --only=NAME     run a single probe\n"
    "  --help          show this text\n";

struct Options {
  fs::path kernels, json;
  std::string only;
  bool small = false, help = false;
};

Options parse(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    const auto value = argument.substr(std::min(argument.find('='), argument.size() - 1) + 1);
    if (argument.starts_with("--kernels="))
      options.kernels = value;
    else if (argument.starts_with("--json="))
      options.json = value;
    else if (argument.starts_with("--only="))
      options.only = value;
    else if (argument == "--small")
      options.small = true;
    else if (argument == "--help")
      options.help = true;
    else
      throw std::invalid_argument("unknown option " + std::string(argument) + "; see --help");
  }
  return options;
}

fs::path kernels_beside(const fs::path& program) {
  int major = 0;
  CUDA_CHECK_THROW(cudaDeviceGetAttribute(&major, cudaDevAttrComputeCapabilityMajor, 0));
  return program.parent_path() / (major >= 9 ? "probes.compute_90.ptx" : "probes.compute_75.ptx");
}

std::string read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text(std::istreambuf_iterator<char>(file), {});
  if (text.empty()) throw std::runtime_error("cannot read " + path.string());
  return text;
}

std::string quoted(const std::string& text) {
  std::string all = "\"";
  for (const char each : text) {
    if (each == '"' || each == '\\') all += '\\';
    all += static_cast<unsigned char>(each) < ' ' ? ' ' : each;
  }
  return all + '"';
}

std::string number(double value, const char* format = "%.4g") {
  char text[32];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

struct Result {
  const Probe* probe;
  double value = 0;
  std::string error;
};

Result measure(const Probe& probe, Gpu& gpu, bool small) {
  Result result{&probe, 0, {}};
  try {
    result.value = probe.measure(gpu, small);
    if (!std::isfinite(result.value)) result.error = "the result is not finite";
  } catch (const std::exception& error) {
    result.error = error.what();
  }
  return result;
}

void print(const Result& result) {
  const Probe& probe = *result.probe;
  std::string line = probe.name + ": ";
  line += result.error.empty() ? number(result.value) + (probe.unit.empty() ? "" : " " + probe.unit) : result.error;
  line += " — " + probe.what;
  if (const auto [low, high] = probe.assumed; high != 0)
    line += "; assumed " + number(low) + (high != low ? " to " + number(high) : "");
  std::puts(line.c_str());
  std::fflush(stdout);  // kept if the next one hangs
}

std::string to_json(const Result& result) {
  const Probe& probe = *result.probe;
  std::string text =
      "{\"name\": " + quoted(probe.name) + ", \"what\": " + quoted(probe.what) + ", \"unit\": " + quoted(probe.unit);
  text +=
      result.error.empty() ? ", \"value\": " + number(result.value, "%.9g") : ", \"error\": " + quoted(result.error);
  if (probe.assumed.high != 0)
    text += ", \"assumed\": [" + number(probe.assumed.low) + ", " + number(probe.assumed.high) + "]";
  return text + "}";
}

std::string to_json(const Gpu& gpu, const std::vector<Result>& results) {
  const cudaDeviceProp& properties = gpu.properties();
  int driver = 0;
  CUDA_CHECK_THROW(cudaDriverGetVersion(&driver));
  std::string text = "{\"device\": " + quoted(properties.name);
  for (const auto& [name, value] : {std::pair<const char*, double>{"compute_capability_major", properties.major},
                                    {"compute_capability_minor", properties.minor},
                                    {"multiprocessors", properties.multiProcessorCount},
                                    {"memory_bytes", static_cast<double>(properties.totalGlobalMem)},
                                    {"l2_bytes", properties.l2CacheSize},
                                    {"cuda_driver", driver},
                                    {"cuda_runtime", CUDART_VERSION}})
    text += std::string(", \"") + name + "\": " + number(value, "%.15g");
  text += ",\n \"probes\": [";
  for (const Result& each : results) text += (&each == results.data() ? "\n  " : ",\n  ") + to_json(each);
  return text + "\n ]}\n";
}

int run(const Options& options, const fs::path& program) {
  runtime::open_device("cuda");  // reports why if there is no GPU
  Gpu gpu(read(options.kernels.empty() ? kernels_beside(program) : options.kernels));
  const cudaDeviceProp& properties = gpu.properties();
  std::printf("%s, compute capability %d.%d\n", properties.name, properties.major, properties.minor);
  std::vector<Result> results;
  for (const Probe& probe : all_probes()) {
    if (!options.only.empty() && probe.name != options.only) continue;
    results.push_back(measure(probe, gpu, options.small));
    print(results.back());
  }
  if (results.empty()) throw std::invalid_argument("unknown probe " + options.only);
  if (!options.json.empty() && !(std::ofstream(options.json) << to_json(gpu, results)).flush())
    throw std::runtime_error("cannot write " + options.json.string());
  for (const Result& each : results) {
    if (!each.error.empty()) return EXIT_FAILURE;
  }
  return EXIT_SUCCESS;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const Options options = parse(argc, argv);
    if (!options.help) return run(options, argv[0]);
    std::fputs(usage, stdout);
    return EXIT_SUCCESS;
  } catch (const std::invalid_argument& error) {
    std::fprintf(stderr, "synfire_probes: %s\n", error.what());
    return 2;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "synfire_probes: %s\n", error.what());
    return EXIT_FAILURE;
  }
}
