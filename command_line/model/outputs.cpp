// SPDX-License-Identifier: Apache-2.0
#include "model/outputs.hpp"

#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "data/source.hpp"
#include "model/model_file.hpp"
#include "synfire/contract/files.hpp"

namespace synfire::command_line {
namespace {

namespace fs = std::filesystem;

// The name of the tensors that a description gives; nothing where it is not one. What is wrong with it is told when it is read.
std::string tensors_named_by(const fs::path& model) {
  std::ifstream file(model, std::ios::binary);
  const auto document = nlohmann::json::parse(file, nullptr, false);
  if (!document.is_object()) return {};
  const auto found = document.find("tensors");
  return found != document.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

// Several outputs may go to a device such as /dev/null.
bool may_be_shared(const fs::path& path) { return path != "-" && contract::is_written_through(path); }

fs::path place_of(const fs::path& path) {
  std::error_code error;
  const fs::path place = fs::canonical(path, error);
  return error ? fs::absolute(path).lexically_normal() : place;
}

}  // namespace

std::vector<NamedFile> model_files(const Arguments& arguments) {
  const fs::path model = arguments.text("MODEL");
  std::vector<NamedFile> files{{"MODEL", model}};
  if (kind_of(model) != ModelFileKind::description) return files;
  if (const std::string tensors = tensors_named_by(model); !tensors.empty())
    files.push_back({"the tensors of MODEL", model.parent_path() / tensors});
  return files;
}

std::vector<NamedFile> data_files(const Arguments& arguments) {
  std::vector<NamedFile> files;
  for (const char* option : {"input", "labels"}) {
    if (!arguments.has(option)) continue;
    const std::string spelled = std::string("--") + option;
    for (const std::string& text : arguments.list(option)) files.push_back({spelled, parse_source(spelled, text).file});
  }
  return files;
}

std::vector<NamedFile> description_files(const std::string& option, const fs::path& json) {
  fs::path tensors = json;
  tensors.replace_extension(".npz");
  return {{option, json}, {"the tensors of " + option, tensors}};
}

void check_outputs(const Arguments& arguments, const std::vector<NamedFile>& outputs,
                   const std::vector<NamedFile>& read) {
  std::map<fs::path, std::string> taken;
  for (const NamedFile& each : read) taken.emplace(place_of(each.path), each.option + " is read from it");
  for (const NamedFile& each : outputs) {
    if (arguments.has("json") && each.path == "-")
      throw UsageError(usage_problem(each.option, "standard output has the document that --json asks for",
                                     "name a file, or leave out --json", {}, "-"));
    if (may_be_shared(each.path)) continue;
    const auto [first, is_new] = taken.emplace(contract::output_place(each.path), each.option + " is written to it");
    if (!is_new)
      throw UsageError(usage_problem(each.option, "the file is taken: " + first->second, "choose another name", {},
                                     each.path.string()));
  }
  for (const NamedFile& each : outputs) contract::require_writable(each.path);
}

std::size_t written_bytes(const fs::path& path) {
  std::error_code error;
  const std::uintmax_t bytes = fs::file_size(path, error);
  return error ? 0 : static_cast<std::size_t>(bytes);
}

}  // namespace synfire::command_line
