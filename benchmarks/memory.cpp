// SPDX-License-Identifier: Apache-2.0
#include "memory.hpp"

#include <malloc.h>

#include <fstream>
#include <string>

#include "executor/memory_plan.hpp"

namespace synfire::benchmarks {

std::optional<std::size_t> host_peak_bytes() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    std::size_t kibibytes = 0;
    if (word == "VmHWM:" && status >> kibibytes) return kibibytes << 10;
  }
  return std::nullopt;
}

// proc(5): 5 resets the peak.
void reset_host_peak() {
  malloc_trim(0);
  std::ofstream("/proc/self/clear_refs") << 5;
}

std::size_t program_bytes(const contract::Manifest& manifest, const runtime::Device& device) {
  std::size_t bytes = 0;
  for (const auto& group : runtime::plan_memory(manifest, device, manifest.batch_size)) bytes += group.bytes;
  const std::size_t calls = manifest.entry.parts == 0 ? device.host_threads() : 1;
  return bytes + calls * manifest.entry.scratch_bytes;
}

}  // namespace synfire::benchmarks
