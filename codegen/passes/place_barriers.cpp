// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <optional>

#include "program/walk.hpp"
#include "synfire/codegen/passes.hpp"

namespace synfire::codegen {
namespace {

enum class Part { array, list, mask };

// One access of a phase to something that threads share.
struct Access {
  Part part = Part::array;
  std::uint32_t id = 0;  // array, or queue
  bool writes = false;
  bool own = false;                  // each thread touches its own elements alone
  std::optional<std::int64_t> step;  // of a ring or recording: of which step's part, from the first step; none: all
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

 private:
  void array(ArrayId id, bool writes, bool own) {
    const Array& array = program_.arrays[id];
    if (array.storage == Storage::registers) return;
    std::optional<std::int64_t> step;
    if (array.role == contract::BufferRole::recording) step = step_;  // each step has a row of its own
    accesses_.push_back({Part::array, id, writes, own, step});
  }
  void ring(Part part, std::uint32_t queue, bool writes, std::optional<std::int64_t> step, bool own = false) {
    accesses_.push_back({part, queue, writes, own, step});
  }

  void collect(const ElementPhase& phase) {
    for_each_expression(phase.body, [this](const Expr& expression) {
      if (const auto* load = std::get_if<LoadExpr>(&expression->node)) array(load->array, false, true);
    });
    for_each_statement(phase.body, [this](const Statement& statement) {
      if (const auto* store = std::get_if<Store>(&statement)) array(store->array, true, true);
      if (const auto* emit = std::get_if<Emit>(&statement))
        ring(Part::mask, emit->queue, true, step_, sharing_.owners_gather);
    });
  }

  void collect(const DeliverPhase& phase) {
    const bool by_mask = phase.pattern == Pattern::one_to_one && !sharing_.lists_only;
    const Part part = by_mask ? Part::mask : Part::list;
    ring(part, phase.queue, false, step_ - 1 - phase.delay);
    // Rows are walked by the warp that owns the targets, which keeps its own order.
    array(phase.arriving, true, phase.pattern != Pattern::regenerated || sharing_.owners_regenerate);
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
    if (program_.queues[phase.queue].list_read) ring(Part::list, phase.queue, true, {});
    if (program_.queues[phase.queue].mask_read && !sharing_.lists_only) ring(Part::mask, phase.queue, true, {});
  }
  void collect(const SavePhase& phase) { ring(Part::list, phase.queue, false, {}); }
  void collect(const OpenRingPhase& phase) { array(phase.ring, true, true); }
  void collect(const SaveRingPhase& phase) { array(phase.ring, false, true); }
  void collect(const BarrierPhase&) {}

  const Program& program_;
  const Sharing& sharing_;
  std::int64_t step_;
  Accesses accesses_;
};

class BarrierPlacement {
 public:
  BarrierPlacement(Program& program, const Sharing& sharing)
      : program_(program), sharing_(sharing), barrier_before_(program.step.size(), false) {}

  void run() {
    // The first step follows what happens before the trial; its barriers against that go before the loop.
    const Accesses before = all_of(program_.before);
    Accesses pending;
    walk(pending, [&](std::size_t i) { barrier_before_[i] = true; });
    drop_superfluous();
    pending.clear();
    walk(pending, [](std::size_t) {});
    const bool opens_with_barrier = !sharing_.steps_are_apart && conflict(before, first_step_until_barrier());
    // A launch may have no step at all, so what comes before meets what comes after.
    if (!opens_with_barrier) pending.insert(pending.end(), before.begin(), before.end());
    const bool after_needs_one = !sharing_.steps_are_apart && conflict(pending, all_of(program_.after));
    if (opens_with_barrier) program_.before.emplace_back(BarrierPhase{});
    insert();
    if (after_needs_one) program_.after.insert(program_.after.begin(), BarrierPhase{});
  }

 private:
  // Walks through a few steps; `pending` is what has been touched since the last barrier. Calls `on_conflict` where a
  // barrier is missing, and goes on as if there were one. Each further step must also respect the one before it: the second
  // sees what the first left open, the third the steady state.
  template <class OnConflict>
  void walk(Accesses& pending, OnConflict on_conflict) const {
    for (std::int64_t step = 0; step < 3; ++step) {
      if (sharing_.steps_are_apart) pending.clear();
      for (std::size_t i = 0; i < program_.step.size(); ++i) {
        const Accesses accesses = AccessSet(program_, sharing_, step).of(program_.step[i]);
        const bool missing = !barrier_before_[i] && conflict(pending, accesses);
        if (missing) on_conflict(i);
        if (missing || barrier_before_[i]) pending.clear();
        pending.insert(pending.end(), accesses.begin(), accesses.end());
      }
    }
  }

  // A barrier that one step asks for may also serve what an earlier one was placed for.
  void drop_superfluous() {
    for (std::size_t i = 0; i < barrier_before_.size(); ++i) {
      if (!barrier_before_[i]) continue;
      barrier_before_[i] = false;
      Accesses pending;
      bool needed = false;
      walk(pending, [&](std::size_t) { needed = true; });
      barrier_before_[i] = needed;
    }
  }

  Accesses all_of(const std::vector<Phase>& phases) const {
    Accesses accesses;
    for (const Phase& phase : phases) {
      const Accesses each = AccessSet(program_, sharing_, 0).of(phase);
      accesses.insert(accesses.end(), each.begin(), each.end());
    }
    return accesses;
  }

  Accesses first_step_until_barrier() const {
    Accesses accesses;
    for (std::size_t i = 0; i < program_.step.size() && !barrier_before_[i]; ++i) {
      const Accesses each = AccessSet(program_, sharing_, 0).of(program_.step[i]);
      accesses.insert(accesses.end(), each.begin(), each.end());
    }
    return accesses;
  }

  std::int64_t depth_of(const Access& access) const {
    const Queue& queue = program_.queues[access.id];
    return access.part == Part::list ? queue.list_depth() : queue.mask_depth();
  }

  bool overlap(const Access& a, const Access& b) const {
    if (a.part != b.part || a.id != b.id || !(a.writes || b.writes) || (a.own && b.own)) return false;
    if (!a.step || !b.step) return true;
    if (a.part == Part::array) return *a.step == *b.step;
    return (*a.step - *b.step) % depth_of(a) == 0;
  }

  bool conflict(const Accesses& earlier, const Accesses& later) const {
    return std::any_of(earlier.begin(), earlier.end(), [&](const Access& a) {
      return std::any_of(later.begin(), later.end(), [&](const Access& b) { return overlap(a, b); });
    });
  }

  void insert() {
    std::vector<Phase> step;
    for (std::size_t i = 0; i < program_.step.size(); ++i) {
      if (barrier_before_[i]) step.emplace_back(BarrierPhase{});
      step.push_back(std::move(program_.step[i]));
    }
    program_.step = std::move(step);
  }

  Program& program_;
  const Sharing& sharing_;
  std::vector<bool> barrier_before_;
};

}  // namespace

void place_barriers(Program& program, const Sharing& sharing) { BarrierPlacement(program, sharing).run(); }

}  // namespace synfire::codegen
