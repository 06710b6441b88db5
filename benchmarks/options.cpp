// SPDX-License-Identifier: Apache-2.0
#include "options.hpp"

#include <charconv>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string_view>

#include "synfire/runtime/device.hpp"

namespace synfire::benchmarks {
namespace {

// The value after `--name=`, if `argument` is that option.
std::optional<std::string> value_of(std::string_view argument, std::string_view name) {
  const std::string start = "--" + std::string(name) + "=";
  if (!argument.starts_with(start)) return std::nullopt;
  return std::string(argument.substr(start.size()));
}

std::vector<unsigned> parse_threads(const std::string& list) {
  std::vector<unsigned> numbers;
  const char* at = list.data();
  const char* const end = list.data() + list.size();
  while (true) {
    unsigned number = 0;
    const auto [rest, error] = std::from_chars(at, end, number);
    if (error != std::errc{} || number == 0 || number > 4096 || (rest != end && *rest != ','))
      throw std::invalid_argument("--threads must be numbers from 1 to 4096 separated by commas, not \"" + list + "\"");
    numbers.push_back(number);
    if (rest == end) return numbers;
    at = rest + 1;
  }
}

std::size_t parse_images(const std::string& text) {
  std::size_t number = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || rest != text.data() + text.size() || number == 0 || number > 10000)
    throw std::invalid_argument("--images must be a number from 1 to 10000, not \"" + text + "\"");
  return number;
}

// The weights are in the source folder or, for a program that was moved, in `data` beside it.
std::string default_weights(const char* program) {
  namespace fs = std::filesystem;
  const std::string file = "fashion_mnist.npz";
  const fs::path in_source = fs::path(SYNFIRE_EXAMPLE_DATA) / file;
  return (fs::exists(in_source) ? in_source : fs::path(program).parent_path() / "data" / file).string();
}

}  // namespace

Options parse_options(int& argc, char** argv) {
  Options options;
  int kept = 1;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (const auto device = value_of(argument, "device"))
      options.device = *device;
    else if (const auto threads = value_of(argument, "threads"))
      options.threads = parse_threads(*threads);
    else if (const auto weights = value_of(argument, "weights"))
      options.weights = *weights;
    else if (const auto images = value_of(argument, "images"))
      options.images = parse_images(*images);
    else if (const auto folder = value_of(argument, "export"))
      options.export_to = *folder;
    else if (argument == "--help")
      options.help = true;
    else
      argv[kept++] = argv[i];
  }
  argc = kept;
  argv[argc] = nullptr;
  if (options.device.empty()) options.device = runtime::default_device();
  if (options.threads.empty()) options.threads = {1, 2};
  if (options.weights.empty()) options.weights = default_weights(argv[0]);
  return options;
}

std::string usage() {
  return "Measures how long Synfire takes to compile and to run networks.\n\n"
         "  --device=NAME     cuda or host (default: cuda if there is a GPU)\n"
         "  --threads=LIST    worker threads of the host, for example 1,2 (the default); each is measured\n"
         "  --weights=FILE    trained weights of the demo network (.npz)\n"
         "  --images=N        images of session/fashion_mnist/step (default: 1000)\n"
         "  --export=FOLDER   write spikes and weights of the peers/ workloads as .npz, without measuring\n"
         "  --help            show this text\n\n"
         "Every figure is measured 5 times, after 2 warm-up runs; --benchmark_repetitions=N changes "
         "that.\n"
         "Common options of Google Benchmark:\n\n"
         "  --benchmark_filter=REGEX        only matching names, for example shd_like\n"
         "  --benchmark_list_tests          list names without running\n"
         "  --benchmark_out=FILE            write results to a file, with --benchmark_out_format=json\n"
         "  --benchmark_repetitions=N       repetitions\n"
         "  --benchmark_min_time=SECONDS    shortest time of one repetition\n";
}

std::vector<unsigned> thread_counts(const Options& options) {
  return options.device == "host" ? options.threads : std::vector<unsigned>{0};
}

std::string threads_suffix(const Options& options, unsigned threads) {
  return options.device == "host" ? "/threads:" + std::to_string(threads) : "";
}

}  // namespace synfire::benchmarks
