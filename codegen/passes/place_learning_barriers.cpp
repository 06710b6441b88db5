// SPDX-License-Identifier: Apache-2.0
// Barriers of a training program: a block runs one example after another, each first forward through all steps and then
// backward.
#include <algorithm>
#include <array>

#include "passes/accesses.hpp"

namespace synfire::codegen {
namespace {

class LearningBarriers {
 public:
  LearningBarriers(Program& program, const Sharing& sharing) : program_(program), sharing_(sharing) {
    Learning& learning = *program.learning;
    lists_ = {&learning.before_examples, &program.before, &program.step,  &program.after,
              &learning.before,          &learning.step,  &learning.after};
    for (std::size_t l = 0; l < lists; ++l) before_phase_[l].assign(lists_[l]->size(), false);
  }

  void run() {
    // A walk stops where a barrier is missing; the barrier is placed, and all walks start over.
    while (!walks_pass(true)) {
    }
    drop_superfluous();
    insert();
  }

 private:
  enum List : std::size_t {
    clearing,
    opening,
    step,
    closing,
    backward_opening,
    backward_step,
    backward_closing,
    lists
  };

  // Pairs of examples with and without a backward pass. Every example has at least one step.
  bool walks_pass(bool place) {
    for (const bool first : {true, false}) {
      for (const bool second : {true, false}) {
        if (!walk({first, second}, place)) return false;
      }
    }
    return true;
  }

  // Walks through two examples. Returns false if a barrier is missing; with `place` it has been placed.
  bool walk(const std::array<bool, 2>& backward, bool place) {
    pending_.clear();
    segment_ = example_ = 0;
    placing_ = place;
    if (!pass(clearing)) return false;
    for (const bool goes_backward : backward) {
      if (!pass_example(goes_backward)) return false;
      if (program_.learning->barrier_between_examples) pending_.clear();
      example_ = ++segment_;
    }
    return true;
  }

  bool pass_example(bool backward) {
    if (!pass(opening) || !pass_loop(step) || !pass(closing)) return false;
    ++segment_;
    if (!meet(AccessSet(program_, sharing_, 0).of_room(), before_room_)) return false;
    if (!backward) return true;
    return pass(backward_opening) && pass_loop(backward_step) && pass(backward_closing);
  }

  bool pass(List list) {
    ++segment_;
    for (std::size_t i = 0; i < lists_[list]->size(); ++i) {
      if (!meet(accesses(list, i, 0), before_phase_[list][i])) return false;
    }
    return true;
  }

  bool pass_loop(List list) {
    if (before_loop_[list]) pending_.clear();
    ++segment_;
    for (std::int64_t turn = 0; turn < 3; ++turn) {
      for (std::size_t i = 0; i < lists_[list]->size(); ++i) {
        const std::int64_t at = list == backward_step ? -turn : turn;
        const Accesses touched = accesses(list, i, at);
        const bool first = turn == 0 && !before_phase_[list][i] && !conflicts(touched, example_);
        if (first && conflicts(touched, segment_)) {
          if (placing_) before_loop_[list] = true;
          return false;
        }
        if (!meet(touched, before_phase_[list][i])) return false;
      }
    }
    return true;
  }

  Accesses accesses(List list, std::size_t i, std::int64_t at) const {
    return AccessSet(program_, sharing_, at).of((*lists_[list])[i]);
  }

  // An access since the last barrier. The steps of different loops cannot be compared.
  struct Pending {
    Access access;
    int segment;
  };

  bool meets(const Pending& earlier, Access later) const {
    Access before = earlier.access;
    if (earlier.segment != segment_) before.step = later.step = all_steps;
    const bool of_an_example = later.part == Part::array && program_.arrays[later.id].per_example;
    return !(of_an_example && earlier.segment < example_) && overlap(before, later);
  }

  // Whether there is a conflict with accesses in segments before `end`.
  bool conflicts(const Accesses& touched, int end) const {
    return std::any_of(pending_.begin(), pending_.end(), [&](const Pending& earlier) {
      return earlier.segment < end &&
             std::any_of(touched.begin(), touched.end(), [&](const Access& later) { return meets(earlier, later); });
    });
  }

  // `barrier`: whether there is a barrier before.
  template <class Flag>
  bool meet(const Accesses& touched, Flag&& barrier) {
    if (barrier) {
      pending_.clear();
    } else if (conflicts(touched, segment_ + 1)) {
      if (!placing_) return false;
      if (conflicts(touched, example_))
        program_.learning->barrier_between_examples = true;
      else
        barrier = true;
      return false;
    }
    for (const Access& each : touched) pending_.push_back({each, segment_});
    return true;
  }

  // A barrier that one place requires may make an earlier one redundant.
  template <class Flag>
  void try_without(Flag&& flag) {
    if (!flag) return;
    flag = false;
    if (!walks_pass(false)) flag = true;
  }

  void drop_superfluous() {
    for (std::size_t l = 0; l < lists; ++l) {
      for (std::size_t i = 0; i < before_phase_[l].size(); ++i) try_without(before_phase_[l][i]);
      try_without(before_loop_[l]);
    }
    try_without(before_room_);
    try_without(program_.learning->barrier_between_examples);
  }

  void insert() {
    for (std::size_t l = 0; l < lists; ++l) {
      std::vector<Phase> with;
      for (std::size_t i = 0; i < lists_[l]->size(); ++i) {
        if (before_phase_[l][i]) with.emplace_back(BarrierPhase{});
        with.push_back(std::move((*lists_[l])[i]));
      }
      *lists_[l] = std::move(with);
    }
    if (before_loop_[step]) program_.before.emplace_back(BarrierPhase{});
    if (before_loop_[backward_step]) program_.learning->before.emplace_back(BarrierPhase{});
    if (before_room_) program_.after.emplace_back(BarrierPhase{});
  }

  Program& program_;
  const Sharing& sharing_;
  std::array<std::vector<Phase>*, lists> lists_{};
  std::array<std::vector<bool>, lists> before_phase_;
  std::array<bool, lists> before_loop_{};
  bool before_room_ = false;
  std::vector<Pending> pending_;
  int segment_ = 0, example_ = 0;  // the current segment; the first of this example
  bool placing_ = false;
};

}  // namespace

void place_learning_barriers(Program& program, const Sharing& sharing) { LearningBarriers(program, sharing).run(); }

}  // namespace synfire::codegen
