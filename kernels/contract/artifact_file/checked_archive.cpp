// SPDX-License-Identifier: Apache-2.0
#include "artifact_file/checked_archive.hpp"

#include <utility>

#include "artifact_file/names.hpp"
#include "synfire/base/checksum.hpp"
#include "synfire/error.hpp"

namespace synfire::artifact {
namespace {

// More text than any network has. Texts are compressed, so a small file could hold far more.
constexpr std::uint64_t most_text = std::uint64_t{64} << 20;

}  // namespace

CheckedArchive::CheckedArchive(base::ZipReader zip, std::string index, const std::string& kind)
    : zip_(std::move(zip)), index_(std::move(index)) {
  for (std::size_t i = 0; i < zip_.entries().size(); ++i) positions_[zip_.entries()[i].name] = i;
  if (positions_.contains(index_)) return;
  throw DataError({.kind = ProblemKind::malformed_file,
                   .path = zip_.name(),
                   .message = "the archive is not " + kind,
                   .expected = "an entry " + index_});
}

std::vector<std::byte> CheckedArchive::read_index() {
  const std::size_t position = positions_.at(index_);
  if (zip_.entries()[position].bytes > most_text) fail(index_, "the text is too long");
  return zip_.read(position);
}

void CheckedArchive::expect(std::map<std::string, EntryRecord> entries) {
  entries_ = std::move(entries);
  std::vector<Problem> problems;
  const auto report = [&](const std::string& entry, std::string message, std::string expected = {},
                          std::string given = {}) {
    problems.push_back({.kind = ProblemKind::malformed_file,
                        .path = path_of(entry),
                        .message = std::move(message),
                        .expected = std::move(expected),
                        .given = std::move(given)});
  };
  for (const auto& [name, record] : entries_) {
    const auto found = positions_.find(name);
    if (!is_safe_path(name) || name == index_) {
      report(name, "invalid entry name");
    } else if (found == positions_.end()) {
      report(name, "the entry is missing");
    } else if (zip_.entries()[found->second].bytes != record.bytes) {
      report(name, "the entry has the wrong size", std::to_string(record.bytes) + " bytes",
             std::to_string(zip_.entries()[found->second].bytes));
    }
  }
  for (const base::ZipReader::Entry& entry : zip_.entries()) {
    if (entry.name != index_ && !entries_.contains(entry.name)) report(entry.name, "the entry is not in the index");
  }
  if (!problems.empty()) throw DataError(std::move(problems));
}

const EntryRecord* CheckedArchive::find(const std::string& entry) const {
  const auto found = entries_.find(entry);
  return found != entries_.end() ? &found->second : nullptr;
}

std::vector<std::byte> CheckedArchive::read(const std::string& entry) {
  const EntryRecord* const record = find(entry);
  if (record == nullptr) fail(entry, "the entry is missing");
  std::vector<std::byte> bytes = zip_.read(positions_.at(entry));
  const std::string found = base::checksum({bytes});
  if (found != record->checksum) fail(entry, "the entry is damaged", record->checksum, found);
  return bytes;
}

std::string CheckedArchive::read_text(const std::string& entry) {
  const EntryRecord* const record = find(entry);
  if (record != nullptr && record->bytes > most_text) fail(entry, "the text is too long");
  const std::vector<std::byte> bytes = read(entry);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

void CheckedArchive::fail(const std::string& entry, std::string message, std::string expected,
                          std::string given) const {
  throw DataError({.kind = ProblemKind::malformed_file,
                   .path = path_of(entry),
                   .message = std::move(message),
                   .expected = std::move(expected),
                   .given = std::move(given)});
}

}  // namespace synfire::artifact
