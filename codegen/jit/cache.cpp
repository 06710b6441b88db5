// SPDX-License-Identifier: Apache-2.0
#include "jit/cache.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <span>
#include <string_view>

#include "synfire/base/files.hpp"
#include "synfire/codegen/cache.hpp"
#include "synfire/error.hpp"

namespace synfire::codegen::jit {
namespace {

namespace fs = std::filesystem;

std::string hexadecimal(XXH128_hash_t hash) {
  std::string text;
  for (const std::uint64_t half : {hash.high64, hash.low64}) {
    for (int shift = 60; shift >= 0; shift -= 4) text += "0123456789abcdef"[(half >> shift) & 15];
  }
  return text;
}

std::string hash_of(const void* data, std::size_t size) { return hexadecimal(XXH3_128bits(data, size)); }

// A hash of everything that find() returns and of the name of the entry.
std::string seal_of(const std::string& name, std::string_view binary, std::string_view log) {
  return Cache::key({name, std::string(binary), std::string(log)});
}

// Ignores a pipe or device in place of an entry: opening it could block forever.
std::optional<std::string> read(const fs::path& path) {
  std::error_code ignored;
  if (!fs::is_regular_file(path, ignored)) return std::nullopt;
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::nullopt;
  return std::string(std::istreambuf_iterator<char>(file), {});
}

// Writes the file completely under its final name, or not at all. Entries that a system crash damages are recompiled.
bool write(const fs::path& path, std::string_view content) {
  if (base::is_written_through(path)) return false;
  try {
    base::PendingFile file(path, base::Durability::unsynced);
    file.append(std::as_bytes(std::span(content)));
    file.commit();
    return true;
  } catch (const DataError&) {
    return false;
  }
}

std::string_view view(const std::vector<std::byte>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

Cache::Cache(const std::string& folder) : folder_(cache_folder(folder)) {}

std::string Cache::key(const std::vector<std::string>& parts) {
  std::string all;
  for (const std::string& part : parts) all += std::to_string(part.size()) + ":" + part;
  return hash_of(all.data(), all.size());
}

// Next to `<key><extension>` is `<key><extension>.check`: the seal on the first line, then the log.
std::optional<CacheEntry> Cache::find(const std::string& key, const std::string& extension) const {
  if (folder_ == "-") return std::nullopt;
  const fs::path path = fs::path(folder_) / (key + extension);
  const auto content = read(path);
  const auto check = read(path.string() + ".check");
  if (!content || !check) return std::nullopt;
  const std::size_t end = check->find('\n');
  if (end == std::string::npos) return std::nullopt;
  CacheEntry entry;
  entry.log = check->substr(end + 1);
  if (check->substr(0, end) != seal_of(key + extension, *content, entry.log)) return std::nullopt;
  const auto* first = reinterpret_cast<const std::byte*>(content->data());
  entry.bytes.assign(first, first + content->size());
  entry.path = path.string();
  return entry;
}

std::string Cache::store(const std::string& key, const std::string& extension, const std::vector<std::byte>& bytes,
                         const std::string& log, const std::string& source, const std::string& source_extension) const {
  if (folder_ == "-") return {};
  std::error_code error;
  fs::create_directories(folder_, error);
  if (error) return {};
  const fs::path path = fs::path(folder_) / (key + extension);
  const bool stored = write(path, view(bytes)) &&
                      write(path.string() + ".check", seal_of(key + extension, view(bytes), log) + "\n" + log) &&
                      write(fs::path(folder_) / (key + source_extension), source);
  return stored ? path.string() : std::string{};
}

}  // namespace synfire::codegen::jit
