// SPDX-License-Identifier: Apache-2.0
// Classifies the 10,000 test images of Fashion-MNIST with a 784-128-10 network of integrate-and-fire neurons: pixels
// are constant currents, and the class is the output neuron with the most spikes. The weights are those of a ReLU
// network (examples/descriptions/README.md).
#include <unistd.h>

#include <boost/program_options.hpp>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <synfire/synfire.hpp>

#include "cuda_report.hpp"

namespace {

namespace fs = std::filesystem;
using namespace synfire;

struct Options {
  std::string device, output = "demo-output", weights = SYNFIRE_EXAMPLE_DATA "/fashion_mnist.npz";
  unsigned threads = 0;
  std::uint32_t batch_size = 512;
};

constexpr double relu_accuracy = 0.8933;

struct Demo {
  Network network;
  PopulationId input, hidden, output;
  double scale = 1;
};

// The network. With `count_all`, every population counts its spikes.
Demo build_network(const std::string& weights, bool count_all) {
  const Arrays arrays = read_npz(weights);
  const auto tensor = [&](const char* name) { return arrays.at(name).as_float(); };
  const auto counted = count_all ? std::optional<Readout>("spike_count") : std::nullopt;

  Demo demo;
  demo.input =
      demo.network.add(IntegrateFireInput{.v_thresh = 2.9980392}, {28, 28}, {.readout = counted, .name = "input"});
  demo.hidden = demo.network.add(IntegrateFire{.v_thresh = 4.42}, 128, {.readout = counted, .name = "hidden"});
  demo.output = demo.network.add(IntegrateFire{.v_thresh = 1.67}, 10, {.readout = "spike_count", .name = "output"});
  demo.network.connect(demo.input, demo.hidden, Dense{tensor("input_hidden.weight")});
  demo.network.connect(demo.hidden, demo.output, Dense{tensor("hidden_output.weight")});
  demo.scale = 1.0 / 255;
  return demo;
}

void show_progress(const Progress& progress) {
  static const bool terminal = isatty(STDERR_FILENO) != 0;
  if (!terminal && progress.examples_done != progress.examples) return;
  std::fprintf(stderr, "%s  %zu of %zu images, accuracy %.2f %%", terminal ? "\r" : "", progress.examples_done,
               progress.examples, 100 * progress.metric.value_or(0));
  if (progress.examples_done == progress.examples) std::fputc('\n', stderr);
}

// Mean spikes per example over the first images, and the spikes of one image for the plot.
struct Activity {
  double input = 0, hidden = 0, output = 0;
  std::vector<std::pair<std::string, std::vector<RecordedSpike>>> raster;
};

Activity measure_activity(const Options& options, const Tensor<float>& currents) {
  constexpr std::size_t examples = 1000;
  Demo demo = build_network(options.weights, true);
  auto model = InferenceCompiler{.timesteps = 100,
                                 .batch_size = 100,
                                 .record = {{demo.input, "spikes"}, {demo.hidden, "spikes"}, {demo.output, "spikes"}},
                                 .device = options.device,
                                 .threads = options.threads}
                   .compile(demo.network);
  const Predictions counts = model.predict({{demo.input, first(currents, examples)}});
  const auto mean = [&](PopulationId population) {
    double total = 0;
    for (const float count : counts[population].values()) total += static_cast<double>(count);
    return total / static_cast<double>(examples);
  };
  Activity activity{mean(demo.input), mean(demo.hidden), mean(demo.output), {}};
  for (const auto& [name, id] : {std::pair{"input", demo.input}, {"hidden", demo.hidden}, {"output", demo.output}})
    activity.raster.emplace_back(name, counts.spikes(id)[0]);
  return activity;
}

bool have_program(const char* name) {
  return std::system((std::string("command -v ") + name + " >/dev/null 2>&1").c_str()) == 0;
}

// Writes the spikes of one image as text and, if gnuplot is installed, as a picture.
void write_raster(const Activity& activity, const fs::path& folder) {
  fs::create_directories(folder);
  {
    std::ofstream data(folder / "raster.txt");
    data << "# step neuron; one block per population: input, hidden, output\n";
    for (const auto& [name, spikes] : activity.raster) {
      data << "# " << name << "\n";
      for (const RecordedSpike& spike : spikes) data << spike.step << " " << spike.neuron << "\n";
      data << "\n\n";
    }
    std::ofstream script(folder / "raster.gnuplot");
    script
        << "set terminal pngcairo size 1000,900 font 'sans,11'\nset output 'raster.png'\n"
           "set multiplot title 'Spikes of the first test image'\nset xrange [-1:100]\nunset key\n"
           "set lmargin 10\nset rmargin 3\nset ylabel offset 1\n"
           "set size 1,0.22\nset origin 0,0\nset yrange [-1:10]\nset ytics 3\nset xlabel 'step (1 ms)'\nset ylabel "
           "'output'\n"
           "plot 'raster.txt' index 2 with points pt 7 ps 0.7 lc rgb '#b03030'\n"
           "set origin 0,0.22\nset size 1,0.3\nset yrange [-1:128]\nset ytics 32\nunset xlabel\nset ylabel 'hidden'\n"
           "plot 'raster.txt' index 1 with points pt 7 ps 0.35 lc rgb '#3060a0'\n"
           "set origin 0,0.52\nset size 1,0.44\nset yrange [-1:784]\nset ytics 196\nset ylabel 'input'\n"
           "plot 'raster.txt' index 0 with dots lc rgb '#404040'\n";
  }
  const bool plotted =
      have_program("gnuplot") && std::system(("cd '" + folder.string() + "' && gnuplot raster.gnuplot").c_str()) == 0;
  if (plotted)
    std::cout << "raster plot       " << (folder / "raster.png").string() << "\n";
  else
    std::cout << "raster data       " << (folder / "raster.txt").string() << " (install gnuplot-nox for the picture)\n";
}

void run(const Options& options) {
  const LabeledImages test = datasets::fashion_mnist(datasets::Split::test);
  const Demo demo = build_network(options.weights, false);
  const Tensor<float> currents = scale(test.images, demo.scale);
  fs::create_directories(options.output);

  const InferenceCompiler compiler{
      .timesteps = 100, .batch_size = options.batch_size, .device = options.device, .threads = options.threads};
  CompilationReport report;
  CompiledNetwork model = compiler.compile(demo.network, &report);
  std::cout << "device            " << model.device().description() << "\n";
  const EvaluationResult result =
      model.evaluate({{demo.input, currents}}, {{demo.output, test.labels}}, {.progress = show_progress});
  const Activity activity = measure_activity(options, currents);

  const double accuracy = 100 * result.metric(demo.output);
  const auto examples = static_cast<double>(result.examples);
  // Each spike of a layer adds one row of weights to the next.
  const double operations = activity.input * 128 + activity.hidden * 10;
  std::printf("accuracy          %.2f %% (the ReLU network it was made from: %.2f %%)\n", accuracy,
              100 * relu_accuracy);
  std::printf("spikes            %.0f input, %.0f hidden, %.1f output per image (mean of the first 1000)\n",
              activity.input, activity.hidden, activity.output);
  std::printf("compile           %.0f ms%s, load %.1f ms\n", report.milliseconds,
              report.from_cache ? " (from the cache)" : "", model.load_milliseconds());
  std::printf("run               %.3f s for %.0f images × 100 steps: %.1f µs per image\n", result.seconds, examples,
              1e6 * result.seconds / examples);
  std::printf(
      "bounded by        weight rows: %.2f million synaptic operations per image, %.1f GB/s of weights from cache\n",
      operations / 1e6, operations * 4 * examples / result.seconds / 1e9);
  InferenceCompiler uncached = compiler;
  uncached.cache_folder = "-";  // to measure the compile time
  examples::report_cuda(
      [&](CompilationReport& compilation) { return uncached.build(demo.network, "cuda", "sm_90", &compilation); },
      fs::path(options.output) / "fashion_mnist.cu");
  write_raster(activity, options.output);
}

}  // namespace

int main(int argc, char** argv) {
  namespace po = boost::program_options;
  Options options;
  po::options_description description("Classifies Fashion-MNIST with spiking neurons. Options");
  auto add = description.add_options();
  add("help", "show this text");
  add("device", po::value(&options.device), "cuda or host (default: cuda if there is a GPU)");
  add("threads", po::value(&options.threads), "worker threads of the host (default: one per core)");
  add("batch-size", po::value(&options.batch_size), "images per launch (default: 512)");
  add("output", po::value(&options.output), "folder for the plot and the CUDA source (default: demo-output)");
  add("weights", po::value(&options.weights), "trained weights (.npz)");
  try {
    po::variables_map values;
    const int style = po::command_line_style::default_style & ~po::command_line_style::allow_guessing;
    po::store(po::command_line_parser(argc, argv).options(description).style(style).run(), values);
    po::notify(values);
    if (values.count("help") != 0) {
      std::cout << description;
      return EXIT_SUCCESS;
    }
    run(options);
    return EXIT_SUCCESS;
  } catch (const po::error& error) {
    std::cerr << "fashion_mnist: " << error.what() << "; see --help\n";
    return 2;
  } catch (const std::exception& error) {
    std::cerr << "fashion_mnist: " << error.what() << "\n";
    return EXIT_FAILURE;
  }
}
