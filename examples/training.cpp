// SPDX-License-Identifier: Apache-2.0
#include "training.hpp"

#include <algorithm>
#include <boost/program_options.hpp>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include "cuda_report.hpp"

namespace synfire::examples {
namespace {

namespace fs = std::filesystem;

void add_own(boost::program_options::options_description& description, const OwnOption& option) {
  std::visit(
      [&](auto* value) {
        std::ostringstream help;
        help << option.help << " (default: " << *value << ")";
        description.add_options()(option.name.c_str(), boost::program_options::value(value), help.str().c_str());
      },
      option.value);
}

TrainingOptions parse(int argc, char** argv, const TrainingExample& example) {
  namespace po = boost::program_options;
  TrainingOptions options = example.defaults;
  po::options_description description(example.title + ". Options");
  auto add = description.add_options();
  add("help", "show this text");
  add("device", po::value(&options.device), "cuda or host (default: cuda if there is a GPU)");
  add("threads", po::value(&options.threads), "worker threads of the host (default: one per core)");
  const std::string epochs = "epochs (default: " + std::to_string(options.epochs) + ")";
  add("epochs", po::value(&options.epochs), epochs.c_str());
  add("seeds", po::value(&options.seeds), "number of networks to draw and train (default: 1)");
  add("first-seed", po::value(&options.first_seed), "seed of the first network (default: 1)");
  add("examples", po::value(&options.examples), "use only the first N examples of each set");
  add("output", po::value(&options.output), "folder for the table and the plot (default: demo-output)");
  add("artifact", po::value(&options.artifact), "file for the trained network, compiled for inference (.synfire)");
  if (example.cuda_program)
    add("cuda", po::bool_switch(&options.cuda), "also compile the program for a GPU, with NVRTC");
  add("target", po::value(&options.target), "fail unless every seed reaches this accuracy, in percent");
  add("quiet", po::bool_switch(&options.quiet), "no progress bar");
  if (example.has_dt) add("dt", po::value(&options.dt), "ms per step");
  for (const OwnOption& option : example.own_options) add_own(description, option);
  po::variables_map values;
  const int style = po::command_line_style::default_style & ~po::command_line_style::allow_guessing;
  po::store(po::command_line_parser(argc, argv).options(description).style(style).run(), values);
  po::notify(values);
  if (values.count("help") != 0) {
    std::cout << description;
    std::exit(EXIT_SUCCESS);
  }
  return options;
}

// One block of lines for each seed: epoch, training accuracy, validation accuracy, both in percent.
void write_curves(const fs::path& path, const TrainingExample& example, const std::vector<TrainedSeed>& seeds) {
  std::ofstream data(path);
  data << "# epoch, accuracy in training, accuracy in " << example.judged << " (percent); one block per seed\n";
  for (const TrainedSeed& seed : seeds) {
    for (const EpochRecord& epoch : seed.history.epochs) {
      const std::vector<OutputScore>& judged = epoch.validation.empty() ? epoch.training : epoch.validation;
      data << epoch.epoch + 1 << " " << 100 * epoch.training.front().value << " " << 100 * judged.front().value << "\n";
    }
    data << "\n\n";
  }
}

void write_script(const fs::path& path, const TrainingExample& example, const std::vector<TrainedSeed>& trained) {
  const std::size_t seeds = trained.size(), epochs = trained.front().history.epochs.size();
  std::ofstream script(path);
  script << "set terminal pngcairo size 900,560 font 'sans,11'\nset output '" << example.name << ".png'\nset title '"
         << example.title
         << "'\nset xlabel 'epoch'\nset ylabel 'accuracy (%)'\nset key bottom right\nset grid\nset xtics "
         << (epochs + 9) / 10 << "\nset xrange [0.5:" << static_cast<double>(epochs) + 0.5 << "]\n"
         << "plot for [i=0:" << seeds - 1 << "] '" << example.name
         << ".txt' index i using 1:2 with lines dt 2 lc rgb '#3060a0' title (i == 0 ? 'training' : ''), "
         << "for [i=0:" << seeds - 1 << "] '" << example.name
         << ".txt' index i using 1:3 with linespoints pt 7 ps 0.6 lc rgb '#b03030' title (i == 0 ? '" << example.judged
         << "' : '')\n";
}

void write_plot(const fs::path& folder, const TrainingExample& example, const std::vector<TrainedSeed>& seeds) {
  write_curves(folder / (example.name + ".txt"), example, seeds);
  write_script(folder / (example.name + ".gnuplot"), example, seeds);
  const std::string plot = "cd '" + folder.string() + "' && gnuplot " + example.name + ".gnuplot";
  const bool plotted = std::system("command -v gnuplot >/dev/null 2>&1") == 0 && std::system(plot.c_str()) == 0;
  std::cout << "curves            " << (folder / (example.name + (plotted ? ".png" : ".txt"))).string()
            << (plotted ? "\n" : " (install gnuplot-nox for the picture)\n");
}

double spikes_per_example(const PopulationActivity& activity, const EpochRecord& epoch) {
  return static_cast<double>(activity.spikes) / static_cast<double>(epoch.examples);
}

// Prints at most about twenty epochs, including the last.
void print_epochs(const std::vector<EpochRecord>& epochs, const TrainingExample& example) {
  std::printf("epoch             loss    accuracy in training, in %s, seconds, hidden spikes per example\n",
              example.judged.c_str());
  const std::size_t stride = (epochs.size() + 19) / 20;
  for (std::size_t i = 0; i < epochs.size(); ++i) {
    if (i % stride != 0 && i + 1 != epochs.size()) continue;
    const EpochRecord& epoch = epochs[i];
    std::printf("%5u         %8.4f    %6.2f %%", epoch.epoch + 1, epoch.training.front().loss,
                100 * epoch.training.front().value);
    if (!epoch.validation.empty()) std::printf("  %6.2f %%", 100 * epoch.validation.front().value);
    std::printf("  %6.2f  %7.1f\n", epoch.seconds, spikes_per_example(epoch.activity.front(), epoch));
  }
}

void print_spikes(const EpochRecord& epoch) {
  std::printf("spikes           ");
  for (const PopulationActivity& activity : epoch.activity)
    std::printf(" %.1f of %s", spikes_per_example(activity, epoch), activity.population.c_str());
  std::printf(" per example, in the last epoch\n");
}

void print(std::uint64_t seed, const TrainedSeed& trained, const TrainingExample& example) {
  double seconds = 0;
  for (const EpochRecord& epoch : trained.history.epochs) seconds += epoch.seconds;
  const auto epochs = static_cast<double>(trained.history.epochs.size());
  print_epochs(trained.history.epochs, example);
  print_spikes(trained.history.epochs.back());
  std::printf("seed %-4llu         test accuracy %.2f %% (compiled for inference: %.2f %%), %.2f s per epoch%s\n",
              static_cast<unsigned long long>(seed), 100 * trained.test_accuracy, 100 * trained.inference_accuracy,
              seconds / epochs, trained.notes.c_str());
  std::fflush(stdout);
}

// The mean accuracy over the seeds, and its standard error.
void print_mean(const std::vector<TrainedSeed>& seeds) {
  const auto count = static_cast<double>(seeds.size());
  double mean = 0, squares = 0;
  for (const TrainedSeed& seed : seeds) mean += seed.test_accuracy / count;
  for (const TrainedSeed& seed : seeds) squares += (seed.test_accuracy - mean) * (seed.test_accuracy - mean);
  std::printf("mean of %zu seeds   test accuracy %.2f ± %.2f %% (standard error)\n", seeds.size(), 100 * mean,
              100 * std::sqrt(squares / (count - 1) / count));
}

}  // namespace

int run_training_example(int argc, char** argv, const TrainingExample& example) {
  try {
    const TrainingOptions options = parse(argc, argv, example);
    fs::create_directories(options.output);
    std::vector<TrainedSeed> seeds;
    bool reached = true;
    for (unsigned i = 0; i < options.seeds; ++i) {
      seeds.push_back(example.train(options, options.first_seed + i));
      print(options.first_seed + i, seeds.back(), example);
      reached = reached && 100 * seeds.back().test_accuracy >= options.target;
    }
    if (seeds.size() > 1) print_mean(seeds);
    const fs::path table = fs::path(options.output) / (example.name + ".csv");
    if (!seeds.empty()) {
      seeds.front().history.save_csv(table);
      std::cout << "history           " << table.string() << "\n";
      write_plot(options.output, example, seeds);
      if (!options.artifact.empty()) std::cout << "artifact          " << options.artifact << "\n";
    }
    if (options.cuda) report_cuda(example.cuda_program, fs::path(options.output) / (example.name + ".cu"));
    if (!reached) std::cerr << example.name << ": a seed did not reach " << options.target << " %\n";
    return reached ? EXIT_SUCCESS : EXIT_FAILURE;
  } catch (const boost::program_options::error& error) {
    std::cerr << example.name << ": " << error.what() << "; see --help\n";
    return 2;
  } catch (const std::exception& error) {
    std::cerr << example.name << ": " << error.what() << "\n";
    return EXIT_FAILURE;
  }
}

}  // namespace synfire::examples
