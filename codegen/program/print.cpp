// SPDX-License-Identifier: Apache-2.0
// Prints a program as a listing.
#include "synfire/base/readable.hpp"
#include "synfire/codegen/program.hpp"
#include "text/expression.hpp"
#include "text/literal.hpp"
#include "text/writer.hpp"

namespace synfire::codegen {
namespace {

std::string name_of(Builtin builtin) {
  switch (builtin) {
    case Builtin::element: return "i";
    case Builtin::step: return "step";
    case Builtin::steps: return "steps";
    case Builtin::loads_neurons: return "loads_neurons";
    case Builtin::loads_synapses: return "loads_synapses";
    case Builtin::loads_readouts: return "loads_readouts";
    case Builtin::loads_spikes: return "loads_spikes";
    case Builtin::is_continued: return "is_continued";
    case Builtin::saves: return "saves";
    case Builtin::recording_row: return "recording_row";
    case Builtin::readout_step: return "readout_step";
    case Builtin::readout_steps: return "readout_steps";
    case Builtin::learns: return "learns";
    case Builtin::opens_stretch: return "opens_stretch";
    case Builtin::follows_batch: return "follows_batch";
    case Builtin::is_weighted: return "is_weighted";
    case Builtin::timesteps: return "timesteps";
    case Builtin::slot_example: return "slot_example";
    case Builtin::spike: return "spike";
    case Builtin::tape_place: return "place";
    case Builtin::tape_capacity: return "capacity";
  }
  return {};
}

std::string_view name_of(Lifetime lifetime) {
  switch (lifetime) {
    case Lifetime::step: return "step";
    case Lifetime::trial: return "trial";
    case Lifetime::persistent: return "persistent";
  }
  return {};
}

std::string_view name_of(Storage storage) {
  switch (storage) {
    case Storage::undecided: return "undecided";
    case Storage::registers: return "registers";
    case Storage::shared: return "shared";
    case Storage::global: return "global";
  }
  return {};
}

class Listing {
 public:
  explicit Listing(const Program& program) : program_(program) {
    style_.element = [this](ArrayId id, const std::string& index) {
      return program_.arrays[id].name + "[" + (index.empty() ? "i" : index) + "]";
    };
    style_.builtin = [](Builtin which) { return name_of(which); };
  }

  std::string expression(const Expr& expression) const { return text::print(expression, style_); }

  std::string run() {
    out_.line("program: " + program_.network);
    out_.line("dt " + text::decimal(program_.dt) + " ms, at most " + std::to_string(program_.timesteps) + " steps" +
              (program_.resumable ? ", resumable" : "") +
              (program_.threads ? ", " + std::to_string(program_.threads) + " threads" : ""));
    for (const std::string& note : program_.notes) out_.line("note: " + note);
    for (const Array& array : program_.arrays) list(array);
    for (const Queue& queue : program_.queues) list(queue);
    if (program_.learning) list(*program_.learning);
    list("before", program_.before);
    list("step", program_.step);
    list("after", program_.after);
    if (program_.learning) {
      list("backward before", program_.learning->before);
      list("backward step", program_.learning->step);
      list("backward after", program_.learning->after);
    }
    return out_.text();
  }

 private:
  void list(const Array& array) {
    std::string line = "array " + array.name + ": " + std::string(to_string(array.type)) + "[" +
                       std::to_string(array.extent) + "] " + std::string(name_of(array.lifetime)) + ", " +
                       std::string(name_of(array.storage));
    if (array.role) line += std::string(", ") + contract::to_string(*array.role);
    if (!array.comment.empty()) line += "  # " + array.comment;
    out_.line(line);
  }

  void list(const Queue& queue) {
    out_.line("queue " + queue.name + ": " + std::to_string(queue.neurons) + " neurons, spikes of " +
              base::counted(queue.oldest, "step") + (queue.is_signed ? ", signed" : "") +
              (queue.list_read ? ", list" : "") + (queue.mask_read ? ", mask" : ""));
  }

  void list(const OptimizerUpdate& optimizer) {
    std::string line = "optimizer " + optimizer.name;
    const auto limit = [&](const char* name, float value) {
      if (value > 0) line += std::string(", ") + name + ' ' + text::decimal(static_cast<double>(value));
    };
    limit("clip_value", optimizer.clip_value);
    limit("clip_norm", optimizer.clip_norm);
    const auto scope = out_.scope(line, "");
    for (const OptimizerUpdate::Term& term : optimizer.terms) out_.line(term.local + " = " + term.text);
    list(optimizer.body);
  }

  void list(const Learning& learning) {
    out_.line("learning: " + std::to_string(learning.slots) + " slots");
    list(learning.optimizer);
    for (const Learning::Value& each : learning.values)
      out_.line("trained " + array_name(each.parameter) + ": " + array_name(each.gradient) +
                (each.state ? ", " + array_name(*each.state) : "") + (each.shared ? ", one value" : ""));
    for (const Tape& tape : learning.tapes) {
      std::string line = "tape " + tape.name + ": " + program_.queues[tape.queue].name + (tape.given ? ", given" : "");
      for (std::size_t v = 0; v < tape.kept.size(); ++v) line += (v ? ", " : ", keeps ") + array_name(tape.kept[v]);
      out_.line(line);
    }
    list("before examples", learning.before_examples);
    if (!learning.prepare.empty()) list("prepare", {learning.prepare.begin(), learning.prepare.end()});
  }
  const std::string& array_name(ArrayId id) const { return program_.arrays[id].name; }
  const std::string& tape_of(std::uint32_t tape) const { return program_.learning->tapes[tape].name; }

  void list(const std::string& title, const std::vector<Phase>& phases) {
    const auto scope = out_.scope(title + " {");
    for (const Phase& phase : phases) std::visit([this](const auto& each) { list(each); }, phase);
  }

  void list(const ElementPhase& phase) {
    const std::string when = phase.locates ? "when locating, " : "";
    const auto scope = out_.scope(when + "for i in 0.." + std::to_string(phase.count) + " {  # " + phase.label);
    list(phase.body);
  }

  void list(const std::vector<Statement>& body) {
    for (const Statement& statement : body) std::visit([this](const auto& each) { list(each); }, statement);
  }
  void list(const Let& s) { out_.line("let " + s.name + " = " + expression(s.value)); }
  void list(const Variable& s) { out_.line("var " + s.name + " = " + expression(s.value)); }
  void list(const Set& s) { out_.line(s.name + " = " + expression(s.value)); }
  void list(const Store& s) {
    out_.line(style_.element(s.array, s.index ? expression(s.index) : "") + " = " + expression(s.value));
  }
  void list(const Emit& s) {
    out_.line("emit " + program_.queues[s.queue].name + " if " + expression(s.spiked) +
              (s.negative ? ", negative if " + expression(s.negative) : ""));
  }
  void list(const Comment& s) { out_.line("# " + s.text); }
  void list(const If& s) {
    {
      const auto scope = out_.scope("if " + expression(s.condition) + " {");
      list(s.then);
    }
    if (s.otherwise.empty()) return;
    const auto scope = out_.scope("else {");
    list(s.otherwise);
  }
  void list(const Repeat& s) {
    const auto scope = out_.scope("repeat " + std::to_string(s.count) + " times {");
    list(s.body);
  }

  void list(const DeliverPhase& phase) {
    const std::string weight =
        phase.weights ? program_.arrays[*phase.weights].name : text::decimal(static_cast<double>(phase.weight));
    const std::string ring = phase.ring_depth > 1 ? ", ring of " + std::to_string(phase.ring_depth) + " steps" : "";
    out_.line(program_.arrays[phase.arriving].name + (accumulates(phase.pattern) ? " += " : " = ") +
              std::string(to_string(phase.pattern)) + " sum of " + weight + " over " +
              program_.queues[phase.queue].name + "[step" + (phase.age == 0 ? "" : " - " + std::to_string(phase.age)) +
              "]" + ring + "  # " + phase.label);
  }
  void list(const GatherPhase& phase) {
    out_.line("gather " + program_.queues[phase.queue].name + "  # " + phase.label);
  }
  void list(const ReplayPhase& phase) {
    out_.line("replay " + program_.queues[phase.queue].name + " from " + program_.arrays[phase.neurons].name + "  # " +
              phase.label);
  }
  void list(const OpenPhase& phase) { out_.line("open " + program_.queues[phase.queue].name + "  # " + phase.label); }
  void list(const SavePhase& phase) { out_.line("save " + program_.queues[phase.queue].name + "  # " + phase.label); }
  void list(const OpenRingPhase& phase) {
    out_.line("open " + program_.arrays[phase.ring].name + "  # " + phase.label);
  }
  void list(const SaveRingPhase& phase) {
    out_.line("save " + program_.arrays[phase.ring].name + "  # " + phase.label);
  }
  void list(const OpenTapePhase& phase) { out_.line("open " + tape_of(phase.tape) + "  # " + phase.label); }
  void list(const RecordPhase& phase) { out_.line("record " + tape_of(phase.tape) + "  # " + phase.label); }
  void list(const CloseTapePhase& phase) { out_.line("close " + tape_of(phase.tape) + "  # " + phase.label); }
  void list(const EventPhase& phase) {
    const auto scope = out_.scope("for spike of i in " + tape_of(phase.tape) + "[step] {  # " + phase.label);
    list(phase.body);
  }
  void list(const BackDeliverPhase& phase) {
    const std::string spikes =
        phase.every ? "each i of " + std::to_string(phase.sources) : "spike of i in " + tape_of(phase.tape) + "[step]";
    const auto scope =
        out_.scope("for " + spikes + ", " + std::string(to_string(phase.pattern)) + " {  # " + phase.label);
    const std::string arrival = "[step" + (phase.age == 0 ? "" : " + " + std::to_string(phase.age)) + "]";
    const std::string weight =
        phase.weights ? array_name(*phase.weights) : text::decimal(static_cast<double>(phase.weight));
    if (phase.gradient) out_.line(array_name(*phase.gradient) + "[i] += " + array_name(*phase.lambda) + arrival);
    if (phase.delay_gradient)
      out_.line(array_name(*phase.delay_gradient) + "[i] -= " + weight + "[i] * " + array_name(*phase.timing) +
                arrival + " / dt");
    if (phase.due)
      out_.line(array_name(*phase.due) + "[spike] " + (phase.first_due ? "=" : "+=") + " -sum of " + weight + "[i] * " +
                array_name(*phase.timing) + arrival);
  }
  void list(const LossPhase& phase) {
    const auto scope = out_.scope("loss {  # " + phase.label);
    for (const Reduction& each : phase.reductions) list(each, phase.neurons);
    if (!phase.slopes.empty()) {
      const auto loop = out_.scope("for i in 0.." + std::to_string(phase.neurons) + " {");
      list(phase.slopes);
    }
    list(phase.result);
  }
  void list(const Reduction& reduction, std::uint32_t neurons) {
    if (reduction.kind == Reduction::Kind::value) return list(reduction.body);
    const auto loop = out_.scope("for i in 0.." + std::to_string(neurons) + " {");
    list(reduction.body);
    out_.line(reduction.name + " = " + std::string(to_string(reduction.kind)) + " of " + expression(reduction.element));
  }
  void list(const BarrierPhase&) { out_.line("barrier"); }

  const Program& program_;
  text::ExpressionStyle style_;
  text::Writer out_;
};

}  // namespace

std::string to_string(const Program& program) { return Listing(program).run(); }
std::string to_string(const Expr& expression, const Program& program) {
  return Listing(program).expression(expression);
}

}  // namespace synfire::codegen
