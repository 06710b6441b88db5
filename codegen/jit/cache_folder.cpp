// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <map>

#include "synfire/codegen/cache.hpp"
#include "synfire/error.hpp"

namespace synfire::codegen {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t key_length = 32;

// The key of `<key>.so`, `<key>.cubin.check`, `<key>.cpp.tmp-<digits>`, …; empty for other files.
std::string key_of(const fs::path& file) {
  const std::string name = file.filename().string();
  if (name.size() <= key_length || name[key_length] != '.') return {};
  const std::string key = name.substr(0, key_length);
  const bool hexadecimal = std::all_of(key.begin(), key.end(),
                                       [](unsigned char c) { return std::isxdigit(c) != 0 && std::isupper(c) == 0; });
  return hexadecimal ? key : std::string{};
}

// The first extension after the key, which identifies the kind of file.
std::string kind_of(const fs::path& file) {
  const std::string rest = file.filename().string().substr(key_length);
  return rest.substr(0, rest.find('.', 1));
}

bool is_of_the_cache(const fs::path& file) {
  static const std::vector<std::string> kinds{".so", ".cubin", ".ptx", ".cpp", ".cu"};
  return !key_of(file).empty() && std::find(kinds.begin(), kinds.end(), kind_of(file)) != kinds.end();
}

std::vector<fs::path> files_of(const std::string& folder) {
  std::vector<fs::path> files;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    if (is_of_the_cache(entry->path()) && entry->is_regular_file(error)) files.push_back(entry->path());
  }
  return files;
}

void add(CachedProgram& program, const fs::path& file) {
  std::error_code ignored;
  const std::uintmax_t bytes = fs::file_size(file, ignored);
  if (!ignored) program.bytes += bytes;
  const std::string kind = kind_of(file);
  if (kind == ".so") program.device = "host";
  if (kind == ".cubin" || kind == ".ptx") program.device = "cuda";
  const fs::file_time_type written = fs::last_write_time(file, ignored);
  if (!ignored) program.written = std::max(program.written, written);
  program.files.push_back(file);
}

}  // namespace

std::string cache_folder(const std::string& chosen) {
  if (!chosen.empty()) return chosen;
  if (const char* folder = std::getenv("SYNFIRE_CACHE"); folder && *folder) return folder;
  if (const char* folder = std::getenv("XDG_CACHE_HOME"); folder && *folder) return std::string(folder) + "/synfire";
  if (const char* home = std::getenv("HOME"); home && *home) return std::string(home) + "/.cache/synfire";
  return "-";
}

std::vector<CachedProgram> cached_programs(const std::string& folder) {
  std::map<std::string, CachedProgram> by_key;
  for (const fs::path& file : files_of(folder)) add(by_key[key_of(file)], file);
  std::vector<CachedProgram> programs;
  for (auto& [key, program] : by_key) {
    program.key = key;
    std::sort(program.files.begin(), program.files.end());
    if (!program.device.empty()) programs.push_back(std::move(program));
  }
  std::stable_sort(programs.begin(), programs.end(),
                   [](const CachedProgram& a, const CachedProgram& b) { return a.written > b.written; });
  return programs;
}

std::uintmax_t clear_cache(const std::string& folder) {
  std::uintmax_t bytes = 0;
  for (const fs::path& file : files_of(folder)) {
    std::error_code error;
    const std::uintmax_t size = fs::file_size(file, error);
    if (!error) bytes += size;
    fs::remove(file, error);
    if (!error) continue;
    throw DataError({.kind = ProblemKind::file_access,
                     .path = file.string(),
                     .message = "the file cannot be removed: " + error.message()});
  }
  return bytes;
}

}  // namespace synfire::codegen
