// SPDX-License-Identifier: Apache-2.0
// A ZIP archive whose first text is an index: sizes and checksums of all other entries.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "artifact_file/members.hpp"
#include "synfire/base/zip.hpp"

namespace synfire::artifact {

// Everything throws DataError (malformed_file), with the path of the entry.
class CheckedArchive {
 public:
  // `index`: the name of the entry with the index; `kind`: what the archive should be, "a Synfire artifact".
  CheckedArchive(base::ZipReader zip, std::string index, const std::string& kind);

  // The text of the index, which nothing vouches for.
  std::vector<std::byte> read_index();
  // What the index says of the others: throws unless names are safe and the archive has exactly these entries and
  // sizes.
  void expect(std::map<std::string, EntryRecord> entries);

  // An entry with the right checksum.
  std::vector<std::byte> read(const std::string& entry);
  // The same, for text, whose length is limited: packed texts can be far smaller.
  std::string read_text(const std::string& entry);

  const base::ZipReader& zip() const { return zip_; }
  std::string path_of(const std::string& entry) const { return zip_.name() + ": " + entry; }
  const EntryRecord* find(const std::string& entry) const;
  [[noreturn]] void fail(const std::string& entry, std::string message, std::string expected = {},
                         std::string given = {}) const;

 private:
  base::ZipReader zip_;
  std::string index_;
  std::map<std::string, std::size_t> positions_ = {};  // in the archive, by name
  std::map<std::string, EntryRecord> entries_ = {};
};

}  // namespace synfire::artifact
