// SPDX-License-Identifier: Apache-2.0
#include "data/source.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <fstream>
#include <utility>

#include "options.hpp"
#include "output.hpp"
#include "synfire/data.hpp"

namespace synfire::command_line {
namespace {

bool is_name(const std::string& text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '_' || c == '-' || c == '.';
  });
}

enum class FileFormat { npy, npz, idx };

FileFormat format_of(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::array<char, 6> start{};
  stream.read(start.data(), start.size());
  const std::string_view bytes(start.data(), static_cast<std::size_t>(stream.gcount()));
  if (bytes == "\x93NUMPY") return FileFormat::npy;
  if (bytes.starts_with("PK")) return FileFormat::npz;
  const bool idx = bytes.starts_with("\x1f\x8b") || bytes.starts_with(std::string_view("\0\0", 2));
  std::error_code ignored;
  if (idx || !stream.is_open() || std::filesystem::is_directory(file, ignored))
    return FileFormat::idx;  // whose reader says more
  if (bytes.starts_with("\x89HDF")) {
    throw DataError(
        {.kind = ProblemKind::malformed_file,
         .path = file.string(),
         .message = "the file is an HDF5 file, which is not read",
         .hint = "in Python: numpy.savez(\"data.npz\", x=h5py.File(\"" + file.filename().string() + "\")[…][:])",
         .expected = "an .npz or .npy file of NumPy, or an IDX file, compressed by gzip or not"});
  }
  throw DataError({.kind = ProblemKind::malformed_file,
                   .path = file.string(),
                   .message = "the file is of no known kind",
                   .expected = "an .npz or .npy file of NumPy, or an IDX file, compressed by gzip or not"});
}

std::vector<std::string> names_of(const Arrays& arrays) {
  std::vector<std::string> names;
  for (const auto& [name, array] : arrays) names.push_back(name);
  return names;
}

// The arrays whose names begin with `prefix`, without it.
Arrays part_of(const Arrays& arrays, const std::string& prefix) {
  Arrays part;
  for (const auto& [name, array] : arrays) {
    if (name.starts_with(prefix)) part.emplace(name.substr(prefix.size()), array);
  }
  return part;
}

bool is_spike_trains(const Arrays& arrays) {
  return arrays.contains("neurons") && arrays.contains("times") && arrays.contains("offsets");
}

// What other programs keep events of cameras under.
bool is_spikes_of_events(const Arrays& arrays) {
  return arrays.contains("t") && (arrays.contains("x") || arrays.contains("i"));
}

[[noreturn]] void refuse_events(const std::string& path) {
  throw DataError({.kind = ProblemKind::missing_data,
                   .path = path,
                   .message = "the file looks like events, one a row, which are not read as they are",
                   .hint = "save numpy.savez(file, neurons=y * width + x, times=t in ms, offsets=[0, len(t)], "
                           "population_size=width * height)",
                   .expected = "arrays neurons, times, offsets and population_size"});
}

// An array, or the prefix of those that make spike trains together.
std::string what_to_name(const Arrays& arrays, const std::string& path) {
  constexpr std::string_view neurons = ".neurons";
  for (const auto& [name, array] : arrays) {
    if (!name.ends_with(neurons)) continue;
    const std::string prefix = name.substr(0, name.size() - neurons.size());
    if (is_spike_trains(part_of(arrays, prefix + "."))) return "say which spike trains: " + path + ":" + prefix;
  }
  return arrays.empty() ? std::string{} : "say which: " + path + ":" + arrays.begin()->first;
}

RawData choose(const Arrays& arrays, const DataSource& source) {
  const std::string path = source.file.string();
  if (source.array.empty()) {
    if (is_spike_trains(arrays)) return make_spike_trains(arrays);
    if (arrays.size() == 1) return arrays.begin()->second;
    if (is_spikes_of_events(arrays)) refuse_events(path);
    throw DataError({.kind = ProblemKind::missing_data,
                     .path = path,
                     .message = "the file holds " + counted(arrays.size(), "array") + ", and none is named",
                     .hint = what_to_name(arrays, path),
                     .expected = one_of(names_of(arrays))});
  }
  const auto found = arrays.find(source.array);
  if (found != arrays.end()) return found->second;
  const Arrays part = part_of(arrays, source.array + ".");
  if (is_spike_trains(part)) return make_spike_trains(part);
  if (!part.empty() && is_spikes_of_events(part)) refuse_events(path);
  throw DataError({.kind = ProblemKind::unknown_name,
                   .path = path,
                   .message = "there is no array \"" + source.array + "\" in the file",
                   .hint = suggest(source.array, names_of(arrays)),
                   .expected = nearest_name(source.array, names_of(arrays)),
                   .given = source.array});
}

Array slice_array(const Array& array, std::size_t count) {
  Extents shape = array.shape();
  const std::size_t bytes = shape[0] == 0 ? 0 : array.bytes().size() / shape[0] * count;
  shape[0] = count;
  Array part(array.type(), shape, {array.bytes().begin(), array.bytes().begin() + static_cast<std::ptrdiff_t>(bytes)});
  part.set_origin(array.origin());
  return part;
}

}  // namespace

NamedValue split_name(const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || !is_name(text.substr(0, equals))) return {"", text};
  return {text.substr(0, equals), text.substr(equals + 1)};
}

DataSource parse_source(const std::string& option, const std::string& text) {
  const auto [name, rest] = split_name(text);
  DataSource source{.name = name, .file = rest, .array = {}, .option = option};
  std::error_code ignored;
  const std::size_t colon = rest.rfind(':');
  if (colon != std::string::npos && !std::filesystem::exists(rest, ignored)) {
    source.file = rest.substr(0, colon);
    source.array = rest.substr(colon + 1);
  }
  if (source.file.empty()) throw UsageError(usage_problem(option, "no file is named", {}, "[NAME=]FILE[:ARRAY]", text));
  return source;
}

RawData DataReader::read(const DataSource& source) {
  const FileFormat format = format_of(source.file);
  if (format == FileFormat::npz) return choose(archive(source.file), source);
  if (!source.array.empty()) {
    throw DataError({.kind = ProblemKind::invalid_option,
                     .path = source.file.string(),
                     .message = "the file holds a single array, which has no name",
                     .given = source.array});
  }
  return format == FileFormat::npy ? read_npy(source.file) : read_idx_array(source.file);
}

const Arrays& DataReader::archive(const std::filesystem::path& file) {
  const auto found = archives_.find(file);
  return found != archives_.end() ? found->second : archives_.emplace(file, read_npz(file)).first->second;
}

namespace {

std::string what_makes_one(const std::string& what) {
  if (what == "input") return "an input is a population of spike_input or of another neuron that reads input";
  return "an output is a population with a readout, for example \"readout\": \"spike_count\"";
}

}  // namespace

void bind_names(std::vector<DataSource>& sources, const std::vector<std::string>& known, const std::string& what) {
  std::vector<Problem> problems;
  for (DataSource& source : sources) {
    if (source.name.empty() && known.size() == 1) source.name = known.front();
    if (source.name.empty()) {
      problems.push_back(usage_problem(
          source.option + " " + source.file.string(),
          known.empty() ? "the network has no " + what : "the network has several " + what + "s, and none is named",
          known.empty() ? what_makes_one(what) : "they are " + one_of(known),
          known.empty() ? std::string{} : "NAME=FILE"));
    } else if (std::find(known.begin(), known.end(), source.name) == known.end()) {
      problems.push_back({.kind = ProblemKind::unknown_name,
                          .path = source.option,
                          .message = "the network has no " + what + " \"" + source.name + "\"",
                          .hint = suggest(source.name, known),
                          .expected = nearest_name(source.name, known),
                          .given = source.name});
    }
  }
  if (!problems.empty()) throw UsageError(std::move(problems));
}

std::size_t example_count(const RawData& data) {
  if (const auto* trains = std::get_if<SpikeTrains>(&data)) return trains->examples();
  const Extents& shape = std::get<Array>(data).shape();
  return shape.empty() ? 0 : shape.front();
}

RawData first_examples(RawData data, std::size_t count, const std::string& path) {
  const std::size_t there = example_count(data);
  if (count == there) return data;
  if (count > there) {
    throw DataError({.kind = ProblemKind::wrong_data_size,
                     .path = path,
                     .message = "there are not as many examples",
                     .expected = std::to_string(count),
                     .given = std::to_string(there)});
  }
  if (const auto* trains = std::get_if<SpikeTrains>(&data)) return slice(*trains, 0, count);
  return slice_array(std::get<Array>(data), count);
}

}  // namespace synfire::command_line
