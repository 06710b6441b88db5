// SPDX-License-Identifier: Apache-2.0
#include "text/strips.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "program/walk.hpp"

namespace synfire::codegen::text {
namespace {

constexpr std::uint32_t strip_width = 128;  // a few KiB of state: fits in the L1 cache

// A stretch of a body without repetitions, or the body of a repetition.
struct Stretch {
  std::vector<Statement> statements = {};
  const Repeat* repeat = nullptr;
  std::map<std::string, Type> defines = {};  // locals of the body, which later stretches may use
  std::set<std::string> uses = {}, sets = {};

  bool touches(const std::string& name) const { return uses.count(name) != 0 || sets.count(name) != 0; }
};

void describe(Stretch& stretch) {
  for_each_expression(stretch.statements, [&](const Expr& expression) {
    if (const auto* local = std::get_if<LocalExpr>(&expression->node)) stretch.uses.insert(local->name);
  });
  for_each_statement(stretch.statements, [&](const Statement& statement) {
    if (const auto* set = std::get_if<Set>(&statement)) stretch.sets.insert(set->name);
  });
  if (stretch.repeat != nullptr) return;  // its locals live for one iteration
  for (const Statement& statement : stretch.statements) {
    if (const auto* let = std::get_if<Let>(&statement)) stretch.defines[let->name] = let->value->type;
    if (const auto* variable = std::get_if<Variable>(&statement))
      stretch.defines[variable->name] = variable->value->type;
  }
}

std::vector<Stretch> stretches_of(const std::vector<Statement>& body) {
  std::vector<Stretch> stretches;
  for (const Statement& statement : body) {
    if (const auto* repeat = std::get_if<Repeat>(&statement)) {
      stretches.push_back({repeat->body, repeat});
      continue;
    }
    if (stretches.empty() || stretches.back().repeat != nullptr) stretches.emplace_back();
    stretches.back().statements.push_back(statement);
  }
  for (Stretch& stretch : stretches) describe(stretch);
  return stretches;
}

class StripPrinter {
 public:
  StripPrinter(const std::vector<Statement>& body, const BodyStyle& style, Writer& out)
      : style_(style), out_(out), stretches_(stretches_of(body)) {
    for (const Stretch& home : stretches_) {
      for (const auto& [name, type] : home.defines) {
        const auto elsewhere = [&, &local = name](const Stretch& other) {
          return &other != &home && other.touches(local);
        };
        if (std::any_of(stretches_.begin(), stretches_.end(), elsewhere)) kept_[name] = type;
      }
    }
  }

  void print(const std::string& begin, const std::string& end) {
    const std::string width = std::to_string(strip_width) + "u";
    const auto strips = out_.scope("for (u32 strip = " + begin + "; strip < " + end + "; strip += " + width + ") {");
    out_.line("const u32 strip_end = " + end + " - strip < " + width + " ? " + end + " : strip + " + width + ";");
    if (!kept_.empty()) {
      const auto scope = out_.scope("struct {", "} lanes;");
      for (const auto& [name, type] : kept_) {
        out_.line("alignas(64) " + std::string(to_string(type)) + " " + name + "[" + std::to_string(strip_width) +
                  "];");
      }
    }
    for (const Stretch& stretch : stretches_) {
      if (stretch.repeat == nullptr) {
        print_lanes(stretch);
        continue;
      }
      const auto turns = out_.scope(repetition(*stretch.repeat));
      print_lanes(stretch);
    }
  }

 private:
  void print_lanes(const Stretch& stretch) {
    out_.line("SYNFIRE_INDEPENDENT");
    const auto loop = out_.scope("for (u32 i = strip; i < strip_end; ++i) {");
    if (!kept_.empty()) out_.line("[[maybe_unused]] const u32 lane = i - strip;");
    for (const auto& [name, type] : kept_) {
      if (!stretch.touches(name) || stretch.defines.count(name) != 0) continue;
      const std::string qualifier = stretch.sets.count(name) != 0 ? "" : "const ";
      out_.line(qualifier + std::string(to_string(type)) + " " + name + " = lanes." + name + "[lane];");
    }
    print_body(stretch.statements, style_, out_);
    for (const auto& [name, type] : kept_) {
      if (stretch.sets.count(name) != 0 || stretch.defines.count(name) != 0)
        out_.line("lanes." + name + "[lane] = " + name + ";");
    }
  }

  const BodyStyle& style_;
  Writer& out_;
  std::vector<Stretch> stretches_;
  std::map<std::string, Type> kept_;  // passed from one stretch to another
};

}  // namespace

void print_elements(const std::vector<Statement>& body, const std::string& begin, const std::string& end,
                    const BodyStyle& style, Writer& out) {
  const auto repeats = [](const Statement& statement) { return std::holds_alternative<Repeat>(statement); };
  if (std::any_of(body.begin(), body.end(), repeats)) return StripPrinter(body, style, out).print(begin, end);
  out.line("SYNFIRE_INDEPENDENT");
  const auto loop = out.scope("for (u32 i = " + begin + "; i < " + end + "; ++i) {");
  print_body(body, style, out);
}

}  // namespace synfire::codegen::text
