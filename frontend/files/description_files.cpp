// SPDX-License-Identifier: Apache-2.0
// Reading and writing of description files.
#include <sys/stat.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "files/build_network.hpp"
#include "files/optimizer_setting.hpp"
#include "files/text_of.hpp"
#include "files/write_files.hpp"
#include "synfire/base/files.hpp"
#include "synfire/description.hpp"

namespace synfire {
namespace {

namespace fs = std::filesystem;

std::string read_text(const fs::path& path) {
  std::error_code unknown;
  const std::uintmax_t size = fs::file_size(path, unknown);
  if (!unknown && size > json::longest_text) {
    throw DataError({.kind = ProblemKind::malformed_file,
                     .path = "description",
                     .message = "the description is too long",
                     .hint = "put arrays into the .npz",
                     .expected = "at most " + std::to_string(json::longest_text >> 20) + " MiB",
                     .given = std::to_string(size >> 20) + " MiB",
                     .place = {.file = path.string()}});
  }
  const std::vector<std::byte> bytes = base::read_file(path);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// Whether the path is in this folder or below it: a description must not name arbitrary files.
bool stays_below(const fs::path& path) {
  return !path.empty() && path.is_relative() &&
         std::none_of(path.begin(), path.end(), [](const fs::path& each) { return each == ".."; });
}

// Tensors are beside the file that a link points to, or beside the link if they are not there. A pipe has no folder:
// the working folder is used.
fs::path place_of_tensors(const fs::path& json_path, const fs::path& name) {
  if (base::is_written_through(json_path)) return name;
  const fs::path beside_text = base::output_place(json_path).parent_path() / name;
  std::error_code ignored;
  const bool is_link = fs::is_symlink(fs::symlink_status(json_path, ignored));
  return is_link && fs::exists(beside_text, ignored) ? beside_text : json_path.parent_path() / name;
}

// The tensors that the description names; none if it names none, or not by a string, which is reported later.
Arrays read_tensors(const json::Node& root, const fs::path& json_path) {
  const json::Node* node = root.object() ? json::find(*root.object(), "tensors") : nullptr;
  if (!node || !node->text()) return {};
  const Place place{.file = json_path.string(), .line = node->position.line, .column = node->position.column};
  const fs::path name(*node->text());
  if (!stays_below(name)) {
    throw DataError({.kind = ProblemKind::invalid_name,
                     .path = "tensors",
                     .message = "the tensors must be in the folder of the description or below it",
                     .expected = "a name such as \"" + json_path.stem().string() + ".npz\"",
                     .given = *node->text(),
                     .place = place});
  }
  try {
    return read_npz(place_of_tensors(json_path, name));
  } catch (const DataError& error) {
    std::vector<Problem> problems = error.problems();
    for (Problem& problem : problems) problem.place = place;
    throw DataError(std::move(problems));
  }
}

// Distinguishes a file from one that has replaced it.
struct Identity {
  dev_t device;
  ino_t file;
  std::int64_t changed_seconds, changed_nanoseconds;
  bool operator==(const Identity&) const = default;
};

std::optional<Identity> identity_of(const fs::path& path) {
  struct stat state {};
  if (::stat(path.c_str(), &state) != 0) return std::nullopt;
  return Identity{state.st_dev, state.st_ino, state.st_ctim.tv_sec, state.st_ctim.tv_nsec};
}

Description read_once(const fs::path& json, const std::vector<Override>& overrides) {
  const std::string text = read_text(json);
  const json::Node root = json::parse(text, json.string());
  return files::description_of(root, read_tensors(root, json), json.string(), overrides);
}

files::DescriptionTree tree_of(const Description& description) {
  files::Document document = files::document_of(description.network);
  document.compile = description.compile;
  files::add_definition(description.compile.optimizer, document.models);
  document.inputs = description.inputs;
  document.train = description.train;
  return files::tree_of(std::move(document));
}

}  // namespace

// A description that is replaced while its tensors are read may get the new ones, so it is read again.
Description read_description(const fs::path& json, const std::vector<Override>& overrides) {
  constexpr int most_tries = 10;
  for (int i = 1;; ++i) {
    const std::optional<Identity> before = identity_of(json);
    const auto replaced = [&] { return i < most_tries && before && before != identity_of(json); };
    try {
      Description description = read_once(json, overrides);
      if (!replaced()) return description;
    } catch (const DataError&) {
      if (!replaced()) throw;
    }
  }
}

DescriptionText to_text(const Description& description, const std::string& tensors_file) {
  files::DescriptionTree tree = tree_of(description);
  std::string text = files::text_of(tree, tensors_file);
  return {.json = std::move(text), .tensors = std::move(tree.tensors)};
}

void write_description(const fs::path& json, const Description& description) {
  files::write_files(json, tree_of(description));
}

void Network::save(const fs::path& json) const { files::write_files(json, files::tree_of(files::document_of(*this))); }

Network Network::load(const fs::path& json) { return read_description(json).network; }

}  // namespace synfire
