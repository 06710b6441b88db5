// SPDX-License-Identifier: Apache-2.0
#include "reference/gradcheck.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numeric>
#include <random>

#include "reference/finite_difference.hpp"
#include "synfire/codegen/gradcheck.hpp"
#include "synfire/error.hpp"

namespace synfire::codegen {
namespace {

using namespace reference;

constexpr std::size_t most_moved = 24;  // of each kind, in all examples
constexpr double shift_allowed = 0.05;
constexpr double slope_allowed = 0.01;

double norm(const std::vector<double>& values) {
  return std::sqrt(std::inner_product(values.begin(), values.end(), values.begin(), 0.0));
}

double distance(const std::vector<double>& a, const std::vector<double>& b) {
  std::vector<double> difference(a.size());
  for (std::size_t i = 0; i < a.size(); ++i) difference[i] = a[i] - b[i];
  return norm(difference);
}

std::vector<double> gradients_of(const Values& gradient, const TensorInfo& tensor) {
  std::vector<double> result;
  for (std::size_t e = 0; e < tensor.size; ++e) result.push_back(gradient_of(gradient, tensor, e));
  return result;
}

Values zeros(const Values& like) {
  Values values = like;
  add(values, like, -1);
  return values;
}

std::size_t total(const auto& counts) { return std::accumulate(counts.begin(), counts.end(), std::size_t{0}); }

class Check {
 public:
  Check(const ir::Network& network, const GradientCheckOptions& options)
      : network_(network),
        options_(options),
        reference_{options.dt, options.nominal_dt, options.timesteps, options.seed, options.losses},
        examples_(options.examples) {
    if (examples_.empty()) examples_.push_back(draw_example(network, options, options.seed));
  }

  GradientCheck run() {
    const auto begin = std::chrono::steady_clock::now();
    if (options_.on_grid || options_.program) grid_.emplace(compile_grid(network_, reference_));
    compile_exact();
    for (const ir::Population& each : network_.populations)
      result_.can_spike = result_.can_spike || (!each.neuron.state.empty() && !each.neuron.threshold.empty());
    if (exact_) run_exact();
    if (options_.program) {
      tell("program", 0, 1);
      program_ = options_.program(examples_);
    }
    if (grid_) run_grid();
    check_tensors();
    if (exact_) check_entries();
    result_.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    return std::move(result_);
  }

 private:
  void tell(const std::string& part, std::size_t done, std::size_t of) const {
    if (options_.progress) options_.progress(part, done, of);
  }

  double share() const { return 1.0 / static_cast<double>(examples_.size()); }

  // A model that only maps step to step is not checked in continuous time, only on its steps.
  void compile_exact() {
    exact_.emplace(compile_reference(network_, reference_));
    const std::vector<Problem> problems = exact_->problems();
    if (problems.empty()) return;
    result_.not_exact = problems.front().path + ": " + problems.front().message;
    exact_.reset();
  }

  void run_exact() {
    derived_ = zeros(exact_->drawn.values);
    for (std::size_t i = 0; i < examples_.size(); ++i) {
      tell("exact spike times", i, examples_.size());
      Trial trial(*exact_, exact_->drawn.values, examples_[i]);
      const Outcome outcome = trial.run_forward();
      add(derived_, trial.run_backward(), share());
      result_.loss += share() * outcome.loss;
      result_.spikes += total(outcome.spikes);
      result_.triggered += total(outcome.triggered);
      result_.near_tangent += trial.near_tangent();
      result_.ties = result_.ties || outcome.ties;
    }
  }

  void run_grid() {
    result_.on_grid = true;
    grid_gradient_ = zeros(grid_->drawn.values);
    MovedSums moved;
    for (std::size_t i = 0; i < examples_.size(); ++i) {
      tell("grid", i, examples_.size());
      GridTrial trial(*grid_, grid_->drawn.values, examples_[i], program_ ? &program_->spikes[i] : nullptr);
      const GridOutcome outcome = trial.run_forward();
      result_.grid_loss += share() * outcome.loss;
      add(grid_gradient_, trial.run_backward(), share());
      result_.grid_triggered += trial.triggered();
      result_.grid_near_tangent += trial.near_tangent();
      for (std::size_t p = 0; p < outcome.spikes.size(); ++p) {
        if (grid_->populations[p]) result_.grid_spikes += outcome.spikes[p].size();
      }
      if (options_.on_grid) {
        const std::size_t most = std::max<std::size_t>(1, most_moved / examples_.size());
        move_in_grid(*grid_, examples_[i], outcome.spikes, options_.seed + i, most, moved);
      }
    }
    result_.shift = moved.shift.result(shift_allowed, 1e-9 * std::max(1.0, std::abs(result_.grid_loss)));
    result_.slope = moved.slope.result(slope_allowed, 0);
  }

  std::vector<std::size_t> sample(const TensorInfo& tensor) const {
    std::vector<std::size_t> entries(tensor.size);
    std::iota(entries.begin(), entries.end(), std::size_t{0});
    if (options_.entries_per_tensor == 0 || entries.size() <= options_.entries_per_tensor) return entries;
    std::mt19937_64 random(options_.seed ^ std::hash<std::string>{}(tensor.name));
    std::shuffle(entries.begin(), entries.end(), random);
    entries.resize(options_.entries_per_tensor);
    std::sort(entries.begin(), entries.end());
    return entries;
  }

  const std::vector<double>* program_gradient(const TensorInfo& tensor) const {
    if (!program_) return nullptr;
    const auto found = program_->gradients.find(tensor.name);
    return found == program_->gradients.end() ? nullptr : &found->second;
  }

  // The tensor of the same name in the other mode; null if there is none.
  static const TensorInfo* find(const std::vector<TensorInfo>& tensors, const std::string& name) {
    const auto found =
        std::find_if(tensors.begin(), tensors.end(), [&](const TensorInfo& each) { return each.name == name; });
    return found == tensors.end() ? nullptr : &*found;
  }

  void check_tensors() {
    if (!grid_) return;
    for (const TensorInfo& tensor : grid_->tensors) {
      if (tensor.trainable || options_.everything) check_tensor(tensor);
    }
  }

  void check_tensor(const TensorInfo& tensor) {
    const std::vector<double> grid = gradients_of(grid_gradient_, tensor);
    CheckedTensor checked{tensor.name, norm(grid), 0};
    if (const TensorInfo* other = exact_ ? find(exact_->tensors, tensor.name) : nullptr) {
      const std::vector<double> exact = gradients_of(derived_, *other);
      const double size = norm(exact) > 0 ? norm(exact) : checked.norm;
      if (size > 0) checked.to_exact = distance(grid, exact) / size;
    }
    if (const auto* program = program_gradient(tensor))
      checked.program_error =
          distance(*program, grid) / std::max(checked.norm, 0.01 * std::max(1.0, std::abs(result_.grid_loss)));
    result_.tensors.push_back(std::move(checked));
  }

  void check_entries() {
    double largest = 0;
    std::vector<std::pair<const TensorInfo*, std::size_t>> entries;
    for (const TensorInfo& tensor : exact_->tensors) {
      for (const double each : gradients_of(derived_, tensor)) largest = std::max(largest, std::abs(each));
      if (!tensor.trainable && !options_.everything) continue;
      for (const std::size_t entry : sample(tensor)) entries.emplace_back(&tensor, entry);
    }
    if (options_.entries_in_all != 0 && entries.size() > options_.entries_in_all) {
      std::mt19937_64 random(options_.seed);
      std::shuffle(entries.begin(), entries.end(), random);
      entries.resize(options_.entries_in_all);
    }
    Differences differences(*exact_, examples_);
    for (std::size_t i = 0; i < entries.size(); ++i) {
      tell("differences of the loss", i, entries.size());
      check_entry(*entries[i].first, entries[i].second, largest, differences);
    }
    tell("differences of the loss", entries.size(), entries.size());
  }

  void check_entry(const TensorInfo& tensor, std::size_t entry, double largest, Differences& differences) {
    CheckedEntry checked{tensor.name, entry, value_of(exact_->drawn.values, tensor, entry)};
    checked.derived = gradient_of(derived_, tensor, entry);
    const double scale = 1.0 / share();
    const Difference difference =
        differences.by(tensor, entry, {.expected = scale * checked.derived, .absolute = scale * 1e-9 * largest});
    checked.kink = difference.kink;
    checked.finite_difference = difference.value / scale;
    const double allowed =
        1e-6 * std::max(std::abs(checked.derived), std::abs(checked.finite_difference)) + 1e-9 * largest;
    const double off = std::abs(checked.derived - checked.finite_difference);
    checked.error = off == 0 ? 0 : off / allowed;
    if (const TensorInfo* other = grid_ ? find(grid_->tensors, tensor.name) : nullptr)
      checked.grid = gradient_of(grid_gradient_, *other, entry);
    if (const auto* program = program_gradient(tensor)) checked.program = (*program)[entry];
    result_.entries.push_back(std::move(checked));
  }

  const ir::Network& network_;
  const GradientCheckOptions& options_;
  ReferenceOptions reference_;
  std::vector<Example> examples_;
  std::optional<CompiledNetwork> exact_;
  std::optional<GridNetwork> grid_;
  std::optional<ProgramGradients> program_;
  Values derived_, grid_gradient_;
  GradientCheck result_;
};

}  // namespace

GradientCheck check_gradients(const ir::Network& network, const GradientCheckOptions& options) {
  return Check(network, options).run();
}

}  // namespace synfire::codegen
