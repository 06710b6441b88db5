// SPDX-License-Identifier: Apache-2.0
#include "synfire/codegen/resource_usage.hpp"

#include <regex>

namespace synfire::codegen {
namespace {

// The number before `words`, or 0.
std::size_t number_before(const std::string& log, const std::string& words) {
  std::smatch match;
  return std::regex_search(log, match, std::regex("([0-9]+) " + words)) ? std::stoul(match[1]) : 0;
}

}  // namespace

std::optional<ResourceUsage> resource_usage(const std::string& log) {
  if (log.find("registers") == std::string::npos) return std::nullopt;
  ResourceUsage usage;
  usage.registers = number_before(log, "registers");
  usage.shared_bytes = number_before(log, "bytes smem");
  usage.stack_bytes = number_before(log, "bytes stack frame");
  usage.spill_store_bytes = number_before(log, "bytes spill stores");
  usage.spill_load_bytes = number_before(log, "bytes spill loads");
  return usage;
}

}  // namespace synfire::codegen
