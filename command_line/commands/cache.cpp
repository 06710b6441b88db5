// SPDX-License-Identifier: Apache-2.0
// synfire cache: shows or clears the cache of compiled programs.
#include "synfire/codegen/cache.hpp"

#include <chrono>
#include <ctime>
#include <nlohmann/json.hpp>

#include "commands/tables.hpp"

namespace synfire::command_line {
namespace {

using codegen::CachedProgram;

// 2026-11-25 21:57:12
std::string local_time(std::filesystem::file_time_type time) {
  const auto since = std::chrono::duration_cast<std::chrono::system_clock::duration>(
      time - std::filesystem::file_time_type::clock::now());
  const std::time_t seconds = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now() + since);
  std::tm fields{};
  localtime_r(&seconds, &fields);
  char text[32];
  std::strftime(text, sizeof text, "%F %T", &fields);
  return text;
}

std::uintmax_t bytes_of(const std::vector<CachedProgram>& programs) {
  std::uintmax_t bytes = 0;
  for (const CachedProgram& program : programs) bytes += program.bytes;
  return bytes;
}

void show_path(const std::string& folder, Output& output) {
  output.document({{"path", folder}});
  output.text(folder + "\n");
}

void show_size(const std::string& folder, Output& output) {
  const auto programs = codegen::cached_programs(folder);
  output.document({{"path", folder}, {"programs", programs.size()}, {"bytes", bytes_of(programs)}});
  output.text(counted(programs.size(), "program") + ", " + readable_bytes(bytes_of(programs)) + " in " + folder + "\n");
}

void show_list(const std::string& folder, Output& output) {
  std::vector<std::vector<std::string>> rows{{"program", "device", "written", "bytes"}};
  Json list = Json::array();
  for (const CachedProgram& program : codegen::cached_programs(folder)) {
    rows.push_back({program.key, program.device, local_time(program.written), grouped(program.bytes)});
    list.push_back({{"key", program.key},
                    {"device", program.device},
                    {"written", local_time(program.written)},
                    {"bytes", program.bytes}});
  }
  output.document({{"path", folder}, {"programs", list}});
  if (rows.size() > 1) output.text(table(rows, {false, false, false, true}));
}

void clear(const std::string& folder, Output& output) {
  const std::size_t programs = codegen::cached_programs(folder).size();
  const std::uintmax_t bytes = codegen::clear_cache(folder);
  output.document({{"path", folder}, {"removed", programs}, {"bytes", bytes}});
  output.message("synfire: removed " + counted(programs, "program") + ", " + readable_bytes(bytes) + ", from " +
                 folder);
}

struct Action {
  const char* name;
  void (*act)(const std::string& folder, Output& output);
};

const std::vector<Action>& actions() {
  static const std::vector<Action> all{{"path", show_path}, {"size", show_size}, {"list", show_list}, {"clear", clear}};
  return all;
}

void cache(const Arguments& arguments, Output& output) {
  const std::string name = arguments.text("ACTION");
  std::vector<std::string> known;
  for (const Action& action : actions()) {
    if (name == action.name) return action.act(codegen::cache_folder(), output);
    known.emplace_back(action.name);
  }
  throw UsageError({.kind = ProblemKind::unknown_name,
                    .path = "ACTION",
                    .message = "unknown action \"" + name + "\"",
                    .hint = suggest(name, known),
                    .expected = nearest_name(name, known),
                    .given = name});
}

}  // namespace

Command cache_command() {
  return {
      .name = "cache",
      .summary = "show or clear the cache of compiled programs",
      .examples = {{"synfire cache size", "the number of programs and their size"},
                   {"synfire cache list", "all of them"},
                   {"synfire cache clear", "remove them; they are recompiled when needed"}},
      .text =
          "Descriptions that were compiled before start at once, because their programs are kept in "
          "~/.cache/synfire or the folder SYNFIRE_CACHE. Artifacts need no cache.",
      .operands = {{.name = "ACTION", .help = "path, size, list or clear", .words = {"path", "size", "list", "clear"}}},
      .options = {},
      .run = cache,
  };
}

}  // namespace synfire::command_line
