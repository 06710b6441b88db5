// SPDX-License-Identifier: Apache-2.0
// Resolves what users write (ids, layers, names) to populations of a manifest.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "synfire/contract/artifact.hpp"
#include "synfire/error.hpp"
#include "synfire/reference.hpp"

namespace synfire::runtime {

class PopulationIndex {
 public:
  // `network` is the identity whose ids are accepted; 0: none.
  PopulationIndex(std::vector<contract::PopulationInfo> populations, std::uint64_t network)
      : populations_(std::move(populations)), network_(network) {}

  // The index of the population, or nothing and a problem at `path`: foreign_id, or unknown_name with the
  // nearest name.
  std::optional<std::size_t> find(const PopulationReference& reference, const std::string& path,
                                  std::vector<Problem>& problems) const;
  // The same, throwing ModelError.
  std::size_t resolve(const PopulationReference& reference, const std::string& path) const;

  const std::vector<contract::PopulationInfo>& populations() const { return populations_; }
  const contract::PopulationInfo& operator[](std::size_t index) const { return populations_[index]; }
  std::uint64_t network() const { return network_; }
  // `populations[2] "hidden"`: how messages name a population.
  std::string path_of(std::size_t index) const;

 private:
  std::vector<contract::PopulationInfo> populations_;
  std::uint64_t network_;
};

}  // namespace synfire::runtime
