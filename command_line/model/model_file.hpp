// SPDX-License-Identifier: Apache-2.0
// The file MODEL: a description (JSON), an artifact (.synfire) or a checkpoint of training, recognized by content.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "options.hpp"
#include "output.hpp"
#include "synfire/artifact_file.hpp"
#include "synfire/description.hpp"
#include "synfire/inference_compiler.hpp"

namespace synfire::command_line {

enum class ModelFileKind { description, artifact, checkpoint };

// Throws DataError: file_access; malformed_file for other files, among them checkpoints unless `takes_checkpoints`.
ModelFileKind kind_of(const std::filesystem::path& file, bool takes_checkpoints = false);

// The description in the file, which may be an artifact that contains one. Throws DataError.
Description description_in(const std::string& model, const std::vector<Override>& overrides = {});
// That of MODEL, with the values of --set.
Description description_of(const Arguments& arguments);

// `--set`, for commands that read descriptions.
Option override_option();
// The values of --set. Throws UsageError.
std::vector<Override> overrides_of(const Arguments& arguments);
Override parse_override(const std::string& text);
// Throws UsageError if there are any: `file` is compiled.
void refuse_overrides(const Arguments& arguments, const std::string& file);

// Options for compiling a description: --set, --timesteps, --dt, --batch-size, --seed, --schedule, --record.
std::vector<Option> setting_options();
// Options for the device: --device, --threads, --gpu.
std::vector<Option> device_options();

// Overrides settings of the description with the options.
void apply_settings(const Arguments& arguments, CompileSettings& settings);

// The compiler that the description and the options configure; it also records what --record names.
InferenceCompiler compiler_for(const Arguments& arguments, const Description& description);
// The same without --device.
InferenceCompiler compiler_for_any_device(const Arguments& arguments, const Description& description);

// The value of --threads; 0: one per core.
unsigned threads_of(const Arguments& arguments);
// The value of --device; empty if it is not given. Throws UsageError for an unknown device.
std::string device_of(const Arguments& arguments);

// `cells.v`: the last dot separates object and variable. Throws UsageError.
struct VariableName {
  std::string object, variable;
};
VariableName parse_variable(const std::string& text, const std::string& option);

// The populations that expect data, and those with a readout.
std::vector<std::string> input_names(const contract::Manifest& manifest);
std::vector<std::string> output_names(const contract::Manifest& manifest);

// The file name without folder and extension, for default output names.
std::string stem_of(const std::filesystem::path& model);

}  // namespace synfire::command_line
