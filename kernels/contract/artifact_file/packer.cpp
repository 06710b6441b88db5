// SPDX-License-Identifier: Apache-2.0
#include "artifact_file/packer.hpp"

#include <algorithm>
#include <utility>

#include "synfire/base/checksum.hpp"
#include "synfire/base/npz_header.hpp"

namespace synfire::artifact {
namespace {

using Bytes = std::span<const std::byte>;

Bytes bytes_of(const std::string& text) { return std::as_bytes(std::span(text)); }

bool equal(Bytes a, Bytes b) { return std::equal(a.begin(), a.end(), b.begin(), b.end()); }

std::string key_of(DataType type, Bytes elements) { return to_string(type) + base::checksum({elements}); }

}  // namespace

std::string Packer::add(Entry entry) {
  entry.checksum = base::checksum({bytes_of(entry.head), entry.body});
  const auto [place, is_new] = by_content_.emplace(entry.checksum, entries_.size());
  if (!is_new) {
    const Entry& known = entries_[place->second];
    if (known.head == entry.head && equal(known.body, entry.body)) return known.name;
  }
  entries_.push_back(std::move(entry));
  return entries_.back().name;
}

std::string Packer::add_text(const std::string& name, std::string text) {
  return add({name, std::move(text), {}, base::Compression::deflated, {}});
}

std::string Packer::add_bytes(const std::string& name, Bytes bytes) {
  return add({name, {}, bytes, base::Compression::deflated, {}});
}

// Stored uncompressed: weights hardly shrink, and unpacking them takes long.
std::string Packer::add_array(const std::string& name, DataType type, const Extents& shape, Bytes elements) {
  const std::size_t index = entries_.size();
  std::string entry = add({name, npy::format_header(type, shape), elements, base::Compression::stored, {}});
  if (entries_.size() > index) by_elements_.emplace(key_of(type, elements), index);
  return entry;
}

std::string Packer::add_elements(const std::string& name, DataType type, const Extents& shape, Bytes elements) {
  const auto found = by_elements_.find(key_of(type, elements));
  if (found != by_elements_.end() && equal(entries_[found->second].body, elements)) return entries_[found->second].name;
  return add_array(name, type, shape, elements);
}

std::map<std::string, EntryRecord> Packer::records() const {
  std::map<std::string, EntryRecord> records;
  for (const Entry& entry : entries_) records[entry.name] = {entry.head.size() + entry.body.size(), entry.checksum};
  return records;
}

void Packer::write(base::ZipWriter& zip) const {
  for (const Entry& entry : entries_) {
    zip.begin(entry.name, entry.head.size() + entry.body.size(), entry.compression);
    zip.append(bytes_of(entry.head));
    zip.append(entry.body);
    zip.end();
  }
}

}  // namespace synfire::artifact
