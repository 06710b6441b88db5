// SPDX-License-Identifier: Apache-2.0
#include "train/example_feed.hpp"

#include <algorithm>
#include <limits>

namespace synfire::runtime {
namespace {

// If somebody waits for results, but does not need every batch as it ends.
constexpr std::size_t longest_watched = 32;

std::size_t longest_with(const CallbackList& callbacks, bool stops) {
  if (callbacks.empty()) return stops ? longest_watched : std::numeric_limits<std::size_t>::max();
  return callbacks.wants_batches() ? 1 : longest_watched;
}

}  // namespace

ExampleFeed::ExampleFeed(BatchTrainer& trainer, const contract::Manifest& manifest, const BoundData& data,
                         const CallbackList& callbacks, const Options& options)
    : trainer_(trainer),
      batch_size_(std::max(manifest.batch_size, 1u)),
      longest_(std::min(longest_with(callbacks, options.stops), trainer.longest_stretch())),
      held_(options.again ? trainer.hold(data) : nullptr),
      feeder_(manifest, data, options.again && held_ == nullptr, options.device) {}

bool ExampleFeed::run(const Part& part, const Begins& begins, const Ended& ended) {
  const std::size_t batches = (part.order.size() + batch_size_ - 1) / batch_size_;
  const std::size_t longest = held_ != nullptr ? longest_ : 1;
  for (std::size_t first = part.first; first < batches;) {
    const std::size_t count = std::min({longest, batches - first, part.longest ? part.longest() : batches});
    for (std::size_t i = 0; i < count; ++i) begins(first + i);
    first += held_ != nullptr ? run_held(part, first, count, ended) : run_fed(part, first, ended);
    if (part.reached) part.reached();
    if (first < batches && part.stop != nullptr && *part.stop && (*part.stop)()) return false;
  }
  return true;
}

std::size_t ExampleFeed::run_held(const Part& part, std::size_t first, std::size_t batches, const Ended& ended) {
  const std::size_t begin = first * batch_size_;
  const std::size_t examples = std::min(batches * batch_size_, part.order.size() - begin);
  const Stretch stretch{.data = held_.get(),
                        .order = part.order.subspan(begin, examples),
                        .first = static_cast<std::uint32_t>(begin),
                        .seed = part.seed,
                        .stop = part.stop};
  std::vector<UpdateRate> rates;
  for (std::size_t i = 0; part.rate && i < batches; ++i) rates.push_back(part.rate(first + i));
  const std::vector<BatchOutcome> outcomes = part.rate ? trainer_.train(stretch, rates) : trainer_.test(stretch);
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    trainer_.show(i);
    ended(first + i, outcomes[i], feeder_.targets(place(part, first + i)));
  }
  return outcomes.size();
}

std::size_t ExampleFeed::run_fed(const Part& part, std::size_t batch, const Ended& ended) {
  const TrainingBatch& data = feeder_.batch(place(part, batch));
  const BatchOutcome outcome = part.rate ? trainer_.train(data, part.rate(batch)) : trainer_.test(data);
  ended(batch, outcome, data);
  return 1;
}

BatchPlace ExampleFeed::place(const Part& part, std::size_t batch) const {
  const std::size_t first = batch * batch_size_;
  const std::size_t examples = std::min<std::size_t>(batch_size_, part.order.size() - first);
  const std::size_t end = first + examples;
  return {.examples = part.order.subspan(first, examples),
          .first = static_cast<std::uint32_t>(first),
          .seed = part.seed,
          .next = part.order.subspan(end, std::min<std::size_t>(batch_size_, part.order.size() - end))};
}

}  // namespace synfire::runtime
