// SPDX-License-Identifier: Apache-2.0
#include "lower/pattern.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <functional>
#include <future>
#include <limits>
#include <stdexcept>
#include <thread>
#include <type_traits>
#include <utility>

#include "pattern.cuh"
#include "synfire/base/steps.hpp"
#include "synfire/error.hpp"

namespace synfire::codegen {
namespace {

std::uint64_t key_of(const PatternContext& context, const char* what) {
  return context.seed ^ stream_of("connection " + context.connection + '.' + what);
}

std::uint32_t most_steps(double dt, const std::optional<double>& max_delay) {
  constexpr auto no_limit = std::numeric_limits<std::uint32_t>::max();
  if (!max_delay) return no_limit;
  const double steps = std::floor(base::steps_in(*max_delay, dt));
  return steps < no_limit ? static_cast<std::uint32_t>(steps) : no_limit;
}

// ---- Parallel work. The result does not depend on which thread does what.

using RangeTask = std::function<void(std::uint32_t begin, std::uint32_t end)>;

// Calls task(begin, end) for ranges that cover [0, count), in parallel if there is enough `work`.
void in_parallel(std::uint32_t count, double work, std::uint32_t threads, const RangeTask& task) {
  constexpr double worth_a_thread = 1e5;
  if (threads == 0) threads = std::max(1u, std::thread::hardware_concurrency());
  if (work < worth_a_thread) threads = 1;
  threads = std::min(threads, std::max(1u, count));
  const auto border = [&](std::uint32_t part) {
    return static_cast<std::uint32_t>(std::uint64_t{count} * part / threads);
  };
  std::vector<std::future<void>> others;
  for (std::uint32_t part = 1; part < threads; ++part) {
    others.push_back(std::async(std::launch::async, task, border(part), border(part + 1)));
  }
  task(0, border(1));
  for (std::future<void>& other : others) other.get();
}

// ---- Choosing neurons

// Draws numbers in [0, candidates), each neuron from its own random words.
class Sampler {
 public:
  Sampler(std::uint64_t key, std::uint32_t candidates, bool repeats)
      : key_(key), candidates_(candidates), repeats_(repeats), chosen_by_(repeats ? 0 : candidates, 0) {}

  // Calls visit(candidate) `number` times; once per neuron and sampler. Without repeats by R. W. Floyd's method
  // (J. Bentley, "Programming pearls: a sample of brilliance", CACM 30, 1987): all subsets are equally likely.
  template <class Visit>
  void choose(std::uint32_t neuron, std::uint32_t number, const Visit& visit) {
    const std::uint32_t stamp = neuron + 1;
    for (std::uint32_t k = 0; k < number; ++k) {
      if (repeats_) {
        visit(below(candidates_, neuron, k));
        continue;
      }
      const std::uint32_t last = candidates_ - number + k;
      const std::uint32_t drawn = below(last + 1, neuron, k);
      const std::uint32_t candidate = chosen_by_[drawn] == stamp ? last : drawn;
      chosen_by_[candidate] = stamp;
      visit(candidate);
    }
  }

 private:
  // Draw k of the neuron, in [0, bound): the 64-bit fraction formed by two words, times the bound.
  std::uint32_t below(std::uint32_t bound, std::uint32_t neuron, std::uint32_t k) {
    if (k % 2 == 0) {
      words_ = device::philox({neuron, k / 2, 0, 0}, static_cast<std::uint32_t>(key_),
                              static_cast<std::uint32_t>(key_ >> 32));
    }
    const std::uint64_t high = k % 2 == 0 ? words_.x : words_.z;
    const std::uint64_t low = k % 2 == 0 ? words_.y : words_.w;
    return static_cast<std::uint32_t>((high * bound + (low * bound >> 32)) >> 32);
  }

  std::uint64_t key_;
  std::uint32_t candidates_;
  bool repeats_;
  std::vector<std::uint32_t> chosen_by_;  // the last neuron that chose the candidate, plus 1
  device::U32x4 words_{};
};

// Whether self-connections are excluded.
template <class Kind>
bool no_self(const Kind& kind, const PatternContext& context) {
  return context.recurrent && !kind.allow_self_connections;
}

// The neuron with number `candidate`, not counting `self` if excluded.
std::uint32_t passing_self(std::uint32_t candidate, std::uint32_t self, bool excluded) {
  return excluded && candidate >= self ? candidate + 1 : candidate;
}

// ---- Patterns. Row patterns call visit(target) for all targets of one source.

class DenseRows {
 public:
  DenseRows(const Dense&, const PatternContext& context) : targets_(context.targets) {}
  std::uint32_t count(std::uint32_t) const { return targets_; }
  template <class Visit>
  void visit(std::uint32_t, const Visit& visit) const {
    for (std::uint32_t target = 0; target < targets_; ++target) visit(target);
  }

 private:
  std::uint32_t targets_;
};

class OneToOneRows {
 public:
  OneToOneRows(const OneToOne&, const PatternContext&) {}
  std::uint32_t count(std::uint32_t) const { return 1; }
  template <class Visit>
  void visit(std::uint32_t source, const Visit& visit) const {
    visit(source);
  }
};

class ProbableRows {
 public:
  ProbableRows(const FixedProbability& kind, const PatternContext& context)
      : p_(kind.p),
        targets_(context.targets),
        no_self_(no_self(kind, context)),
        key_(pattern_key(context)),
        width_(pattern_block_width(kind.p)),
        inverse_log_(inverse_log(kind.p)) {}

  std::uint32_t count(std::uint32_t source) const {
    std::uint32_t count = 0;
    visit(source, [&](std::uint32_t) { ++count; });
    return count;
  }

  template <class Visit>
  void visit(std::uint32_t source, const Visit& visit) const {
    const auto but_self = [&](std::uint32_t target) {
      if (!no_self_ || target != source) visit(target);
    };
    if (p_ <= 0) return;
    if (p_ >= 1) {
      for (std::uint32_t target = 0; target < targets_; ++target) but_self(target);
      return;
    }
    for (std::uint32_t block = 0, begin = 0; begin < targets_; ++block, begin += width_) {
      const std::uint32_t end = std::min(begin + width_, targets_);
      device::for_each_target(key_, source, block, begin, end, inverse_log_, but_self);
    }
  }

 private:
  double p_;
  std::uint32_t targets_;
  bool no_self_;
  std::uint64_t key_;
  std::uint32_t width_;
  float inverse_log_;
};

class OutputRows {
 public:
  OutputRows(const FixedOutputs& kind, const PatternContext& context)
      : number_(kind.number),
        no_self_(no_self(kind, context)),
        sampler_(pattern_key(context), context.targets - (no_self_ ? 1 : 0), kind.allow_repeats) {}

  std::uint32_t count(std::uint32_t) const { return number_; }
  template <class Visit>
  void visit(std::uint32_t source, const Visit& visit) {
    sampler_.choose(source, number_,
                    [&](std::uint32_t candidate) { visit(passing_self(candidate, source, no_self_)); });
  }

 private:
  std::uint32_t number_;
  bool no_self_;
  Sampler sampler_;
};

// ---- Values

// Where weights or delays come from.
struct ValueSource {
  const Value& value;
  ValueDistribution distribution;
  std::uint64_t key = 0;

  bool is_array() const { return value.is_array(); }
  bool is_one_number() const { return !is_array() && distribution.kind == ValueDistribution::Kind::constant; }
};

struct Synapse {
  std::uint32_t target;
  std::uint32_t delay;
  float weight;
};

bool earlier_target(const Synapse& a, const Synapse& b) { return a.target < b.target; }
bool earlier(const Synapse& a, const Synapse& b) {
  return a.target != b.target ? a.target < b.target : a.delay < b.delay;
}
bool is_same(const Synapse& a, const Synapse& b) { return a.target == b.target && a.delay == b.delay; }

template <class Less>
void sort_unless_sorted(std::vector<Synapse>& row, const Less& less) {
  if (!std::is_sorted(row.begin(), row.end(), less)) std::stable_sort(row.begin(), row.end(), less);
}

// Draws the pattern twice, once to count and once to store, so it needs memory only for the result.
class SynapseDistribution {
 public:
  SynapseDistribution(const Connectivity& connectivity, const PatternContext& context)
      : connectivity_(connectivity),
        context_(context),
        by_neuron_(std::holds_alternative<OneToOne>(connectivity)),
        listed_(std::holds_alternative<Sparse>(connectivity)),
        expected_(expected_synapses(connectivity, context.sources, context.targets, context.recurrent)),
        most_steps_(std::min(most_steps(context.dt, context.max_delay), most_delay_steps)),
        weight_{weight_of(connectivity), {}, weight_key(context)},
        delay_{delay_of(connectivity), {}, delay_key(context)} {
    if (!weight_.is_array()) weight_.distribution = weight_distribution(connectivity, context);
    if (!delay_.is_array()) delay_.distribution = delay_distribution(connectivity, context);
  }

  Synapses run() {
    drawn_.offsets.assign(std::size_t{context_.sources} + 1, 0);
    if (weight_.is_one_number()) drawn_.weight = weight_.distribution.base;
    if (delay_.value.is_number())
      drawn_.delay = steps_of(delay_.value.number());
    else if (delay_.is_one_number())
      drawn_.delay = device::whole_steps(delay_.distribution.base, most_steps_);
    std::visit([this](const auto& kind) { draw(kind); }, connectivity_);
    if (has_values() || !is_in_order_) settle_rows();
    if (repeats_) merge();
    share_delay();
    return std::move(drawn_);
  }

 private:
  bool has_values() const { return !drawn_.weights.empty() || !drawn_.delays.empty(); }

  void in_rows(const RangeTask& task) const { in_parallel(context_.sources, expected_, context_.threads, task); }

  void draw(const Dense& kind) { draw_rows(DenseRows(kind, context_)); }
  void draw(const OneToOne& kind) { draw_rows(OneToOneRows(kind, context_)); }
  void draw(const FixedProbability& kind) { draw_rows(ProbableRows(kind, context_)); }
  void draw(const FixedOutputs& kind) {
    is_in_order_ = false;
    draw_rows(OutputRows(kind, context_));
  }

  template <KernelKind Kind>
  void draw(const Kind&) {
    throw std::logic_error("kernels are expanded");
  }

  template <class Rows>
  void draw_rows(const Rows& rows) {
    in_rows([&](std::uint32_t begin, std::uint32_t end) {
      for (std::uint32_t source = begin; source < end; ++source) drawn_.offsets[source] = rows.count(source);
    });
    allocate();
    in_rows([&](std::uint32_t begin, std::uint32_t end) {
      Rows own = rows;
      for (std::uint32_t source = begin; source < end; ++source) {
        std::uint32_t k = drawn_.offsets[source];
        own.visit(source, [&](std::uint32_t target) { drawn_.targets[k++] = target; });
      }
    });
  }

  // Rows fill in any order; `settle_rows` sorts them.
  void draw(const FixedInputs& kind) {
    is_in_order_ = false;
    const auto each = [&](const auto& visit) {
      in_parallel(context_.targets, expected_, context_.threads, [&](std::uint32_t begin, std::uint32_t end) {
        const bool excluded = no_self(kind, context_);
        Sampler sampler(pattern_key(context_), context_.sources - (excluded ? 1 : 0), kind.allow_repeats);
        for (std::uint32_t target = begin; target < end; ++target) {
          sampler.choose(target, kind.number,
                         [&](std::uint32_t candidate) { visit(passing_self(candidate, target, excluded), target); });
        }
      });
    };
    const auto next = [](std::uint32_t& number) {
      return std::atomic_ref<std::uint32_t>(number).fetch_add(1, std::memory_order_relaxed);
    };
    each([&](std::uint32_t source, std::uint32_t) { next(drawn_.offsets[source]); });
    allocate();
    std::vector<std::uint32_t> cursors(drawn_.offsets.begin(), drawn_.offsets.end() - 1);
    each([&](std::uint32_t source, std::uint32_t target) { drawn_.targets[next(cursors[source])] = target; });
  }

  // Rows keep the order of the lists until they are sorted.
  void draw(const Sparse& kind) {
    is_in_order_ = false;
    for (const std::uint32_t source : kind.sources) ++drawn_.offsets[source];
    allocate();
    std::vector<std::uint32_t> cursors(drawn_.offsets.begin(), drawn_.offsets.end() - 1);
    for (std::size_t k = 0; k < kind.sources.size(); ++k) {
      const std::uint32_t place = cursors[kind.sources[k]]++;
      drawn_.targets[place] = kind.targets[k];
      if (weight_.is_array()) drawn_.weights[place] = weight_.value.array()[k];
      if (delay_.is_array())
        drawn_.delays[place] = static_cast<std::uint16_t>(steps_of(static_cast<double>(delay_.value.array()[k])));
    }
  }

  // Turns the counts into offsets and allocates memory.
  void allocate() {
    std::uint64_t total = 0;
    for (std::uint32_t& offset : drawn_.offsets) {
      const std::uint32_t count = offset;
      offset = static_cast<std::uint32_t>(total);
      total += count;
    }
    if (total > std::numeric_limits<std::uint32_t>::max()) {
      throw ModelError({.kind = ProblemKind::unsupported,
                        .path = "connection \"" + context_.connection + '"',
                        .message = "the connection has too many synapses",
                        .hint = "split the populations",
                        .expected = "at most 4294967295",
                        .given = std::to_string(total)});
    }
    drawn_.targets.resize(total);
    if (!weight_.is_one_number()) drawn_.weights.resize(total);
    if (!delay_.is_one_number()) drawn_.delays.resize(total);
  }

  std::uint32_t steps_of(double milliseconds) const {
    return std::min(delay_steps(milliseconds, context_.dt, context_.max_delay), most_delay_steps);
  }

  void settle_rows() {
    std::atomic<bool> repeats = false;
    in_rows([&](std::uint32_t begin, std::uint32_t end) {
      std::vector<Synapse> row;
      for (std::uint32_t source = begin; source < end; ++source) {
        load(source, row);
        sort_unless_sorted(row, earlier_target);
        draw_values(source, row);
        sort_unless_sorted(row, earlier);
        if (std::adjacent_find(row.begin(), row.end(), is_same) != row.end()) repeats = true;
        store(source, row);
      }
    });
    repeats_ = repeats;
  }

  void load(std::uint32_t source, std::vector<Synapse>& row) const {
    row.clear();
    for (std::uint32_t k = drawn_.offsets[source]; k < drawn_.offsets[source + 1]; ++k) {
      row.push_back({drawn_.targets[k], drawn_.delays.empty() ? drawn_.delay : drawn_.delays[k],
                     drawn_.weights.empty() ? drawn_.weight : drawn_.weights[k]});
    }
  }

  void store(std::uint32_t source, const std::vector<Synapse>& row) {
    std::uint32_t k = drawn_.offsets[source];
    for (const Synapse& synapse : row) {
      drawn_.targets[k] = synapse.target;
      if (!drawn_.weights.empty()) drawn_.weights[k] = synapse.weight;
      if (!drawn_.delays.empty()) drawn_.delays[k] = static_cast<std::uint16_t>(synapse.delay);
      ++k;
    }
  }

  // Draws the values of each pair of neurons; values given with the lists are already there.
  void draw_values(std::uint32_t source, std::vector<Synapse>& row) const {
    const bool weights = !drawn_.weights.empty() && !(listed_ && weight_.is_array());
    const bool delays = !drawn_.delays.empty() && !(listed_ && delay_.is_array());
    if (!weights && !delays) return;
    std::uint32_t occurrence = 0;
    for (std::size_t k = 0; k < row.size(); ++k) {
      occurrence = k != 0 && row[k].target == row[k - 1].target ? occurrence + 1 : 0;
      const std::uint64_t index = by_neuron_ ? source : std::uint64_t{source} * context_.targets + row[k].target;
      if (weights) row[k].weight = weight_at(index, occurrence);
      if (delays) row[k].delay = delay_at(index, occurrence);
    }
  }

  float weight_at(std::uint64_t index, std::uint32_t occurrence) const {
    if (weight_.is_array()) return weight_.value.array()[index];
    return drawn_value(weight_.distribution, weight_.key, index, occurrence);
  }
  std::uint32_t delay_at(std::uint64_t index, std::uint32_t occurrence) const {
    if (delay_.is_array()) return steps_of(static_cast<double>(delay_.value.array()[index]));
    return device::whole_steps(drawn_value(delay_.distribution, delay_.key, index, occurrence), most_steps_);
  }

  // Merges synapses with the same source, target and delay; the weight is their sum, first to last.
  void merge() {
    if (drawn_.weights.empty()) drawn_.weights.assign(drawn_.targets.size(), drawn_.weight);
    std::uint32_t kept = 0;
    std::uint32_t begin = 0;
    for (std::uint32_t source = 0; source < context_.sources; ++source) {
      const std::uint32_t end = drawn_.offsets[source + 1];
      const std::uint32_t first = kept;
      for (std::uint32_t k = begin; k < end; ++k) {
        if (kept != first && agree(kept - 1, k)) {
          drawn_.weights[kept - 1] += drawn_.weights[k];
        } else {
          move(k, kept++);
        }
      }
      drawn_.offsets[source + 1] = kept;
      begin = end;
    }
    drawn_.targets.resize(kept);
    drawn_.weights.resize(kept);
    if (!drawn_.delays.empty()) drawn_.delays.resize(kept);
  }

  bool agree(std::uint32_t a, std::uint32_t b) const {
    return drawn_.targets[a] == drawn_.targets[b] && (drawn_.delays.empty() || drawn_.delays[a] == drawn_.delays[b]);
  }

  void move(std::uint32_t from, std::uint32_t to) {
    drawn_.targets[to] = drawn_.targets[from];
    drawn_.weights[to] = drawn_.weights[from];
    if (!drawn_.delays.empty()) drawn_.delays[to] = drawn_.delays[from];
  }

  void share_delay() {
    drawn_.longest_delay = drawn_.delay;
    if (drawn_.delays.empty()) return;
    const auto [least, most] = std::minmax_element(drawn_.delays.begin(), drawn_.delays.end());
    drawn_.longest_delay = *most;
    if (*least != *most) return;
    drawn_.delay = *most;
    drawn_.delays = {};
  }

  const Connectivity& connectivity_;
  const PatternContext& context_;
  bool by_neuron_;  // values are indexed by the source alone
  bool listed_;     // arrays are in the order of the lists
  double expected_;
  std::uint32_t most_steps_;
  ValueSource weight_;
  ValueSource delay_;
  bool is_in_order_ = true;  // by target, as drawn
  bool repeats_ = false;
  Synapses drawn_;
};

// ---- Kernels

// The pixel, or window of a fused pool, as which the kernel sees a pixel of the source; `pooled` if it has none.
std::uint32_t seen_by(const PatchAxis& axis, std::uint32_t pixel) {
  if (axis.pool_stride == 1) return pixel;
  const std::uint32_t window = pixel / axis.pool_stride;
  return pixel % axis.pool_stride < axis.pool && window < axis.pooled ? window : axis.pooled;
}

// Target pixels with their taps, in ascending order.
std::vector<std::pair<std::uint32_t, std::uint32_t>> reached_by(const PatchAxis& axis, std::uint32_t pixel) {
  std::vector<std::pair<std::uint32_t, std::uint32_t>> reached;
  const std::int64_t seen = seen_by(axis, pixel);
  if (seen == axis.pooled) return reached;
  for (std::uint32_t tap = 0; tap < axis.kernel; ++tap) {
    const std::int64_t distance = std::int64_t{tap} * axis.dilation - axis.padding;
    const std::int64_t target = axis.transposed ? seen * axis.stride + distance : seen - distance;
    if (!axis.transposed && target % axis.stride != 0) continue;
    const std::int64_t z = axis.transposed ? target : target / axis.stride;
    if (z >= 0 && z < axis.target) reached.emplace_back(static_cast<std::uint32_t>(z), tap);
  }
  std::sort(reached.begin(), reached.end());
  return reached;
}

// The synapses of a kernel, one by one. Those of MaxPool2D too: with exact spike times, for which the interpreter draws
// them, no two spikes of a window coincide.
Synapses expand_kernel(const Connectivity& connectivity, const PatternContext& context) {
  const PatchGeometry patches = patches_of(connectivity, context.source_shape, context.targets);
  const Value& weight = weight_of(connectivity);
  Synapses drawn;
  drawn.delay = drawn.longest_delay =
      std::min(delay_steps(delay_of(connectivity).number(), context.dt, context.max_delay), most_delay_steps);
  const float scale = scale_of(patches);
  std::vector<float> kernel;
  if (!patches.has_kernel)
    drawn.weight = pool_weight(connectivity, patches);
  else if (weight.is_number())
    drawn.weight = static_cast<float>(weight.number()) * scale;
  else
    kernel = kernel_of(connectivity, context, patches);
  drawn.offsets.push_back(0);
  for (std::uint32_t source = 0; source < context.sources; ++source) {
    const std::uint32_t pixel = source / patches.source_channels, channel = source % patches.source_channels;
    const std::uint32_t group = channel / patches.channels_per_group();
    for (const auto& [z, a] : reached_by(patches.vertical, pixel / patches.horizontal.source)) {
      for (const auto& [x, b] : reached_by(patches.horizontal, pixel % patches.horizontal.source)) {
        const std::uint32_t target = (z * patches.horizontal.target + x) * patches.target_channels;
        const std::uint32_t entry = ((a * patches.horizontal.kernel + b) * patches.channels_per_group() +
                                     channel % patches.channels_per_group()) *
                                    patches.target_channels;
        for (std::uint32_t f = group * patches.filters_per_group(); f < (group + 1) * patches.filters_per_group();
             ++f) {
          drawn.targets.push_back(target + f);
          if (patches.has_kernel) drawn.entries.push_back(entry + f);
          if (!kernel.empty()) drawn.weights.push_back(kernel[entry + f] * scale);
        }
      }
    }
    drawn.offsets.push_back(static_cast<std::uint32_t>(drawn.targets.size()));
  }
  return drawn;
}

struct Expected {
  double sources;
  double targets;
  bool recurrent;
  const Connectivity& connectivity;
  const Extents& source_shape;

  double operator()(const Dense&) const { return sources * targets; }
  double operator()(const OneToOne&) const { return sources; }
  double operator()(const FixedProbability& kind) const {
    const bool no_self = recurrent && !kind.allow_self_connections;
    return kind.p * (sources * targets - (no_self ? sources : 0.0));
  }
  double operator()(const FixedInputs& kind) const { return targets * kind.number; }
  double operator()(const FixedOutputs& kind) const { return sources * kind.number; }
  double operator()(const Sparse& kind) const { return static_cast<double>(kind.sources.size()); }
  template <KernelKind Kind>
  double operator()(const Kind&) const {
    return patches_of(connectivity, source_shape, static_cast<std::size_t>(targets)).synapses();
  }
};

// In steps; infinite if the initializer has no bound.
double largest_steps(const ValueDistribution& distribution) {
  const double base = static_cast<double>(distribution.base);
  switch (distribution.kind) {
    case ValueDistribution::Kind::constant: return base;
    case ValueDistribution::Kind::uniform: return base + static_cast<double>(distribution.spread);
    case ValueDistribution::Kind::normal: return static_cast<double>(distribution.max);
  }
  return std::numeric_limits<double>::infinity();
}

}  // namespace

Synapses draw_synapses(const Connectivity& connectivity, const PatternContext& context) {
  if (is_kernel(connectivity)) return expand_kernel(connectivity, context);
  return SynapseDistribution(connectivity, context).run();
}

double expected_synapses(const Connectivity& connectivity, std::uint32_t sources, std::uint32_t targets, bool recurrent,
                         const Extents& source_shape) {
  return std::visit(
      Expected{static_cast<double>(sources), static_cast<double>(targets), recurrent, connectivity, source_shape},
      connectivity);
}

bool has_all_synapses(const Connectivity& connectivity) {
  return std::holds_alternative<Dense>(connectivity) || std::holds_alternative<OneToOne>(connectivity);
}

bool has_one_delay(const Connectivity& connectivity) { return delay_of(connectivity).is_number(); }

std::uint32_t delay_steps(double milliseconds, double dt, const std::optional<double>& max_delay) {
  const double most = most_steps(dt, max_delay);
  return static_cast<std::uint32_t>(std::clamp(base::nearest_steps(milliseconds, dt), 0.0, most));
}

double longest_delay_steps(const Connectivity& connectivity, double dt, const std::optional<double>& max_delay) {
  const Value& delay = delay_of(connectivity);
  const double limit = max_delay ? most_steps(dt, max_delay) : std::numeric_limits<double>::infinity();
  if (delay.is_number()) return std::min(base::nearest_steps(delay.number(), dt), limit);
  if (delay.is_array()) {
    float longest = 0;
    for (const float each : delay.array()) longest = std::max(longest, each);
    return std::min(base::nearest_steps(static_cast<double>(longest), dt), limit);
  }
  const double most = largest_steps(distribution_of(delay, {}, 1 / dt));
  constexpr std::uint32_t far_too_many = 1000000;
  if (most > far_too_many) return std::min(most, limit);
  return std::min(static_cast<double>(device::whole_steps(static_cast<float>(most), far_too_many)), limit);
}

DrawContext weight_context(const Connectivity& connectivity, const PatternContext& context) {
  if (is_kernel(connectivity)) {
    const PatchGeometry patches = patches_of(connectivity, context.source_shape, context.targets);
    const double taps = static_cast<double>(patches.vertical.kernel) * patches.horizontal.kernel;
    return {context.seed, "connection " + context.connection + ".weight", taps * patches.channels_per_group(),
            taps * patches.filters_per_group()};
  }
  const double synapses = expected_synapses(connectivity, context.sources, context.targets, context.recurrent);
  // A neuron with any synapses has at least one.
  return {context.seed, "connection " + context.connection + ".weight", std::max(synapses / context.targets, 1.0),
          std::max(synapses / context.sources, 1.0)};
}

ValueDistribution weight_distribution(const Connectivity& connectivity, const PatternContext& context) {
  return distribution_of(weight_of(connectivity), weight_context(connectivity, context));
}

ValueDistribution delay_distribution(const Connectivity& connectivity, const PatternContext& context) {
  return distribution_of(delay_of(connectivity), {}, 1 / context.dt);
}

std::vector<float> kernel_of(const Connectivity& connectivity, const PatternContext& context,
                             const PatchGeometry& patches) {
  return elements_of(weight_of(connectivity), patches.kernel_elements(), weight_context(connectivity, context));
}

// One rounding: a sum, with the pixels of the window as the weight, is 1.
float pool_weight(const Connectivity& connectivity, const PatchGeometry& patches) {
  return static_cast<float>(weight_of(connectivity).number() / patches.divisor);
}

float scale_of(const PatchGeometry& patches) { return static_cast<float>(1 / patches.divisor); }

std::uint64_t pattern_key(const PatternContext& context) { return key_of(context, "pattern"); }
std::uint64_t weight_key(const PatternContext& context) { return key_of(context, "weight"); }
std::uint64_t delay_key(const PatternContext& context) { return key_of(context, "delay"); }

std::uint32_t pattern_block_width(double probability) {
  constexpr std::uint32_t least = 256;
  constexpr std::uint32_t most = 4096;
  std::uint32_t width = least;
  while (width < most && width < 16 / probability) width *= 2;
  return width;
}

float inverse_log(double probability) { return static_cast<float>(1 / std::log1p(-probability)); }

}  // namespace synfire::codegen
