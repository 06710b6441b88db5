// SPDX-License-Identifier: Apache-2.0
// The losses of a description: evaluated on the readouts of a run as it computes metrics, but for those of every step,
// which only the training program has.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "synfire/compiled_network.hpp"
#include "synfire/contract/artifact.hpp"
#include "synfire/description.hpp"
#include "synfire/metrics.hpp"

namespace synfire::command_line {

class OutputLosses {
 public:
  OutputLosses() = default;
  // None unless the description is for training. `manifest`: of its program.
  OutputLosses(const Description& description, const contract::Manifest& manifest);

  // The metric of an output, which from now on also adds up its loss.
  MetricChoice with_loss(const std::string& output, const std::string& metric);

  // An output without a metric, so without a loss.
  void leave_out(const std::string& output);
  // Whether outputs with a metric have losses of every step, and their means.
  bool lacks_losses_of_steps() const;
  void set_losses_of_steps(const EvaluationResult& trained);
  std::vector<std::string> outputs() const;

  // The mean loss of an output over the examples: a number, or why there is none. Nothing if it has no loss.
  struct Mean {
    double value = 0;
    std::string remark = {};  // empty: there is a value
  };
  std::optional<Mean> mean(const std::string& output) const;

 private:
  class Sum;
  class WithLoss;
  struct Entry {
    std::shared_ptr<Sum> sum = nullptr;
    std::string remark = {};  // why there is none
    bool is_of_steps = false;
    std::optional<double> mean = std::nullopt;  // that of a training program
  };

  std::map<std::string, Entry> entries_;  // by output
};

}  // namespace synfire::command_line
