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

// The value of an option: `--name=value` or `--name value`.
class Arguments {
 public:
  Arguments(int count, char** arguments) : count_(count), arguments_(arguments) {}
  bool next() { return ++at_ < count_; }
  char* current() const { return arguments_[at_]; }

  std::optional<std::string> value_of(const std::string& name) {
    const std::string_view argument = arguments_[at_];
    const std::string option = "--" + name;
    if (argument.starts_with(option + "=")) return std::string(argument.substr(option.size() + 1));
    if (argument != option) return std::nullopt;
    if (at_ + 1 >= count_) throw std::invalid_argument(option + " needs a value");
    return arguments_[++at_];
  }

 private:
  int count_;
  char** arguments_;
  int at_ = 0;
};

// Numbers separated by commas, each accepted by `is_valid`.
template <class Number, class IsValid>
std::vector<Number> parse_list(const std::string& list, const char* option, const char* expected, IsValid is_valid) {
  std::vector<Number> numbers;
  const char* at = list.data();
  const char* const end = list.data() + list.size();
  while (true) {
    Number number{};
    const auto [rest, error] = std::from_chars(at, end, number);
    if (error != std::errc{} || !is_valid(number) || (rest != end && *rest != ','))
      throw std::invalid_argument(std::string(option) + " must be " + expected + " separated by commas, not \"" + list +
                                  "\"");
    numbers.push_back(number);
    if (rest == end) return numbers;
    at = rest + 1;
  }
}

std::vector<unsigned> parse_threads(const std::string& list) {
  return parse_list<unsigned>(list, "--threads", "numbers from 1 to 4096",
                              [](unsigned number) { return number >= 1 && number <= 4096; });
}

std::vector<double> parse_values(const std::string& list) {
  return parse_list<double>(list, "--values", "numbers above 0",
                            [](double number) { return number > 0 && number <= 1e6; });
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
  for (int i = 0; i < argc; ++i) options.command += (i == 0 ? "" : " ") + std::string(argv[i]);
  int kept = 1;
  Arguments arguments(argc, argv);
  while (arguments.next()) {
    if (const auto device = arguments.value_of("device"))
      options.device = *device;
    else if (const auto threads = arguments.value_of("threads"))
      options.threads = parse_threads(*threads);
    else if (const auto weights = arguments.value_of("weights"))
      options.weights = *weights;
    else if (const auto images = arguments.value_of("images"))
      options.images = parse_images(*images);
    else if (const auto folder = arguments.value_of("export"))
      options.export_to = *folder;
    else if (const auto sweep = arguments.value_of("sweep"))
      options.sweep = *sweep;
    else if (const auto values = arguments.value_of("values"))
      options.values = parse_values(*values);
    else if (const auto output = arguments.value_of("sweep_out"))
      options.sweep_out = *output;
    else if (std::string_view(arguments.current()) == "--help")
      options.help = true;
    else
      argv[kept++] = arguments.current();
  }
  argc = kept;
  argv[argc] = nullptr;
  if (options.device.empty()) options.device = runtime::default_device();
  if (options.threads.empty()) options.threads = {1, 2};
  if (options.weights.empty()) options.weights = default_weights(argv[0]);
  if (options.sweep_out.empty()) options.sweep_out = "out/benchmarks";
  if (!options.values.empty() && options.sweep.empty()) throw std::invalid_argument("--values needs --sweep");
  return options;
}

std::string usage() {
  return "Measures how long Synfire takes to compile and to run networks.\n\n"
         "  --device=NAME     cuda or host (default: cuda if there is a GPU)\n"
         "  --threads=LIST    worker threads of the host, for example 1,2 (the default); each is measured\n"
         "  --weights=FILE    trained weights of the demo network (.npz)\n"
         "  --images=N        images of session/fashion_mnist/step (default: 1000)\n"
         "  --export=FOLDER   write spikes and weights of the peers/ workloads as .npz, without measuring\n"
         "  --sweep=NAME      instead of measuring, time four networks for several values of one of\n"
         "                    hidden (neurons), batch, steps, rate (a factor of input spikes), threads\n"
         "  --values=LIST     values of the sweep, for example 64,128,256\n"
         "  --sweep_out=FOLDER  where it writes sweep-NAME.csv, .json, .png and .svg (default: out/benchmarks)\n"
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
