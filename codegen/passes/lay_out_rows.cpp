// SPDX-License-Identifier: Apache-2.0
// Lays out drawn synapses in buffers. The schedule determines which thread owns a target; the synapses of one thread
// are contiguous, so it never reads those of others. What training has for each synapse follows their order.
#include <algorithm>
#include <cstring>
#include <functional>
#include <numeric>
#include <utility>

#include "lower/pattern.hpp"
#include "synfire/codegen/passes.hpp"

namespace synfire::codegen {
namespace {

template <class To, class From>
std::shared_ptr<const std::vector<std::byte>> narrowed(const std::vector<From>& values) {
  std::vector<std::byte> bytes(values.size() * sizeof(To));
  for (std::size_t i = 0; i < values.size(); ++i) {
    const To value = static_cast<To>(values[i]);
    std::memcpy(bytes.data() + i * sizeof(To), &value, sizeof(To));
  }
  return std::make_shared<const std::vector<std::byte>>(std::move(bytes));
}

class RowLayout {
 public:
  RowLayout(Program& program, DeliverPhase& phase, const Tiling& tiling)
      : program_(program), phase_(phase), tiling_(tiling), synapses_(*phase.rows.synapses) {}

  void run() {
    phase_.rows.tiles = tiling_.tiles;
    if (tiling_.tiles > 1) cut();
    contract::ConnectionInfo& info = program_.connections[phase_.connection];
    info.tiles = tiling_.tiles;
    if (rule_ != nullptr && rule_->incoming) list_incoming();
    phase_.rows.offsets = add_offsets(info);
    phase_.rows.targets = add_targets(info);
    if (!synapses_.delays.empty()) phase_.rows.delays = add_delays(info);
    if (phase_.rows.trained_delays) prepare_delays();
    phase_.rows.synapses.reset();
  }

 private:
  // Stably sorts each row by tile and computes where the tiles begin.
  void cut() {
    std::vector<std::uint32_t> offsets{0};
    offsets.reserve(std::size_t{phase_.sources} * tiling_.tiles + 1);
    std::vector<std::uint32_t> order, next(tiling_.tiles);
    for (std::uint32_t i = 0; i < phase_.sources; ++i) {
      const std::uint32_t begin = synapses_.offsets[i];
      const std::uint32_t end = synapses_.offsets[i + 1];
      std::fill(next.begin(), next.end(), 0u);
      for (std::uint32_t s = begin; s < end; ++s) ++next[tiling_.tile_of(synapses_.targets[s])];
      for (std::uint32_t& count : next) {
        offsets.push_back(offsets.back() + count);
        count = offsets.back() - count - begin;
      }
      if (tiling_.ascending) continue;  // tiles are in target order already
      order.resize(end - begin);
      for (std::uint32_t s = begin; s < end; ++s) order[next[tiling_.tile_of(synapses_.targets[s])]++] = s;
      permute(synapses_.targets, begin, order);
      permute(synapses_.delays, begin, order);
      permute(weights_, begin, order);
      permute(zeros_, begin, order);
      permute(milliseconds_, begin, order);
    }
    synapses_.offsets = std::move(offsets);
    store(phase_.weights, weights_);
    store(phase_.rows.trained_delays, milliseconds_);
    store_zeros();
  }

  // The synapses by target, those of one target as they are: in the order of the sources.
  void list_incoming() {
    std::vector<std::uint32_t> offsets(std::size_t{phase_.targets} + 1), synapses(synapses_.targets.size());
    for (const std::uint32_t target : synapses_.targets) ++offsets[target + 1];
    std::partial_sum(offsets.begin(), offsets.end(), offsets.begin());
    std::vector<std::uint32_t> next(offsets.begin(), offsets.end() - 1);
    for (std::uint32_t s = 0; s < synapses.size(); ++s) synapses[next[synapses_.targets[s]]++] = s;
    program_.arrays[*rule_->incoming].counts = std::make_shared<const std::vector<std::uint32_t>>(std::move(synapses));
    program_.arrays[*rule_->incoming_offsets].counts =
        std::make_shared<const std::vector<std::uint32_t>>(std::move(offsets));
  }

  template <class T>
  static void permute(std::vector<T>& values, std::uint32_t begin, const std::vector<std::uint32_t>& order) {
    if (values.empty()) return;
    std::vector<T> row;
    row.reserve(order.size());
    for (const std::uint32_t from : order) row.push_back(values[from]);
    std::copy(row.begin(), row.end(), values.begin() + begin);
  }

  // To be reordered; empty if nothing is.
  std::vector<float> values_of(const std::optional<ArrayId>& array) const {
    if (!array || tiling_.ascending) return {};
    return *program_.arrays[*array].values;
  }
  void store(const std::optional<ArrayId>& array, std::vector<float>& values) {
    if (values.empty()) return;
    program_.arrays[*array].values = std::make_shared<const std::vector<float>>(std::move(values));
  }

  // Delays in steps from trained ones in ms, as base::nearest_steps rounds them; in the ring, whatever the values are.
  void prepare_delays() {
    const auto f64 = [](double value) { return constant(value, Type::f64); };
    const auto call = [](Operation operation, std::vector<Expr> operands) {
      return apply(operation, std::move(operands));
    };
    const Expr halves = local("halves", Type::f64), whole = local("whole", Type::f64);
    const Expr ms = call(Operation::to_f64, {load(*phase_.rows.trained_delays, Type::f32)});
    const Expr off = call(Operation::absolute, {call(Operation::subtract, {halves, whole})});
    const Expr allowed = call(Operation::minimum, {call(Operation::multiply, {f64(0x1p-22), whole}), f64(0x1p-10)});
    const Expr taken = call(Operation::select, {call(Operation::less_equal, {off, allowed}), whole, halves});
    const Expr steps = call(Operation::round, {call(Operation::multiply, {taken, f64(0.5)})});
    const Expr most = call(Operation::minimum, {steps, f64(phase_.ring_depth - 1)});
    const Expr in_ring = call(Operation::maximum, {most, f64(0)});
    const std::string& name = program_.connections[phase_.connection].name;
    program_.learning->prepare.push_back(
        {.label = "delays of \"" + name + "\" in steps",
         .count = static_cast<std::uint32_t>(program_.arrays[*phase_.rows.trained_delays].extent),
         .body = {Let{"halves", call(Operation::divide, {ms, f64(program_.dt / 2)})},
                  Let{"whole", call(Operation::round, {halves})},
                  Store{*phase_.rows.delays, call(Operation::to_u32, {in_ring})}}});
  }

  const ValueRule* rule_of_phase() const {
    if (!program_.learning || !phase_.weights) return nullptr;
    for (const Learning::Value& each : program_.learning->values) {
      if (each.parameter == *phase_.weights) return &each.rule;
    }
    return nullptr;
  }

  // A flag for each synapse, from the bits of the rule.
  std::vector<std::uint8_t> zeros_of_phase() const {
    if (rule_ == nullptr || !rule_->zeros || tiling_.ascending) return {};
    const std::vector<std::uint32_t>& words = *program_.arrays[*rule_->zeros].counts;
    std::vector<std::uint8_t> zeros(synapses_.targets.size());
    for (std::size_t i = 0; i < zeros.size(); ++i) zeros[i] = (words[i / 32] >> (i % 32)) & 1u;
    return zeros;
  }
  void store_zeros() {
    if (zeros_.empty()) return;
    std::vector<std::uint32_t> words((zeros_.size() + 31) / 32);
    for (std::size_t i = 0; i < zeros_.size(); ++i) words[i / 32] |= std::uint32_t{zeros_[i]} << (i % 32);
    program_.arrays[*rule_->zeros].counts = std::make_shared<const std::vector<std::uint32_t>>(std::move(words));
  }

  Array parameter(const char* what, const std::string& comment, std::size_t extent, contract::ElementType type) const {
    const std::string& connection = program_.connections[phase_.connection].name;
    Array array;
    // Reserved together with the name of the ring.
    array.name = program_.arrays[phase_.arriving].name + what;
    array.type = Type::u32;
    array.element_type = type;
    array.comment = "\"" + connection + "\": " + comment;
    array.extent = extent;
    array.lifetime = Lifetime::persistent;
    array.storage = Storage::global;
    array.role = contract::BufferRole::parameter;
    array.shape = {extent};
    array.connection = connection;
    return array;
  }

  ArrayId add_offsets(contract::ConnectionInfo& info) {
    Array array = parameter("_offsets", "start of the synapses of each source and tile", synapses_.offsets.size(),
                            contract::ElementType::u32);
    array.counts = std::make_shared<const std::vector<std::uint32_t>>(std::move(synapses_.offsets));
    info.offset_buffer = array.name;
    return program_.add(std::move(array));
  }

  ArrayId add_targets(contract::ConnectionInfo& info) {
    const bool narrow = phase_.targets <= 65536;
    Array array = parameter("_targets", "targets of the synapses", synapses_.targets.size(),
                            narrow ? contract::ElementType::u16 : contract::ElementType::u32);
    if (narrow) {
      array.contents = narrowed<std::uint16_t>(std::exchange(synapses_.targets, {}));
    } else {
      array.counts = std::make_shared<const std::vector<std::uint32_t>>(std::move(synapses_.targets));
    }
    info.target_buffer = array.name;
    return program_.add(std::move(array));
  }

  ArrayId add_delays(contract::ConnectionInfo& info) {
    const bool narrow = phase_.ring_depth <= 256;
    Array array = parameter("_delays", "delays of the synapses in steps", synapses_.delays.size(),
                            narrow ? contract::ElementType::u8 : contract::ElementType::u16);
    const std::vector<std::uint16_t> delays = std::exchange(synapses_.delays, {});
    array.contents = narrow ? narrowed<std::uint8_t>(delays) : narrowed<std::uint16_t>(delays);
    info.delay_buffer = array.name;
    return program_.add(std::move(array));
  }

  Program& program_;
  DeliverPhase& phase_;
  const Tiling& tiling_;
  Synapses& synapses_;
  const ValueRule* rule_ = rule_of_phase();  // null: the weights are not trained
  std::vector<float> weights_ = values_of(phase_.weights), milliseconds_ = values_of(phase_.rows.trained_delays);
  std::vector<std::uint8_t> zeros_ = zeros_of_phase();
};

}  // namespace

void lay_out_rows(Program& program, const std::function<Tiling(std::uint32_t targets)>& tiling) {
  for (Phase& phase : program.step) {
    auto* delivery = std::get_if<DeliverPhase>(&phase);
    if (delivery == nullptr || !delivery->rows.synapses) continue;
    RowLayout(program, *delivery, tiling(delivery->targets)).run();
    if (!program.learning) continue;
    for (Phase& other : program.learning->step) {
      auto* back = std::get_if<BackDeliverPhase>(&other);
      if (back != nullptr && back->connection == delivery->connection) back->rows = delivery->rows;
    }
  }
}

Tiling one_tile() {
  return {1, true, [](std::uint32_t) { return 0u; }};
}

Tiling warp_tiles(std::uint32_t warps) {
  return {warps, false, [warps](std::uint32_t target) { return target / 32 % warps; }};
}

Tiling range_tiles(std::uint32_t tiles, std::uint32_t width) {
  return {tiles, true, [width](std::uint32_t target) { return target / width; }};
}

}  // namespace synfire::codegen
