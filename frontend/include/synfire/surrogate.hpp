// SPDX-License-Identifier: Apache-2.0
// Surrogate gradients (Neftci et al. 2019): the derivatives that replace that of a spike with respect to how far its
// neuron is above threshold. Texts in the model language, like losses (docs/model-language.md); built-in ones are in
// synfire/surrogates/, and users can write their own.
//
//   .surrogate = "fast_sigmoid"                                     // for all populations, with defaults
//   .surrogate = Atan{.alpha = 4}
//   .surrogate = {{hidden, Atan{}}, {output, "boxcar", true}}       // by population; `true`: detach_reset
#pragma once

#include <concepts>
#include <initializer_list>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "synfire/error.hpp"
#include "synfire/model.hpp"
#include "synfire/reference.hpp"

namespace synfire {

// Names: in `derivative` parameters, which are numbers or flags, and `x`, the threshold function: how far the neuron is
// above its threshold, in the units of its state (v − v_thresh); in `support` parameters alone.
struct SurrogateModel {
  std::string name;
  std::vector<Parameter> parameters = {};
  std::string derivative = {};  // an expression, of dS/dx, where S is 1 in a step with a spike and 0 in others
  std::string support = {};     // an expression, > 0: the derivative counts as 0 where |x| is not less; empty: nowhere

  SurrogateModel with(std::vector<Assignment> assignments) const;
  std::vector<Assignment> surplus = {};
  std::vector<std::string> assigned = {};

  bool operator==(const SurrogateModel&) const = default;
};

std::string to_string(const SurrogateModel& model);

template <class T>
concept SurrogateStruct = requires {
  { T::text() } -> std::convertible_to<SurrogateModel>;
  { T::members() } -> std::convertible_to<std::vector<Member<T>>>;
};

using Surrogate = ModelChoice<SurrogateModel>;

// The surrogate of one population.
struct PopulationSurrogate {
  PopulationReference population;
  Surrogate surrogate = "fast_sigmoid";             // a name in the registry, a built-in struct or a SurrogateModel
  std::optional<bool> detach_reset = std::nullopt;  // unset: as the compiler says
};

// One surrogate for all populations, or a list of populations with theirs; other populations have the default.
class Surrogates {
 public:
  template <class T>
  requires std::convertible_to<T, Surrogate> Surrogates(T&& surrogate)  // NOLINT(*-explicit-*,*-overload)
      : for_all_(std::forward<T>(surrogate)) {}
  Surrogates(std::initializer_list<PopulationSurrogate> list) : list_(list) {}
  Surrogates(std::vector<PopulationSurrogate> list) : list_(std::move(list)) {}  // NOLINT(google-explicit-constructor)

  const Surrogate& for_all() const { return for_all_; }  // of populations that the list does not name
  const std::vector<PopulationSurrogate>& list() const { return list_; }

 private:
  Surrogate for_all_ = "fast_sigmoid";
  std::vector<PopulationSurrogate> list_;
};

// The definition that was chosen, with the explicit values in place; only a name if the registry has no such surrogate.
SurrogateModel surrogate_model(const Surrogate& surrogate);

// Everything that is wrong with a surrogate, whatever its population: an unknown name, values that it does not have or
// that are out of range, mistakes in its texts. `path`: of the surrogate in messages; `place`: of its values; `text`:
// of its definition.
std::vector<Problem> problems_of(const SurrogateModel& surrogate, const std::string& path, const Place& place = {},
                                 const Place& text = {});

}  // namespace synfire
