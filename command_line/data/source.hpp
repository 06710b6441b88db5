// SPDX-License-Identifier: Apache-2.0
// Data named on the command line: `[NAME=]FILE[:ARRAY]`.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "data/event_source.hpp"
#include "synfire/base/zip.hpp"
#include "synfire/data.hpp"
#include "synfire/npz.hpp"
#include "synfire/tensor.hpp"

namespace synfire::command_line {

struct DataSource {
  std::string name;  // of a population; empty: the only one
  std::filesystem::path file;
  std::string array;                                   // of an .npz file; empty: the only one
  std::string option;                                  // for messages: "--input"
  std::optional<EventSettings> events = std::nullopt;  // the file or folder has recordings
};

// The first equals sign ends a name, if the text before it can be one. The last colon begins the name of an array,
// unless a file with the whole name exists. Throws UsageError.
DataSource parse_source(const std::string& option, const std::string& text);

// `[NAME=]VALUE` of other options.
struct NamedValue {
  std::string name, value;
};
NamedValue split_name(const std::string& text);

using RawData = std::variant<Array, SpikeTrains>;

// Data that can only be read as a whole.
struct PackedData {
  std::size_t bytes = 0;               // of the elements, unpacked; 0: unknown
  Extents shape = {0};                 // of an array
  std::string reason = {}, hint = {};  // why, and what to do about it
};
// Data before they are read. All but PackedData can be read in pieces.
using DataFile = std::variant<PackedData, ArrayFile, SpikesOnDisk, EventFiles>;

// An .npz file, whose arrays are unpacked on request.
class ArrayArchive {
 public:
  // Throws DataError.
  explicit ArrayArchive(const std::filesystem::path& file);
  bool has(const std::string& name) const { return entries_.contains(name); }
  std::vector<std::string> names() const;
  Array read(const std::string& name);
  // Its entry in the archive.
  const base::ZipReader::Entry& entry(const std::string& name) const { return zip_.entries()[entries_.at(name)]; }

 private:
  base::ZipReader zip_;
  std::map<std::string, std::size_t> entries_ = {};  // by name of the array
};

// Reads files: IDX (compressed or not), .npy, .npz, recognized by content; recordings, if the source says so. Each .npz
// file is opened once.
class DataReader {
 public:
  // If no array is named, an archive gives its only array, or the spike trains that it holds (data.hpp). The name can
  // also be the prefix of spike trains: name.neurons, name.times, name.offsets. Throws DataError.
  RawData read(const DataSource& source);
  // The same data without reading them; throws the same for what it finds.
  DataFile open(const DataSource& source);

 private:
  ArrayArchive& archive(const std::filesystem::path& file);

  std::map<std::filesystem::path, ArrayArchive> archives_;
};

// Sets the name of each unnamed source to the only known name. Throws UsageError with all sources that match no known
// name. `what`: "input", "output".
void bind_names(std::vector<DataSource>& sources, const std::vector<std::string>& known, const std::string& what);

std::size_t example_count(const RawData& data);
std::size_t example_count(const ArrayFile& data);
std::size_t example_count(const SpikeSource& data);
// The first `count` examples. Throws DataError if there are fewer.
RawData first_examples(RawData data, std::size_t count, const std::string& path);
ArrayFile first_examples(const ArrayFile& data, std::size_t count, const std::string& path);
SpikesOnDisk first_examples(const SpikesOnDisk& data, std::size_t count, const std::string& path);
EventFiles first_examples(const EventFiles& data, std::size_t count, const std::string& path);

}  // namespace synfire::command_line
