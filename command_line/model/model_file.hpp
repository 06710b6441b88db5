// SPDX-License-Identifier: Apache-2.0
// What MODEL names: a description (JSON) or an artifact (.synfire), told apart by what is in the file.
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

enum class ModelFileKind { description, artifact };

// Throws DataError (file_access).
ModelFileKind kind_of(const std::filesystem::path& file);

// Of an artifact the description in it. Throws DataError.
Description description_of(const std::string& model);

// Options that say how a description is compiled: --timesteps, --dt, --batch-size, --seed, --schedule, --record.
std::vector<Option> setting_options();
// On what: --device, --threads, --gpu.
std::vector<Option> device_options();

// Replaces settings of the description by what the options say.
void apply_settings(const Arguments& arguments, CompileSettings& settings);

// The compiler that the description and the options ask for; what --record names is recorded too.
InferenceCompiler compiler_for(const Arguments& arguments, const Description& description);

// Of --threads; 0: one for each core.
unsigned threads_of(const Arguments& arguments);
// Throws UsageError unless every name is that of a device.
std::string device_of(const Arguments& arguments);

// `cells.v`: the last dot separates object and variable. Throws UsageError.
struct VariableName {
  std::string object, variable;
};
VariableName parse_variable(const std::string& text, const std::string& option);

// The populations that take data, and those that have a readout.
std::vector<std::string> input_names(const contract::Manifest& manifest);
std::vector<std::string> output_names(const contract::Manifest& manifest);

// The network without extension or folder: what files made of it are called by default.
std::string stem_of(const std::filesystem::path& model);

}  // namespace synfire::command_line
