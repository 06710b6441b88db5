// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <sstream>

#include "artifact_file/checks.hpp"
#include "artifact_file/problem_list.hpp"
#include "synfire/base/text.hpp"
#include "synfire/contract/trial_arguments.hpp"

namespace synfire::artifact {
namespace {

using contract::Buffer;
using contract::BufferRole;
using contract::ElementType;

constexpr std::size_t most_bytes = std::size_t{1} << 47;  // what a process can address
constexpr std::size_t most_neurons = std::numeric_limits<std::uint32_t>::max();
constexpr std::uint32_t most_blocks = 0x7fffffff;  // gridDim.x
constexpr std::size_t longest_made_name = 1000;    // built from names of the network
constexpr std::uint32_t most_parts = 1u << 16;     // more threads than any machine has
constexpr std::size_t most_shared_bytes = 1u << 20;
constexpr std::size_t most_scratch_bytes = std::size_t{1} << 40;

// The product, or nothing if it exceeds `most`.
std::optional<std::size_t> product(const Extents& extents, std::size_t most) {
  if (std::find(extents.begin(), extents.end(), 0u) != extents.end()) return 0;
  std::size_t result = 1;
  for (const std::size_t extent : extents) {
    if (extent > most / result) return std::nullopt;
    result *= extent;
  }
  return result;
}

std::string number(std::size_t value) { return std::to_string(value); }
std::string quoted(const std::string& text) { return '"' + text + '"'; }
std::string item(const char* list, std::size_t index) { return std::string(list) + "[" + number(index) + "]"; }

class ManifestChecker {
 public:
  ManifestChecker(const contract::Manifest& manifest, std::string target, const std::string& path)
      : manifest_(manifest), target_(std::move(target)), problems_(path) {}

  std::vector<Problem> run() {
    check_numbers();
    check_entry();
    for (std::size_t i = 0; i < manifest_.populations.size(); ++i) check_population(i);
    for (std::size_t i = 0; i < manifest_.buffers.size(); ++i) check_buffer(i);
    check_total();
    for (std::size_t i = 0; i < manifest_.connections.size(); ++i) check_connection(i);
    for (std::size_t i = 0; i < manifest_.static_recordings.size(); ++i) check_static_recording(i);
    return problems_.take();
  }

 private:
  void check_numbers() {
    problems_.check(!manifest_.training, "training", "a training program cannot be saved", "an inference program",
                    "a training program");
    problems_.check(std::isfinite(manifest_.dt) && manifest_.dt > 0, "dt", "the number is out of range", "more than 0",
                    std::to_string(manifest_.dt));
    problems_.check_range(manifest_.timesteps, 1u, std::numeric_limits<std::uint32_t>::max() - 1, "timesteps");
    problems_.check_range(manifest_.recording_steps, 0u, manifest_.timesteps, "recording_steps");
    problems_.check_range(manifest_.batch_size, 1u, std::numeric_limits<std::uint32_t>::max(), "batch_size");
  }

  // ---- How it is launched

  void check_entry() {
    const contract::Entry& entry = manifest_.entry;
    const bool steps = manifest_.schedule == "step";
    problems_.check(steps || manifest_.schedule == "trial", "schedule", "unknown schedule", "trial or step",
                    manifest_.schedule);
    check_plain(entry.name, "entry.name");
    problems_.check_range(entry.threads, 0u, contract::max_block_threads, "entry.threads");
    problems_.check_range(entry.parts, 0u, most_parts, "entry.parts");
    problems_.check_range(entry.shared_bytes, std::size_t{0}, most_shared_bytes, "entry.shared_bytes");
    problems_.check_range(entry.scratch_bytes, std::size_t{0}, most_scratch_bytes, "entry.scratch_bytes");
    const bool kernels = !entry.before.empty() || !entry.step.empty() || !entry.after.empty();
    const bool one_way =
        steps ? kernels != (entry.parts != 0) && kernels != entry.step.empty() : !kernels && entry.parts == 0;
    problems_.check(one_way, "entry", "the entry point does not match the schedule",
                    "parts or kernels for step, neither for trial", manifest_.schedule);
    problems_.check(target_ != "host" || !kernels, "entry.step", "a host program cannot have kernels");
    problems_.check(target_ != "cuda" || (entry.parts == 0 && (steps || entry.threads != 0)), "entry.threads",
                    "a kernel needs threads");
    for (const auto& [name, stages] : {std::pair{"entry.before", &entry.before}, std::pair{"entry.step", &entry.step},
                                       std::pair{"entry.after", &entry.after}}) {
      for (std::size_t i = 0; i < stages->size(); ++i) check_stage((*stages)[i], item(name, i));
    }
    if (!kernels) return;
    const bool has_base = !manifest_.buffers.empty() && manifest_.buffers.back().role == BufferRole::step_base;
    problems_.check(has_base, "buffers", "the last buffer of a program with kernels must have the role step_base");
  }

  void check_stage(const contract::Stage& stage, const std::string& path) {
    check_plain(stage.name, path + ".name");
    problems_.check_range(stage.blocks, 1u, most_blocks, path + ".blocks");
    problems_.check_range(stage.threads, 1u, contract::max_block_threads, path + ".threads");
    problems_.check_range(stage.shared_bytes, std::size_t{0}, most_shared_bytes, path + ".shared_bytes");
  }

  // ---- Populations

  void check_population(std::size_t index) {
    const contract::PopulationInfo& population = manifest_.populations[index];
    const std::string path = item("populations", index);
    check_name(population.name, populations_, index, path);
    check_plain_or_empty(population.model, path + ".model");
    check_plain_or_empty(population.readout, path + ".readout");
    const std::optional<std::size_t> neurons = product(population.shape, most_neurons);
    problems_.check(neurons && *neurons != 0, path + ".shape", "the number of neurons is out of range",
                    "1 to " + number(most_neurons), to_string(population.shape));
    neurons_.push_back(neurons.value_or(0));
    problems_.check_range(population.frames, std::size_t{1}, most_neurons, path + ".frames");
    problems_.check_range(population.frame_timesteps, std::size_t{1}, most_neurons, path + ".frame_timesteps");
  }

  void check_name(const std::string& name, std::map<std::string, std::size_t>& names, std::size_t index,
                  const std::string& path) {
    check_plain(name, path + ".name");
    problems_.check(names.emplace(name, index).second, path + ".name", "duplicate name", {}, quoted(name));
  }

  // Names appear in messages, pictures and tables; the language allows no others. Names of buffers are built from them.
  void check_plain(const std::string& name, const std::string& path) {
    problems_.check(base::is_object_name(name, longest_made_name), path, "invalid name",
                    "letters, digits, \"_\", \"-\" and \".\"", quoted(name));
  }
  void check_plain_or_empty(const std::string& name, const std::string& path) {
    if (!name.empty()) check_plain(name, path);
  }

  // The index under this name; reports an unknown name.
  std::optional<std::size_t> find(const std::string& name, const std::map<std::string, std::size_t>& names,
                                  const std::string& path) {
    const auto found = names.find(name);
    problems_.check(found != names.end(), path, "unknown name", {}, quoted(name));
    return found != names.end() ? std::optional(found->second) : std::nullopt;
  }

  // ---- Buffers

  void check_buffer(std::size_t index) {
    const Buffer& buffer = manifest_.buffers[index];
    const std::string path = item("buffers", index);
    check_name(buffer.name, buffers_, index, path);
    check_variables(buffer, path + ".variable");
    const std::optional<std::size_t> elements = product(buffer.shape, most_bytes / element_size(buffer.type));
    const bool fits = problems_.check(elements.has_value(), path + ".shape",
                                      "the buffer is larger than the address space", {}, to_string(buffer.shape));
    elements_.push_back(elements.value_or(0));
    if (fits) check_role(buffer, *elements, path);
  }

  // Buffers have one variable, except for state checks, which have all states.
  void check_variables(const Buffer& buffer, const std::string& path) {
    if (buffer.role != BufferRole::state_check) return check_plain_or_empty(buffer.variable, path);
    std::istringstream names(buffer.variable);
    for (std::string name; std::getline(names, name, ' ');) check_plain(name, path);
  }

  void check_role(const Buffer& buffer, std::size_t elements, const std::string& path) {
    switch (buffer.role) {
      case BufferRole::parameter: return check_kind(buffer, std::nullopt, false, path);
      case BufferRole::input_values:
        check_kind(buffer, ElementType::f32, true, path);
        if (const auto* population = input_of(buffer, contract::InputKind::values, path))
          check_elements(elements, population->frames * neurons_of(*population), path);
        return;
      case BufferRole::input_spike_offsets:
        check_kind(buffer, ElementType::u32, true, path);
        input_of(buffer, contract::InputKind::spikes, path);
        return check_elements(elements, std::size_t{manifest_.timesteps} + 1, path);
      case BufferRole::input_spike_neurons:
        check_kind(buffer, ElementType::u32, false, path);
        input_of(buffer, contract::InputKind::spikes, path);
        return;
      case BufferRole::example_steps:
        check_kind(buffer, ElementType::u32, true, path);
        return check_elements(elements, 1, path);
      case BufferRole::readout:
        check_kind(buffer, ElementType::f32, true, path);
        if (const auto population = find(buffer.population, populations_, path + ".population"))
          check_elements(elements, neurons_[*population], path);
        return;
      case BufferRole::recording: return check_recording(buffer, path);
      case BufferRole::state_check:
        check_kind(buffer, ElementType::u32, true, path);
        if (const auto population = find(buffer.population, populations_, path + ".population"))
          check_elements(elements, neurons_[*population], path);
        return;
      case BufferRole::step_base:
        check_kind(buffer, ElementType::u32, false, path);
        problems_.check(&buffer == &manifest_.buffers.back(), path + ".role", "step_base must be the last buffer");
        return check_elements(elements, sizeof(contract::StepBase) / sizeof(std::uint32_t), path);
      case BufferRole::trial_state:
      case BufferRole::workspace: return;
      default: problems_.check(false, path + ".role", "only training programs have this role");
    }
  }

  void check_kind(const Buffer& buffer, std::optional<ElementType> type, bool per_example, const std::string& path) {
    problems_.check(!type || buffer.type == *type, path + ".type", "the type does not match the role",
                    type ? contract::to_string(*type) : "", contract::to_string(buffer.type));
    problems_.check(buffer.per_example == per_example, path + ".per_example", "the value does not match the role");
  }

  void check_elements(std::size_t given, std::size_t expected, const std::string& path) {
    problems_.check(given == expected, path + ".shape", "the buffer has the wrong size", number(expected) + " elements",
                    number(given));
  }

  // The population whose input the buffer holds.
  const contract::PopulationInfo* input_of(const Buffer& buffer, contract::InputKind kind, const std::string& path) {
    const auto index = find(buffer.population, populations_, path + ".population");
    if (!index) return nullptr;
    const contract::PopulationInfo& population = manifest_.populations[*index];
    problems_.check(population.input == kind, path + ".population", "the population has another kind of input");
    return &population;
  }
  std::size_t neurons_of(const contract::PopulationInfo& population) const {
    return neurons_[static_cast<std::size_t>(&population - manifest_.populations.data())];
  }

  void check_recording(const Buffer& buffer, const std::string& path) {
    const bool spikes = buffer.type == ElementType::i8;
    problems_.check(spikes || buffer.type == ElementType::f32, path + ".type", "the type does not match a recording",
                    spikes_or_variable, contract::to_string(buffer.type));
    check_kind(buffer, std::nullopt, true, path);
    const std::size_t rows = manifest_.recording_steps != 0 ? manifest_.recording_steps : manifest_.timesteps;
    if (!problems_.check(!buffer.shape.empty() && buffer.shape.front() == rows, path + ".shape",
                         "a recording needs one row per step", number(rows) + " rows", to_string(buffer.shape)))
      return;
    const auto population = find(recorded_population(buffer), populations_, path + ".population");
    if (!population) return;
    const Extents row(buffer.shape.begin() + 1, buffer.shape.end());
    check_elements(product(row, most_bytes).value_or(0), neurons_[*population], path);
  }

  // For a variable of a connection: its target.
  std::string recorded_population(const Buffer& buffer) const {
    for (const contract::ConnectionInfo& connection : manifest_.connections) {
      if (!buffer.connection.empty() && connection.name == buffer.connection) return connection.target;
    }
    return buffer.population;
  }

  void check_total() {
    std::size_t total = 0;
    for (std::size_t i = 0; i < elements_.size(); ++i) {
      const Buffer& buffer = manifest_.buffers[i];
      const std::size_t bytes = elements_[i] * element_size(buffer.type);
      const std::size_t copies = buffer.per_example ? manifest_.batch_size : 1;
      const bool fits = copies == 0 || bytes <= (most_bytes - total) / copies;
      if (!problems_.check(fits, "batch_size", "a batch is larger than the address space")) return;
      total += bytes * copies;
    }
  }

  // ---- Connections

  void check_connection(std::size_t index) {
    const contract::ConnectionInfo& connection = manifest_.connections[index];
    const std::string path = item("connections", index);
    check_name(connection.name, connections_, index, path);
    check_plain_or_empty(connection.synapse, path + ".synapse");
    check_plain_or_empty(connection.connectivity, path + ".connectivity");
    const auto source = find(connection.source, populations_, path + ".source");
    const auto target = find(connection.target, populations_, path + ".target");
    problems_.check(
        connection.delay_steps <= connection.longest_delay_steps && connection.longest_delay_steps < most_neurons,
        path + ".longest_delay_steps", "the delays are out of range", number(connection.delay_steps) + " or more",
        number(connection.longest_delay_steps));
    problems_.check_range(connection.latency_steps, std::size_t{0}, std::size_t{1}, path + ".latency_steps");
    problems_.check(std::isfinite(connection.weight), path + ".weight", "the number is not finite");
    if (!problems_.check_range(connection.tiles, 1u, std::numeric_limits<std::uint32_t>::max(), path + ".tiles"))
      return;
    if (source && target) check_storage(connection, neurons_[*source], neurons_[*target], path);
  }

  void check_storage(const contract::ConnectionInfo& connection, std::size_t sources, std::size_t targets,
                     const std::string& path) {
    const std::string& storage = connection.storage;
    const bool rows = storage == "rows", kernel = storage == "kernel";
    if (!problems_.check(rows || kernel || storage == "dense" || storage == "one_to_one" || storage == "procedural",
                         path + ".storage", "unknown storage", "dense, one_to_one, rows, procedural or kernel",
                         quoted(storage)))
      return;
    if (rows) return check_rows(connection, sources, path);
    problems_.check(
        connection.offset_buffer.empty() && connection.target_buffer.empty() && connection.delay_buffer.empty(), path,
        "only rows have offsets, targets and delays");
    if (connection.weight_buffer.empty()) return;
    // Only the program knows the geometry of a kernel.
    std::optional<std::size_t> expected;
    if (!kernel) expected = storage == "dense" ? sources * targets : targets;
    check_parameter(connection.weight_buffer, {ElementType::f32}, expected, path + ".weight_buffer");
  }

  void check_rows(const contract::ConnectionInfo& connection, std::size_t sources, const std::string& path) {
    check_parameter(connection.offset_buffer, {ElementType::u32}, sources * connection.tiles + 1,
                    path + ".offset_buffer");
    const auto synapses = check_parameter(connection.target_buffer, {ElementType::u16, ElementType::u32}, std::nullopt,
                                          path + ".target_buffer");
    if (!synapses) return;
    if (!connection.weight_buffer.empty())
      check_parameter(connection.weight_buffer, {ElementType::f32}, synapses, path + ".weight_buffer");
    if (!connection.delay_buffer.empty())
      check_parameter(connection.delay_buffer, {ElementType::u8, ElementType::u16}, synapses, path + ".delay_buffer");
  }

  // The number of elements of the parameter, if one has this name.
  std::optional<std::size_t> check_parameter(const std::string& name, std::initializer_list<ElementType> types,
                                             std::optional<std::size_t> expected, const std::string& path) {
    const auto index = find(name, buffers_, path);
    if (!index) return std::nullopt;
    const Buffer& buffer = manifest_.buffers[*index];
    problems_.check(buffer.role == BufferRole::parameter, path, "the buffer is not a parameter", {}, quoted(name));
    problems_.check(std::find(types.begin(), types.end(), buffer.type) != types.end(), path,
                    "the buffer has the wrong type", {}, contract::to_string(buffer.type));
    if (expected) check_elements(elements_[*index], *expected, item("buffers", *index));
    return elements_[*index];
  }

  void check_static_recording(std::size_t index) {
    const contract::StaticRecording& recording = manifest_.static_recordings[index];
    const std::string path = item("static_recordings", index);
    problems_.check(recording.variable == "weight" || recording.variable == "delay", path + ".variable",
                    "the variable is not constant", "weight or delay", quoted(recording.variable));
    find(recording.connection, connections_, path + ".connection");
  }

  static constexpr const char* spikes_or_variable = "f32, or i8 for spikes";

  const contract::Manifest& manifest_;
  std::string target_;
  ProblemList problems_;
  std::map<std::string, std::size_t> populations_, connections_, buffers_;  // indices by name
  std::vector<std::size_t> neurons_;                                        // of the populations
  std::vector<std::size_t> elements_;                                       // of the buffers, of one example
};

}  // namespace

std::vector<Problem> check_manifest(const contract::Manifest& manifest, const std::string& target,
                                    const std::string& path) {
  return ManifestChecker(manifest, target, path).run();
}

}  // namespace synfire::artifact
