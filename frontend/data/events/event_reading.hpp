// SPDX-License-Identifier: Apache-2.0
// What the readers of event files share. Each reads bytes; names of files are for messages.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "synfire/events.hpp"
#include "synfire/npz.hpp"

namespace synfire::event_files {

using Bytes = std::span<const std::byte>;

// Larger files are refused before they are read.
inline constexpr std::uint64_t largest_file = std::uint64_t{2} << 30;
inline constexpr std::uint32_t largest_sensor = 32768;  // pixels, in width and in height

// Events and their order in time are as in the file; prepare_events() does the rest.
Events read_nmnist(Bytes bytes, const std::string& name);
Events read_aedat(Bytes bytes, const std::string& name);
Events read_structured_npy(Bytes bytes, std::optional<TimeUnit> unit, const std::string& name);
Events read_event_npz(Bytes bytes, std::optional<TimeUnit> unit, const std::string& name);

// Whether an .npz has arrays t, x, y and p.
bool is_event_npz(const std::filesystem::path& path);
// Whether bytes that begin like this are HDF5.
bool is_hdf5(Bytes start);
// Whether bytes that begin like this are AEDAT, of any version.
bool is_aedat(Bytes start);
// Whether .bin can be of N-MNIST: whole events, at most 64 of them looked at.
bool may_be_nmnist(Bytes start, std::uint64_t file_bytes);

// The first file that can be a recording, by its extension, in a folder or in those in it. Throws missing_data.
std::filesystem::path first_recording(const std::filesystem::path& folder);
// The most events that a file can have, by its size. Throws file_access.
std::uint64_t most_events(const std::filesystem::path& path, EventFormat format);
// The elements of the array t of an .npz, or more.
std::uint64_t event_count_of_npz(const std::filesystem::path& path);
// Throws unsupported for a format without pixels, which is not read here.
void require_pixels(EventFormat format, const std::string& name);
// Throws malformed_file if there are more than one recording may have.
void require_event_count(std::uint64_t events, const std::string& name);
// The bytes of a file. Throws file_access, and malformed_file for one that is too large.
std::vector<std::byte> read_event_bytes(const std::filesystem::path& path);

// ---- Numbers of a file

// One number of each event.
struct Column {
  const std::byte* first = nullptr;
  std::size_t stride = 0;  // bytes
  DataType type = DataType::u8;
  bool big_endian = false;
};
struct EventColumns {
  std::size_t events = 0;
  Column t = {}, x = {}, y = {}, p = {};
};
// Throws invalid_value, with the event, for numbers that events cannot have; malformed_file for too many.
Events from_columns(const EventColumns& columns, std::optional<TimeUnit> unit, const std::string& name);

[[noreturn]] void malformed_events(const std::string& name, const std::string& message,
                                   const std::string& expected = {}, const std::string& given = {},
                                   const std::string& hint = {});

// A little-endian integer. T: std::uint32_t, std::int16_t, …
template <class T>
T read_little(const std::byte* bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i) value |= std::to_integer<std::uint64_t>(bytes[i]) << (8 * i);
  return static_cast<T>(value);
}

// ---- Labels beside AEDAT files

// NAME_labels.csv of NAME.aedat.
std::filesystem::path labels_beside(const std::filesystem::path& aedat);

}  // namespace synfire::event_files
