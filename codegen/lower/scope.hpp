// SPDX-License-Identifier: Apache-2.0
// Lowers expressions of the model language to program expressions: the meaning of a model's names, and the body of the
// phase that receives its code.
#pragma once

#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "lower/draw.hpp"
#include "lower/integrate.hpp"
#include "lower/symbolic.hpp"
#include "synfire/codegen/options.hpp"
#include "synfire/codegen/program.hpp"
#include "synfire/model.hpp"
#include "text/naming.hpp"

namespace synfire::codegen {

// State shared by all of lowering.
struct LoweringContext {
  Program& program;
  text::Names& names;  // of arrays, queues
  const CompileOptions& options;
  FlowMemo flows = {};
  std::set<ArrayId> trained = {};  // parameters that training changes, and coefficients made of them
  double nominal_dt() const { return options.nominal_dt > 0 ? options.nominal_dt : options.dt; }
  std::uint32_t recording_steps() const {
    return options.recording_steps ? options.recording_steps : options.timesteps;
  }
};

// The body of a phase under construction.
class Body {
 public:
  // `names`: of the arrays, which no local shadows. `stream`: of the random draws.
  Body(text::Names& names, std::uint64_t stream) : array_names_(names), stream_(stream) {}

  void comment(const std::string& text) { statements_.push_back(Comment{text}); }
  // `const name = value`, named like `wanted`; literals and locals are passed through.
  Expr let(const std::string& wanted, Expr value);
  // Like `let`, but always a new local: the value at this point, even if its operands change later.
  Expr snapshot(const std::string& wanted, Expr value);
  // Like `let`, but copies an assignable local, since it may change later.
  Expr hold(const std::string& wanted, Expr value);
  // An assignable local; returns its name.
  std::string variable(const std::string& wanted, Expr value);
  // A name like `wanted` for a local that is declared elsewhere; no other local gets it.
  std::string reserve(const std::string& wanted) { return names_.unique_within(array_names_, wanted); }
  // Makes a name that is declared outside an assignable local.
  void adopt(const std::string& name) { variables_.insert(name); }
  void set(const std::string& name, Expr value) { statements_.push_back(Set{name, std::move(value)}); }
  void add(Statement statement) { statements_.push_back(std::move(statement)); }
  // Repeats what `fill` adds `count` times; `fill` is given the number of the turn, from 0.
  void repeat(std::uint32_t count, const std::string& counter, const std::function<void(const Expr& turn)>& fill);
  Expr draw(Distribution distribution);

  const std::vector<Statement>& statements() const { return statements_; }
  std::vector<Statement> take() { return std::exchange(statements_, {}); }

 private:
  std::vector<Statement> statements_;
  text::Names& array_names_;
  text::Names names_;
  std::set<std::string, std::less<>> variables_;
  std::uint64_t stream_;
  std::uint32_t words_drawn_ = 0;
};

// A parameter that training changes, or the initial value of a state.
struct TrainedParameter {
  std::string name;  // in expressions
  Value value;
  bool shared = false;     // one value for all neurons, which its array repeats
  ArrayId array = 0;       // f32, one per neuron
  std::string state = {};  // whose initial value it is; empty: a parameter
  // What the model allows.
  double min = -std::numeric_limits<double>::infinity();
  double max = std::numeric_limits<double>::infinity();

  bool is_initial() const { return !state.empty(); }
};

// An array computed from constant expressions in which trained parameters occur.
struct TrainedCoefficient {
  language::Expression formula;
  ArrayId array = 0;  // one per neuron, or if all that it is made of is shared, one
  bool shared = false;
};

// The names of one model at one place in the network.
class Scope {
 public:
  // `prefix`: for the names of its arrays; `stream`: of its random draws; `count`: elements of its population.
  // `trains`: trainable parameters and initial values can change; otherwise they are like any other. `like`: another
  // scope of the same model, whose arrays this one uses too.
  Scope(LoweringContext& context, std::string prefix, std::string stream, std::string path, std::uint32_t count,
        const std::vector<Parameter>& parameters, bool trains = false, const Scope* like = nullptr);

  const std::string& path() const { return path_; }
  std::uint32_t count() const { return count_; }
  const std::set<std::string, std::less<>>& constants() const { return constants_; }
  IntegrationOptions integration(Integrator integrator, std::uint32_t substeps) const;

  // From now on, parameters that differ between neurons are those of neuron `element`; null: the own. States and
  // initial values are always the own.
  void look_at(Expr element) { element_ = std::move(element); }

  // Permanently fixes a name to a number, like a parameter.
  void fix(const std::string& name, double value) { fixed_[name] = language::number(value); }
  // Expressions with parameters, flags and dt substituted.
  language::Expression specialize(const language::Expression& expression) const;
  std::vector<language::Equation> specialize(const std::vector<language::Equation>& equations) const;

  // Binds a name to a program expression.
  void bind(const std::string& name, Expr value) { bindings_[name] = std::move(value); }
  // A variable that is declared outside of `body`, where it has the name `local`.
  void bind_variable(const std::string& name, const std::string& local, Body& body);
  // A state variable: a trial array, loaded into an assignable local of `body`.
  void bind_state(const StateVariable& state, ArrayId array, const std::string& local_name, Body& body);
  // The same, with a value given.
  void bind_state(const std::string& state, const Expr& value, const std::string& local_name, Body& body);
  Expr value_of(const std::string& name) const { return bindings_.at(name); }

  // Adds what `expression` needs to `body` and returns its value.
  Expr lower(const language::Expression& expression, Body& body);
  // Adds statements that take effect if `condition` is true (null: always).
  void lower(const std::vector<language::Statement>& statements, Body& body, const Expr& condition = nullptr);
  // Adds the update of one step; `held_states` stay unchanged if `held` is true (null: never).
  void lower(const Flow& flow, Body& body, const Expr& held, const std::set<std::string, std::less<>>& held_states);

  // One value per element of a constant expression, in double.
  std::vector<double> evaluate(const language::Expression& expression) const;
  bool is_uniform(const language::Expression& expression) const;
  // Declares a trial array for a state variable and returns it.
  ArrayId declare_state(const StateVariable& state, contract::CarriedState carried);
  // The value of a state at the start of a trial.
  Expr initial(const StateVariable& state);

  // ---- What training changes

  const std::vector<TrainedParameter>& trained() const { return tables_->trained; }
  const std::vector<TrainedCoefficient>& coefficients() const { return tables_->coefficients; }
  // The array of a parameter that is not one number.
  ArrayId array_of(const std::string& parameter) { return coefficient(language::name(parameter)); }
  // An array with the values of a constant expression, one per neuron or, if they are equal, one.
  ArrayId declare(const std::string& name, const std::string& comment, const language::Expression& expression);
  bool is_shared(const language::Expression& expression) const;

 private:
  void require_finite(double value, const language::Expression& expression) const;
  Expr lower_constant(const language::Expression& expression);
  Expr lower_power(const language::Expression& base, const language::Expression& exponent, Body& body);
  Expr lower_call(const language::Call& call, Body& body);
  void assign(const std::string& target, Expr value, Body& body);
  void define(const std::vector<Flow::Definition>& locals, Body& body);
  // If `held` is true, `held_states` stay unchanged and the others take their resting values.
  void update(const std::vector<Flow::Definition>& updates, Body& body, const Expr& held,
              const std::set<std::string, std::less<>>& held_states);
  ArrayId coefficient(const language::Expression& expression);
  void train(TrainedParameter parameter);

  // Arrays of constant expressions, by formula; of those with trained parameters also the rest.
  struct Tables {
    std::map<std::string, ArrayId, std::less<>> arrays;
    std::vector<TrainedParameter> trained;
    std::vector<TrainedCoefficient> coefficients;
  };

  LoweringContext& context_;
  std::string prefix_, stream_, path_;
  mutable language::Expression specialized_;  // the latest, for messages
  std::uint32_t count_;
  Expr element_;
  symbolic::Substitution fixed_;
  std::set<std::string, std::less<>> constants_;
  std::map<std::string, std::vector<float>, std::less<>> elements_;
  std::map<std::string, Expr, std::less<>> bindings_;
  std::map<std::string, std::string, std::less<>> state_locals_;
  bool trains_ = false;
  std::set<std::string, std::less<>> trained_names_, shared_names_;
  std::shared_ptr<Tables> tables_;
};

}  // namespace synfire::codegen
