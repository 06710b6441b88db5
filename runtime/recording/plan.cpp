// SPDX-License-Identifier: Apache-2.0
#include "recording/plan.hpp"

#include <algorithm>
#include <map>
#include <numeric>
#include <set>
#include <tuple>

#include "recording/selection.hpp"
#include "synfire/base/files.hpp"

namespace synfire::runtime {
namespace {

using Problems = std::vector<Problem>;

template <class T>
std::pair<std::size_t, std::size_t> positions(const std::vector<T>& ascending, T first, T end) {
  const auto from = std::lower_bound(ascending.begin(), ascending.end(), first);
  const auto to = std::lower_bound(from, ascending.end(), end);
  return {static_cast<std::size_t>(from - ascending.begin()), static_cast<std::size_t>(to - ascending.begin())};
}

const std::string& name_of(const Object& object, const ObjectNames& names) {
  return (object.kind == ObjectKind::population ? names.populations : names.connections)[object.index];
}

bool belongs_to(const contract::Buffer& buffer, const ObjectNames& names, const Object& object) {
  if (buffer.role != contract::BufferRole::recording) return false;
  const bool of_connection = !buffer.connection.empty();
  if (of_connection != (object.kind == ObjectKind::connection)) return false;
  return (of_connection ? buffer.connection : buffer.population) == name_of(object, names);
}

// A declared recording: of a buffer, or static.
struct Declared {
  Object object;
  std::string variable;
  std::optional<std::size_t> buffer;
};

bool is_static(const contract::Manifest& manifest, const std::string& connection, const std::string& variable) {
  return std::any_of(manifest.static_recordings.begin(), manifest.static_recordings.end(),
                     [&](const auto& each) { return each.connection == connection && each.variable == variable; });
}

std::vector<Declared> all_declared(const contract::Manifest& manifest, const ObjectNames& names) {
  std::vector<Declared> declared;
  const auto index_of = [](const std::vector<std::string>& list, const std::string& name) {
    return static_cast<std::size_t>(std::find(list.begin(), list.end(), name) - list.begin());
  };
  for (std::size_t i = 0; i < manifest.buffers.size(); ++i) {
    const contract::Buffer& buffer = manifest.buffers[i];
    if (buffer.role != contract::BufferRole::recording) continue;
    const Object object = buffer.connection.empty()
                              ? Object{ObjectKind::population, index_of(names.populations, buffer.population)}
                              : Object{ObjectKind::connection, index_of(names.connections, buffer.connection)};
    declared.push_back({object, buffer.variable, i});
  }
  for (const contract::StaticRecording& recording : manifest.static_recordings) {
    declared.push_back({{ObjectKind::connection, index_of(names.connections, recording.connection)},
                        recording.variable,
                        std::nullopt});
  }
  return declared;
}

class Planner {
 public:
  Planner(const contract::Manifest& manifest, std::uint64_t network, const RunOptions& options, std::size_t examples,
          Problems& warnings)
      : manifest_(manifest),
        names_(names_of(manifest, network)),
        options_(options),
        examples_(examples),
        warnings_(warnings) {}

  RecordingPlan run() {
    const auto restricted = find_restrictions();
    for (const Declared& declared : all_declared(manifest_, names_)) {
      const auto found = restricted.find({declared.object, declared.variable});
      if (found == restricted.end()) {
        add(declared, {}, path_of(declared));
      } else {
        for (const std::size_t i : found->second) add(declared, options_.recordings[i].keep, path_of(i, declared));
      }
    }
    check_names();
    if (!problems_.empty()) throw DataError(std::move(problems_));
    return std::move(plan_);
  }

 private:
  using Restrictions = std::map<std::pair<Object, std::string>, std::vector<std::size_t>>;

  std::string path_of(const Declared& declared) const {
    return synfire::path_of(declared.object, names_) + "." + declared.variable;
  }
  std::string path_of(std::size_t i, const Declared& declared) const {
    return "recordings[" + std::to_string(i) + "] " + path_of(declared);
  }

  // The entries of the options, by the recording they restrict; entries that restrict no declared recording are
  // problems.
  Restrictions find_restrictions() {
    Restrictions restrictions;
    for (std::size_t i = 0; i < options_.recordings.size(); ++i) {
      const KeptRecording& entry = options_.recordings[i];
      const std::string path = "recordings[" + std::to_string(i) + "]";
      const auto object = find_object(entry.object, names_, path, problems_);
      if (!object) continue;
      const bool known = find_recording(manifest_, names_, *object, entry.variable) ||
                         (object->kind == ObjectKind::connection &&
                          is_static(manifest_, names_.connections[object->index], entry.variable));
      if (known) {
        restrictions[{*object, entry.variable}].push_back(i);
        continue;
      }
      problems_.push_back({.kind = ProblemKind::missing_variable,
                           .path = path + " " + synfire::path_of(*object, names_) + "." + entry.variable,
                           .message = "the variable is not recorded by this network",
                           .hint = recorded_hint(manifest_, names_, *object),
                           .given = entry.variable});
    }
    return restrictions;
  }

  void add(const Declared& declared, const Keep& keep, const std::string& path) {
    PlannedRecording recording;
    recording.object = declared.object;
    recording.variable = declared.variable;
    recording.key = keep.key;
    recording.path = path_of(declared);
    recording.name = keep.key.empty() ? name_of(declared.object, names_) + "." + declared.variable : keep.key;
    recording.file = keep.file.empty() ? options_.record_to : keep.file;
    recording.kind = kind_of(declared, keep, path);
    select_rows(recording, keep, path);
    select_elements(recording, declared, keep, path);
    plan_.push_back(std::move(recording));
  }

  RecordingKind kind_of(const Declared& declared, const Keep& keep, const std::string& path) {
    const bool spikes = declared.object.kind == ObjectKind::population && declared.variable == spikes_variable;
    if (keep.counts && !spikes) refuse(path + ", counts", "only spikes can be counted");
    if (spikes) return keep.counts ? RecordingKind::counts : RecordingKind::spikes;
    return declared.buffer ? RecordingKind::values : RecordingKind::synapses;
  }

  void select_rows(PlannedRecording& recording, const Keep& keep, const std::string& path) {
    recording.examples = select_in_order(keep.examples, examples_, path + ", examples", problems_, warnings_);
    const auto steps = select_in_order(keep.steps, manifest_.timesteps, path + ", steps", problems_, warnings_);
    recording.steps.assign(steps.begin(), steps.end());
  }

  const Extents& shape_of(const std::string& population) const {
    return std::find_if(manifest_.populations.begin(), manifest_.populations.end(),
                        [&](const auto& each) { return each.name == population; })
        ->shape;
  }

  void select_elements(PlannedRecording& recording, const Declared& declared, const Keep& keep,
                       const std::string& path) {
    const bool of_connection = declared.object.kind == ObjectKind::connection;
    const bool of_synapses = !declared.buffer;
    check_unused(keep.neurons, of_connection, path + ", neurons", "a connection has sources and targets");
    check_unused(keep.targets, !of_connection, path + ", targets", "a population has neurons");
    check_unused(keep.sources, !of_synapses, path + ", sources", "the variable has no values per source neuron");
    const contract::ConnectionInfo* connection =
        of_connection ? &manifest_.connections[declared.object.index] : nullptr;
    const Extents& shape =
        connection ? shape_of(connection->target) : manifest_.populations[declared.object.index].shape;
    recording.neurons = of_connection ? select_neurons(keep.targets, shape, path + ", targets", problems_)
                                      : select_neurons(keep.neurons, shape, path + ", neurons", problems_);
    if (of_synapses)
      recording.sources = select_neurons(keep.sources, shape_of(connection->source), path + ", sources", problems_);
    recording.elements = element_count(shape);
    recording.whole_rows = is_whole(recording.neurons, recording.elements);
    recording.shape = recording.whole_rows ? shape : Extents{recording.neurons.size()};
    if (declared.buffer) recording.buffer = *declared.buffer;
  }

  static bool is_whole(const std::vector<std::uint32_t>& neurons, std::size_t count) {
    if (neurons.size() != count) return false;
    for (std::size_t i = 0; i < count; ++i) {
      if (neurons[i] != i) return false;
    }
    return true;
  }

  void check_unused(const Neurons& neurons, bool unused, const std::string& path, const std::string& message) {
    const auto* dimensions = std::get_if<std::vector<Indices>>(&neurons.content());
    if (unused && (dimensions == nullptr || !dimensions->empty())) refuse(path, message);
  }

  void refuse(const std::string& path, const std::string& message) {
    problems_.push_back({.kind = ProblemKind::invalid_option, .path = path, .message = message});
  }

  // The arrays of a recording in its file (FileStore::write).
  static std::vector<std::string> arrays_of(const PlannedRecording& recording) {
    std::vector<std::string> names{recording.name + ".examples", recording.name + ".steps"};
    const auto add = [&](std::initializer_list<const char*> endings) {
      for (const char* ending : endings) names.push_back(recording.name + ending);
    };
    switch (recording.kind) {
      case RecordingKind::values: add({"", ".neurons"}); break;
      case RecordingKind::counts: add({".neurons", ".counts"}); break;
      case RecordingKind::spikes: add({".neurons", ".offsets", ".neuron", ".step", ".sign"}); break;
      case RecordingKind::synapses:
        add({".source_neurons", ".target_neurons", ".sources", ".targets", ".values"});
        break;
    }
    return names;
  }

  // Finds the owner of each array of a file, by name: no two may share a name.
  void check_arrays() {
    std::map<std::pair<std::filesystem::path, std::string>, std::string> owners;
    const auto take = [&](const std::filesystem::path& file, const std::string& name, const std::string& owner) {
      const auto [first, is_new] = owners.try_emplace({place_of(file), name}, owner);
      if (is_new || first->second == owner) return true;
      problems_.push_back({.kind = ProblemKind::duplicate_name,
                           .path = file.string() + ": " + name,
                           .message = "the array name is used by both " + first->second + " and " + owner,
                           .hint = "rename the population, or write one of them to another file"});
      return false;
    };
    for (const PlannedRecording& recording : plan_) {
      if (recording.file.empty()) continue;
      take(recording.file, "dt", "the time step");
      for (const std::string& name : arrays_of(recording)) {
        if (!take(recording.file, name, "the recording of " + recording.path)) break;
      }
    }
    if (options_.predictions_to.empty()) return;
    for (const contract::PopulationInfo& population : manifest_.populations) {
      if (!population.readout.empty())
        take(options_.predictions_to, population.name, "the output of the population \"" + population.name + "\"");
    }
  }

  // Two recordings of one variable need different keys, and recordings that share a file need different names.
  void check_names() {
    std::set<std::tuple<Object, std::string, std::string>> keys;
    std::set<std::pair<std::filesystem::path, std::string>> entries;
    const std::size_t before = problems_.size();
    for (const PlannedRecording& recording : plan_) {
      if (!keys.emplace(recording.object, recording.variable, recording.key).second) {
        problems_.push_back({.kind = ProblemKind::duplicate_name,
                             .path = "recordings " + recording.path,
                             .message = "the variable is recorded twice with the same key",
                             .hint = "give one of them a key",
                             .given = "key \"" + recording.key + "\""});
      } else if (!recording.file.empty() && !entries.emplace(place_of(recording.file), recording.name).second) {
        problems_.push_back({.kind = ProblemKind::duplicate_name,
                             .path = recording.file.string() + ": " + recording.name,
                             .message = "two recordings have this name in the file",
                             .hint = "give one of them a key"});
      }
    }
    if (problems_.size() == before) check_arrays();
  }

  const contract::Manifest& manifest_;
  ObjectNames names_;
  const RunOptions& options_;
  std::size_t examples_;
  Problems& warnings_;
  Problems problems_;
  RecordingPlan plan_;
};

}  // namespace

std::pair<std::size_t, std::size_t> PlannedRecording::positions_of_examples(std::size_t first,
                                                                            std::size_t count) const {
  return positions(examples, first, first + count);
}

std::pair<std::size_t, std::size_t> PlannedRecording::positions_of_steps(std::uint32_t first, std::uint32_t end) const {
  return positions(steps, first, end);
}

std::filesystem::path place_of(const std::filesystem::path& file) { return base::output_place(file); }

ObjectNames names_of(const contract::Manifest& manifest, std::uint64_t network) {
  ObjectNames names;
  for (const contract::PopulationInfo& population : manifest.populations) names.populations.push_back(population.name);
  for (const contract::ConnectionInfo& connection : manifest.connections) names.connections.push_back(connection.name);
  names.network = network;
  return names;
}

std::uint32_t recording_rows(const contract::Manifest& manifest) {
  return manifest.recording_steps != 0 ? std::min(manifest.recording_steps, manifest.timesteps) : manifest.timesteps;
}

std::optional<std::size_t> find_recording(const contract::Manifest& manifest, const ObjectNames& names,
                                          const Object& object, const std::string& variable) {
  for (std::size_t i = 0; i < manifest.buffers.size(); ++i) {
    const contract::Buffer& buffer = manifest.buffers[i];
    if (belongs_to(buffer, names, object) && buffer.variable == variable) return i;
  }
  return std::nullopt;
}

std::string recorded_hint(const contract::Manifest& manifest, const ObjectNames& names, const Object& object) {
  std::string list;
  const auto append = [&](const std::string& variable) { list += (list.empty() ? "" : ", ") + variable; };
  for (const contract::Buffer& buffer : manifest.buffers) {
    if (belongs_to(buffer, names, object)) append(buffer.variable);
  }
  for (const contract::StaticRecording& recording : manifest.static_recordings) {
    if (object.kind == ObjectKind::connection && recording.connection == names.connections[object.index])
      append(recording.variable);
  }
  return "add it to the compiler's option record; recorded variables: " + (list.empty() ? "nothing" : list);
}

RecordingPlan plan_recordings(const contract::Manifest& manifest, std::uint64_t network, const RunOptions& options,
                              std::size_t examples, Problems& warnings) {
  return Planner(manifest, network, options, examples, warnings).run();
}

}  // namespace synfire::runtime
