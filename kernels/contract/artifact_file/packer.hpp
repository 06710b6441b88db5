// SPDX-License-Identifier: Apache-2.0
// The entries of a file to be written. Contents are referenced, not copied; equal contents are stored once.
#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "artifact_file/members.hpp"
#include "synfire/base/zip.hpp"
#include "synfire/npz.hpp"

namespace synfire::artifact {

class Packer {
 public:
  // Each returns the name of the entry that has the content: `name`, or that of an equal entry. Views must outlive the
  // packer.
  std::string add_text(const std::string& name, std::string text);
  std::string add_bytes(const std::string& name, std::span<const std::byte> bytes);
  std::string add_array(const std::string& name, DataType type, const Extents& shape,
                        std::span<const std::byte> elements);
  // The same if the shape does not matter: any entry with these elements will do.
  std::string add_elements(const std::string& name, DataType type, const Extents& shape,
                           std::span<const std::byte> elements);

  std::map<std::string, EntryRecord> records() const;
  void write(base::ZipWriter& zip) const;

 private:
  struct Entry {
    std::string name;
    std::string head;                 // owned; then …
    std::span<const std::byte> body;  // … this
    base::Compression compression;
    std::string checksum;
  };

  std::string add(Entry entry);

  std::vector<Entry> entries_;
  std::map<std::string, std::size_t> by_content_;   // index of the entry by its checksum
  std::map<std::string, std::size_t> by_elements_;  // of arrays, by type and checksum of the elements
};

}  // namespace synfire::artifact
