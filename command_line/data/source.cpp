// SPDX-License-Identifier: Apache-2.0
#include "data/source.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <fstream>
#include <utility>

#include "options.hpp"
#include "output.hpp"
#include "synfire/base/pipes.hpp"
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
  base::keep_pipe(file);
  std::ifstream stream(base::readable(file), std::ios::binary);
  std::array<char, 6> start{};
  stream.read(start.data(), start.size());
  const std::string_view bytes(start.data(), static_cast<std::size_t>(stream.gcount()));
  if (bytes == "\x93NUMPY") return FileFormat::npy;
  if (bytes.starts_with("PK")) return FileFormat::npz;
  const bool idx = bytes.starts_with("\x1f\x8b") || bytes.starts_with(std::string_view("\0\0", 2));
  std::error_code ignored;
  if (std::filesystem::is_directory(file, ignored)) {
    throw DataError({.kind = ProblemKind::file_access,
                     .path = file.string(),
                     .message = "it is a folder",
                     .hint = "name a file; recordings in a folder need --events",
                     .expected = "a file"});
  }
  if (idx || !stream.is_open()) return FileFormat::idx;  // its reader gives a better message
  if (bytes.starts_with("#!AER-") || file.extension() == ".bin") {
    throw DataError({.kind = ProblemKind::malformed_file,
                     .path = file.string(),
                     .message = "the file seems to be a recording of an event camera, which needs --events",
                     .hint = std::string("--events ") + (bytes.starts_with('#') ? "aedat" : "nmnist")});
  }
  if (bytes.starts_with("\x89HDF")) {
    throw DataError(
        {.kind = ProblemKind::malformed_file,
         .path = file.string(),
         .message = "HDF5 files are read in the layout of the Spiking Heidelberg Digits alone, with --events shd",
         .hint = "--events shd; of another layout, in Python: numpy.savez(\"data.npz\", x=h5py.File(\"" +
                 file.filename().string() + "\")[…][:])",
         .expected = "an .npz or .npy file of NumPy, or an IDX file, compressed with gzip or not"});
  }
  throw DataError({.kind = ProblemKind::malformed_file,
                   .path = file.string(),
                   .message = "unknown file format",
                   .expected = "an .npz or .npy file of NumPy, or an IDX file, compressed with gzip or not"});
}

// The arrays that form spike trains, after a common prefix.
constexpr std::array<const char*, 3> spike_arrays{"neurons", "times", "offsets"};

bool is_spike_trains(const ArrayArchive& archive, const std::string& prefix) {
  return std::all_of(spike_arrays.begin(), spike_arrays.end(),
                     [&](const char* each) { return archive.has(prefix + each); });
}

// What `make` returns; its problems name the file and the arrays in it.
template <class Make>
auto of_archive(const std::string& prefix, const std::string& path, const Make& make) {
  try {
    return make();
  } catch (const DataError& error) {
    std::vector<Problem> problems = error.problems();
    for (Problem& problem : problems) {
      if (!problem.path.starts_with(path)) problem.path = path + ": " + prefix + problem.path;
    }
    throw DataError(std::move(problems));
  }
}

SpikeTrains read_spike_trains(ArrayArchive& archive, const std::string& prefix, const std::string& path) {
  Arrays arrays;
  for (const char* name : {"neurons", "times", "offsets", "population_size"}) {
    if (archive.has(prefix + name)) arrays.emplace(name, archive.read(prefix + name));
  }
  return of_archive(prefix, path, [&] { return make_spike_trains(arrays); });
}

// The array names that other programs use for camera events.
bool is_spikes_of_events(const ArrayArchive& archive, const std::string& prefix) {
  return archive.has(prefix + "t") && (archive.has(prefix + "x") || archive.has(prefix + "i"));
}

[[noreturn]] void refuse_events(const std::string& path) {
  throw DataError({.kind = ProblemKind::missing_data,
                   .path = path,
                   .message = "the file looks like events, one per row, which must be converted",
                   .hint =
                       "with t, x, y and p in arrays: --events npz,sensor=WxH; or use numpy.savez(file, neurons=y * "
                       "width + x, times=t in ms, offsets=[0, len(t)], population_size=width * height)",
                   .expected = "arrays neurons, times, offsets and population_size"});
}

// `left.` of left.neurons; nothing of neurons.
std::string prefix_of(const std::string& name) { return name.substr(0, name.rfind('.') + 1); }

bool belongs_to_spikes(const std::string& name) {
  const std::string last = name.substr(prefix_of(name).size());
  return last == "population_size" || std::find(spike_arrays.begin(), spike_arrays.end(), last) != spike_arrays.end();
}

// How to name the spike trains with a prefix.
std::string spelled(const std::string& path, const std::string& prefix) {
  return prefix.empty() ? path : path + ":" + prefix.substr(0, prefix.size() - 1);
}

// Throws if two of the three arrays are present, and the third is missing or has another name.
void refuse_incomplete_spikes(const ArrayArchive& archive, const std::string& prefix, const std::string& path) {
  std::vector<std::string> missing, others;
  for (const char* each : spike_arrays) {
    if (!archive.has(prefix + each)) missing.push_back(prefix + each);
  }
  if (missing.size() != 1) return;
  for (const std::string& name : archive.names()) {
    if (!belongs_to_spikes(name)) others.push_back(name);
  }
  const std::string nearest = nearest_name(missing.front(), others);
  throw DataError({.kind = ProblemKind::missing_data,
                   .path = path,
                   .message = "the array \"" + missing.front() + "\" of the spike trains is missing",
                   .hint = nearest.empty() ? "" : "is \"" + nearest + "\" a misspelling?",
                   .expected = prefix + "neurons, " + prefix + "times and " + prefix + "offsets",
                   .given = one_of(archive.names())});
}

// A hint: an array to name, or the prefix of spike trains.
std::string what_to_name(const ArrayArchive& archive, const std::string& path) {
  const std::vector<std::string> names = archive.names();
  for (const std::string& name : names) {
    if (belongs_to_spikes(name) && is_spike_trains(archive, prefix_of(name)))
      return "name the spike trains: " + spelled(path, prefix_of(name));
  }
  return names.empty() ? std::string{} : "name one: " + path + ":" + names.front();
}

// What a source names in an archive.
struct Chosen {
  std::string name;  // of an array, or what precedes the names of those of spike trains
  bool spikes = false;
};

Chosen choose_unnamed(const ArrayArchive& archive, const std::string& path) {
  const std::vector<std::string> names = archive.names();
  if (is_spike_trains(archive, "")) return {.name = "", .spikes = true};
  if (names.size() == 1) return {.name = names.front()};
  if (is_spikes_of_events(archive, "")) refuse_events(path);
  for (const std::string& name : names) {
    const bool complete = !belongs_to_spikes(name) || is_spike_trains(archive, prefix_of(name));
    if (!complete) refuse_incomplete_spikes(archive, prefix_of(name), path);
  }
  throw DataError({.kind = ProblemKind::missing_data,
                   .path = path,
                   .message = "the file holds " + counted(names.size(), "array") + ", but none is named",
                   .hint = what_to_name(archive, path),
                   .expected = one_of(names)});
}

Chosen choose(const ArrayArchive& archive, const DataSource& source) {
  const std::string path = source.file.string(), name = source.array;
  if (name.empty()) return choose_unnamed(archive, path);
  if (archive.has(name)) {
    if (belongs_to_spikes(name) && is_spike_trains(archive, prefix_of(name))) {
      throw DataError({.kind = ProblemKind::invalid_option,
                       .path = path,
                       .message = "the array is part of spike trains, which must be named as a whole",
                       .expected = spelled(path, prefix_of(name)),
                       .given = path + ":" + name});
    }
    return {.name = name};
  }
  if (is_spike_trains(archive, name + ".")) return {.name = name + ".", .spikes = true};
  if (is_spikes_of_events(archive, name + ".")) refuse_events(path);
  refuse_incomplete_spikes(archive, name + ".", path);
  throw DataError({.kind = ProblemKind::unknown_name,
                   .path = path,
                   .message = "the file has no array \"" + name + "\"",
                   .hint = suggest(name, archive.names()),
                   .expected = nearest_name(name, archive.names()),
                   .given = name});
}

DataFile data_file(ArrayInFile array) {
  if (ArrayFile* const file = std::get_if<ArrayFile>(&array)) return std::move(*file);
  const auto& packed = std::get<PackedArray>(array);
  const std::size_t elements = element_count(packed.shape), size = element_size(packed.type);
  return PackedData{.bytes = elements * size, .shape = packed.shape, .reason = packed.reason, .hint = packed.hint};
}

DataFile open_chosen(const ArrayArchive& archive, const Chosen& chosen, const std::filesystem::path& file) {
  if (!chosen.spikes) return data_file(find_npz(file, chosen.name));
  const std::array large{&archive.entry(chosen.name + "neurons"), &archive.entry(chosen.name + "times")};
  if (large[0]->stored && large[1]->stored)
    return of_archive(chosen.name, file.string(), [&] { return SpikesOnDisk(file, chosen.name); });
  // Once as arrays, once as spike trains.
  return PackedData{.bytes = 2 * static_cast<std::size_t>(large[0]->bytes + large[1]->bytes),
                    .reason = "the arrays are compressed",
                    .hint = "store them uncompressed: numpy.savez instead of numpy.savez_compressed"};
}

template <class Data>
void require_examples(const Data& data, std::size_t count, const std::string& path) {
  const std::size_t there = example_count(data);
  if (count <= there) return;
  throw DataError({.kind = ProblemKind::wrong_data_size,
                   .path = path,
                   .message = "too few examples",
                   .expected = std::to_string(count),
                   .given = std::to_string(there)});
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
  if (source.file.empty()) throw UsageError(usage_problem(option, "no file given", {}, "[NAME=]FILE[:ARRAY]", text));
  return source;
}

namespace {

void refuse_name(const DataSource& source) {
  if (source.array.empty()) return;
  throw DataError({.kind = ProblemKind::invalid_option,
                   .path = source.file.string(),
                   .message = "the file holds a single array, which has no name",
                   .given = source.array});
}

EventFiles open_recordings(const DataSource& source) {
  refuse_name(source);
  return open_events(source.file, *source.events);
}

}  // namespace

RawData DataReader::read(const DataSource& source) {
  if (source.events) return read_all(open_recordings(source));
  const FileFormat format = format_of(source.file);
  if (format == FileFormat::npz) {
    ArrayArchive& opened = archive(source.file);
    const Chosen chosen = choose(opened, source);
    if (chosen.spikes) return read_spike_trains(opened, chosen.name, source.file.string());
    return opened.read(chosen.name);
  }
  refuse_name(source);
  return format == FileFormat::npy ? read_npy(source.file) : read_idx_array(source.file);
}

DataFile DataReader::open(const DataSource& source) {
  if (source.events) return open_recordings(source);
  const FileFormat format = format_of(source.file);
  std::error_code ignored;
  // A pipe has been read already.
  if (!std::filesystem::is_regular_file(source.file, ignored)) return PackedData{.reason = "it is not a file"};
  if (format == FileFormat::npz) {
    const ArrayArchive& opened = archive(source.file);
    return open_chosen(opened, choose(opened, source), source.file);
  }
  refuse_name(source);
  return format == FileFormat::npy ? data_file(find_npy(source.file)) : data_file(find_idx(source.file));
}

ArrayArchive& DataReader::archive(const std::filesystem::path& file) {
  const auto found = archives_.find(file);
  return found != archives_.end() ? found->second : archives_.emplace(file, ArrayArchive(file)).first->second;
}

ArrayArchive::ArrayArchive(const std::filesystem::path& file) : zip_(file) {
  const std::string ending = ".npy";
  for (std::size_t i = 0; i < zip_.entries().size(); ++i) {
    const std::string& name = zip_.entries()[i].name;
    if (!name.ends_with(ending)) {
      throw DataError({.kind = ProblemKind::malformed_file,
                       .path = zip_.name() + ": " + name,
                       .message = "an entry of the archive is not an array",
                       .expected = "names that end in .npy"});
    }
    entries_.emplace(name.substr(0, name.size() - ending.size()), i);
  }
}

std::vector<std::string> ArrayArchive::names() const {
  std::vector<std::string> names;
  for (const auto& [name, entry] : entries_) names.push_back(name);
  return names;
}

Array ArrayArchive::read(const std::string& name) {
  return read_npy(zip_.read(entries_.at(name)), zip_.name() + ": " + name);
}

namespace {

std::string what_makes_one(const std::string& what) {
  if (what == "input") return "an input is a population of an input neuron, such as spike_input";
  return "an output is a population with a readout, such as \"readout\": \"spike_count\"";
}

}  // namespace

void bind_names(std::vector<DataSource>& sources, const std::vector<std::string>& known, const std::string& what) {
  std::vector<Problem> problems;
  for (DataSource& source : sources) {
    if (source.name.empty() && known.size() == 1) source.name = known.front();
    if (source.name.empty()) {
      problems.push_back(usage_problem(
          source.option + " " + source.file.string(),
          known.empty() ? "the network has no " + what : "the network has several " + what + "s, but none is named",
          known.empty() ? what_makes_one(what) : "use " + one_of(known), known.empty() ? std::string{} : "NAME=FILE"));
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

std::size_t example_count(const ArrayFile& data) { return data.rows(); }
std::size_t example_count(const SpikeSource& data) { return data.examples(); }

ArrayFile first_examples(const ArrayFile& data, std::size_t count, const std::string& path) {
  require_examples(data, count, path);
  return data.first(count);
}

SpikesOnDisk first_examples(const SpikesOnDisk& data, std::size_t count, const std::string& path) {
  require_examples(data, count, path);
  return data.first(count);
}

EventFiles first_examples(const EventFiles& data, std::size_t count, const std::string& path) {
  require_examples(data, count, path);
  return data.first(count);
}

RawData first_examples(RawData data, std::size_t count, const std::string& path) {
  require_examples(data, count, path);
  if (count == example_count(data)) return data;
  if (const auto* trains = std::get_if<SpikeTrains>(&data)) return slice(*trains, 0, count);
  return slice_array(std::get<Array>(data), count);
}

}  // namespace synfire::command_line
