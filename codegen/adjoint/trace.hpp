// SPDX-License-Identifier: Apache-2.0
// The straight-line form of a phase's body, which is what gets differentiated: every value has one definition, and
// repetitions are unrolled.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "synfire/codegen/program.hpp"

namespace synfire::codegen {

class Trace {
 public:
  struct Definition {
    std::string name;  // `v@2`: the second value of the local `v`
    Expr value;        // over names of earlier definitions
    // The statement of the body that assigns it to the local; none: within a repetition.
    std::optional<std::size_t> statement;
  };

  // Reads statements [first, last) of a body, after what was read before. Skips stores and spikes.
  void read(const std::vector<Statement>& body, std::size_t first, std::size_t last);
  // Reads statements of another body, which continues the computation of this trace.
  void read(const std::vector<Statement>& made);
  // From now on treats a local as 0, whatever is assigned to it: one that only compensates rounding errors of others.
  void neglect(const std::string& local) { neglected_.insert(local); }
  // Adds a value that is defined outside, unchanged.
  void define(const std::string& name, Expr value);

  // Recomputes everything that depends on the `replaced` values, using their replacements; values named in `given` stay
  // as they are. New values are named after the old ones and `mark`. Returns the new expression of each changed value.
  using Values = std::map<std::string, Expr>;
  Values replay(const Values& replaced, const std::set<std::string>& given, const std::string& mark);

  // The name of a local's current value.
  std::string current(const std::string& local) const { return current_.at(local); }
  // `expression` over the current values of its locals.
  Expr now(const Expr& expression) const;

  const std::vector<Definition>& definitions() const { return definitions_; }
  // nullptr if there is none.
  const Definition* find(const std::string& name) const;

 private:
  void read(const Statement& statement, std::optional<std::size_t> index);
  std::string unused_name(const std::string& base) const;
  void assign(const std::string& local, const Expr& value, std::optional<std::size_t> index);

  std::vector<Definition> definitions_;
  std::map<std::string, std::size_t> places_;
  std::map<std::string, std::string> current_;
  std::map<std::string, int> versions_;
  std::set<std::string> neglected_;
};

// Whether a name belongs to a definition of a trace rather than to a local of a body.
bool is_traced(const std::string& name);
// The local whose value a traced name denotes.
std::string local_of(const std::string& traced);

// `expression` with locals replaced, except those for which `replacement` returns null.
Expr replace_locals(const Expr& expression, const std::function<Expr(const std::string& name, Type type)>& replacement);
// Calls `visit` with the name of each local that occurs.
void for_each_local(const Expr& expression, const std::function<void(const std::string& name)>& visit);

}  // namespace synfire::codegen
