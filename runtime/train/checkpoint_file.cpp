// SPDX-License-Identifier: Apache-2.0
#include "train/checkpoint_file.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "artifact_file/checked_archive.hpp"
#include "artifact_file/json_tables.hpp"
#include "artifact_file/names.hpp"
#include "artifact_file/packer.hpp"
#include "artifact_file/problem_list.hpp"
#include "synfire/checkpoint.hpp"
#include "train/history_members.hpp"

namespace synfire::runtime {

using artifact::Is;

// ---- The index

constexpr const char* checkpoint_format = "synfire-checkpoint";
constexpr const char* checkpoint_index = "checkpoint.json";
constexpr std::uint32_t checkpoint_version = 4;

// A trainable value, and the entries of its arrays.
struct StoredValue {
  std::string population, connection, variable;
  std::string weights, state, best;  // `best` is empty if there is no best epoch
};

struct CheckpointIndex {
  std::string format = checkpoint_format;
  std::uint32_t version = checkpoint_version;
  std::string synfire = SYNFIRE_VERSION;
  std::string network, settings;
  std::uint32_t gradient_slots = 0;
  std::string description;
  std::map<std::string, std::string> tensors, notes;
  std::uint64_t updates = 0;
  double learning_rate = 0;
  bool scheduled = false;
  std::vector<std::uint32_t> tape_capacities;
  std::vector<StoredValue> values;
  std::optional<std::uint32_t> best_epoch;
  std::optional<RunRecord> run;
  std::map<std::string, artifact::EntryRecord> entries;
};

template <Is<StoredValue> Object, class Visit>
void visit_members(Object& value, Visit&& visit) {
  visit("population", value.population);
  visit("connection", value.connection);
  visit("variable", value.variable);
  visit("weights", value.weights);
  visit("state", value.state);
  visit("best", value.best);
}

template <Is<ScoreState> Object, class Visit>
void visit_members(Object& state, Visit&& visit) {
  visit("examples", state.examples);
  visit("losses", state.losses);
  visit("metrics", state.metrics);
}

template <Is<RunRecord> Object, class Visit>
void visit_members(Object& run, Visit&& visit) {
  visit("seed", run.seed);
  visit("shuffle", run.shuffle);
  visit("scheduled_epochs", run.scheduled_epochs);
  visit("start_epoch", run.start_epoch);
  visit("examples", run.examples);
  visit("validation_examples", run.validation_examples);
  visit("metrics", run.metrics);
  visit("data", run.data);
  visit("input_noise", run.input_noise);
  visit("epochs", run.epochs);
  visit("current", run.current);
  visit("scores", run.scores);
}

template <Is<CheckpointIndex> Object, class Visit>
void visit_members(Object& index, Visit&& visit) {
  visit("format", index.format);
  visit("version", index.version);
  visit("synfire", index.synfire);
  visit("network", index.network);
  visit("settings", index.settings);
  visit("gradient_slots", index.gradient_slots);
  visit("description", index.description);
  visit("tensors", index.tensors);
  visit("notes", index.notes);
  visit("updates", index.updates);
  visit("learning_rate", index.learning_rate);
  visit("scheduled", index.scheduled);
  visit("tape_capacities", index.tape_capacities);
  visit("values", index.values);
  visit("best_epoch", index.best_epoch);
  visit("run", index.run);
  visit("entries", index.entries);
}

namespace {

// ---- Writing

template <class T>
std::span<const std::byte> bytes_of(const T& values) {
  return std::as_bytes(std::span(values));
}

StoredValue pack(artifact::Packer& packer, const contract::TrainedValue& value, std::size_t i,
                 const CheckpointContent& content) {
  const auto add = [&](const char* folder, const std::vector<float>& values) {
    const std::string name =
        std::string(folder) + '/' + artifact::as_path(value.owner()) + '.' + artifact::as_path(value.variable) + ".npy";
    return packer.add_array(name, DataType::f32, {values.size()}, bytes_of(values));
  };
  StoredValue stored{.population = value.population,
                     .connection = value.connection,
                     .variable = value.variable,
                     .weights = {},
                     .state = {},
                     .best = {}};
  stored.weights = add("weights", content.trained.values[i]);
  stored.state = add("state", content.trained.states[i]);
  if (content.best) stored.best = add("best", content.best->values[i]);
  return stored;
}

// ---- Reading

class CheckpointReader {
 public:
  explicit CheckpointReader(const std::filesystem::path& path)
      : archive_(base::ZipReader(path), checkpoint_index, "a Synfire checkpoint") {
    const std::string where = archive_.path_of(checkpoint_index);
    const std::vector<std::byte> text = archive_.read_index();
    const artifact::Json json = artifact::parse_json(text, where);
    if (!json.is_object() || json.value("format", artifact::Json()) != checkpoint_format)
      archive_.fail(checkpoint_index, "the file is not a Synfire checkpoint");
    artifact::check_version(json,
                            {"version", checkpoint_version, "the layout of checkpoints",
                             "train again, from the description with --init-from"},
                            where);
    index = artifact::Reader(where).read<CheckpointIndex>(json);
    archive_.expect(index.entries);
    if (!(index.learning_rate >= 0) || !std::isfinite(static_cast<float>(index.learning_rate)))
      archive_.fail(checkpoint_index, "the learning rate is out of range", "≥ 0, and finite in single precision");
  }

  CheckpointIndex index;

  std::string description() { return archive_.read_text(index.description); }
  Arrays tensors() {
    Arrays tensors;
    for (const auto& [name, entry] : index.tensors)
      tensors.emplace(name, read_npy(archive_.read(entry), archive_.path_of(entry)));
    return tensors;
  }
  // The array of an entry, which must have this many finite elements.
  std::vector<float> floats(const std::string& entry, std::size_t elements) {
    const Array array = read_npy(archive_.read(entry), archive_.path_of(entry));
    if (array.type() != DataType::f32 || array.size() != elements) {
      archive_.fail(entry, "the array does not fit the program", std::to_string(elements) + " elements of type f4",
                    std::to_string(array.size()) + " of type " + to_string(array.type()));
    }
    std::vector<float> values = array.as_float().values();
    if (!std::all_of(values.begin(), values.end(), [](float each) { return std::isfinite(each); }))
      archive_.fail(entry, "a value is not finite");
    return values;
  }
  std::string where() const { return archive_.path_of(checkpoint_index); }

 private:
  artifact::CheckedArchive archive_;
};

std::size_t elements_of(const contract::Manifest& manifest, const std::string& buffer) {
  if (buffer.empty()) return 0;
  const auto found = std::find_if(manifest.buffers.begin(), manifest.buffers.end(),
                                  [&](const contract::Buffer& each) { return each.name == buffer; });
  return found != manifest.buffers.end() ? element_count(found->shape) : 0;
}

void check_identity(const std::filesystem::path& path, const CheckpointIndex& index, const TrainingIdentity& own) {
  if (index.network != own.network) {
    refuse_checkpoint(path, "the checkpoint is of another network", {}, {},
                      "start without it; weights can be taken over by name (take_weights, --init-from)");
  }
  if (index.settings == own.settings) return;
  refuse_checkpoint(path, "the network of the checkpoint was compiled with other settings", {}, {},
                    "use those in its description.json (batch_size, seed, dt, losses, optimizer, …), and " +
                        std::to_string(index.gradient_slots) + " gradient slots");
}

void check_scores(artifact::ProblemList& problems, const std::vector<OutputScore>& scores,
                  const std::vector<contract::TrainedOutput>& outputs, const std::string& path) {
  bool right = scores.size() == outputs.size();
  for (std::size_t i = 0; right && i < scores.size(); ++i) right = scores[i].output == outputs[i].population;
  problems.check(right, path, "the outputs are not those of the program");
}

void check_run(artifact::ProblemList& problems, const RunRecord& run, const contract::Manifest& manifest) {
  const std::uint64_t batch_size = std::max(manifest.batch_size, 1u);
  const std::uint64_t batches = run.examples / batch_size + (run.examples % batch_size != 0 ? 1 : 0);
  const std::vector<contract::TrainedOutput>& outputs = manifest.training->outputs;
  const auto check = [&](const EpochRecord& record, std::size_t number, const std::string& path, bool ended) {
    problems.check(record.epoch == run.start_epoch + number, path + ".epoch", "the epochs are not in order",
                   std::to_string(run.start_epoch + number), std::to_string(record.epoch));
    problems.check(record.examples == run.examples, path + ".examples", "the number differs from that of the run");
    problems.check(ended ? record.batches == batches : record.batches <= batches, path + ".batches",
                   "the number of batches is not possible", std::to_string(batches), std::to_string(record.batches));
    if (ended) check_scores(problems, record.training, outputs, path + ".training");
    if (ended && run.validation_examples != 0) check_scores(problems, record.validation, outputs, path + ".validation");
  };
  for (std::size_t i = 0; i < run.epochs.size(); ++i)
    check(run.epochs[i], i, "run.epochs[" + std::to_string(i) + "]", true);
  if (run.current) check(*run.current, run.epochs.size(), "run.current", false);
}

void check_index(const CheckpointReader& reader, const contract::Manifest& manifest) {
  artifact::ProblemList problems(reader.where());
  const CheckpointIndex& index = reader.index;
  const contract::Training& training = *manifest.training;
  const auto same = [](const StoredValue& stored, const contract::TrainedValue& value) {
    return stored.population == value.population && stored.connection == value.connection &&
           stored.variable == value.variable;
  };
  problems.check(
      std::equal(index.values.begin(), index.values.end(), training.values.begin(), training.values.end(), same),
      "values", "the values are not those that the program trains");
  if (problems.check(index.tape_capacities.size() == training.tapes.size(), "tape_capacities",
                     "the tapes are not those of the program")) {
    for (std::size_t i = 0; i < training.tapes.size(); ++i) {
      problems.check_range<std::uint64_t>(
          index.tape_capacities[i], 0,
          std::max<std::uint64_t>(training.tapes[i].most_spikes, training.tapes[i].capacity),
          "tape_capacities[" + std::to_string(i) + "]");
    }
  }
  if (index.run) check_run(problems, *index.run, manifest);
  if (!problems.empty()) throw DataError(problems.take());
}

}  // namespace

void write_checkpoint(const std::filesystem::path& path, const CheckpointContent& content,
                      const contract::Training& training) {
  artifact::Packer packer;
  CheckpointIndex index;
  index.network = content.identity.network;
  index.settings = content.identity.settings;
  index.gradient_slots = content.identity.gradient_slots;
  index.description = packer.add_bytes("description.json", bytes_of(content.identity.description));
  for (const auto& [name, array] : content.identity.tensors)
    index.tensors[name] =
        packer.add_array("tensors/" + artifact::as_path(name) + ".npy", array.type(), array.shape(), array.bytes());
  index.notes = content.notes;
  index.updates = content.trained.updates;
  index.learning_rate = content.learning_rate;
  index.scheduled = content.scheduled;
  index.tape_capacities = content.trained.tape_capacities;
  for (std::size_t i = 0; i < content.trained.values.size(); ++i)
    index.values.push_back(pack(packer, training.values[i], i, content));
  if (content.best) index.best_epoch = content.best->epoch;
  index.run = content.run;
  index.entries = packer.records();
  const std::string text = artifact::json_text(artifact::write(index));
  base::ZipWriter zip(path);
  zip.add(checkpoint_index, bytes_of(text));
  packer.write(zip);
  zip.finish();
}

CheckpointContent read_checkpoint(const std::filesystem::path& path, const contract::Manifest& manifest,
                                  const TrainingIdentity& own) {
  CheckpointReader reader(path);
  check_identity(path, reader.index, own);
  check_index(reader, manifest);
  CheckpointIndex& index = reader.index;
  CheckpointContent content{
      .identity = own, .notes = index.notes, .learning_rate = index.learning_rate, .scheduled = index.scheduled};
  content.trained.updates = index.updates;
  content.trained.tape_capacities = index.tape_capacities;
  if (index.best_epoch) content.best = BestWeights{.epoch = *index.best_epoch};
  for (std::size_t i = 0; i < index.values.size(); ++i) {
    const contract::TrainedValue& value = manifest.training->values[i];
    const StoredValue& stored = index.values[i];
    content.trained.values.push_back(reader.floats(stored.weights, value.elements));
    content.trained.states.push_back(reader.floats(stored.state, elements_of(manifest, value.state)));
    if (content.best) content.best->values.push_back(reader.floats(stored.best, value.elements));
  }
  content.run = std::move(index.run);
  return content;
}

void refuse_checkpoint(const std::filesystem::path& path, const std::string& what, const std::string& expected,
                       const std::string& given, const std::string& hint) {
  throw DataError({.kind = ProblemKind::foreign_checkpoint,
                   .path = path.string(),
                   .message = what,
                   .hint = hint,
                   .expected = expected,
                   .given = given});
}

}  // namespace synfire::runtime

namespace synfire {

CheckpointInfo read_checkpoint(const std::filesystem::path& path) {
  runtime::CheckpointReader reader(path);
  const runtime::CheckpointIndex& index = reader.index;
  CheckpointInfo info{.synfire_version = index.synfire,
                      .description = reader.description(),
                      .tensors = reader.tensors(),
                      .notes = index.notes,
                      .gradient_slots = index.gradient_slots,
                      .updates = index.updates,
                      .learning_rate = index.learning_rate};
  if (index.run) info.epoch = index.run->start_epoch + static_cast<std::uint32_t>(index.run->epochs.size());
  return info;
}

}  // namespace synfire
