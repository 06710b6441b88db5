// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "passes/accesses.hpp"

namespace synfire::codegen {
namespace {

class BarrierPlacement {
 public:
  BarrierPlacement(Program& program, const Sharing& sharing)
      : program_(program), sharing_(sharing), barrier_before_(program.step.size(), false) {}

  void run() {
    // The first step can conflict with the phases before the trial; a barrier against those goes before the loop.
    const Accesses before = all_of(program_.before);
    TouchedSet touched_before, pending;
    touched_before.add(before);
    walk(pending, [&](std::size_t i) { barrier_before_[i] = true; });
    drop_superfluous();
    pending.clear();
    walk(pending, [](std::size_t) {});
    const bool opens_with_barrier =
        !sharing_.steps_are_apart && touched_before.conflicts_with(first_step_until_barrier());
    // A launch may have zero steps, so the phases before can conflict with those after.
    if (!opens_with_barrier) pending.add(before);
    const bool after_needs_one = !sharing_.steps_are_apart && pending.conflicts_with(all_of(program_.after));
    if (opens_with_barrier) program_.before.emplace_back(BarrierPhase{});
    insert();
    if (after_needs_one) program_.after.insert(program_.after.begin(), BarrierPhase{});
  }

 private:
  // Walks through three steps; `pending` holds the accesses since the last barrier. Calls `on_conflict` where a barrier
  // is missing, and continues as if there were one. Each step must also respect the previous one: the second sees what
  // the first left pending, the third the steady state.
  template <class OnConflict>
  void walk(TouchedSet& pending, OnConflict on_conflict) const {
    for (std::int64_t step = 0; step < 3; ++step) {
      if (sharing_.steps_are_apart) pending.clear();
      for (std::size_t i = 0; i < program_.step.size(); ++i) {
        const Accesses accesses = AccessSet(program_, sharing_, step).of(program_.step[i]);
        const bool missing = !barrier_before_[i] && pending.conflicts_with(accesses);
        if (missing) on_conflict(i);
        if (missing || barrier_before_[i]) pending.clear();
        pending.add(accesses);
      }
    }
  }

  // A barrier that one step requires may make an earlier one redundant.
  void drop_superfluous() {
    for (std::size_t i = 0; i < barrier_before_.size(); ++i) {
      if (!barrier_before_[i]) continue;
      barrier_before_[i] = false;
      TouchedSet pending;
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

void place_barriers(Program& program, const Sharing& sharing) {
  if (program.learning)
    place_learning_barriers(program, sharing);
  else
    BarrierPlacement(program, sharing).run();
}

}  // namespace synfire::codegen
