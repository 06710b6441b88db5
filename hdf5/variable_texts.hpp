// SPDX-License-Identifier: Apache-2.0
// Texts of variable length, read from the bytes of the file. HDF5's own reading trusts the lengths that a file gives in
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

// For files whose addresses and lengths have 8 bytes.
class VariableTexts {
 public:
  // `base`: where the addresses of the file begin.
  VariableTexts(const std::filesystem::path& path, std::uint64_t base);

  // The texts of a contiguous dataset with `count` elements at `offset` of the file. Nothing if anything is damaged.
  std::optional<std::vector<std::string>> read(std::uint64_t offset, std::size_t count);

 private:
  // The objects of a global heap collection, by index.
  using Objects = std::map<std::uint16_t, std::string>;

  std::optional<std::string> bytes(std::uint64_t offset, std::uint64_t count);
  const Objects* collection(std::uint64_t address);
  std::optional<Objects> parse(std::uint64_t address);

  std::ifstream file_;
  std::uint64_t size_ = 0, base_ = 0;
  std::map<std::uint64_t, Objects> collections_;
};

}  // namespace synfire::hdf5
