// SPDX-License-Identifier: Apache-2.0
#include "synfire/codegen/gradcheck.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numeric>
#include <random>

#include "reference/finite_difference.hpp"
#include "reference/grid.hpp"

namespace synfire::codegen {
namespace {

using namespace reference;

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

class Check {
 public:
  Check(const ir::Network& network, const GradientCheckOptions& options)
      : options_(options),
        compiled_(compile_reference(network,
                                    {options.dt, options.nominal_dt, options.timesteps, options.seed, options.losses})),
        examples_(options.examples) {
    if (examples_.empty()) examples_.push_back(draw_example(network, options, options.seed));
  }

  GradientCheck run() {
    derived_ = zeros();
    result_.without_equations = compiled_.problems();
    const bool is_exact = result_.without_equations.empty();
    for (const Example& example : examples_) {
      if (is_exact) run_exact(example);
    }
    if (options_.program) program_ = options_.program(examples_);
    if (options_.on_grid || options_.program) run_grid();
    double largest = 0;
    for (const TensorInfo& tensor : compiled_.tensors) {
      for (const double each : gradients_of(derived_, tensor)) largest = std::max(largest, std::abs(each));
    }
    std::vector<std::pair<const TensorInfo*, std::size_t>> entries;
    for (const TensorInfo& tensor : compiled_.tensors) {
      if (!tensor.trainable && !options_.everything) continue;
      check_tensor(tensor);
      if (!is_exact) continue;
      for (const std::size_t entry : sample(tensor)) entries.emplace_back(&tensor, entry);
    }
    if (options_.entries_in_all != 0 && entries.size() > options_.entries_in_all) {
      std::mt19937_64 random(options_.seed);
      std::shuffle(entries.begin(), entries.end(), random);
      entries.resize(options_.entries_in_all);
    }
    if (!is_exact) return std::move(result_);
    Differences differences(compiled_, examples_);
    for (const auto& [tensor, entry] : entries) check_entry(*tensor, entry, largest, differences);
    return std::move(result_);
  }

 private:
  Values zeros() const {
    Values values = compiled_.drawn.values;
    add(values, compiled_.drawn.values, -1);
    return values;
  }

  double share() const { return 1.0 / static_cast<double>(examples_.size()); }

  void run_exact(const Example& example) {
    Trial trial(compiled_, compiled_.drawn.values, example);
    const Outcome outcome = trial.run_forward();
    add(derived_, trial.run_backward(), share());
    result_.loss += share() * outcome.loss;
    result_.spikes += std::accumulate(outcome.spikes.begin(), outcome.spikes.end(), std::size_t{0});
    result_.triggered += std::accumulate(outcome.triggered.begin(), outcome.triggered.end(), std::size_t{0});
    result_.near_tangent += trial.near_tangent();
    result_.ties = result_.ties || outcome.ties;
  }

  void run_grid() {
    grid_ = zeros();
    const auto tapes = compile_grid(compiled_);
    for (std::size_t i = 0; i < examples_.size(); ++i) {
      GridTrial trial(compiled_, tapes, compiled_.drawn.values, examples_[i],
                      program_ ? &program_->spikes[i] : nullptr);
      result_.grid_loss += share() * trial.run_forward().loss;
      add(*grid_, trial.run_backward(), share());
    }
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

  void check_tensor(const TensorInfo& tensor) {
    if (!grid_) return;
    const std::vector<double> grid = gradients_of(*grid_, tensor);
    const std::vector<double> exact = gradients_of(derived_, tensor);
    CheckedTensor checked{tensor.name, norm(grid), 0};
    if (norm(exact) > 0) checked.to_exact = distance(grid, exact) / norm(exact);
    if (const auto* program = program_gradient(tensor))
      checked.program_error = norm(grid) > 0 ? distance(*program, grid) / norm(grid) : norm(*program);
    result_.tensors.push_back(std::move(checked));
  }

  void check_entry(const TensorInfo& tensor, std::size_t entry, double largest, Differences& differences) {
    CheckedEntry checked{tensor.name, entry, value_of(compiled_.drawn.values, tensor, entry)};
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
    if (grid_) checked.grid = gradient_of(*grid_, tensor, entry);
    if (const auto* program = program_gradient(tensor)) checked.program = (*program)[entry];
    result_.entries.push_back(std::move(checked));
  }

  const GradientCheckOptions& options_;
  CompiledNetwork compiled_;
  std::vector<Example> examples_;
  std::optional<ProgramGradients> program_;
  Values derived_;
  std::optional<Values> grid_;
  GradientCheck result_;
};

}  // namespace

std::size_t GradientCheck::kinks() const {
  return static_cast<std::size_t>(
      std::count_if(entries.begin(), entries.end(), [](const CheckedEntry& each) { return each.kink; }));
}

bool GradientCheck::passed() const {
  const bool entries_hold = std::all_of(entries.begin(), entries.end(), [](const CheckedEntry& each) {
    return each.kink || (std::isfinite(each.derived) && each.error <= 1);
  });
  const bool programs_hold = std::all_of(tensors.begin(), tensors.end(), [](const CheckedTensor& each) {
    return !each.program_error || *each.program_error <= 1e-4;
  });
  return entries_hold && programs_hold && 20 * kinks() <= entries.size();
}

GradientCheck check_gradients(const ir::Network& network, const GradientCheckOptions& options) {
  return Check(network, options).run();
}

std::string to_string(const GradientCheck& check) {
  char line[256];
  std::string text;
  std::size_t longest = 6;
  for (const CheckedTensor& each : check.tensors) longest = std::max(longest, each.name.size());
  const int width = static_cast<int>(std::min<std::size_t>(longest, 100));
  std::snprintf(line, sizeof line, "%-*s %6s %15s %15s %8s %15s %15s\n", width, "tensor", "entry", "derived",
                "difference", "error", "grid", "program");
  text += line;
  for (const CheckedEntry& each : check.entries) {
    std::snprintf(line, sizeof line, "%-*s %6zu %15.8e %15.8e ", width, each.tensor.c_str(), each.index, each.derived,
                  each.finite_difference);
    text += line;
    std::snprintf(line, sizeof line, "%7.2f%s", each.error, each.error <= 1 ? " " : "!");
    text += each.kink ? "    kink" : line;
    std::snprintf(line, sizeof line, " %15.8e", each.grid);
    text += line;
    if (each.program) {
      std::snprintf(line, sizeof line, " %15.8e", *each.program);
      text += line;
    }
    text += "\n";
  }
  for (const CheckedTensor& each : check.tensors) {
    std::snprintf(line, sizeof line, "%-*s grid to exact %.2e of its norm", width, each.name.c_str(), each.to_exact);
    text += line;
    if (each.program_error) {
      std::snprintf(line, sizeof line, ", program to grid %.2e%s", *each.program_error,
                    *each.program_error <= 1e-4 ? "" : "!");
      text += line;
    }
    text += "\n";
  }
  std::snprintf(line, sizeof line,
                "loss %.8g, on the grid %.8g; %zu spikes, %zu triggered by a jump, %zu near-tangent%s\n", check.loss,
                check.grid_loss, check.spikes, check.triggered, check.near_tangent,
                check.ties ? "; two neurons spike at one time" : "");
  text += line;
  for (const Problem& each : check.without_equations)
    text += "not checked with exact spike times: " + each.path + ": " + each.message + "\n";
  std::snprintf(line, sizeof line, "%s: %zu entries, %zu at kinks\n", check.passed() ? "passed" : "FAILED",
                check.entries.size(), check.kinks());
  return text + line;
}

namespace {

// A few spikes of each neuron: one in each of some windows of time. No two in one step where that can be, since which of two
// arrivals is first is a kink; none at the start, so that all are free to arrive a little earlier.
std::vector<GivenSpike> draw_spikes(std::uint32_t neurons, std::uint32_t timesteps, std::mt19937_64& random) {
  std::vector<GivenSpike> spikes;
  const std::uint32_t window = std::max(1u, timesteps / 5);
  std::vector<std::uint32_t> places(window);
  for (std::uint32_t begin = 1; begin + window <= timesteps * 3 / 4; begin += window) {
    std::iota(places.begin(), places.end(), begin);
    for (std::uint32_t j = 0; j < neurons; ++j) {
      const std::uint32_t used = j % window;
      if (used == 0) std::shuffle(places.begin(), places.end(), random);
      spikes.push_back({places[used], j, 1});
    }
  }
  return spikes;
}

}  // namespace

ExampleData draw_example(const ir::Network& network, const GradientCheckOptions& options, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  const auto uniform = [&] { return static_cast<double>(random() >> 11) * 0x1p-53; };
  ExampleData example;
  example.timesteps = options.timesteps;
  for (const ir::Population& population : network.populations) {
    const std::size_t neurons = element_count(population.shape.extents());
    example.spikes.emplace_back();
    example.input.emplace_back();
    std::size_t frames = 1;
    for (const Parameter& parameter : population.neuron.parameters) {
      if (parameter.name == "input_frames") frames = static_cast<std::size_t>(parameter.value.number());
    }
    for (std::size_t i = 0; i < frames * neurons; ++i) example.input.back().push_back(uniform());
    if (!population.neuron.state.empty()) continue;
    example.spikes.back() = draw_spikes(static_cast<std::uint32_t>(neurons), options.timesteps, random);
  }
  for (const OutputLoss& output : options.losses) {
    const std::size_t neurons = element_count(network.populations[output.population].shape.extents());
    LossTarget target;
    target.label = static_cast<std::uint32_t>(uniform() * static_cast<double>(neurons));
    const std::size_t count = is_running(output.loss) ? neurons * options.timesteps : neurons;
    for (std::size_t i = 0; i < count; ++i) target.values.push_back(uniform());
    if (output.loss.kind == LossKind::categorical_crossentropy) {
      const double total = std::accumulate(target.values.begin(), target.values.end(), 0.0);
      for (double& each : target.values) each /= total;
    }
    example.targets.push_back(std::move(target));
  }
  return example;
}

}  // namespace synfire::codegen
