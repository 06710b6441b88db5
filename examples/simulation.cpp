// SPDX-License-Identifier: Apache-2.0
#include "simulation.hpp"

#include <boost/program_options.hpp>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>

namespace synfire::examples {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

struct Options {
  std::string device, schedule, output = "demo-output", json;
  unsigned threads = 0, seeds = 1, first_seed = 1;
  double duration = 1000, discard = 0, scale = 1;
};

struct PopulationSpikes {
  std::string name;
  std::size_t neurons = 0;
  std::vector<RecordedSpike> spikes;
};

struct Run {
  std::uint64_t seed = 0;
  double compile_milliseconds = 0, seconds = 0;
  std::vector<PopulationSpikes> populations;
};

std::uint32_t steps_of(double milliseconds) {
  return static_cast<std::uint32_t>(std::lround(milliseconds / time_step));
}

Run run_once(const Network& network, const Options& options, std::uint64_t seed) {
  InferenceCompiler compiler{.timesteps = steps_of(options.duration),
                             .dt = time_step,
                             .seed = seed,
                             .device = options.device,
                             .threads = options.threads,
                             .schedule = options.schedule};
  const auto& populations = network.description().populations;
  for (const ir::Population& population : populations) compiler.record.push_back({population.name, "spikes"});
  CompilationReport report;
  CompiledNetwork model = compiler.compile(network, &report);
  if (seed == options.first_seed) std::cout << "device    " << model.device().description() << "\n";

  const auto start = std::chrono::steady_clock::now();
  const Predictions results = model.predict(1);
  Run run{seed, report.milliseconds, 0, {}};
  run.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  for (const ir::Population& population : populations)
    run.populations.push_back({population.name, population.neurons(), results.spikes(population.name)[0]});
  return run;
}

// ---- Figures

std::vector<std::pair<std::string, PopulationStatistics>> statistics_of(const Run& run, const Options& options) {
  std::vector<std::pair<std::string, PopulationStatistics>> figures;
  for (const PopulationSpikes& population : run.populations)
    figures.emplace_back(population.name, population_statistics(population.spikes, population.neurons, options.discard,
                                                                options.duration));
  return figures;
}

void print(const Run& run, const Options& options) {
  std::printf("seed %-4llu compile %.0f ms, run %.2f s: %.1f µs per step, recording included\n",
              static_cast<unsigned long long>(run.seed), run.compile_milliseconds, run.seconds,
              1e6 * run.seconds / steps_of(options.duration));
  for (const auto& [name, figures] : statistics_of(run, options)) {
    std::printf("  %-10s %6.3f Hz", name.c_str(), figures.rate);
    if (figures.cv) std::printf("   CV %.3f", *figures.cv);
    std::printf("\n");
  }
  std::fflush(stdout);
}

Json to_json(const Run& run, const Options& options) {
  Json populations;
  for (const auto& [name, figures] : statistics_of(run, options)) {
    populations[name] = {{"rate", figures.rate}, {"cv", nullptr}, {"spikes", figures.spikes}};
    if (figures.cv) populations[name]["cv"] = *figures.cv;
  }
  return {{"seed", run.seed}, {"seconds", run.seconds}, {"populations", populations}};
}

std::string today() {
  const std::time_t now = std::time(nullptr);
  char text[16];
  std::strftime(text, sizeof text, "%F", std::gmtime(&now));
  return text;
}

void write_json(const std::string& name, const std::string& command, const Options& options, const Json& runs) {
  const Json content = {{"network", name},
                        {"simulator", "Synfire"},
                        {"versions", {{"synfire", SYNFIRE_VERSION}}},
                        {"date", today()},
                        {"command", command},
                        {"dt", time_step},
                        {"duration", options.duration},
                        {"discard", options.discard},
                        {"runs", runs}};
  std::ofstream file(options.json);
  file << content.dump(1) << "\n";
  if (!file) throw std::runtime_error("cannot write " + options.json);
}

// ---- Raster

// The first population is on top, as cortical layers are drawn; one block of points per population.
void write_raster_data(const fs::path& file, const Run& run, double begin, std::size_t total) {
  std::ofstream data(file);
  data << "# time (ms), row; one block per population\n";
  std::size_t above = 0;
  for (const PopulationSpikes& population : run.populations) {
    data << "# " << population.name << "\n";
    for (const RecordedSpike& spike : population.spikes) {
      if (spike.step * time_step >= begin)
        data << spike.step * time_step << " " << total - 1 - above - spike.neuron << "\n";
    }
    data << "\n\n";
    above += population.neurons;
  }
}

void write_raster_script(const fs::path& file, const SimulationExample& example, const Run& run, double begin,
                         double end, std::size_t total) {
  const char* const colors[] = {"#204a87", "#b03030"};
  std::ofstream script(file);
  script << "set terminal pngcairo size 900,600 font 'sans,11'\nset output '" << example.name << ".png'\n"
         << "set title '" << example.title << "'\nunset key\nset xlabel 'time (ms)'\nset xrange [" << begin << ":"
         << end << "]\nset yrange [0:" << total << "]\nset ytics (";
  std::size_t above = 0;
  for (std::size_t i = 0; i < run.populations.size(); ++i) {
    const PopulationSpikes& population = run.populations[i];
    script << (i ? ", " : "") << "'" << population.name << "' " << total - above - population.neurons / 2;
    above += population.neurons;
  }
  script << ")\nplot ";
  for (std::size_t i = 0; i < run.populations.size(); ++i)
    script << (i ? ", " : "") << "'" << example.name << ".txt' index " << i << " with points pt 7 ps 0.25 lc rgb '"
           << colors[i % 2] << "'";
  script << "\n";
}

// Writes the last spikes as text and, if gnuplot is installed, as a picture.
void write_raster(const SimulationExample& example, const Run& run, const Options& options) {
  const fs::path folder = options.output;
  fs::create_directories(folder);
  std::size_t total = 0;
  for (const PopulationSpikes& population : run.populations) total += population.neurons;
  const double begin = std::max(0.0, options.duration - example.raster_milliseconds);
  write_raster_data(folder / (example.name + ".txt"), run, begin, total);
  write_raster_script(folder / (example.name + ".gnuplot"), example, run, begin, options.duration, total);
  const std::string plot = "cd '" + folder.string() + "' && gnuplot " + example.name + ".gnuplot";
  const bool plotted = std::system("command -v gnuplot >/dev/null 2>&1") == 0 && std::system(plot.c_str()) == 0;
  std::cout << "raster    " << (folder / (example.name + (plotted ? ".png" : ".txt"))).string()
            << (plotted ? "\n" : " (install gnuplot-nox for the picture)\n");
}

// ---- Options

Options parse(int argc, char** argv, const SimulationExample& example) {
  namespace po = boost::program_options;
  Options options;
  options.discard = example.discard;
  options.scale = example.scale.value_or(1);
  po::options_description description(example.title + ". Options");
  auto add = description.add_options();
  add("help", "show this text");
  add("device", po::value(&options.device), "cuda or host (default: cuda if there is a GPU)");
  add("threads", po::value(&options.threads), "worker threads of the host (default: one per core)");
  add("schedule", po::value(&options.schedule), "trial or step (default: chosen by a cost model)");
  add("duration", po::value(&options.duration), "biological time, ms (default: 1000)");
  add("discard", po::value(&options.discard), "ms before statistics begin");
  add("seeds", po::value(&options.seeds), "number of networks to draw and run (default: 1)");
  add("first-seed", po::value(&options.first_seed), "seed of the first network (default: 1)");
  add("output", po::value(&options.output), "folder for the raster plot (default: demo-output)");
  add("json", po::value(&options.json), "JSON file for the statistics");
  if (example.scale) add("scale", po::value(&options.scale), "scale of the network size (default: 0.1)");
  po::variables_map values;
  const int style = po::command_line_style::default_style & ~po::command_line_style::allow_guessing;
  po::store(po::command_line_parser(argc, argv).options(description).style(style).run(), values);
  po::notify(values);
  if (values.count("help") != 0) {
    std::cout << description;
    std::exit(EXIT_SUCCESS);
  }
  if (!(options.discard >= 0 && options.discard < options.duration))
    throw po::error("--discard must be at least 0 and less than --duration (" + std::to_string(options.duration) + ")");
  if (!(options.scale > 0 && options.scale <= 1)) throw po::error("--scale must be more than 0 and at most 1");
  return options;
}

}  // namespace

PopulationStatistics population_statistics(const std::vector<RecordedSpike>& spikes, std::size_t neurons, double begin,
                                           double end) {
  const std::uint32_t first = steps_of(begin), last = steps_of(end);
  std::vector<std::vector<std::uint32_t>> trains(neurons);
  PopulationStatistics result;
  for (const RecordedSpike& spike : spikes) {
    if (spike.step < first || spike.step >= last) continue;
    trains[spike.neuron].push_back(spike.step);
    ++result.spikes;
  }
  result.rate = static_cast<double>(result.spikes) / static_cast<double>(neurons) / (last - first) / time_step * 1000;
  double sum_of_cvs = 0;
  std::size_t counted = 0;
  for (const auto& train : trains) {
    if (train.size() < least_spikes) continue;
    const auto intervals = static_cast<double>(train.size() - 1);
    const double mean = (train.back() - train.front()) / intervals;
    double variance = 0;
    for (std::size_t i = 1; i < train.size(); ++i) {
      const double deviation = train[i] - train[i - 1] - mean;
      variance += deviation * deviation / intervals;
    }
    sum_of_cvs += std::sqrt(variance) / mean;
    ++counted;
  }
  if (counted != 0) result.cv = sum_of_cvs / static_cast<double>(counted);
  return result;
}

int run_example(int argc, char** argv, const SimulationExample& example) {
  try {
    const Options options = parse(argc, argv, example);
    const Network network = example.build(options.scale);
    Json runs = Json::array();
    for (unsigned i = 0; i < options.seeds; ++i) {
      const Run run = run_once(network, options, options.first_seed + i);
      print(run, options);
      runs.push_back(to_json(run, options));
      if (i == 0) write_raster(example, run, options);
    }
    std::string command = fs::path(argv[0]).filename().string();
    for (int i = 1; i < argc; ++i) command += std::string(" ") + argv[i];
    if (!options.json.empty()) write_json(example.name, command, options, runs);
    return EXIT_SUCCESS;
  } catch (const boost::program_options::error& error) {
    std::cerr << example.name << ": " << error.what() << "; see --help\n";
    return 2;
  } catch (const std::exception& error) {
    std::cerr << example.name << ": " << error.what() << "\n";
    return EXIT_FAILURE;
  }
}

}  // namespace synfire::examples
