// SPDX-License-Identifier: Apache-2.0
// The integrator pass: turns dv/dt = … into the update of v in one step.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "synfire/language/expression.hpp"
#include "synfire/model.hpp"

namespace synfire::codegen {

struct IntegrationOptions {
  Integrator integrator = Integrator::automatic;
  double dt = 1.0;                               // ms
  double nominal_dt = 1.0;                       // ms: per_step(x) is the rate x / nominal_dt
  std::string path;                              // of the model, for messages
  std::uint32_t substeps = 1;                    // parts of dt, for variables that are not integrated exactly
  std::set<std::string, std::less<>> held = {};  // states that stand still in some steps (refractory periods)
  // The name of a current that arrives at once, besides the held one, `I`: the states jump by what it would have added
  // over a nominal step. Empty: the whole current is held over the step.
  std::string arriving = {};
  bool only_arrives = false;  // the held current is 0
};

// A name for IntegrationOptions::arriving that no model can use.
inline constexpr const char* arriving_current = "arriving current";

// The update of one step. Names are those of the model; the name of a state means its value before the stage.
struct Flow {
  struct Definition {
    std::string name;
    language::Expression value;
    // Of an update, while the states in IntegrationOptions::held stand still; null: the same.
    language::Expression resting = nullptr;
  };
  struct Stage {
    std::vector<Definition> locals;   // in order; later ones may use earlier ones
    std::vector<Definition> updates;  // simultaneous: new value of each state that flows
  };
  std::vector<Definition> locals;    // of the whole step: draws and other values held over it
  Stage part;                        // one sub-step
  std::uint32_t parts = 0;           // number of sub-steps, after `locals`; 0: no sub-steps
  std::vector<Definition> updates;   // after them, simultaneous: states that flow in one go, and jumps
  std::vector<Definition> arrivals;  // by variable, the part of them from IntegrationOptions::arriving
  std::vector<std::string> notes;    // `v: exact`, for the report

  // The parts of the system that are linear with constant coefficients, kept for step_mean.
  struct LinearPart {
    std::vector<std::string> variables;
    std::vector<language::Expression> matrix;  // row-major
    bool forced = false;                       // anything besides its own variables drives it
  };
  std::vector<LinearPart> linear_parts;

  // Variables integrated by an explicit method, which is stable only for short steps.
  struct Explicit {
    std::string variable;
    Integrator integrator;  // euler or rk4
    double step;            // ms
  };
  std::vector<Explicit> explicit_variables;
};

// `equations` have been specialized: flags are gone, numbers folded. `constants` are names that do not change in a run
// (per-element parameters). Throws ModelError if the requested integrator does not apply.
Flow integrate(const std::vector<language::Equation>& equations, const std::set<std::string, std::less<>>& constants,
               const IntegrationOptions& options);

// Like integrate, for networks with many equal models: remembers the results for equal arguments, whatever their path.
class FlowMemo {
 public:
  Flow integrate(const std::vector<language::Equation>& equations, const std::set<std::string, std::less<>>& constants,
                 const IntegrationOptions& options);

 private:
  struct Entry {
    std::vector<language::Equation> equations;
    std::set<std::string, std::less<>> constants;
    IntegrationOptions options;
    Flow flow;
  };
  std::vector<Entry> entries_;
};

// `expression` with each step_mean(x) replaced by the mean of x over the step under `flow`. Throws ModelError
// (unsupported) if that mean has no known closed form.
language::Expression expand_step_mean(const language::Expression& expression, const Flow& flow,
                                      const std::set<std::string, std::less<>>& constants,
                                      const IntegrationOptions& options);

// A synapse's current, split into the part held over the step and the part that arrives at once: what `arriving` adds.
struct SplitCurrent {
  language::Expression held, arriving;
};
SplitCurrent split_current(const language::Expression& current);

}  // namespace synfire::codegen
