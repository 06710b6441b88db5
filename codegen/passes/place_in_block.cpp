// SPDX-License-Identifier: Apache-2.0
// Places the state of a trial in a block: in registers if each thread has few elements, in shared memory if it fits,
// otherwise in a workspace in global memory, which the L2 cache holds. Kernels of convolutions are copied to shared
// memory: small ones first, others to what is left.
#include <algorithm>

#include "synfire/codegen/passes.hpp"
#include "synfire/error.hpp"

namespace synfire::codegen {
namespace {

std::uint32_t rounded_up(std::uint32_t value, std::uint32_t multiple) {
  return (value + multiple - 1) / multiple * multiple;
}

// One thread per neuron of the largest population that receives spikes, since delivery dominates, but at least one for
// every four neurons of the largest population.
std::uint32_t choose_threads(const Program& program) {
  std::uint32_t targets = 32, neurons = 32;
  for (const Phase& phase : program.step) {
    if (const auto* delivery = std::get_if<DeliverPhase>(&phase)) targets = std::max(targets, delivery->targets);
    const auto* elements = std::get_if<ElementPhase>(&phase);
    if (elements == nullptr) continue;
    neurons = std::max(neurons, elements->count);
    if (elements->delivers) targets = std::max(targets, elements->count);
  }
  return std::min(512u, std::max(rounded_up(targets, 32), rounded_up((neurons + 3) / 4, 32)));
}

std::size_t list_bytes(const Queue& queue) {
  return queue.list_read ? 4 * (std::size_t{queue.list_depth()} * queue.neurons + queue.list_depth()) : 0;
}

std::size_t mask_bytes(const Queue& queue) {
  return std::size_t{4} * queue.mask_words() * queue.mask_depth() * (queue.is_signed ? 2 : 1);
}

class Placement {
 public:
  Placement(Program& program, const BlockLimits& limits) : program_(program), limits_(limits) {}

  void run() {
    program_.threads = limits_.threads ? limits_.threads : choose_threads(program_);
    for (const Queue& queue : program_.queues) shared_ += mask_bytes(queue);
    place_registers();
    place_lists();
    copy_kernels(limits_.shared_bytes / 4);
    place_rest();
    require_room();
    copy_kernels(limits_.shared_bytes);
  }

 private:
  std::uint32_t per_thread(const Array& array) const {
    return (static_cast<std::uint32_t>(array.extent) + program_.threads - 1) / program_.threads;
  }

  // The larger the block, the fewer registers each thread has (64 Ki in total); about 40 are for everything else.
  std::uint32_t registers_for_state() const {
    return std::min(limits_.registers_for_state, 65536 / program_.threads - 40);
  }

  // Arrays of the smallest populations first: they gain most and cost least.
  void place_registers() {
    std::vector<Array*> candidates;
    for (Array& array : program_.arrays) {
      if (array.storage == Storage::undecided && !array.scattered) candidates.push_back(&array);
    }
    std::stable_sort(candidates.begin(), candidates.end(),
                     [](const Array* a, const Array* b) { return a->extent < b->extent; });
    std::uint32_t used = 0;
    for (Array* array : candidates) {
      const std::uint32_t words = per_thread(*array);
      if (words > limits_.elements_per_thread || used + words > registers_for_state()) continue;
      array->storage = Storage::registers;
      used += words;
    }
  }

  bool fits(std::size_t bytes) const { return shared_ + bytes <= limits_.shared_bytes; }

  void place_lists() {
    for (Queue& queue : program_.queues) {
      const std::size_t bytes = list_bytes(queue);
      if (fits(bytes)) {
        shared_ += bytes;
      } else {
        queue.workspace = workspace(queue.name + "_spikes", std::size_t{queue.list_depth()} * queue.neurons, Type::u32);
        program_.arrays[*queue.workspace].comment = "spike lists of the most recent steps";
        shared_ += std::size_t{4} * queue.list_depth();
        program_.notes.push_back("queue " + queue.name + ": lists in global memory");
      }
    }
  }

  void place_rest() {
    for (std::size_t id = 0; id < program_.arrays.size(); ++id) {
      Array& array = program_.arrays[id];
      if (array.storage != Storage::undecided) continue;
      if (fits(4 * array.extent)) {
        array.storage = Storage::shared;
        shared_ += 4 * array.extent;
        continue;
      }
      array.storage = Storage::global;
      array.role = contract::BufferRole::workspace;
      array.element_type = array.type == Type::u32 ? contract::ElementType::u32 : contract::ElementType::f32;
      array.per_slot = program_.learning.has_value();
      array.per_example = !array.per_slot;
      array.shape = {array.extent};
      program_.notes.push_back("array " + array.name + ": in global memory");
    }
  }

  // Every spike reads rows of the kernel, so small kernels come before state, which is read once in a step.
  void copy_kernels(std::size_t most_bytes) {
    for (std::size_t i = 0; i < program_.step.size(); ++i) {
      auto* const delivery = std::get_if<DeliverPhase>(&program_.step[i]);
      if (delivery == nullptr || delivery->pattern != Pattern::kernel || !delivery->weights) continue;
      const Array& weights = program_.arrays[*delivery->weights];
      const bool is_copy = weights.storage == Storage::shared;
      if (is_copy || 4 * weights.extent > most_bytes || !fits(4 * weights.extent)) continue;
      shared_ += 4 * weights.extent;
      const std::string connection = program_.connections[delivery->connection].name;
      Array copy;
      copy.name = weights.name + "_copy";  // reserved with the name of the weights
      copy.comment = "weights of \"" + connection + "\", near the threads";
      copy.extent = weights.extent;
      copy.storage = Storage::shared;
      copy.scattered = true;
      const ArrayId from = *delivery->weights, to = program_.add(std::move(copy));
      const auto count = static_cast<std::uint32_t>(program_.arrays[to].extent);
      auto& opening = program_.learning ? program_.learning->before_examples : program_.before;
      opening.insert(opening.begin(), ElementPhase{.label = "copy the weights of \"" + connection + "\"",
                                                   .count = count,
                                                   .body = {Store{to, load(from, Type::f32)}}});
      delivery->weights = to;
      if (program_.learning) read_copy(from, to);
    }
  }

  void read_copy(ArrayId from, ArrayId to) {
    for (Phase& phase : program_.learning->step) {
      auto* const back = std::get_if<BackDeliverPhase>(&phase);
      if (back != nullptr && back->weights == from) back->weights = to;
    }
  }

  // Masks and list lengths can only be in shared memory.
  void require_room() const {
    if (shared_ <= limits_.shared_bytes) return;
    throw ModelError({.kind = ProblemKind::unsupported,
                      .path = "network",
                      .message = "the spikes in flight need more shared memory than a block has",
                      .hint = "shorten the longest delay, use a larger dt, split the largest population, or use the "
                              "device \"host\"",
                      .expected = "at most " + std::to_string(limits_.shared_bytes) + " bytes",
                      .given = std::to_string(shared_) + " bytes"});
  }

  ArrayId workspace(const std::string& name, std::size_t extent, Type type) {
    Array array;
    array.name = name;
    array.type = type;
    array.element_type = type == Type::u32 ? contract::ElementType::u32 : contract::ElementType::f32;
    array.extent = extent;
    array.storage = Storage::global;
    array.role = contract::BufferRole::workspace;
    array.per_slot = program_.learning.has_value();
    array.per_example = !array.per_slot;
    array.shape = {extent};
    return program_.add(std::move(array));
  }

  Program& program_;
  const BlockLimits& limits_;
  std::size_t shared_ = 0;
};

}  // namespace

void place_in_block(Program& program, const BlockLimits& limits) { Placement(program, limits).run(); }

bool fits_in_block(const Program& program, const BlockLimits& limits) {
  std::size_t bytes = 0;
  for (const Queue& queue : program.queues) bytes += mask_bytes(queue) + std::size_t{4} * queue.list_depth();
  return bytes <= limits.shared_bytes;
}

std::size_t shared_bytes(const Program& program) {
  std::size_t bytes = 0;
  for (const Queue& queue : program.queues) {
    bytes += mask_bytes(queue);
    bytes += queue.workspace ? (queue.list_read ? std::size_t{4} * queue.list_depth() : 0) : list_bytes(queue);
  }
  for (const Array& array : program.arrays) {
    if (array.storage == Storage::shared) bytes += 4 * array.extent;
  }
  return bytes;
}

}  // namespace synfire::codegen
