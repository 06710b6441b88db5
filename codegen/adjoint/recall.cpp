// SPDX-License-Identifier: Apache-2.0
#include "adjoint/recall.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "program/walk.hpp"

namespace synfire::codegen {
namespace {

using Names = std::set<std::string>;

void add_locals(const Statement& statement, Names& names) {
  for_each_expression({statement}, [&](const Expr& expression) {
    if (const auto* node = std::get_if<LocalExpr>(&expression->node)) names.insert(node->name);
  });
}

// Drops definitions that no later statement reads.
std::vector<Statement> used(std::vector<Statement> statements, Names& read) {
  std::vector<Statement> kept;
  for (auto statement = statements.rbegin(); statement != statements.rend(); ++statement) {
    const auto* let = std::get_if<Let>(&*statement);
    if (let != nullptr && read.count(let->name) == 0) continue;
    add_locals(*statement, read);
    kept.push_back(std::move(*statement));
  }
  std::reverse(kept.begin(), kept.end());
  return kept;
}

class Recall {
 public:
  Recall(Body& body, const Trace& trace, const Program& program, const Keep& keep)
      : body_(body), trace_(trace), program_(program), keep_(keep) {}

  void run() {
    Names read;
    std::vector<Statement> statements = used(body_.take(), read);
    Names needed;
    std::copy_if(read.begin(), read.end(), std::inserter(needed, needed.end()), is_traced);
    if (keep_) choose(needed);
    // In the order of the trace, so the result reads like the forward pass.
    for (const Trace::Definition& definition : trace_.definitions()) {
      if (needed.count(definition.name) != 0) value_of(definition.name);
    }
    const auto traced = [this](const std::string& name, Type) -> Expr {
      const auto found = values_.find(name);
      return found == values_.end() ? nullptr : found->second;
    };
    for (Statement& statement : statements) body_.add(replaced(std::move(statement), traced));
  }

 private:
  using Replacement = std::function<Expr(const std::string&, Type)>;

  static Statement replaced(Statement statement, const Replacement& replacement) {
    if (auto* let = std::get_if<Let>(&statement)) let->value = replace_locals(let->value, replacement);
    if (auto* store = std::get_if<Store>(&statement)) {
      store->value = replace_locals(store->value, replacement);
      store->index = replace_locals(store->index, replacement);
    }
    return statement;
  }

  // Whether an expression directly reads an array that the backward pass no longer has.
  bool reads_state(const Expr& expression) const {
    bool found = false;
    for_each_expression({Let{"", expression}}, [&](const Expr& each) {
      const auto* node = std::get_if<LoadExpr>(&each->node);
      if (node == nullptr) return;
      const auto& role = program_.arrays[node->array].role;
      found = found || !(role == contract::BufferRole::parameter || role == contract::BufferRole::input_values ||
                         role == contract::BufferRole::targets || role == contract::BufferRole::loss_weights);
    });
    return found;
  }

  bool depends_on_state(const std::string& name) {
    const auto known = depends_.find(name);
    if (known != depends_.end()) return known->second;
    const Expr& value = trace_.find(name)->value;
    bool depends = reads_state(value);
    for_each_local(value, [&](const std::string& other) { depends = depends || depends_on_state(other); });
    return depends_[name] = depends;
  }

  // What to keep for `name` if values are kept where they are read (late) or where they originate (early).
  void add_kept(const std::string& name, bool late, Names& kept, Names& seen) {
    if (!seen.insert(name).second || !depends_on_state(name)) return;
    const Trace::Definition& definition = *trace_.find(name);
    if (definition.statement && (late || reads_state(definition.value))) {
      kept.insert(name);
      return;
    }
    for_each_local(definition.value, [&](const std::string& other) { add_kept(other, late, kept, seen); });
  }

  std::size_t bytes_of(const Names& kept) const {
    std::size_t bytes = 0;
    for (const std::string& name : kept) bytes += trace_.find(name)->value->type == Type::boolean ? 1 : 4;
    return bytes;
  }

  // Whether a value can be computed from kept ones in few operations.
  bool is_computable(const std::string& name, const Names& kept, int& definitions) {
    if (kept.count(name) != 0 || !depends_on_state(name)) return true;
    const Expr& value = trace_.find(name)->value;
    if (--definitions < 0 || reads_state(value)) return false;
    bool is = true;
    for_each_local(value, [&](const std::string& other) { is = is && is_computable(other, kept, definitions); });
    return is;
  }

  // From last to first: later values are computed from earlier ones.
  void leave_out_computable(Names& kept) {
    constexpr int cheap = 3;
    const auto& definitions = trace_.definitions();
    for (auto definition = definitions.rbegin(); definition != definitions.rend(); ++definition) {
      if (kept.erase(definition->name) == 0) continue;
      int left = cheap;
      if (!is_computable(definition->name, kept, left)) kept.insert(definition->name);
    }
  }

  void choose(const Names& needed) {
    Names late, early, seen_late, seen_early;
    for (const std::string& name : needed) {
      add_kept(name, true, late, seen_late);
      add_kept(name, false, early, seen_early);
    }
    leave_out_computable(late);
    kept_ = bytes_of(early) < bytes_of(late) ? early : late;
  }

  Expr value_of(const std::string& name) {
    const auto known = values_.find(name);
    if (known != values_.end()) return known->second;
    const Trace::Definition& definition = *trace_.find(name);
    Expr value = kept_.count(name) != 0 ? keep_(definition)
                                        : replace_locals(definition.value, [this](const std::string& other, Type) {
                                            return is_traced(other) ? value_of(other) : nullptr;
                                          });
    return values_[name] = body_.let(local_of(name), std::move(value));
  }

  Body& body_;
  const Trace& trace_;
  const Program& program_;
  const Keep& keep_;
  Names kept_;
  std::map<std::string, bool> depends_;
  std::map<std::string, Expr> values_;
};

}  // namespace

void recall(Body& body, const Trace& trace, const Program& program, const Keep& keep) {
  Recall(body, trace, program, keep).run();
}

}  // namespace synfire::codegen
