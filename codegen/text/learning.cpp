// SPDX-License-Identifier: Apache-2.0
#include "text/learning.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <optional>

#include "program/walk.hpp"
#include "synfire/codegen/printers.hpp"
#include "text/body.hpp"
#include "text/literal.hpp"
#include "text/trial.hpp"

namespace synfire::codegen::text {
namespace {

// A value shared by synapses is one chunk: its gradient is the sum of theirs.
std::size_t chunks_of(const Program& program, const Learning::Value& weights) {
  const std::size_t elements = program.arrays[weights.parameter].extent;
  return weights.shared ? 1 : (elements + update_chunk_elements - 1) / update_chunk_elements;
}

std::size_t chunks_of(const ElementPhase& phase) {
  return (std::size_t{phase.count} + update_chunk_elements - 1) / update_chunk_elements;
}

std::uint32_t norm_chunks_of(const Learning::Value& weights) {
  if (weights.rule.max_norm == 0) return 0;
  return (weights.rule.targets + constrain_chunk_targets - 1) / constrain_chunk_targets;
}

}  // namespace

std::string tape_part(const Program& program, ArrayId id) {
  const Array& array = program.arrays[id];
  if (array.role != contract::BufferRole::tape) return {};
  for (const Tape& tape : program.learning->tapes) {
    if (tape.spikes != id && tape.values != id) continue;
    return " + static_cast<u64>(slot) * " + tape.name + "_capacity" +
           (array.extent > 1 ? " * " + count(array.extent) : std::string{});
  }
  return {};
}

namespace {

void print_reduction(const Reduction& reduction, std::uint32_t neurons, const BodyStyle& style, Writer& out) {
  if (reduction.kind == Reduction::Kind::value) return print_body(reduction.body, style, out);
  const std::string& name = reduction.name;
  const bool backward = reduction.kind == Reduction::Kind::first;
  if (reduction.kind == Reduction::Kind::sum) out.line("float " + name + " = 0.0f;");
  if (reduction.kind == Reduction::Kind::largest)
    out.line("float " + name + " = " + float_literal(std::numeric_limits<float>::lowest()) + ";");
  if (backward) out.line("u32 " + name + " = 0u;");
  const auto loop = out.scope(backward ? "for (u32 i = " + count(neurons) + "; i-- > 0u;) {"
                                       : "for (u32 i = 0u; i < " + count(neurons) + "; ++i) {");
  print_body(reduction.body, style, out);
  const std::string element = print(reduction.element, style);
  if (reduction.kind == Reduction::Kind::sum) out.line(name + " += " + element + ";");
  if (reduction.kind == Reduction::Kind::largest) out.line(name + " = maximum(" + name + ", " + element + ");");
  if (backward) out.line("if (" + element + ") " + name + " = i;");
}

}  // namespace

void print_loss(const LossPhase& phase, const BodyStyle& style, bool shared, Writer& out) {
  out.comment(phase.label);
  const auto scope = out.scope("{");
  for (const Reduction& each : phase.reductions) print_reduction(each, phase.neurons, style, out);
  if (!phase.slopes.empty()) {
    const auto loop = out.scope(shared ? "for (u32 i = thread; i < " + count(phase.neurons) + "; i += threads) {"
                                       : "for (u32 i = 0u; i < " + count(phase.neurons) + "; ++i) {");
    print_body(phase.slopes, style, out);
  }
  std::optional<Writer::Scope> first;
  if (shared) {
    out.line("if (thread == 0u) {");
    first.emplace(out, "}");
  }
  print_body(phase.result, style, out);
}

std::size_t buffer_position(const Program& program, ArrayId id) {
  const std::vector<ArrayId> order = buffer_order(program);
  return static_cast<std::size_t>(std::find(order.begin(), order.end(), id) - order.begin());
}

std::uint32_t update_chunks(const Program& program) {
  std::size_t chunks = 0;
  for (const Learning::Value& each : program.learning->values) chunks += chunks_of(program, each);
  return static_cast<std::uint32_t>(chunks);
}

std::uint32_t constrain_chunks(const Program& program) {
  std::uint32_t chunks = 0;
  for (const Learning::Value& each : program.learning->values) chunks += norm_chunks_of(each);
  return chunks;
}

std::string per_step(const Program& program) { return float_literal(static_cast<float>(1 / program.dt)); }

std::uint32_t prepare_chunks(const Program& program) {
  std::size_t chunks = 0;
  for (const ElementPhase& phase : program.learning->prepare) chunks += chunks_of(phase);
  return static_cast<std::uint32_t>(chunks);
}

bool has_noise(const Program& program) {
  const auto& weights = program.learning->values;
  return std::any_of(weights.begin(), weights.end(), [](const auto& each) { return each.rule.clean.has_value(); });
}

std::uint32_t spike_total(const Tape& tape, std::uint32_t contract::SpikeTotals::*which) {
  constexpr contract::SpikeTotals places{0, 1, 2};
  return tape.number * static_cast<std::uint32_t>(sizeof places / sizeof places.most) + places.*which;
}

void print_closing(const Program& program, const std::string& lane, const std::string& lanes,
                   const std::function<std::string(ArrayId)>& slot_view, Writer& out) {
  const Learning& learning = *program.learning;
  out.line("bool is_spoilt = false;");
  const auto spoilt_if = [&](const std::string& condition) { out.line("is_spoilt = is_spoilt || " + condition + ";"); };
  {
    const auto first = out.scope("if (" + lane + " == 0u) {");
    for (const Tape& tape : learning.tapes) {
      if (!tape.given)
        spoilt_if(slot_view(*learning.totals) + "(" + count(spike_total(tape, &contract::SpikeTotals::most)) + ") > " +
                  tape.name + "_capacity");
    }
    for (ArrayId id = 0; id < program.arrays.size(); ++id) {
      const Array& array = program.arrays[id];
      if (array.role != contract::BufferRole::losses) continue;
      out.line("const GlobalView<const float> " + array.name + "{static_cast<const float*>(arguments.buffers[" +
               std::to_string(buffer_position(program, id)) + "]), whole_buffer, \"" + array.name + "\"};");
      spoilt_if("any_infinite<slots>(" + array.name + ", slot, arguments.examples)");
    }
  }
  for (ArrayId id = 0; id < program.arrays.size(); ++id) {
    const Array& array = program.arrays[id];
    if (array.role != contract::BufferRole::event_counts) continue;
    const std::size_t neurons = array.extent / contract::event_rows;
    const auto row = static_cast<std::size_t>(contract::EventCount::not_finite);
    spoilt_if("any_of<" + count(neurons) + ">(" + slot_view(id) + ", " + count(row * neurons) + ", " + lane + ", " +
              lanes + ")");
  }
  out.line("close_slot(" + slot_view(*learning.halt) + ", slot, is_spoilt);");
}

namespace {

// Prints the update of trained values, or the norm of their gradients, for the chunk of a launch.
class UpdatePrinter {
 public:
  UpdatePrinter(const Program& program, const std::string& threads, Writer& out)
      : program_(program), learning_(*program.learning), threads_(threads), out_(out) {}

  void print_factor() {
    view(*learning_.squares, "const float", extent(*learning_.squares));
    out_.line("const float factor = norm_factor(sum_of<" + count(extent(*learning_.squares)) + ">(" +
              name(*learning_.squares) + "), " + float_literal(learning_.optimizer.clip_norm) + ");");
  }

  void print_update() {
    view(*learning_.halt, "u32", extent(*learning_.halt));
    out_.line("if (halts<" + count(learning_.slots) + ">(" + name(*learning_.halt) + ", arguments.batch, chunk, " +
              threads_.substr(0, threads_.find(',')) + ")) return;");
    if (learning_.settings) view(*learning_.settings, "const float", extent(*learning_.settings));
    const std::string factor = learning_.optimizer.clip_norm > 0 ? "factor" : "1.0f";
    each_value([&](const Learning::Value& each, std::size_t row) {
      view(each.parameter, "float", extent(each.parameter));
      view_gradient(each);
      if (each.state) view(*each.state, "float", extent(*each.state));
      const std::string begin = "<Trained, " + sizes(each) + ">(arguments, " + factor + ", " +
                                name(*learning_.settings) + ", " + count(row) + ", ";
      const std::string rule = rule_of(each, row);
      const std::string end = threads_ + ", " + name(each.parameter) + ", " + name(each.gradient) + ", " +
                              (each.state ? name(*each.state) : "NoState{}") + rule + ");";
      if (each.shared) {
        out_.line("const float sum = sum_of_all<" + sizes(each) + ">(" + name(each.gradient) + ");");
        out_.line("update_copies" + begin + "sum, " + end);
      } else {
        print_range(each);
        out_.line("update_values" + begin + "begin, end, " + end);
      }
    });
  }

  // `stores`: printed condition under which the thread stores the sum of the chunk.
  void print_norm(const std::string& stores) {
    view(*learning_.squares, "float", extent(*learning_.squares));
    out_.line("const float scale = arguments.gradient_scale;");
    each_value([&](const Learning::Value& each, std::size_t row) {
      view_gradient(each);
      const bool is_plain = each.rule.is_plain();
      if (!is_plain) view(each.parameter, "const float", extent(each.parameter));
      const std::string rule = rule_of(each, row);
      if (each.shared) {
        const std::string slope = "sum_of_all<" + sizes(each) + ">(" + name(each.gradient) + ") * scale";
        const std::string start = "rule.start(" + name(each.parameter) + ", 0u)";
        out_.line("const float slope = Trained::limited(" +
                  (is_plain ? slope : "rule.penalized(" + slope + ", " + start + ")") + ");");
        out_.line("const float square = slope * slope;");
      } else {
        print_range(each);
        out_.line("const float square = squares_of<Trained, " + sizes(each) + ">(" + name(each.gradient) +
                  ", scale, begin, end" + (is_plain ? "" : ", " + name(each.parameter)) + rule + ");");
      }
      out_.line(stores + name(*learning_.squares) + "(chunk) = square;");
    });
  }

  void print_perturbation() {
    view(*learning_.halt, "const u32", extent(*learning_.halt));
    out_.line("if (" + name(*learning_.halt) + "(0u) != 0u) return;  // training halted in an earlier batch");
    each_value([&](const Learning::Value& each, std::size_t row) {
      if (!each.rule.clean) {
        out_.line("return;  // without noise");
        return;
      }
      view(each.parameter, "float", extent(each.parameter));
      const std::string rule = rule_of(each, row);
      if (!each.shared) print_range(each);
      const std::string range = each.shared ? "0u, " + count(extent(each.parameter)) : "begin, end";
      out_.line("perturb_values(arguments, " + key_literal(each.rule.stream) + ", " + float_literal(each.rule.noise) +
                ", " + range + ", " + threads_ + ", " + name(each.parameter) + ", " + name(*each.rule.clean) + rule +
                ");");
    });
  }

  void print_preparation() {
    BodyStyle style;
    style.program = &program_;
    style.element = [this](ArrayId id, const std::string& index) {
      return name(id) + "(" + (index.empty() ? "i" : index) + ")";
    };
    std::size_t first = 0;
    for (const ElementPhase& phase : learning_.prepare) {
      out_.comment(phase.label);
      const std::string from = first == 0 ? "" : "chunk >= " + count(first) + " && ";
      const auto scope = out_.scope("if (" + from + "chunk < " + count(first + chunks_of(phase)) + ") {");
      print_views(phase);
      if (phase.count == 1)
        print_once(phase, style);
      else
        print_elements(phase, style, first);
      first += chunks_of(phase);
    }
  }

  void print_constraints() {
    view(*learning_.halt, "const u32", extent(*learning_.halt));
    out_.line("if (" + name(*learning_.halt) + "(0u) != 0u) return;  // the batch changed nothing");
    std::uint32_t first = 0;
    for (const Learning::Value& each : learning_.values) {
      const std::uint32_t chunks = norm_chunks_of(each);
      if (chunks == 0) continue;
      out_.comment(program_.arrays[each.parameter].comment);
      const std::string from = first == 0 ? "" : "chunk >= " + count(first) + " && ";
      const auto scope = out_.scope("if (" + from + "chunk < " + count(first + chunks) + ") {");
      view(each.parameter, "float", extent(each.parameter));
      print_range(first, constrain_chunk_targets, each.rule.targets);
      const std::string range = ", begin, end, " + threads_ + ", ";
      const std::string limit = float_literal(each.rule.max_norm);
      if (each.rule.incoming) {
        view(*each.rule.incoming, "const u32", extent(*each.rule.incoming));
        view(*each.rule.incoming_offsets, "const u32", extent(*each.rule.incoming_offsets));
        out_.line("limit_norms_of_rows(" + limit + range + name(*each.rule.incoming_offsets) + ", " +
                  name(*each.rule.incoming) + ", " + name(each.parameter) + ");");
      } else {
        out_.line("limit_norms<" + count(each.rule.sources) + ", " + count(each.rule.targets) + ">(" + limit + range +
                  name(each.parameter) + ");");
      }
      first += chunks;
    }
  }

 private:
  // Prints `rule`, unless the value has none; returns `, rule` or nothing.
  std::string rule_of(const Learning::Value& each, std::size_t row) {
    const ValueRule& rule = each.rule;
    if (rule.is_plain()) return {};
    std::string members;
    if (rule.zeros) view(*rule.zeros, "const u32", extent(*rule.zeros));
    if (rule.zeros) members += ", " + name(*rule.zeros);
    if (rule.clean) view(*rule.clean, "float", extent(*rule.clean));
    if (rule.clean) members += ", " + name(*rule.clean);
    const std::string type = "Rule" + std::to_string(row);
    out_.line("const " + type + " rule{" + (members.empty() ? "" : "{}" + members) + "};");
    return ", rule";
  }

  void print_views(const ElementPhase& phase) {
    std::map<ArrayId, bool> arrays;  // whether it is written
    for_each_expression(phase.body, [&](const Expr& each) {
      if (const auto* read = std::get_if<LoadExpr>(&each->node)) arrays.emplace(read->array, false);
    });
    for_each_statement(phase.body, [&](const Statement& each) {
      if (const auto* store = std::get_if<Store>(&each)) arrays[store->array] = true;
    });
    for (const auto& [id, written] : arrays)
      view(id, (written ? "" : "const ") + element_type(program_.arrays[id].element_type), extent(id));
  }

  // Printed index and number of threads.
  std::string thread() const { return threads_.substr(0, threads_.find(',')); }
  std::string number_of_threads() const { return threads_.substr(threads_.find(',') + 2); }

  void print_once(const ElementPhase& phase, const BodyStyle& style) {
    if (number_of_threads() == "1u") return print_body(phase.body, style, out_);
    const auto first = out_.scope("if (" + thread() + " == 0u) {");
    print_body(phase.body, style, out_);
  }

  void print_elements(const ElementPhase& phase, const BodyStyle& style, std::size_t first) {
    print_range(first, update_chunk_elements, phase.count);
    const std::string begin = number_of_threads() == "1u" ? "begin" : "begin + " + thread();
    const auto loop = out_.scope("for (u32 i = " + begin + "; i < end; i += " + number_of_threads() + ") {");
    print_body(phase.body, style, out_);
  }

  const std::string& name(ArrayId id) const { return program_.arrays[id].name; }
  std::size_t extent(ArrayId id) const { return program_.arrays[id].extent; }

  void view(ArrayId id, const std::string& type, std::size_t elements) {
    out_.line("const GlobalView<" + type + "> " + name(id) + "{static_cast<" + type + "*>(arguments.buffers[" +
              std::to_string(buffer_position(program_, id)) + "]), " + std::to_string(elements) + ", \"" + name(id) +
              "\"};");
  }
  void view_gradient(const Learning::Value& each) {
    view(each.gradient, "float", extent(each.parameter) * learning_.slots);
  }

  std::string sizes(const Learning::Value& each) const {
    return count(learning_.slots) + ", " + count(extent(each.parameter));
  }

  // Each value has the chunks after those of the values before it.
  void each_value(const std::function<void(const Learning::Value&, std::size_t row)>& print) {
    first_ = 0;
    for (std::size_t row = 0; row < learning_.values.size(); ++row) {
      const Learning::Value& each = learning_.values[row];
      out_.comment(program_.arrays[each.parameter].comment);
      const std::string from = first_ == 0 ? "" : "chunk >= " + count(first_) + " && ";
      const std::size_t chunks = chunks_of(program_, each);
      const auto scope = out_.scope("if (" + from + "chunk < " + count(first_ + chunks) + ") {");
      print(each, row);
      first_ += chunks;
    }
  }

  void print_range(const Learning::Value& each) { print_range(first_, update_chunk_elements, extent(each.parameter)); }

  void print_range(std::size_t first, std::size_t per_chunk, std::size_t all) {
    const std::string of_chunk = count(per_chunk), elements = count(all);
    out_.line("const u32 begin = " + (first == 0 ? "chunk" : "(chunk - " + count(first) + ")") + " * " + of_chunk +
              ";");
    out_.line("const u32 end = begin + " + of_chunk + " < " + elements + " ? begin + " + of_chunk + " : " + elements +
              ";");
  }

  const Program& program_;
  const Learning& learning_;
  std::string threads_;
  Writer& out_;
  std::size_t first_ = 0;  // chunk of the value
};

// The struct `Rule<row>`, unless the value has none.
void print_rule(const Program& program, std::size_t row, Writer& out) {
  const Learning::Value& weights = program.learning->values[row];
  const ValueRule& rule = weights.rule;
  if (rule.is_plain()) return;
  out.line().comment(program.arrays[weights.parameter].comment);
  const auto scope = out.scope("struct Rule" + std::to_string(row) + " : PlainRule {", "};");
  if (rule.zeros) out.line("GlobalView<const u32> zeros;");
  if (rule.clean) out.line("GlobalView<float> clean;");
  if (rule.clean) {
    out.line("template <class Values>");
    const auto start = out.scope("SYNFIRE_MEMBER float start(const Values&, u32 i) const {");
    out.line("return clean(i);");
  }
  if (rule.l1 != 0 || rule.l2 != 0) {
    const auto penalized = out.scope("SYNFIRE_MEMBER float penalized(float slope, float value) const {");
    out.line("return slope" + (rule.l2 != 0 ? " + " + float_literal(rule.l2) + " * value" : std::string{}) +
             (rule.l1 != 0 ? " + " + float_literal(rule.l1) + " * sign_of(value)" : std::string{}) + ";");
  }
  if (rule.zeros) {
    const auto is_zero = out.scope("SYNFIRE_MEMBER bool is_zero(u32 i) const {");
    out.line("return has_bit(zeros, i);");
  }
  if (!rule.keeps_sign && !rule.zeros) return;
  const auto constrained = out.scope("SYNFIRE_MEMBER float constrained(float value, float old, u32" +
                                     std::string(rule.zeros ? " i" : "") + ") const {");
  const std::string signed_value = rule.keeps_sign ? "with_sign_of(old, value)" : "value";
  out.line("return " + (rule.zeros ? "is_zero(i) ? old : " + signed_value : signed_value) + ";");
}

// `state(elements + i)`
std::string state_element(std::size_t number) {
  if (number == 0) return "state(i)";
  return "state(" + (number == 1 ? std::string{} : count(number) + " * ") + "elements + i)";
}

void print_trained(const Program& program, Writer& out) {
  const OptimizerUpdate& optimizer = program.learning->optimizer;
  out.comment("The optimizer \"" + optimizer.name + "\": a trained value" +
              (optimizer.states.empty() ? "" : " with the optimizer's state") + ".");
  const auto scope = out.scope("struct Trained {", "};");
  out.line("float value;");
  for (const OptimizerUpdate::State& state : optimizer.states) out.line("float " + state.local + ";");
  const bool has_state = !optimizer.states.empty();
  const std::string place = has_state ? "const State& state, u32 elements, u32 i)" : "const State&, u32, u32)";
  out.line().line("template <class State>");
  {
    const auto load = out.scope("SYNFIRE_FUNCTION Trained load(float value, " + place + " {");
    std::string members = "value";
    for (std::size_t k = 0; k < optimizer.states.size(); ++k) {
      out.line("const float " + optimizer.states[k].local + " = " + state_element(k) + ";");
      members += ", " + optimizer.states[k].local;
    }
    out.line("return {" + members + "};");
  }
  out.line().line("template <class State>");
  {
    const auto store = out.scope("SYNFIRE_MEMBER void store(" + place + " const {");
    for (std::size_t k = 0; k < optimizer.states.size(); ++k)
      out.line(state_element(k) + " = " + optimizer.states[k].local + ";");
  }
  out.line();
  {
    const auto limited = out.scope("SYNFIRE_FUNCTION float limited(float gradient) {");
    const std::string limit = float_literal(optimizer.clip_value);
    out.line(optimizer.clip_value > 0 ? "return minimum(maximum(gradient, -" + limit + "), " + limit + ");"
                                      : std::string("return gradient;"));
  }
  out.line();
  const auto named = [&](const std::string& type, const char* local) {
    return reads_local(optimizer.body, local) ? type + ' ' + local : type;
  };
  const auto update =
      out.scope("SYNFIRE_MEMBER void update(const StepTerms&" + std::string(optimizer.terms.empty() ? "" : " terms") +
                ", " + named("float", "learning_rate") + ", " + named("float", "gradient") + ") {");
  for (std::size_t k = 0; k < optimizer.terms.size(); ++k) {
    const OptimizerUpdate::Term& term = optimizer.terms[k];
    out.line("const float " + term.local + " = terms.of[" + std::to_string(k) + "];  // " + term.text);
  }
  BodyStyle style;
  style.program = &program;
  print_body(optimizer.body, style, out);
}

}  // namespace

void print_optimizer(const Program& program, Writer& out) {
  print_trained(program, out);
  for (std::size_t row = 0; row < program.learning->values.size(); ++row) print_rule(program, row, out);
}

void print_update(const Program& program, const std::string& threads, Writer& out) {
  UpdatePrinter(program, threads, out).print_update();
}

void print_perturbation(const Program& program, const std::string& threads, Writer& out) {
  UpdatePrinter(program, threads, out).print_perturbation();
}

void print_constraints(const Program& program, const std::string& threads, Writer& out) {
  UpdatePrinter(program, threads, out).print_constraints();
}

void print_preparation(const Program& program, const std::string& threads, Writer& out) {
  UpdatePrinter(program, threads, out).print_preparation();
}

void print_norm_factor(const Program& program, Writer& out) { UpdatePrinter(program, {}, out).print_factor(); }

void print_norm(const Program& program, const std::string& stores, Writer& out) {
  UpdatePrinter(program, {}, out).print_norm(stores);
}

}  // namespace synfire::codegen::text
