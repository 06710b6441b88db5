// SPDX-License-Identifier: Apache-2.0
// Data that the command line names: `[NAME=]FILE[:ARRAY]`.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "synfire/base/zip.hpp"
#include "synfire/npz.hpp"
#include "synfire/tensor.hpp"

namespace synfire::command_line {

struct DataSource {
  std::string name;  // of a population; empty: the only one that there is
  std::filesystem::path file;
  std::string array;   // of a .npz file; empty: the only one that there is
  std::string option;  // for messages: "--input"
};

// The first equals sign ends a name, if what is before it could be one. The last colon begins an array's name, unless there
// is a file of the whole name. Throws UsageError.
DataSource parse_source(const std::string& option, const std::string& text);

// `[NAME=]VALUE` of other options.
struct NamedValue {
  std::string name, value;
};
NamedValue split_name(const std::string& text);

using RawData = std::variant<Array, SpikeTrains>;

// An .npz file, of which the arrays are unpacked that are asked for.
class ArrayArchive {
 public:
  // Throws DataError.
  explicit ArrayArchive(const std::filesystem::path& file);
  bool has(const std::string& name) const { return entries_.contains(name); }
  std::vector<std::string> names() const;
  Array read(const std::string& name);

 private:
  base::ZipReader zip_;
  std::map<std::string, std::size_t> entries_ = {};  // by the names of their arrays
};

// Reads files, each of them once: IDX (compressed or not), .npy, .npz, told apart by what is in them.
class DataReader {
 public:
  // An archive without a name of an array gives its only array, or the spike trains that it holds (data.hpp); `name` can
  // also be the first part of the names of spike trains' arrays: name.neurons, name.times, name.offsets. Throws DataError.
  RawData read(const DataSource& source);

 private:
  ArrayArchive& archive(const std::filesystem::path& file);

  std::map<std::filesystem::path, ArrayArchive> archives_;
};

// Which of the names that there are each source means: its own, or the only one. Throws UsageError with all that do not
// fit. `what`: "input", "output".
void bind_names(std::vector<DataSource>& sources, const std::vector<std::string>& known, const std::string& what);

std::size_t example_count(const RawData& data);
// The first `count` examples. Throws DataError where there are fewer.
RawData first_examples(RawData data, std::size_t count, const std::string& path);

}  // namespace synfire::command_line
