// SPDX-License-Identifier: Apache-2.0
// The straight-line form of a phase's body: every value has one definition, and what is repeated is written out. It is what
// derivatives are taken of.
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
    std::optional<std::size_t>
        statement;  // of the body that makes it and keeps it in the local; none: within a repetition
  };

  // Reads statements [first, last) of a body, after what was read before. Stores and spikes are passed over.
  void read(const std::vector<Statement>& body, std::size_t first, std::size_t last);
  // Reads statements of another body, whose locals stand for what this trace goes on to compute.
  void read(const std::vector<Statement>& made);
  // From now on counts a local as 0, whatever is assigned to it: one that only makes good what rounding takes from others.
  void neglect(const std::string& local) { neglected_.insert(local); }
  // Adds a value that is given from outside, as it is.
  void define(const std::string& name, Expr value);

  // Computes again all that depends on `replaced` values, of which it takes the ones given; what `given` names counts as it is.
  // New values are called after the old ones and `mark`. Returns what stands for each value that is another now.
  using Values = std::map<std::string, Expr>;
  Values replay(const Values& replaced, const std::set<std::string>& given, const std::string& mark);

  // The name of the value that a local has now.
  std::string current(const std::string& local) const { return current_.at(local); }
  // `expression` over the values that its locals have now.
  Expr now(const Expr& expression) const;

  const std::vector<Definition>& definitions() const { return definitions_; }
  // nullptr where there is none.
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

// Whether a name is that of a definition of a trace rather than that of a local of some body.
bool is_traced(const std::string& name);
// The local that a traced name is a value of.
std::string local_of(const std::string& traced);

// `expression` with locals replaced; what `replacement` gives null for stays.
Expr replace_locals(const Expr& expression, const std::function<Expr(const std::string& name, Type type)>& replacement);
// Calls `visit` with the name of each local that occurs.
void for_each_local(const Expr& expression, const std::function<void(const std::string& name)>& visit);

}  // namespace synfire::codegen
