// SPDX-License-Identifier: Apache-2.0
// EvaluationResult and DataView: data that users pass in, and results that they look up.
#include <algorithm>

#include "synfire/compiled_network.hpp"

namespace synfire {
namespace {

template <class T>
std::size_t count(const Tensor<T>& data) {
  return data.shape().empty() ? 0 : data.shape().front();
}
template <class T>
std::size_t count(const std::vector<T>& data) {
  return data.size();
}
std::size_t count(const SpikeTrains& data) { return data.examples(); }
std::size_t count(const ValueSource& source) { return source.examples(); }
std::size_t count(const SpikeSource& source) { return source.examples(); }

const EvaluationResult::Entry& find_entry(const EvaluationResult& result, const PopulationReference& output) {
  const auto& id = output.id();
  if (id && (id->network != result.network || id->network == 0)) {
    throw ModelError(
        {.kind = ProblemKind::foreign_id, .path = "metric", .message = "the id belongs to another network"});
  }
  const auto found = std::find_if(result.entries.begin(), result.entries.end(), [&](const auto& entry) {
    return id ? entry.index == id->index : entry.output == output.name();
  });
  if (found != result.entries.end()) return *found;
  std::vector<std::string> names;
  for (const EvaluationResult::Entry& entry : result.entries) names.push_back(entry.output);
  throw ModelError({.kind = id ? ProblemKind::missing_variable : ProblemKind::unknown_name,
                    .path = "metric",
                    .message = id ? "the population is not an output" : "unknown output \"" + output.name() + "\"",
                    .hint = suggest(output.name(), names),
                    .expected = nearest_name(output.name(), names),
                    .given = output.name()});
}

}  // namespace

DataView::DataView(const Tensor<float>& values) : content_(&values) {}
DataView::DataView(const SpikeTrains& trains) : content_(&trains) {}
DataView::DataView(const Tensor<std::uint8_t>& labels) : content_(&labels) {}
DataView::DataView(const Tensor<std::int32_t>& labels) : content_(&labels) {}
DataView::DataView(const Tensor<std::int64_t>& labels) : content_(&labels) {}
DataView::DataView(const std::vector<std::uint8_t>& labels) : content_(&labels) {}
DataView::DataView(const std::vector<int>& labels) : content_(&labels) {}
DataView::DataView(const ValueSource& values) : content_(&values) {}
DataView::DataView(const SpikeSource& spikes) : content_(&spikes) {}

std::size_t DataView::examples() const {
  return std::visit([](const auto* data) { return count(*data); }, content_);
}

double EvaluationResult::metric(const PopulationReference& output) const { return find_entry(*this, output).value; }

const Tensor<double>& EvaluationResult::table(const PopulationReference& output) const {
  const Entry& entry = find_entry(*this, output);
  if (entry.table) return *entry.table;
  throw ModelError({.kind = ProblemKind::missing_variable,
                    .path = "metric of \"" + entry.output + "\"",
                    .message = "the metric has no table",
                    .hint = "evaluate with confusion_matrix",
                    .given = entry.name});
}

double EvaluationResult::loss(const PopulationReference& output) const { return find_entry(*this, output).loss; }

double EvaluationResult::metric(const PopulationReference& output, const std::string& name) const {
  const Entry& entry = find_entry(*this, output);
  if (entry.name == name) return entry.value;
  throw ModelError({.kind = ProblemKind::unknown_name,
                    .path = "metric of \"" + entry.output + "\"",
                    .message = "the output was not evaluated with \"" + name + "\"",
                    .hint = "set it in RunOptions::metrics",
                    .expected = entry.name,
                    .given = name});
}

}  // namespace synfire
