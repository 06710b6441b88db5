// SPDX-License-Identifier: Apache-2.0
#include "model/outputs.hpp"

#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "data/source.hpp"
#include "model/model_file.hpp"
#include "synfire/base/files.hpp"
#include "synfire/base/pipes.hpp"

namespace synfire::command_line {
namespace {

namespace fs = std::filesystem;

// The tensor file that a description names; empty if it is not a description. Its problems are reported when it is
// read.
std::string tensors_named_by(const fs::path& model) {
  std::ifstream file(base::readable(model), std::ios::binary);
  const auto document = nlohmann::json::parse(file, nullptr, false);
  if (!document.is_object()) return {};
  const auto found = document.find("tensors");
  return found != document.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

// Several outputs can go to a device such as /dev/null.
bool may_be_shared(const fs::path& path) { return base::is_written_through(path) && !base::is_standard_output(path); }

fs::path place_of(const fs::path& path) {
  std::error_code error;
  const fs::path place = fs::canonical(path, error);
  return error ? fs::absolute(path).lexically_normal() : place;
}

}  // namespace

std::vector<NamedFile> model_files(const Arguments& arguments, const std::string& operand) {
  if (!arguments.has(operand)) return {};
  const fs::path model = arguments.text(operand);
  std::vector<NamedFile> files{{operand, model}};
  if (kind_of(model) != ModelFileKind::description) return files;
  const std::string tensors = tensors_named_by(model);
  if (tensors.empty()) return files;
  // Where the reader looks: beside a link, beside its target, or in the current folder if the model comes from a pipe.
  const std::string option = "the tensors of " + operand;
  if (base::is_written_through(model)) {
    files.push_back({option, tensors});
  } else {
    for (const fs::path& each : {model, base::output_place(model)})
      files.push_back({option, each.parent_path() / tensors});
  }
  return files;
}

std::vector<NamedFile> data_files(const Arguments& arguments) {
  std::vector<NamedFile> files;
  for (const char* option : {"input", "labels", "sample-weights", "step-weights", "validation-input",
                             "validation-labels", "validation-sample-weights", "validation-step-weights"}) {
    if (!arguments.has(option)) continue;
    const std::string spelled = std::string("--") + option;
    for (const std::string& text : arguments.list(option)) files.push_back({spelled, parse_source(spelled, text).file});
  }
  return files;
}

std::vector<NamedFile> description_files(const std::string& option, const fs::path& json) {
  if (base::is_written_through(json)) return {{option, json}};
  fs::path tensors = base::output_place(json);  // where the writer puts them
  tensors.replace_extension(".npz");
  return {{option, json}, {"the tensors of " + option, tensors}};
}

void check_outputs(const Arguments& arguments, const std::vector<NamedFile>& outputs,
                   const std::vector<NamedFile>& read, const std::string& printed) {
  const std::string on_output = arguments.has("json") ? "the JSON document" : printed;
  std::map<fs::path, std::string> taken;
  const auto verb = [](const NamedFile& each) {
    return each.option + (each.option.starts_with("the tensors") ? " are " : " is ");
  };
  for (const NamedFile& each : read) taken.emplace(place_of(each.path), verb(each) + "read from it");
  for (const NamedFile& each : outputs) {
    if (!on_output.empty() && base::is_standard_output(each.path))
      throw UsageError(usage_problem(each.option, "standard output is used for " + on_output,
                                     arguments.has("json") ? "use another file, or omit --json" : "use another file",
                                     {}, each.path.string()));
    if (may_be_shared(each.path)) continue;
    const auto [first, is_new] = taken.emplace(base::output_place(each.path), verb(each) + "written to it");
    if (!is_new)
      throw UsageError(usage_problem(each.option, "the file is taken: " + first->second, "use another name", {},
                                     each.path.string()));
  }
  for (const NamedFile& each : outputs) base::require_writable(each.path);
}

std::size_t written_bytes(const fs::path& path) {
  std::error_code error;
  const std::uintmax_t bytes = fs::file_size(path, error);
  return error ? 0 : static_cast<std::size_t>(bytes);
}

}  // namespace synfire::command_line
