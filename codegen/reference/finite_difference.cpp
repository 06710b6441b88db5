// SPDX-License-Identifier: Apache-2.0
#include "reference/finite_difference.hpp"

#include <algorithm>
#include <cmath>

namespace synfire::codegen::reference {
namespace {

struct Sample {
  double loss = 0;
  std::uint64_t structure = 0;
};

class Differences {
 public:
  Differences(const CompiledNetwork& network, const std::vector<Example>& examples, const TensorInfo& tensor,
              std::size_t entry)
      : network_(network),
        examples_(examples),
        tensor_(tensor),
        entry_(entry),
        values_(network.drawn.values),
        at_(value_of(values_, tensor, entry)),
        structure_(sample(0).structure) {}

  double scale() const { return std::max(std::abs(at_), 0.1); }

  // Nothing where the structure changes.
  std::optional<double> extrapolated(double step) {
    const auto wide = central(step);
    if (!wide) return std::nullopt;
    const auto narrow = central(step / 2);
    if (!narrow) return std::nullopt;
    return (4 * *narrow - *wide) / 3;
  }

 private:
  Sample sample(double shift) {
    set_value(values_, tensor_, entry_, at_ + shift);
    Sample result;
    for (const Example& example : examples_) {
      const Outcome outcome = Trial(network_, values_, example).run_forward();
      result.loss += outcome.loss;
      result.structure = result.structure * 31 + outcome.structure;
    }
    return result;
  }

  std::optional<double> central(double step) {
    const Sample above = sample(step);
    if (above.structure != structure_) return std::nullopt;
    const Sample below = sample(-step);
    if (below.structure != structure_) return std::nullopt;
    return (above.loss - below.loss) / (2 * step);
  }

  const CompiledNetwork& network_;
  const std::vector<Example>& examples_;
  const TensorInfo& tensor_;
  std::size_t entry_;
  Values values_;
  double at_;
  std::uint64_t structure_;
};

}  // namespace

Difference finite_difference(const CompiledNetwork& network, const std::vector<Example>& examples,
                             const TensorInfo& tensor, std::size_t entry, std::optional<double> expected,
                             double tolerance) {
  Differences differences(network, examples, tensor, entry);
  Difference result{0, true};
  for (const double relative : {2e-3, 4e-4, 8e-5, 1.6e-5, 3.2e-6, 6.4e-7}) {
    const auto value = differences.extrapolated(relative * differences.scale());
    if (!value) continue;
    const bool nearer = result.kink || !expected || std::abs(*value - *expected) < std::abs(result.value - *expected);
    if (nearer) result = {*value, false};
    if (!expected || std::abs(result.value - *expected) <= tolerance) break;
  }
  return result;
}

}  // namespace synfire::codegen::reference
