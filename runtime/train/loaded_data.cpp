// SPDX-License-Identifier: Apache-2.0
#include "train/loaded_data.hpp"

#include "host/system_memory.hpp"

namespace synfire::runtime {

std::size_t default_data_memory(std::size_t used) { return usable_memory() / 4 + used / 4; }

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
