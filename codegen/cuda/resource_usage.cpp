// SPDX-License-Identifier: Apache-2.0
#include "synfire/codegen/resource_usage.hpp"

#include <algorithm>
#include <regex>

namespace synfire::codegen {
namespace {

// The largest number before `words`, or 0.
std::size_t number_before(const std::string& log, const std::string& words) {
  const std::regex pattern("([0-9]+) " + words);
  std::size_t largest = 0;
  for (auto match = std::sregex_iterator(log.begin(), log.end(), pattern); match != std::sregex_iterator(); ++match)
    largest = std::max(largest, static_cast<std::size_t>(std::stoul((*match)[1])));
  return largest;
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
