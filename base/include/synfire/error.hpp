// SPDX-License-Identifier: Apache-2.0
// Errors: every problem found, with the path of the object, the place where the user wrote it, what was expected and
// how to fix it.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace synfire {

// Where a user wrote something: a file with a line, or a line and column of a text. Ignored in comparisons.
struct Place {
  std::string file;
  int line = 0;    // from 1; 0 when unknown
  int column = 0;  // from 1; 0 when unknown
};

enum class Severity { error, warning };

// The kind of a problem. Programs and tests match this, not the text.
enum class ProblemKind {
  unknown_name,        // a name that no registry, model or network knows
  duplicate_name,      // two objects of one network share a name
  invalid_name,        // a name that cannot be used
  shape_mismatch,      // two shapes that should agree do not
  missing_shape,       // a shape is neither given nor inferred
  invalid_value,       // a number outside its range, NaN or infinite
  invalid_option,      // an option or a combination of options that is not allowed
  model_text,          // a model's text does not parse or does not make sense
  missing_variable,    // a model lacks the variable that something else needs
  foreign_id,          // an id of another network
  missing_data,        // an input or target without data
  foreign_checkpoint,  // a checkpoint of another network, of other settings or of other data
  surplus_data,        // data for a population that takes none, or given twice
  wrong_data_size,     // data of the wrong shape, length or element type
  non_finite_data,     // NaN or infinity in data
  label_out_of_range,  // a class label outside [0, classes)
  malformed_file,      // a file that is not what it claims to be
  file_access,         // a file that cannot be read or written
  unsupported,         // a feature that this compiler or device does not have
  out_of_memory,       // not enough memory
  no_device,           // a device that is not present or cannot be used
  build_failed,        // generated source did not compile or load
  run_failed,          // a run stopped
  time_scale,          // a time that seems to be in the wrong unit (warning)
  // Warnings only, except spikes_after_end and nothing_encoded where nothing is left; synfire/warning.hpp has the
  // table:
  frames_beyond_end,
  spikes_after_end,
  spikes_in_first_steps,
  nothing_encoded,
  slow_step_callbacks,
  unnamed_callback,
  unordered_indices,
  enlarged_tape,
  training_without_effect,
  silent_population,
  nearly_silent_population,
  silent_neurons,
  saturated_neurons,
  triggered_spikes,
  near_tangent_spikes,
  zero_gradient,
  exploding_gradient,
  rising_loss,
  empty_validation,
  shared_weight,
  unread_population,
  spikes_rounded_away,
  program_not_checked,
  unusable_device,
  no_step_graphs,
  checkpoint_not_written,
  weights_not_taken,
  repaired_graph,
};

// The identifier of a kind, for example "shape_mismatch".
std::string_view to_string(ProblemKind kind);

// One mistake.
struct Problem {
  ProblemKind kind = ProblemKind::invalid_value;
  std::string path = {};      // into the network or the data: `connections[2].weight`, `populations[0] "input"`
  std::string message = {};   // one sentence, lower case, without a full stop
  std::string hint = {};      // how to fix it; may be empty
  std::string expected = {};  // what would have been right; may be empty
  std::string given = {};     // what was found; may be empty
  Place place = {};
  Severity severity = Severity::error;
};

// `file:line: path: message (expected …, given …); hint`, over several lines where the message has them.
std::string to_string(const Problem& problem);

// Base class of all exceptions that Synfire throws. `what()` lists all problems, one per line.
class Error : public std::runtime_error {
 public:
  explicit Error(std::vector<Problem> problems);
  explicit Error(Problem problem);

  const std::vector<Problem>& problems() const noexcept { return problems_; }

 private:
  std::vector<Problem> problems_;
};

// The user's network or model is wrong (exit code 3 of the `synfire` program).
class ModelError : public Error {
 public:
  using Error::Error;
};

// The user's data or files are wrong (exit code 3).
class DataError : public Error {
 public:
  using Error::Error;
};

// Generated code did not compile or load (exit code 4).
class BuildError : public Error {
 public:
  using Error::Error;
};

// No usable device, or not enough memory on it (exit code 5).
class DeviceError : public Error {
 public:
  using Error::Error;
};

// A run failed (exit code 1).
class RunError : public Error {
 public:
  using Error::Error;
};

// The known name nearest to `name` by edit distance, or an empty string if none is near enough to suggest.
std::string nearest_name(std::string_view name, const std::vector<std::string>& known);

// A hint for an unknown name: `did you mean "x"?` if one is near, then the list of known names.
std::string suggest(std::string_view name, const std::vector<std::string>& known);

}  // namespace synfire
