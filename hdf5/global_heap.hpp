// SPDX-License-Identifier: Apache-2.0
// Data of variable length, read from the bytes of the file. HDF5's own reading trusts the lengths that a file gives in
// two places, and writes beyond its buffer where they differ.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace synfire::hdf5 {

// What an element of a dataset of variable length is: where its content is.
struct HeapReference {
  std::uint64_t length = 0;   // elements; 0: none, and the rest means nothing
  std::uint64_t address = 0;  // of the collection
  std::uint32_t index = 0;    // of the object in it
};

// For files whose addresses and lengths have 8 bytes. Nothing is returned if anything is damaged.
class GlobalHeap {
 public:
  // `base`: where the addresses of the file begin.
  GlobalHeap(const std::filesystem::path& path, std::uint64_t base);

  std::uint64_t file_bytes() const { return size_; }
  // `count` elements at `offset` of the file.
  std::optional<std::vector<HeapReference>> references(std::uint64_t offset, std::size_t count);
  // The bytes of an object, which has at least `count`. The collection that was read last is kept.
  std::optional<std::string> object(const HeapReference& reference, std::uint64_t count);
  // The texts of a contiguous dataset, unless they lead back and forth between collections without end.
  std::optional<std::vector<std::string>> texts(std::uint64_t offset, std::size_t count);

 private:
  // A collection: its bytes, and where the objects are in them, by index.
  struct Collection {
    std::string bytes = {};
    struct Part {
      std::uint64_t begin = 0, length = 0;
    };
    std::map<std::uint16_t, Part> objects = {};
  };

  std::optional<std::string> bytes(std::uint64_t offset, std::uint64_t count);
  std::optional<Collection> parse(std::uint64_t address);

  std::ifstream file_;
  std::uint64_t size_ = 0, base_ = 0;
  std::uint64_t kept_address_ = 0, parsed_bytes_ = 0;
  std::optional<Collection> kept_;
};

}  // namespace synfire::hdf5
