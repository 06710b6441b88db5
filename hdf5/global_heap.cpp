// SPDX-License-Identifier: Apache-2.0
// HDF5 File Format Specification 3.0, III.E (global heap) and IV.A.2.d (variable-length data).
#include "global_heap.hpp"

#include <algorithm>
#include <utility>

namespace synfire::hdf5 {
namespace {

constexpr std::uint64_t reference_bytes = 16;                 // length, address of a collection, index
constexpr std::uint64_t heading_bytes = 16;                   // of a collection: signature, version, size
constexpr std::uint64_t object_heading_bytes = 16;            // index, references, reserved, size
constexpr std::uint64_t most_bytes = std::uint64_t{1} << 28;  // of the texts of a dataset
constexpr std::uint64_t largest_collection = std::uint64_t{1} << 26;

std::uint64_t number(const std::string& bytes, std::size_t at, std::size_t count) {
  std::uint64_t value = 0;
  for (std::size_t k = count; k-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[at + k]);
  return value;
}

}  // namespace

GlobalHeap::GlobalHeap(const std::filesystem::path& path, std::uint64_t base)
    : file_(path, std::ios::binary), base_(base) {
  std::error_code ignored;
  const std::uintmax_t size = std::filesystem::file_size(path, ignored);
  size_ = ignored ? 0 : size;
}

std::optional<std::string> GlobalHeap::bytes(std::uint64_t offset, std::uint64_t count) {
  if (offset > size_ || count > size_ - offset) return std::nullopt;
  std::string result(count, '\0');
  file_.clear();
  file_.seekg(static_cast<std::streamoff>(offset));
  if (!file_.read(result.data(), static_cast<std::streamsize>(count))) return std::nullopt;
  return result;
}

std::optional<GlobalHeap::Collection> GlobalHeap::parse(std::uint64_t address) {
  if (address > size_ || base_ > size_ - address) return std::nullopt;
  const auto heading = bytes(base_ + address, heading_bytes);
  if (!heading || heading->compare(0, 4, "GCOL") != 0 || (*heading)[4] != 1) return std::nullopt;
  const std::uint64_t size = number(*heading, 8, 8);
  if (size < heading_bytes || size > largest_collection) return std::nullopt;
  auto all = bytes(base_ + address, size);
  if (!all) return std::nullopt;
  parsed_bytes_ += size;
  Collection collection{.bytes = std::move(*all)};
  for (std::uint64_t at = heading_bytes; at + object_heading_bytes <= size;) {
    const auto index = static_cast<std::uint16_t>(number(collection.bytes, at, 2));
    if (index == 0) break;  // the rest is free
    const std::uint64_t length = number(collection.bytes, at + 8, 8);
    at += object_heading_bytes;
    if (length > size - at) return std::nullopt;
    collection.objects.emplace(index, Collection::Part{at, length});
    at += (length + 7) / 8 * 8;
  }
  return collection;
}

std::optional<std::vector<HeapReference>> GlobalHeap::references(std::uint64_t offset, std::size_t count) {
  if (count > size_ / reference_bytes) return std::nullopt;
  const auto all = bytes(offset, reference_bytes * count);
  if (!all) return std::nullopt;
  std::vector<HeapReference> references(count);
  for (std::size_t k = 0; k < count; ++k) {
    const std::size_t at = k * reference_bytes;
    HeapReference& reference = references[k];
    reference = {.length = number(*all, at, 4),
                 .address = number(*all, at + 4, 8),
                 .index = static_cast<std::uint32_t>(number(*all, at + 12, 4))};
    if (reference.address == 0) reference.length = 0;
  }
  return references;
}

std::optional<std::string> GlobalHeap::object(const HeapReference& reference, std::uint64_t count) {
  if (!kept_ || kept_address_ != reference.address) {
    kept_ = parse(reference.address);
    kept_address_ = reference.address;
  }
  if (!kept_ || reference.index > 0xffff) return std::nullopt;
  const auto object = kept_->objects.find(static_cast<std::uint16_t>(reference.index));
  if (object == kept_->objects.end() || object->second.length < count) return std::nullopt;
  return kept_->bytes.substr(object->second.begin, count);
}

std::optional<std::vector<std::string>> GlobalHeap::texts(std::uint64_t offset, std::size_t count) {
  const auto all = references(offset, count);
  if (!all) return std::nullopt;
  std::vector<std::string> texts;
  std::uint64_t total = 0;
  const std::uint64_t most_parsed = parsed_bytes_ + most_bytes + 64 * std::min(size_, most_bytes);
  for (const HeapReference& reference : *all) {
    if (reference.length == 0) {
      texts.emplace_back();
      continue;
    }
    total += reference.length;
    if (total > most_bytes || parsed_bytes_ > most_parsed) return std::nullopt;
    auto text = object(reference, reference.length);
    if (!text) return std::nullopt;
    text->resize(std::min(text->find('\0'), text->size()));
    texts.push_back(std::move(*text));
  }
  return texts;
}

}  // namespace synfire::hdf5
