// SPDX-License-Identifier: Apache-2.0
#include "recording/synapse_values.hpp"

#include <algorithm>
#include <cstring>
#include <limits>
#include <optional>
#include <span>
#include <tuple>

#include "synfire/error.hpp"
#include "synfire/runtime/trainer.hpp"

namespace synfire::runtime {
namespace {

using contract::ElementType;

// A parameter of an artifact, of any numeric type.
class Values {
 public:
  Values(const contract::Artifact& artifact, const std::string& buffer) {
    const auto& buffers = artifact.manifest.buffers;
    const auto described =
        std::find_if(buffers.begin(), buffers.end(), [&](const auto& each) { return each.name == buffer; });
    const auto content = std::find_if(artifact.parameters.begin(), artifact.parameters.end(),
                                      [&](const auto& each) { return each.buffer == buffer; });
    if (described == buffers.end() || content == artifact.parameters.end()) {
      throw DataError(
          {.kind = ProblemKind::malformed_file, .path = "parameters." + buffer, .message = "the parameter is missing"});
    }
    type_ = described->type;
    bytes_ = content->bytes;
  }

  std::size_t size() const { return bytes_.size() / element_size(type_); }
  float real(std::size_t index) const { return read<float>(index); }
  std::uint32_t whole(std::size_t index) const {
    switch (type_) {
      case ElementType::u8: return read<std::uint8_t>(index);
      case ElementType::u16: return read<std::uint16_t>(index);
      default: return read<std::uint32_t>(index);
    }
  }

 private:
  template <class T>
  T read(std::size_t index) const {
    if ((index + 1) * sizeof(T) > bytes_.size()) {
      throw DataError(
          {.kind = ProblemKind::malformed_file, .path = "parameters", .message = "a parameter is too short"});
    }
    T value;
    std::memcpy(&value, bytes_.data() + index * sizeof(T), sizeof(T));
    return value;
  }

  ElementType type_ = ElementType::f32;
  std::span<const std::byte> bytes_;
};

// The synapses of a connection that is stored as rows.
class StoredRows {
 public:
  StoredRows(const contract::Artifact& artifact, const contract::ConnectionInfo& connection)
      : connection_(connection),
        offsets_(artifact, connection.offset_buffer),
        targets_(artifact, connection.target_buffer) {
    if (!connection_.delay_buffer.empty()) delays_.emplace(artifact, connection_.delay_buffer);
  }

  std::size_t sources() const { return (offsets_.size() - 1) / connection_.tiles; }

  // By target, then delay: the tiles of a row are not in target order.
  std::vector<StoredSynapse> row(std::uint32_t source) const {
    const std::size_t first = std::size_t{source} * connection_.tiles;
    std::vector<StoredSynapse> row;
    const std::uint32_t end = offsets_.whole(first + connection_.tiles);
    for (std::uint32_t s = offsets_.whole(first); s < end; ++s)
      row.push_back({source, targets_.whole(s), delay_steps(s), s});
    std::sort(row.begin(), row.end(), [](const StoredSynapse& a, const StoredSynapse& b) {
      return std::tie(a.target, a.delay_steps, a.place) < std::tie(b.target, b.delay_steps, b.place);
    });
    return row;
  }

 private:
  std::uint32_t delay_steps(std::size_t place) const {
    return static_cast<std::uint32_t>(connection_.delay_steps) + (delays_ ? delays_->whole(place) : 0u);
  }

  const contract::ConnectionInfo& connection_;
  Values offsets_, targets_;
  std::optional<Values> delays_;
};

class Reader {
 public:
  Reader(const contract::Artifact& artifact, const PlannedRecording& recording)
      : artifact_(artifact),
        recording_(recording),
        connection_(artifact.manifest.connections[recording.object.index]),
        wants_delays_(recording.variable == "delay") {
    keeps_target_.resize(recording.elements);
    for (const std::uint32_t target : recording.neurons) keeps_target_[target] = true;
    if (!connection_.weight_buffer.empty()) weights_.emplace(artifact, connection_.weight_buffer);
    if (!connection_.delay_buffer.empty()) delays_.emplace(artifact, connection_.delay_buffer);
    if (connection_.storage == "rows") rows_.emplace(artifact, connection_);
  }

  SynapseRecording run() {
    result_.examples = recording_.examples.size();
    result_.steps = recording_.steps.size();
    result_.source_neurons = recording_.sources;
    result_.target_neurons = recording_.neurons;
    std::vector<std::uint32_t> sources = recording_.sources;
    std::sort(sources.begin(), sources.end());
    for (const std::uint32_t source : sources) add_row(source);
    return std::move(result_);
  }

 private:
  void add_row(std::uint32_t source) {
    if (connection_.storage == "rows") return add_stored_row(source);
    if (connection_.storage == "one_to_one") {
      if (keeps_target_[source]) add(source, source, source);
      return;
    }
    if (connection_.storage != "dense") refuse();
    const std::uint32_t targets = static_cast<std::uint32_t>(recording_.elements);
    for (std::uint32_t target = 0; target < targets; ++target) {
      if (keeps_target_[target]) add(source, target, std::size_t{source} * targets + target);
    }
  }

  void add_stored_row(std::uint32_t source) {
    for (const StoredSynapse& synapse : rows_->row(source)) {
      if (synapse.target < keeps_target_.size() && keeps_target_[synapse.target])
        add(source, synapse.target, synapse.place);
    }
  }

  void add(std::uint32_t source, std::uint32_t target, std::size_t place) {
    result_.sources.push_back(source);
    result_.targets.push_back(target);
    result_.values.push_back(wants_delays_ ? static_cast<float>(delay_steps(place) * artifact_.manifest.dt)
                                           : weight(place));
  }

  float weight(std::size_t place) const { return weights_ ? weights_->real(place) : connection_.weight; }
  std::uint32_t delay_steps(std::size_t place) const {
    return static_cast<std::uint32_t>(connection_.delay_steps) + (delays_ ? delays_->whole(place) : 0u);
  }

  [[noreturn]] void refuse() const {
    throw DataError({.kind = ProblemKind::unsupported,
                     .path = recording_.path,
                     .message = "the synapses are computed and not stored",
                     .hint = "use another storage for the connection, such as SynapseStorage::rows",
                     .given = "storage " + connection_.storage});
  }

  const contract::Artifact& artifact_;
  const PlannedRecording& recording_;
  const contract::ConnectionInfo& connection_;
  bool wants_delays_;
  std::vector<bool> keeps_target_;
  std::optional<Values> weights_, delays_;
  std::optional<StoredRows> rows_;
  SynapseRecording result_;
};

}  // namespace

std::vector<StoredSynapse> stored_synapses(const contract::Artifact& artifact, std::size_t connection) {
  const StoredRows rows(artifact, artifact.manifest.connections[connection]);
  std::vector<StoredSynapse> synapses;
  for (std::uint32_t source = 0; source < rows.sources(); ++source) {
    const std::vector<StoredSynapse> row = rows.row(source);
    synapses.insert(synapses.end(), row.begin(), row.end());
  }
  return synapses;
}

SynapseRecording read_synapses(const contract::Artifact& artifact, const PlannedRecording& recording) {
  return Reader(artifact, recording).run();
}

}  // namespace synfire::runtime

namespace synfire {

Tensor<float> SynapseRecording::matrix() const {
  Tensor<float> matrix(
      {source_neurons.size(), target_neurons.size()},
      std::vector<float>(source_neurons.size() * target_neurons.size(), std::numeric_limits<float>::quiet_NaN()));
  const auto places = [](const std::vector<std::uint32_t>& neurons) {
    const auto last = std::max_element(neurons.begin(), neurons.end());
    std::vector<std::size_t> place(last == neurons.end() ? 0 : *last + std::size_t{1});
    for (std::size_t i = 0; i < neurons.size(); ++i) place[neurons[i]] = i;
    return place;
  };
  const std::vector<std::size_t> rows = places(source_neurons), columns = places(target_neurons);
  for (std::size_t s = 0; s < values.size(); ++s) {
    if (s > 0 && sources[s] == sources[s - 1] && targets[s] == targets[s - 1]) {
      throw DataError({.kind = ProblemKind::unsupported,
                       .path = "synapses",
                       .message = "neurons " + std::to_string(sources[s]) + " and " + std::to_string(targets[s]) +
                                  " are connected by more than one synapse, which a matrix cannot hold",
                       .hint = "use the lists sources, targets, values"});
    }
    matrix[rows[sources[s]] * target_neurons.size() + columns[targets[s]]] = values[s];
  }
  return matrix;
}

std::vector<double> RecordingAxes::times() const {
  std::vector<double> times;
  for (const std::uint32_t step : steps) times.push_back(step * dt);
  return times;
}

}  // namespace synfire
