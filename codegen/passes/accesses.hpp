// SPDX-License-Identifier: Apache-2.0
// The accesses of each phase to data shared between threads, from which barriers are placed.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "program/walk.hpp"
#include "synfire/codegen/passes.hpp"

namespace synfire::codegen {

enum class Part { array, list, mask, tape_start };

// Who accesses an element: any thread, the owner of the neuron, the warp that processes the spike, or the first thread.
enum class Owner { none, neuron, spike, first };

constexpr std::int64_t all_steps = -1'000'000'000;

// One access of a phase to shared data.
struct Access {
  Part part = Part::array;
  std::uint32_t id = 0;  // array, or queue
  bool writes = false;
  Owner owner = Owner::none;
  std::int64_t step = all_steps;  // of a ring or recording: the step whose part is accessed
  std::int64_t depth = 0;         // of a ring: slots before it wraps around; 0: never

  bool operator==(const Access&) const = default;
};

using Accesses = std::vector<Access>;

class AccessSet {
 public:
  AccessSet(const Program& program, const Sharing& sharing, std::int64_t step)
      : program_(program), sharing_(sharing), step_(step) {}

  Accesses of(const Phase& phase) {
    std::visit([this](const auto& each) { collect(each); }, phase);
    return std::move(accesses_);
  }

  // The check before the backward pass that all tapes had room.
  Accesses of_room() {
    for (const Tape& each : program_.learning->tapes) {
      if (!each.given) array(each.offsets, false, Owner::none);
    }
    return std::move(accesses_);
  }

 private:
  void array(ArrayId id, bool writes, Owner owner, std::int64_t step = all_steps) {
    const Array& array = program_.arrays[id];
    if (array.storage == Storage::registers) return;
    const std::int64_t depth = adjoint_depth(id);
    // Each step has its own row or slot.
    if (array.role == contract::BufferRole::recording || (depth != 0 && step == all_steps)) step = step_;
    accesses_.push_back({Part::array, id, writes, owner, step, depth});
  }
  // Weights in global memory are written by no launch that reads them.
  void copied_weights(const std::optional<ArrayId>& weights) {
    if (weights && program_.arrays[*weights].storage == Storage::shared) array(*weights, false, Owner::none);
  }
  void array(ArrayId id, bool writes, bool own) { array(id, writes, own ? Owner::neuron : Owner::none); }
  // The slots of an adjoint ring; 0: any other array.
  std::int64_t adjoint_depth(ArrayId id) const {
    if (!program_.learning) return 0;
    for (const Phase& phase : program_.learning->step) {
      const auto* back = std::get_if<BackDeliverPhase>(&phase);
      if (back != nullptr && (back->lambda == id || back->timing == id)) return back->ring_depth;
    }
    return 0;
  }
  void ring(Part part, std::uint32_t queue, bool writes, std::int64_t step, bool own = false) {
    const Queue& of = program_.queues[queue];
    const std::int64_t depth = part == Part::list ? of.list_depth() : of.mask_depth();
    accesses_.push_back({part, queue, writes, own ? Owner::neuron : Owner::none, step, depth});
  }

  void collect(const ElementPhase& phase) {
    for_each_expression(phase.body, [&](const Expr& expression) {
      if (const auto* load = std::get_if<LoadExpr>(&expression->node)) array(load->array, false, !phase.reads_others);
    });
    for_each_statement(phase.body, [this](const Statement& statement) {
      if (const auto* store = std::get_if<Store>(&statement)) array(store->array, true, true);
      if (const auto* emit = std::get_if<Emit>(&statement))
        ring(Part::mask, emit->queue, true, step_, sharing_.owners_gather);
    });
  }

  void collect(const DeliverPhase& phase) {
    const bool masked = phase.pattern == Pattern::one_to_one || phase.pattern == Pattern::window;
    const bool by_mask = masked && !sharing_.lists_only;
    const Part part = by_mask ? Part::mask : Part::list;
    ring(part, phase.queue, false, step_ - phase.age);
    copied_weights(phase.weights);
    // Rows are processed by the warp that owns the targets, which orders its own accesses.
    array(phase.arriving, true, phase.pattern != Pattern::procedural || sharing_.owners_draw);
  }
  void collect(const GatherPhase& phase) {
    ring(Part::mask, phase.queue, false, step_, sharing_.owners_gather);
    ring(Part::list, phase.queue, true, step_, sharing_.owners_gather);
  }
  void collect(const ReplayPhase& phase) {
    if (program_.queues[phase.queue].list_read) ring(Part::list, phase.queue, true, step_);
    if (program_.queues[phase.queue].mask_read && !sharing_.lists_only) ring(Part::mask, phase.queue, true, step_);
    if (phase.recording) array(*phase.recording, true, false);
  }
  void collect(const OpenPhase& phase) {
    if (program_.queues[phase.queue].list_read) ring(Part::list, phase.queue, true, all_steps);
    if (program_.queues[phase.queue].mask_read && !sharing_.lists_only) ring(Part::mask, phase.queue, true, all_steps);
  }
  void collect(const SavePhase& phase) { ring(Part::list, phase.queue, false, all_steps); }
  void collect(const OpenRingPhase& phase) {
    array(phase.ring, true, true);
    if (!accesses_.empty()) accesses_.back().step = all_steps;
  }
  void collect(const SaveRingPhase& phase) { array(phase.ring, false, true); }
  void collect(const BarrierPhase&) {}

  // ---- Training programs

  const Tape& tape(std::uint32_t id) const { return program_.learning->tapes[id]; }
  // Entry 0 of the offsets is written before the first step, the others during the steps.
  void tape_start(std::uint32_t id, bool writes) {
    accesses_.push_back({Part::tape_start, id, writes, writes ? Owner::first : Owner::none});
  }
  void collect(const OpenTapePhase& phase) { tape_start(phase.tape, true); }
  void collect(const RecordPhase& phase) {
    const Tape& recorded = tape(phase.tape);
    ring(Part::mask, recorded.queue, false, step_, sharing_.owners_gather);
    if (step_ == 0)
      tape_start(phase.tape, false);
    else
      array(recorded.offsets, false, Owner::none, step_);
    array(recorded.offsets, true, Owner::first, step_ + 1);
    array(recorded.spikes, true, Owner::none, step_);
    if (recorded.values) array(*recorded.values, true, Owner::none, step_);
    for (const ArrayId id : recorded.kept) array(id, false, true);
  }
  void collect(const CloseTapePhase& phase) {
    array(tape(phase.tape).offsets, false, Owner::first);
    array(*program_.learning->totals, true, Owner::first);
  }
  void collect_tape(std::uint32_t id) {
    const Tape& read = tape(id);
    if (read.given) return;
    tape_start(id, false);
    array(read.offsets, false, Owner::none);
    array(read.spikes, false, Owner::none);
  }
  void collect(const EventPhase& phase) {
    collect_tape(phase.tape);
    for_each_expression(phase.body, [this](const Expr& expression) {
      if (const auto* load = std::get_if<LoadExpr>(&expression->node)) array(load->array, false, Owner::none);
    });
    for_each_statement(phase.body, [this](const Statement& statement) {
      if (const auto* store = std::get_if<Store>(&statement)) array(store->array, true, Owner::none);
    });
  }
  void collect(const BackDeliverPhase& phase) {
    if (!phase.every) collect_tape(phase.tape);
    if (phase.pattern == Pattern::window) collect_tape(phase.spiked);
    for (std::int64_t later = phase.age; later < phase.ring_depth; ++later) {
      for (const auto& id : {phase.lambda, phase.timing}) {
        if (id) array(*id, false, Owner::none, step_ + later);
      }
    }
    copied_weights(phase.weights);
    if (phase.gradient) array(*phase.gradient, true, Owner::none);
    if (phase.delay_gradient) array(*phase.delay_gradient, true, Owner::none);
    if (phase.due) array(*phase.due, true, Owner::spike);
  }
  void collect(const LossPhase& phase) {
    array(phase.values, false, Owner::none);
    array(phase.losses, true, Owner::first);
    if (phase.rest) array(*phase.rest, true, Owner::first);
    if (phase.derivative) array(*phase.derivative, true, true);
  }

  const Program& program_;
  const Sharing& sharing_;
  std::int64_t step_;
  Accesses accesses_;
};

// Whether two accesses by different threads can conflict: same data, at least one a write.
inline bool overlap(const Access& a, const Access& b) {
  if (a.part != b.part || a.id != b.id || !(a.writes || b.writes)) return false;
  if (a.owner == b.owner && a.owner != Owner::none) return false;
  if (a.step == all_steps || b.step == all_steps) return true;
  return a.depth == 0 ? a.step == b.step : (a.step - b.step) % a.depth == 0;
}

// Accesses since the last barrier, keyed by what they touch, so a search for conflicts skips everything else.
class TouchedSet {
 public:
  void clear() { touched_.clear(); }
  void add(const Accesses& accesses) {
    for (const Access& access : accesses) {
      Accesses& same = touched_[{access.part, access.id}];
      if (std::find(same.begin(), same.end(), access) == same.end()) same.push_back(access);
    }
  }
  bool conflicts_with(const Accesses& later) const {
    return std::any_of(later.begin(), later.end(), [this](const Access& access) {
      const auto found = touched_.find({access.part, access.id});
      if (found == touched_.end()) return false;
      return std::any_of(found->second.begin(), found->second.end(),
                         [&](const Access& earlier) { return overlap(earlier, access); });
    });
  }

 private:
  std::map<std::pair<Part, std::uint32_t>, Accesses> touched_;
};

}  // namespace synfire::codegen
