// SPDX-License-Identifier: Apache-2.0
// synfire sweep: trains or evaluates a description for every combination of values and seeds.
#include <algorithm>
#include <atomic>
#include <exception>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <span>
#include <thread>

#include "commands/tables.hpp"
#include "help.hpp"
#include "jit/cache.hpp"
#include "model/metrics.hpp"
#include "model/model_file.hpp"
#include "model/outputs.hpp"
#include "model/runnable.hpp"
#include "model/training.hpp"
#include "model/training_task.hpp"
#include "sweep/results.hpp"
#include "synfire/base/checksum.hpp"
#include "synfire/base/files.hpp"
#include "synfire/base/pipes.hpp"
#include "synfire/compiled_network.hpp"
#include "synfire/runtime/device.hpp"

namespace synfire::command_line {
namespace {

// ---- What is run

// A combination of values in the description, with the options.
Description description_at(const Arguments& arguments, const Grid& grid, std::size_t point) {
  Description description = read_description(arguments.text("MODEL"), grid.overrides(point));
  if (trains(description)) {
    apply_training_settings(arguments, description.compile);
    return description;
  }
  std::vector<std::string> of_training{"loss"};
  for (const Option& option : loop_options()) {
    if (option.name != "metric") of_training.push_back(option.name);  // evaluations have metrics too
  }
  for (const std::string& name : of_training) {
    if (arguments.has(name))
      throw UsageError(usage_problem("--" + name, "the description is not for training",
                                     "use --set compile.compiler=event_prop or surrogate"));
  }
  apply_settings(arguments, description.compile);
  return description;
}

// Of a file of any size.
std::string hash_of_file(const std::filesystem::path& path) {
  base::Checksum sum;
  base::keep_pipe(path);
  std::error_code ignored;
  std::ifstream file;  // opening a pipe would wait for its other end
  if (std::filesystem::is_regular_file(path, ignored)) file.open(path, std::ios::binary);
  if (!file.is_open()) {
    sum.add(base::read_file(base::readable(path)));
    return sum.text();
  }
  std::vector<char> piece(std::size_t{1} << 20);
  while (file.read(piece.data(), static_cast<std::streamsize>(piece.size())) || file.gcount() > 0)
    sum.add(std::as_bytes(std::span(piece).first(static_cast<std::size_t>(file.gcount()))));
  if (file.bad()) {
    throw DataError(
        {.kind = ProblemKind::file_access, .path = path.string(), .message = "the file cannot be read to its end"});
  }
  return sum.text();
}

// The content of the data files, wherever they are.
std::string hash_of_data(const Arguments& arguments) {
  std::vector<std::string> parts;
  std::map<std::filesystem::path, std::string> hashes;
  for (const char* option : {"input", "labels"}) {
    for (const std::string& text : arguments.list(option)) {
      const DataSource source = parse_source(std::string("--") + option, text);
      std::string& hash = hashes[source.file];
      if (hash.empty()) hash = hash_of_file(source.file);
      for (const std::string& part : {std::string(option), source.name, source.array, hash}) parts.push_back(part);
    }
  }
  for (const char* option : {"scale", "encode", "events", "first"}) {
    parts.emplace_back(option);
    for (const std::string& text : arguments.list(option)) parts.push_back(text);
  }
  return codegen::jit::Cache::key(parts);
}

// Whatever the result of a run depends on, except its data and its seed. Devices differ in the default number of
// gradient slots.
std::string hash_of_run(const Arguments& arguments, const Description& description) {
  const DescriptionText text = to_text(description);
  const std::string device = device_of(arguments);
  std::vector<std::string> parts{version(), device.empty() ? runtime::default_device() : device, text.json};
  for (const auto& [name, array] : text.tensors) {
    const auto bytes = array.bytes();
    parts.push_back(name);
    parts.emplace_back(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  }
  for (const Option& option : loop_options()) {
    parts.push_back(option.name);
    for (const std::string& each : arguments.list(option.name)) parts.push_back(each);
  }
  return codegen::jit::Cache::key(parts);
}

// Throws what compiling would throw, before anything runs.
void check_point(const Arguments& arguments, const Description& description) {
  const auto silent = [](const Problem&) {};
  require_labels(arguments, description.compile);
  if (trains(description)) {
    loop_settings(arguments, description);
    TrainingCompiler compiler = TrainingCompiler::from(description.compile, description.network);
    compiler.warn = silent;
    return compiler.check(description.network);
  }
  std::vector<std::string> unscored;
  evaluation_metrics(arguments, outputs_in(description.network), unscored);
  InferenceCompiler compiler = InferenceCompiler::from(description.compile, description.network);
  compiler.warn = silent;
  compiler.check(description.network);
}

// All runs of the grid. The seeds vary slowest: runs that start at the same time compile different programs.
std::vector<PlannedRun> plan(const Arguments& arguments, const Grid& grid) {
  std::vector<PlannedRun> runs;
  std::vector<std::vector<std::uint64_t>> seeds(grid.points());
  std::vector<std::string> identities;
  std::vector<Problem> problems;
  for (std::size_t point = 0; point < grid.points(); ++point) {
    try {
      Description description = description_at(arguments, grid, point);
      check_point(arguments, description);
      seeds[point] = grid.seeds.empty() ? std::vector{description.compile.seed} : grid.seeds;
      description.compile.seed = 0;
      identities.push_back(hash_of_run(arguments, description));
    } catch (const UsageError&) {
      throw;
    } catch (const Error& error) {
      if (dynamic_cast<const ModelError*>(&error) == nullptr && dynamic_cast<const DataError*>(&error) == nullptr)
        throw;
      problems.insert(problems.end(), error.problems().begin(), error.problems().end());
      identities.emplace_back();
    }
  }
  if (!problems.empty()) throw DataError(std::move(problems));
  const std::string data = hash_of_data(arguments);
  for (std::size_t s = 0; s < seeds.front().size(); ++s) {
    for (std::size_t point = 0; point < grid.points(); ++point) {
      const std::uint64_t seed = seeds[point][s];
      const std::string identity = codegen::jit::Cache::key({identities[point], data, std::to_string(seed)});
      runs.push_back({.point = point, .seed = seed, .identity = identity.substr(0, 16)});
    }
  }
  return runs;
}

// ---- Running

void add_scores(const std::string& prefix, const std::vector<OutputScore>& scores, RunResult& result) {
  for (const OutputScore& score : scores) {
    result.values.emplace_back(prefix + score.output + ".loss", score.loss);
    if (!score.metric.empty()) result.values.emplace_back(prefix + score.output + "." + score.metric, score.value);
  }
}

// The epoch whose weights the network has.
const EpochRecord& result_of(const History& history, const LoopSettings& loop) {
  const bool restores = history.best_epoch && loop.settings.early_stopping->restore_best;
  return restores ? history.epochs[*history.best_epoch - history.epochs.front().epoch] : history.epochs.back();
}

class Sweep {
 public:
  Sweep(const Arguments& arguments, const Grid& grid, SweepResults& results, Output& output)
      : arguments_(arguments), grid_(grid), results_(results), output_(output) {
    for (std::size_t i = 0; i < results.runs().size(); ++i) {
      if (!results.runs()[i].result) waiting_.push_back(i);
    }
    const bool on_host = device_name() == "host";
    const unsigned given = threads_of(arguments);
    const unsigned threads = given > 0 ? given : std::max(1u, std::thread::hardware_concurrency());
    const auto runs = static_cast<unsigned>(std::min<std::size_t>(waiting_.size(), threads));
    together_ = on_host ? std::max(1u, runs) : 1;
    threads_of_run_ = std::max(1u, threads / together_);
  }

  void run() {
    const std::size_t all = results_.runs().size();
    const std::string done =
        all > waiting_.size() ? ", " + grouped(all - waiting_.size()) + " of them done before" : "";
    output_.message("synfire: " + counted(all, "run") + done +
                    (together_ > 1 ? ", " + std::to_string(together_) + " at a time" : ""));
    {
      std::vector<std::jthread> threads;
      for (unsigned i = 1; i < together_; ++i) threads.emplace_back([this] { work(); });
      work();
    }
    if (fatal_) std::rethrow_exception(fatal_);
  }

  const std::vector<Problem>& failures() const { return failures_; }

 private:
  std::string device_name() const {
    const std::string name = device_of(arguments_);
    return name.empty() ? runtime::default_device() : name;
  }

  // A run that fails, for example by values that become infinite, leaves the others alone; anything else ends all.
  void work() {
    for (std::size_t next = next_++; next < waiting_.size(); next = next_++) {
      {
        const std::lock_guard lock(mutex_);
        if (fatal_) return;
      }
      try {
        finish(waiting_[next], run_one(results_.runs()[waiting_[next]]));
      } catch (const RunError& error) {
        fail(waiting_[next], error);
      } catch (...) {
        const std::lock_guard lock(mutex_);
        if (!fatal_) fatal_ = std::current_exception();
      }
    }
  }

  std::string label(std::size_t index) const {
    const PlannedRun& run = results_.runs()[index];
    const std::string values = grid_.label(run.point);
    return values + (values.empty() ? "" : ", ") + "seed " + std::to_string(run.seed);
  }

  void finish(std::size_t index, RunResult result) {
    const std::lock_guard lock(mutex_);
    std::string line = "synfire: " + std::to_string(++finished_) + " of " + std::to_string(waiting_.size()) + ": " +
                       label(index) + ":";
    for (const auto& [name, value] : result.values) line += " " + name + " " + decimal(value, 4);
    results_.add(index, std::move(result));
    output_.message(line);
  }

  void fail(std::size_t index, const RunError& error) {
    const std::lock_guard lock(mutex_);
    output_.message("synfire: " + std::to_string(++finished_) + " of " + std::to_string(waiting_.size()) + ": " +
                    label(index) + ": failed");
    for (Problem problem : error.problems()) {
      problem.path = label(index) + ": " + problem.path;
      failures_.push_back(std::move(problem));
    }
  }

  RunResult run_one(const PlannedRun& run) {
    Description description = description_at(arguments_, grid_, run.point);
    description.compile.seed = run.seed;
    return trains(description) ? train(description) : evaluate(description);
  }

  RunResult train(const Description& description) {
    TrainingCompiler compiler = training_compiler_for(arguments_, description);
    compiler.threads = threads_of_run_;
    TrainingNetwork model = compiler.compile(description.network);
    const auto data = data_for(model.manifest(), description.inputs);
    const LoopSettings loop = loop_settings(arguments_, description);
    TrainOptions options = train_options(loop);
    options.data_memory = 0;  // what fits was read
    options.warn = [this](const Problem& problem) { output_.warn(problem); };
    const History history = model.train(data->inputs.views(), data->labels.views(), options);
    RunResult result;
    for (const EpochRecord& epoch : history.epochs) result.seconds += epoch.seconds;
    const EpochRecord& epoch = result_of(history, loop);
    add_scores("", epoch.training, result);
    add_scores("validation.", epoch.validation, result);
    return result;
  }

  RunResult evaluate(const Description& description) {
    Description model = description;
    model.compile.record.clear();
    InferenceCompiler compiler = compiler_for(arguments_, model);
    compiler.threads = threads_of_run_;
    CompiledNetwork network = compiler.compile(model.network);
    std::vector<std::string> unscored;
    RunOptions options;
    options.metrics = evaluation_metrics(arguments_, outputs_in(model.network), unscored);
    const auto data = data_for(network.manifest(), description.inputs, unscored);
    options.warn = [this](const Problem& problem) { output_.warn(problem); };
    const EvaluationResult found = network.evaluate(data->inputs.views(), data->labels.views(), options);
    RunResult result{.values = {}, .seconds = found.seconds};
    for (const EvaluationResult::Entry& entry : found.entries)
      result.values.emplace_back(entry.output + "." + entry.name, entry.value);
    return result;
  }

  // Runs whose populations and preparations are the same share the data.
  std::shared_ptr<const RunData> data_for(const contract::Manifest& manifest,
                                          const std::vector<InputPreparation>& stored,
                                          const std::vector<std::string>& unscored = {}) {
    const std::vector<InputPreparation> inputs = preparations(arguments_, stored, input_names(manifest));
    std::vector<std::string> key{to_note(inputs)};
    key.insert(key.end(), unscored.begin(), unscored.end());
    for (const contract::PopulationInfo& population : manifest.populations) {
      key.push_back(population.name);
      key.push_back(std::to_string(static_cast<int>(population.input)) + (population.readout.empty() ? "" : "r"));
    }
    const std::lock_guard lock(data_mutex_);
    std::shared_ptr<const RunData>& data = data_[key];
    if (data) return data;
    std::size_t used = 0;
    for (const auto& [other, each] : data_) used += each ? each->memory : 0;
    data = std::make_shared<const RunData>(bind_data(arguments_, manifest, inputs, used, unscored));
    return data;
  }

  const Arguments& arguments_;
  const Grid& grid_;
  SweepResults& results_;
  Output& output_;
  std::vector<std::size_t> waiting_;  // runs without a result
  unsigned together_ = 1, threads_of_run_ = 1;
  std::atomic<std::size_t> next_ = 0;
  std::mutex mutex_;  // of results_ and what follows
  std::size_t finished_ = 0;
  std::vector<Problem> failures_;
  std::exception_ptr fatal_;
  std::mutex data_mutex_;
  std::map<std::vector<std::string>, std::shared_ptr<const RunData>> data_;
};

void require_description(const std::string& model) {
  if (kind_of(model) == ModelFileKind::description) return;
  throw DataError({.kind = ProblemKind::malformed_file,
                   .path = model,
                   .message = "the file is an artifact, which is already compiled",
                   .expected = "a description"});
}

// The table is replaced after each run, so it must be a file.
void check_table(const Arguments& arguments) {
  if (!arguments.has("output")) return;
  const std::string path = arguments.text("output");
  if (base::is_written_through(path))
    throw UsageError(usage_problem("--output", "the table is written again after each run, so it must be a file",
                                   "name a file, or omit --output", {}, path));
  std::vector<NamedFile> read = data_files(arguments);
  for (const NamedFile& each : model_files(arguments)) read.push_back(each);
  check_outputs(arguments, {{"--output", path}}, read);
}

void sweep(const Arguments& arguments, Output& output) {
  require_description(arguments.text("MODEL"));
  const Grid grid = grid_of(arguments);
  check_table(arguments);
  SweepResults results(grid, plan(arguments, grid), arguments.text("output"));
  Sweep work(arguments, grid, results, output);
  work.run();
  Json document = results.document();
  if (arguments.has("output")) document["file"] = arguments.text("output");
  output.text(results.text());
  if (!work.failures().empty()) {
    output.attach(document);
    throw RunError(work.failures());
  }
  output.document(document);
  if (arguments.has("output")) output.message("synfire: wrote " + arguments.text("output"));
}

std::vector<Option> sweep_options() {
  std::vector<Option> own{
      {.name = "set",
       .value = "PATH=VALUE[,VALUE...]",
       .help = "values of the description to try: POPULATION.PARAMETER, CONNECTION.weight.sd, compile.OPTION, "
               "train.OPTION; every "
               "combination is run",
       .repeated = true},
      {.name = "seeds", .value = "N[,N...]", .help = "seeds to run each combination with (default: the description's)"},
      {.name = "output",
       .value = "FILE",
       .help = "a table of the runs (.csv), written after each; runs that it already has are not run again",
       .letter = 'o'},
      labels_option(),
  };
  std::vector<Option> shared = joined(data_options(), training_options());
  std::erase_if(shared, [](const Option& option) { return option.name == "set" || option.name == "seed"; });
  for (Option& option : shared) {
    if (option.name == "threads")
      option.help = "threads of the host: as many runs side by side (default: one per core)";
  }
  return joined(joined(own, loop_options()), shared);
}

}  // namespace

Command sweep_command() {
  return {
      .name = "sweep",
      .summary = "train or evaluate a description for a grid of values and seeds",
      .examples = {{"synfire sweep net.json --input x.npy --labels y.npy --validation-split 0.1 --seeds 1,2,3 --set "
                    "hidden.tau_mem=10,20 --set compile.optimizer.learning_rate=1e-2,1e-3 --output sweep.csv",
                    "12 runs of training; again, it runs only what is missing in sweep.csv"},
                   {"synfire sweep demo.json --input x.npy --labels y.npy --set hidden.v_thresh=0.5,1,2",
                    "evaluate a network with three thresholds"}},
      .text =
          "Runs every combination of the values of --set with every seed: trains descriptions for training "
          "(\"compiler\": \"event_prop\" or \"surrogate\"), evaluates others. Runs go side by side, one per thread, "
          "with the same "
          "results as train and evaluate. Writes a line for each combination to standard output: the mean of each loss "
          "and metric over the seeds (after the last epoch) and, with several seeds, the standard deviation of the "
          "sample.\n\nThe table --output has a row for each run, with a hash of everything that the run depends on: "
          "network, options, data, version. The same command continues an interrupted sweep, and one with more "
          "values or seeds adds to the table; a row that was run with anything else is an error. A run that fails is "
          "reported and has no row; the others continue, and the exit code is 1. Values are separated by commas "
          "outside of brackets and quotes.",
      .operands = {{.name = "MODEL", .help = "a description (.json)"}},
      .options = sweep_options(),
      .run = sweep,
  };
}

}  // namespace synfire::command_line
