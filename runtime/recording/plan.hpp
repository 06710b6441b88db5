// SPDX-License-Identifier: Apache-2.0
// The recordings of a run, planned before it starts: what was declared to the compiler, and the parts that RunOptions
// keep.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "synfire/compiled_network.hpp"
#include "synfire/contract/artifact.hpp"
#include "synfire/recording.hpp"
#include "synfire/reference.hpp"

namespace synfire::runtime {

inline constexpr const char* spikes_variable = "spikes";  // of populations, in manifests and requests

enum class RecordingKind { values, spikes, counts, synapses };

struct PlannedRecording {
  RecordingKind kind = RecordingKind::values;
  Object object;
  std::string variable, key;
  std::string path;                         // for messages: `populations[0] "a".v`
  std::string name;                         // in a file: `a.v`, or the key
  std::filesystem::path file = {};          // empty: kept in memory
  std::size_t buffer = 0;                   // in the manifest; not for `synapses`
  std::size_t elements = 0;                 // of a row of the buffer
  Extents shape = {};                       // of a kept row
  bool whole_rows = false;                  // all neurons, in their order
  std::vector<std::uint32_t> neurons = {};  // kept, in the order of results
  std::vector<std::uint32_t> sources = {};  // for `synapses`, whose targets are in `neurons`
  std::vector<std::size_t> examples = {};   // kept, ascending
  std::vector<std::uint32_t> steps = {};    // kept, ascending

  // Positions in `examples` of those in [first, first + count), and in `steps` of those in [first, end).
  std::pair<std::size_t, std::size_t> positions_of_examples(std::size_t first, std::size_t count) const;
  std::pair<std::size_t, std::size_t> positions_of_steps(std::uint32_t first, std::uint32_t end) const;
};

// The same path for all names of one file.
std::filesystem::path place_of(const std::filesystem::path& file);

using RecordingPlan = std::vector<PlannedRecording>;

ObjectNames names_of(const contract::Manifest& manifest, std::uint64_t network);
// Rows of the recording buffers.
std::uint32_t recording_rows(const contract::Manifest& manifest);
// The recording buffer of a variable, if it was declared.
std::optional<std::size_t> find_recording(const contract::Manifest& manifest, const ObjectNames& names,
                                          const Object& object, const std::string& variable);
// `add it to the compiler's option record; recorded variables: v, spikes`.
std::string recorded_hint(const contract::Manifest& manifest, const ObjectNames& names, const Object& object);

// In the order of the manifest, then of the options. Throws DataError with all problems: undeclared variables, invalid
// selections, options that do not apply to the variable, duplicate names in a file.
RecordingPlan plan_recordings(const contract::Manifest& manifest, std::uint64_t network, const RunOptions& options,
                              std::size_t examples, std::vector<Problem>& warnings);

}  // namespace synfire::runtime
