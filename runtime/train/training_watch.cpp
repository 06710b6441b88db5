// SPDX-License-Identifier: Apache-2.0
#include "train/training_watch.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <iterator>

namespace synfire::runtime {
namespace {

constexpr std::size_t watched_batches = 1 + updates_per_norm;  // whose neurons are judged: stretches end there
constexpr std::size_t least_norms = 8, most_norms = 64;        // of which a median says something
constexpr double explosion = 1000;                             // times the median
constexpr std::size_t rising_epochs = 5;

std::string share(std::uint64_t part, std::uint64_t whole) {
  const long percent = std::lround(100.0 * static_cast<double>(part) / static_cast<double>(whole));
  return std::to_string(part) + " of " + std::to_string(whole) + " spikes (" + std::to_string(percent) + " %)";
}

std::string decimal(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3g", value);
  return text;
}

std::string epoch_text(const EpochRecord& record) { return "epoch " + std::to_string(record.epoch); }

// Without the epoch.
std::string subject_of(const std::string& path) { return path.substr(0, path.find(", epoch ")); }

double median(std::deque<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

double total_loss(const EpochRecord& record) {
  double total = 0;
  for (const OutputScore& score : record.training) total += score.loss;
  return total;
}

std::uint64_t neurons_of(const contract::Manifest& manifest, const std::string& population) {
  for (const contract::PopulationInfo& each : manifest.populations) {
    if (each.name == population) return element_count(each.shape);
  }
  return 1;
}

}  // namespace

std::vector<Problem> activity_warnings(const PopulationActivity& activity, std::uint32_t epoch, std::uint64_t neurons,
                                       std::uint64_t examples, bool is_surrogate) {
  std::vector<Problem> found;
  const auto add = [&](ProblemKind kind, const std::string& message, const std::string& hint) {
    found.push_back(make_warning({.kind = kind,
                                  .path = "population \"" + activity.population + "\", epoch " + std::to_string(epoch),
                                  .message = message,
                                  .hint = hint}));
  };
  const std::string wake =
      is_surrogate ? "if it stays so, use a wider surrogate, larger weights into the population or a lower threshold"
                   : "silent neurons get no gradient: start with larger weights into the population, a lower "
                     "threshold, the loss silent_neurons on its readout max_var, or train by a surrogate gradient";
  const double each = static_cast<double>(activity.spikes) / static_cast<double>(neurons * examples);
  if (activity.spikes == 0) {
    const std::string silent = "no neuron spiked in the whole epoch";
    add(ProblemKind::silent_population, is_surrogate ? silent : silent + ", so no gradient passes through it", wake);
  } else if (each < 0.25) {
    add(ProblemKind::nearly_silent_population,
        decimal(each) + " spikes per neuron and example on average: most neurons are silent in most examples", wake);
  }
  if (2 * activity.triggered > activity.spikes) {
    add(ProblemKind::triggered_spikes,
        share(activity.triggered, activity.spikes) +
            " are triggered by an arrival, a reset or the end of a refractory period: no weight moves their times",
        "start with the defaults for training (scale_i, relative_reset false, integrate_during_refrac false), use "
        "smaller weights, or a smaller dt");
  }
  if (10 * activity.near_tangent > activity.spikes && activity.spikes != 0) {
    add(ProblemKind::near_tangent_spikes,
        share(activity.near_tangent, activity.spikes) + " barely cross the threshold: their gradient is ignored",
        "use a smaller dt, or larger weights");
  }
  return found;
}

void TrainingWatch::resume(const std::vector<EpochRecord>& epochs) {
  for (const EpochRecord& record : epochs) {
    has_judged_neurons_ = has_judged_neurons_ || record.batches != 0;
    for (const TrainingWarning& each : record.warnings) given_.emplace(each.kind, subject_of(each.path));
  }
}

bool TrainingWatch::has_given(ProblemKind kind) const {
  return std::any_of(given_.begin(), given_.end(), [&](const auto& each) { return each.first == to_string(kind); });
}

std::vector<Problem> TrainingWatch::after_batch(const EpochRecord& record, const BatchOutcome& outcome,
                                                std::uint64_t steps) {
  Warnings found;
  if (outcome.gradient_norm) judge_norm(record, *outcome.gradient_norm, found);
  if (has_judged_neurons_) return first_ones(std::move(found));
  steps_ += steps;
  ++batches_;
  for (const NeuronSpikes& each : outcome.neuron_spikes) {
    auto own = std::find_if(neurons_.begin(), neurons_.end(),
                            [&](const NeuronSpikes& known) { return known.population == each.population; });
    if (own == neurons_.end())
      own = neurons_.insert(own, {each.population, std::vector<std::uint64_t>(each.counts.size())});
    for (std::size_t n = 0; n < each.counts.size(); ++n) own->counts[n] += each.counts[n];
  }
  if (batches_ >= watched_batches && !outcome.neuron_spikes.empty()) judge_neurons(record, found);
  return first_ones(std::move(found));
}

std::vector<Problem> TrainingWatch::after_epoch(const std::vector<EpochRecord>& earlier, const EpochRecord& record) {
  Warnings found;
  if (!has_judged_neurons_) judge_neurons(record, found);
  for (const PopulationActivity& activity : record.activity) {
    for (Problem& each : activity_warnings(activity, record.epoch, neurons_of(manifest_, activity.population),
                                           record.examples, manifest_.training->is_surrogate))
      found.push_back(std::move(each));
  }
  // With a loss of 0 there is nothing left to learn.
  const bool is_perfect = std::all_of(record.training.begin(), record.training.end(),
                                      [](const OutputScore& score) { return score.loss == 0; });
  if (!is_perfect && !norms_.empty() &&
      std::all_of(norms_.begin(), norms_.end(), [](double norm) { return norm == 0; })) {
    found.push_back(make_warning({.kind = ProblemKind::zero_gradient,
                                  .path = "gradients, " + epoch_text(record),
                                  .message = "all gradients are 0, so nothing is learned",
                                  .hint = "check that neurons spike, and that outputs depend on what is trained"}));
  }
  judge_losses(earlier, record, found);
  return first_ones(std::move(found));
}

void TrainingWatch::judge_norm(const EpochRecord& record, double norm, Warnings& found) {
  norms_.push_back(norm);
  if (recent_norms_.size() >= least_norms) {
    const double usual = median(recent_norms_);
    if (usual > 0 && norm >= explosion * usual) {
      found.push_back(
          make_warning({.kind = ProblemKind::exploding_gradient,
                        .path = "gradients, " + epoch_text(record) + ", batch " + std::to_string(record.batches - 1),
                        .message = "the norm of the gradients is " + decimal(norm) + ", and " + decimal(usual) +
                                   " in most batches before"}));
    }
  }
  recent_norms_.push_back(norm);
  if (recent_norms_.size() > most_norms) recent_norms_.pop_front();
}

// Populations that are silent, or nearly so, have warnings of their own.
void TrainingWatch::judge_neurons(const EpochRecord& record, Warnings& found) {
  has_judged_neurons_ = true;
  for (const NeuronSpikes& each : neurons_) {
    const std::size_t neurons = each.counts.size();
    const auto silent = static_cast<std::size_t>(std::count(each.counts.begin(), each.counts.end(), 0u));
    const auto saturated = static_cast<std::size_t>(std::count(each.counts.begin(), each.counts.end(), steps_));
    const auto add = [&](ProblemKind kind, std::size_t some, const std::string& what) {
      if (4 * some < neurons) return;
      found.push_back(make_warning({.kind = kind,
                                    .path = "population \"" + each.population + "\", " + epoch_text(record),
                                    .message = std::to_string(some) + " of " + std::to_string(neurons) + " neurons " +
                                               what + " of the first " + std::to_string(batches_) +
                                               (batches_ == 1 ? " batch" : " batches")}));
    };
    if (silent != neurons) add(ProblemKind::silent_neurons, silent, "spiked in no example");
    if (steps_ != 0) add(ProblemKind::saturated_neurons, saturated, "spiked in every step of every example");
  }
}

void TrainingWatch::judge_losses(const std::vector<EpochRecord>& earlier, const EpochRecord& record,
                                 Warnings& found) const {
  if (earlier.size() < rising_epochs) return;
  double later = total_loss(record);
  for (std::size_t back = 0; back < rising_epochs; ++back) {
    const double before = total_loss(earlier[earlier.size() - 1 - back]);
    if (!(before < later)) return;
    later = before;
  }
  found.push_back(
      make_warning({.kind = ProblemKind::rising_loss,
                    .path = "loss, " + epoch_text(record),
                    .message = "the training loss has risen in " + std::to_string(rising_epochs) +
                               " epochs in a row, from " + decimal(later) + " to " + decimal(total_loss(record))}));
}

std::vector<Problem> TrainingWatch::first_ones(Warnings found) {
  std::erase_if(
      found, [&](const Problem& each) { return !given_.emplace(to_string(each.kind), subject_of(each.path)).second; });
  return found;
}

}  // namespace synfire::runtime
