// SPDX-License-Identifier: Apache-2.0
// Descriptions in files.
#include <algorithm>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "files/build_network.hpp"
#include "files/text_of.hpp"
#include "synfire/contract/files.hpp"
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
                     .message = "the text is too long",
                     .hint = "arrays belong into the .npz",
                     .expected = "at most " + std::to_string(json::longest_text >> 20) + " MiB",
                     .given = std::to_string(size >> 20) + " MiB",
                     .place = {.file = path.string()}});
  }
  const std::vector<std::byte> bytes = contract::read_file(path);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// Of this folder or one below: a description cannot name any file of the machine.
bool stays_below(const fs::path& path) {
  return !path.empty() && path.is_relative() &&
         std::none_of(path.begin(), path.end(), [](const fs::path& each) { return each == ".."; });
}

// The tensors that the text names; none where it names none, or what is no text: that is reported later.
Arrays read_tensors(const json::Node& root, const fs::path& json_path) {
  const json::Node* node = root.object() ? json::find(*root.object(), "tensors") : nullptr;
  if (!node || !node->text()) return {};
  const Place place{.file = json_path.string(), .line = node->position.line, .column = node->position.column};
  const fs::path name(*node->text());
  if (!stays_below(name)) {
    throw DataError({.kind = ProblemKind::invalid_name,
                     .path = "tensors",
                     .message = "the tensors lie in the folder of the description or below it",
                     .expected = "a name such as \"" + json_path.stem().string() + ".npz\"",
                     .given = *node->text(),
                     .place = place});
  }
  try {
    return read_npz(json_path.parent_path() / name);
  } catch (const DataError& error) {
    std::vector<Problem> problems = error.problems();
    for (Problem& problem : problems) problem.place = place;
    throw DataError(std::move(problems));
  }
}

// Runs `write` with the name to write to; what it throws names the file that the user asked for.
template <class Write>
void write_pending(const contract::PendingFile& file, Write write) {
  try {
    write(file.temporary());
  } catch (const DataError& error) {
    std::vector<Problem> problems = error.problems();
    for (Problem& problem : problems) problem.path = file.path().string();
    throw DataError(std::move(problems));
  }
}

// Both files are complete before either takes its place.
void write_text(const fs::path& path, const DescriptionText& text, const fs::path& tensors) {
  contract::PendingFile pending(path), pending_tensors(tensors);
  if (!text.tensors.empty()) {
    write_pending(pending_tensors, [&](const fs::path& temporary) { write_npz(temporary, text.tensors); });
  }
  write_pending(pending, [&](const fs::path& temporary) {
    contract::write_file(temporary, std::as_bytes(std::span(text.json)));
  });
  if (!text.tensors.empty()) pending_tensors.commit();
  pending.commit();
}

fs::path tensors_of(const fs::path& json) {
  fs::path path = json;
  return path.replace_extension(".npz");
}

}  // namespace

Description read_description(const fs::path& json) {
  const std::string text = read_text(json);
  const json::Node root = json::parse(text, json.string());
  return files::description_of(root, read_tensors(root, json), json.string());
}

void write_description(const fs::path& json, const Description& description) {
  const fs::path tensors = tensors_of(json);
  write_text(json, to_text(description, tensors.filename().string()), tensors);
}

void Network::save(const fs::path& json) const {
  const fs::path tensors = tensors_of(json);
  write_text(json, files::text_of(files::document_of(*this), tensors.filename().string()), tensors);
}

Network Network::load(const fs::path& json) { return read_description(json).network; }

}  // namespace synfire
