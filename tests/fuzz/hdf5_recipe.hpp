// SPDX-License-Identifier: Apache-2.0
// An HDF5 file that is described by lines of text, which libFuzzer changes. HDF5 writes the file, so that its own
// structures are whole, whatever the text: forged ones make HDF5's library crash, and that is not a defect of Synfire.
//
//   f4 /node/nodes/lif/tau 2x3: 0.1 0.2     numbers; the last one is repeated. Also f8 and i8, which has 8 bytes
//   text /node/type: NIRGraph               no extents: a scalar
//   text /node/edges 2x2: a|b|b|c
//   lists f2 /spikes/times: 0.1 0.2|0.3     of variable length; also f4, f8, i1, i2, i4, i8, u1, u2, u4, u8
//   damage 100 255                          XORs one of the bytes that Synfire reads itself
//
// Groups are made where they are needed. Lines that are none of these, and what HDF5 refuses, are left out.
#pragma once

#include <filesystem>
#include <string_view>

#include "fuzz/inputs.hpp"

namespace synfire::fuzz {

class RecipeFile {
 public:
  explicit RecipeFile(Bytes recipe);
  ~RecipeFile();
  RecipeFile(const RecipeFile&) = delete;
  RecipeFile& operator=(const RecipeFile&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace synfire::fuzz
