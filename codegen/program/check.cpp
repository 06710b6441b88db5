// SPDX-License-Identifier: Apache-2.0
// Validates a program. Runs after every pass, so the error names the pass that broke it.
#include <set>

#include "synfire/codegen/program.hpp"

namespace synfire::codegen {
namespace {

class Check {
 public:
  explicit Check(const Program& program) : program_(program) {}

  std::vector<std::string> run() {
    for (const Array& array : program_.arrays) {
      if (array.name.empty()) fail("an array has no name");
      if (!names_.insert(array.name).second) fail("duplicate array name " + array.name);
      if (array.role && array.storage != Storage::global) fail("buffer " + array.name + " is not in global memory");
      if (array.values && array.values->size() != array.extent) fail(array.name + " has the wrong number of values");
      if (array.counts && array.counts->size() != array.extent) fail(array.name + " has the wrong number of counts");
    }
    std::vector<const std::vector<Phase>*> lists{&program_.before, &program_.step, &program_.after};
    if (const auto& learning = program_.learning) {
      if (learning->slots == 0) fail("the training program has no gradient slot");
      for (const Tape& tape : learning->tapes) {
        queue(tape.queue, "tape " + tape.name);
        array(tape.offsets, "tape " + tape.name);
        array(tape.spikes, "tape " + tape.name);
        for (const ArrayId id : tape.kept) array(id, "tape " + tape.name);
        if (!tape.values && !tape.kept.empty()) fail("tape " + tape.name + " has no array for the values it keeps");
      }
      check(learning->optimizer);
      for (const ElementPhase& phase : learning->prepare) check(phase);
      for (const auto* phases : {&learning->before_examples, &learning->before, &learning->step, &learning->after})
        lists.push_back(phases);
    }
    for (const auto* phases : lists) {
      for (const Phase& phase : *phases) std::visit([this](const auto& each) { check(each); }, phase);
    }
    return std::move(failures_);
  }

 private:
  void fail(const std::string& what) { failures_.push_back(what); }

  void array(ArrayId id, const std::string& where) {
    if (id >= program_.arrays.size()) fail(where + ": unknown array");
  }
  void queue(std::uint32_t id, const std::string& where) {
    if (id >= program_.queues.size()) fail(where + ": unknown queue");
  }

  void check(const OptimizerUpdate& optimizer) {
    locals_ = {"value", "learning_rate", "gradient"};
    for (const OptimizerUpdate::State& state : optimizer.states) locals_.insert(state.local);
    for (const OptimizerUpdate::Term& term : optimizer.terms) locals_.insert(term.local);
    check(optimizer.body, "optimizer " + optimizer.name);
  }

  void check(const ElementPhase& phase) {
    locals_.clear();
    check(phase.body, phase.label);
  }
  void check(const DeliverPhase& phase) {
    queue(phase.queue, phase.label);
    array(phase.arriving, phase.label);
    if (phase.weights) array(*phase.weights, phase.label);
    if (accumulates(phase.pattern)) ring(phase.arriving, phase.targets, phase.ring_depth, phase.label);
    if (phase.queue < program_.queues.size() && phase.age > program_.queues[phase.queue].oldest)
      fail(phase.label + ": the queue is too short for the delay");
  }
  void check(const GatherPhase& phase) { queue(phase.queue, phase.label); }
  void check(const ReplayPhase& phase) {
    queue(phase.queue, phase.label);
    array(phase.offsets, phase.label);
    array(phase.neurons, phase.label);
  }
  void check(const OpenPhase& phase) { queue(phase.queue, phase.label); }
  void check(const SavePhase& phase) { queue(phase.queue, phase.label); }
  void check(const OpenRingPhase& phase) {
    ring(phase.ring, phase.targets, phase.depth, phase.label);
    if (phase.saved) array(*phase.saved, phase.label);
  }
  void check(const SaveRingPhase& phase) {
    ring(phase.ring, phase.targets, phase.depth, phase.label);
    array(phase.saved, phase.label);
  }
  void check(const BarrierPhase&) {}
  void check(const OpenTapePhase& phase) { tape(phase.tape, phase.label); }
  void check(const CloseTapePhase& phase) { tape(phase.tape, phase.label); }
  void check(const RecordPhase& phase) {
    tape(phase.tape, phase.label);
    if (learns() && phase.tape < program_.learning->tapes.size() && program_.learning->tapes[phase.tape].given)
      fail(phase.label + ": given spikes are not recorded");
  }
  void check(const EventPhase& phase) {
    tape(phase.tape, phase.label);
    locals_.clear();
    check(phase.body, phase.label);
  }
  void check(const BackDeliverPhase& phase) {
    if (!phase.every) tape(phase.tape, phase.label);
    if (phase.pattern == Pattern::window) tape(phase.spiked, phase.label);
    if (phase.pattern == Pattern::window && phase.gradient)
      fail(phase.label + ": the weight of a window is not trained");
    if (phase.every && phase.gradient) fail(phase.label + ": only spikes have a gradient");
    for (const auto& id :
         {phase.gradient, phase.lambda, phase.timing, phase.due, phase.delay_gradient, phase.weights}) {
      if (id) array(*id, phase.label);
    }
    for (const auto& id : {phase.lambda, phase.timing}) {
      if (id) ring(*id, phase.targets, phase.ring_depth, phase.label);
    }
    if (phase.gradient.has_value() != phase.lambda.has_value())
      fail(phase.label + ": a gradient needs lambda, and lambda a gradient");
    if (phase.timing.has_value() != (phase.due || phase.delay_gradient))
      fail(phase.label + ": timing needs due or a gradient of delays, and they timing");
    if (phase.delay_gradient && !phase.rows.trained_delays) fail(phase.label + ": the delays are not trained");
    if (phase.ring_depth <= phase.age) fail(phase.label + ": the ring is too short for the delay");
  }
  void check(const LossPhase& phase) {
    array(phase.values, phase.label);
    if (phase.given) array(*phase.given, phase.label);
    if (phase.weights) array(*phase.weights, phase.label);
    array(phase.losses, phase.label);
    if (phase.rest) array(*phase.rest, phase.label);
    if (phase.derivative) array(*phase.derivative, phase.label);
    if (phase.derivative.has_value() != !phase.slopes.empty())
      fail(phase.label + ": a derivative needs statements, and they a derivative");
    locals_.clear();
    for (const Reduction& each : phase.reductions) {
      check(each.body, phase.label);
      if (each.kind == Reduction::Kind::value) continue;
      check(each.element, phase.label);
      locals_.insert(each.name);
    }
    check(phase.slopes, phase.label);
    check(phase.result, phase.label);
  }

  bool learns() const { return program_.learning.has_value(); }
  void tape(std::uint32_t id, const std::string& where) {
    if (!learns() || id >= program_.learning->tapes.size()) fail(where + ": unknown tape");
  }

  void ring(ArrayId id, std::uint32_t targets, std::uint32_t depth, const std::string& where) {
    array(id, where);
    if (id < program_.arrays.size() && program_.arrays[id].extent != std::size_t{targets} * depth)
      fail(where + ": the ring has the wrong size");
  }

  void check(const std::vector<Statement>& body, const std::string& where) {
    for (const Statement& statement : body) {
      if (const auto* let = std::get_if<Let>(&statement)) {
        check(let->value, where);
        locals_.insert(let->name);
      } else if (const auto* variable = std::get_if<Variable>(&statement)) {
        check(variable->value, where);
        locals_.insert(variable->name);
      } else if (const auto* set = std::get_if<Set>(&statement)) {
        check(set->value, where);
        if (locals_.count(set->name) == 0) fail(where + ": " + set->name + " is set before it is defined");
      } else if (const auto* store = std::get_if<Store>(&statement)) {
        array(store->array, where);
        check(store->value, where);
        if (store->index) check(store->index, where);
      } else if (const auto* emit = std::get_if<Emit>(&statement)) {
        queue(emit->queue, where);
        check(emit->spiked, where);
      } else if (const auto* choice = std::get_if<If>(&statement)) {
        check(choice->condition, where);
        check(choice->then, where);
        check(choice->otherwise, where);
      } else if (const auto* repeat = std::get_if<Repeat>(&statement)) {
        if (repeat->counter.empty()) fail(where + ": a repetition has no counter");
        if (repeat->count == 0) fail(where + ": a repetition has count 0");
        const std::set<std::string> outside = locals_;
        locals_.insert(repeat->counter);
        check(repeat->body, where);
        locals_ = outside;
      }
    }
  }

  void check(const Expr& expression, const std::string& where) {
    if (!expression) return fail(where + ": an expression is missing");
    if (const auto* local = std::get_if<LocalExpr>(&expression->node)) {
      if (locals_.count(local->name) == 0) fail(where + ": " + local->name + " is read before it is defined");
    } else if (const auto* load = std::get_if<LoadExpr>(&expression->node)) {
      array(load->array, where);
      if (load->index) check(load->index, where);
    } else if (const auto* operation = std::get_if<OperationExpr>(&expression->node)) {
      for (const Expr& operand : operation->operands) check(operand, where);
    }
  }

  const Program& program_;
  std::set<std::string> names_, locals_;
  std::vector<std::string> failures_;
};

}  // namespace

std::vector<std::string> check(const Program& program) { return Check(program).run(); }

}  // namespace synfire::codegen
