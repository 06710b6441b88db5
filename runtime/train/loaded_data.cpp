// SPDX-License-Identifier: Apache-2.0
#include "train/loaded_data.hpp"

#include <sys/resource.h>

#include <algorithm>

#include "host/system_memory.hpp"

namespace synfire::runtime {

std::size_t default_data_memory() {
  std::size_t memory = available_memory();
  for (const auto what : {RLIMIT_AS, RLIMIT_DATA}) {
    struct rlimit limit {};
    if (::getrlimit(what, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
      memory = std::min(memory, static_cast<std::size_t>(limit.rlim_cur));
  }
  return memory / 4;
}

bool LoadedData::take(std::size_t bytes) {
  if (!left_) left_ = default_data_memory();
  if (bytes > *left_) return false;
  *left_ -= bytes;
  return true;
}

std::vector<NamedData> LoadedData::load(const std::vector<NamedData>& list) {
  std::vector<NamedData> loaded;
  for (const NamedData& each : list) {
    DataView view = each.data;
    if (const auto* source = std::get_if<const ValueSource*>(&view.content())) {
      if (take(bytes_in_memory(**source))) view = DataView(values_.emplace_back(read_all(**source)));
    } else if (const auto* spikes = std::get_if<const SpikeSource*>(&view.content())) {
      if (take(bytes_in_memory(**spikes))) view = DataView(spikes_.emplace_back(read_all(**spikes)));
    }
    loaded.push_back({each.population, view});
  }
  return loaded;
}

}  // namespace synfire::runtime
