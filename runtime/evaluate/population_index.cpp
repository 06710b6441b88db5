// SPDX-License-Identifier: Apache-2.0
#include "evaluate/population_index.hpp"

namespace synfire::runtime {

std::optional<std::size_t> PopulationIndex::find(const PopulationReference& reference, const std::string& path,
                                                 std::vector<Problem>& problems) const {
  std::vector<std::string> names;
  if (reference.id()) {
    const PopulationId id = *reference.id();
    if (network_ != 0 && id.network == network_ && id.index < populations_.size()) return id.index;
    for (const contract::PopulationInfo& population : populations_) names.push_back(population.name);
    problems.push_back({.kind = ProblemKind::foreign_id,
                        .path = path,
                        .message = "the id belongs to another network",
                        .hint = (network_ == 0 ? "use names: this network was loaded from a file; "
                                               : "use an id returned by this network's add, or a name; ") +
                                suggest("", names)});
    return std::nullopt;
  }
  for (std::size_t i = 0; i < populations_.size(); ++i) {
    if (populations_[i].name == reference.name()) return i;
    names.push_back(populations_[i].name);
  }
  problems.push_back({.kind = ProblemKind::unknown_name,
                      .path = path,
                      .message = "unknown population \"" + reference.name() + "\"",
                      .hint = suggest(reference.name(), names),
                      .expected = nearest_name(reference.name(), names),
                      .given = reference.name()});
  return std::nullopt;
}

std::size_t PopulationIndex::resolve(const PopulationReference& reference, const std::string& path) const {
  std::vector<Problem> problems;
  const std::optional<std::size_t> index = find(reference, path, problems);
  if (!index) throw ModelError(std::move(problems));
  return *index;
}

std::string PopulationIndex::path_of(std::size_t index) const {
  return "populations[" + std::to_string(index) + "] \"" + populations_[index].name + "\"";
}

}  // namespace synfire::runtime
