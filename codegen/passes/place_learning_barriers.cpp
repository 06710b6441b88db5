// SPDX-License-Identifier: Apache-2.0
// Barriers of a program that learns: a block runs example after example, each all steps forward and then all steps backward.
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
    // A walk stops where a barrier is missing; it is placed, and all walks begin again.
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

  // How an example goes: whether it has a backward pass, and any step.
  struct Walk {
    bool backward = true;
    bool steps = true;
  };

  bool walks_pass(bool place) {
    for (const Walk& first : {Walk{true, true}, Walk{false, true}, Walk{true, false}}) {
      for (const Walk& second : {Walk{true, true}, Walk{false, true}, Walk{true, false}}) {
        if (!walk({first, second}, place)) return false;
      }
    }
    return true;
  }

  // Two examples. False where a barrier is missing; `place`: it is there now.
  bool walk(const std::array<Walk, 2>& examples, bool place) {
    pending_.clear();
    segment_ = 0;
    placing_ = place;
    if (!pass(clearing)) return false;
    for (const Walk& example : examples) {
      if (!pass_example(example)) return false;
      if (after_example_) pending_.clear();
    }
    return true;
  }

  bool pass_example(const Walk& example) {
    if (!pass(opening) || !pass_loop(step, example.steps) || !pass(closing)) return false;
    ++segment_;
    if (!meet(AccessSet(program_, sharing_, 0).of_room(), before_room_)) return false;
    if (!example.backward) return true;
    return pass(backward_opening) && pass_loop(backward_step, example.steps) && pass(backward_closing);
  }

  bool pass(List list) {
    ++segment_;
    for (std::size_t i = 0; i < lists_[list]->size(); ++i) {
      if (!meet(accesses(list, i, 0), before_phase_[list][i])) return false;
    }
    return true;
  }

  bool pass_loop(List list, bool any) {
    if (before_loop_[list]) pending_.clear();
    ++segment_;
    for (std::int64_t turn = 0; any && turn < 3; ++turn) {
      for (std::size_t i = 0; i < lists_[list]->size(); ++i) {
        const std::int64_t at = list == backward_step ? -turn : turn;
        const Accesses touched = accesses(list, i, at);
        if (!before_phase_[list][i] && turn == 0 && conflicts_from_outside(touched)) {
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

  // What has been touched since the last barrier. Steps of different loops are not known relative to each other.
  struct Pending {
    Access access;
    int segment;
  };

  static bool meets(const Pending& earlier, Access later, int segment) {
    Access before = earlier.access;
    if (earlier.segment != segment) {
      before.step = later.step = all_steps;
    }
    return overlap(before, later);
  }

  bool conflicts(const Accesses& touched, bool outside_only) const {
    return std::any_of(pending_.begin(), pending_.end(), [&](const Pending& earlier) {
      if (outside_only && earlier.segment == segment_) return false;
      return std::any_of(touched.begin(), touched.end(),
                         [&](const Access& later) { return meets(earlier, later, segment_); });
    });
  }
  bool conflicts_from_outside(const Accesses& touched) const { return conflicts(touched, true); }

  // `barrier`: whether there is one before.
  template <class Flag>
  bool meet(const Accesses& touched, Flag&& barrier) {
    if (barrier) {
      pending_.clear();
    } else if (conflicts(touched, false)) {
      if (placing_) barrier = true;
      return false;
    }
    for (const Access& each : touched) pending_.push_back({each, segment_});
    return true;
  }

  // A barrier that one place asks for may also serve what an earlier one was placed for.
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
  const bool after_example_ = true;  // the printer puts it there: the next example writes over what this one reads
  std::vector<Pending> pending_;
  int segment_ = 0;
  bool placing_ = false;
};

}  // namespace

void place_learning_barriers(Program& program, const Sharing& sharing) { LearningBarriers(program, sharing).run(); }

}  // namespace synfire::codegen
