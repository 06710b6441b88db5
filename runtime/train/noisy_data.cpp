// SPDX-License-Identifier: Apache-2.0
#include "train/noisy_data.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "philox.cuh"
#include "synfire/base/single.hpp"
#include "synfire/error.hpp"

namespace synfire::runtime {
namespace {

std::string shortest(double number) {
  std::array<char, 32> buffer;
  return {buffer.data(), std::to_chars(buffer.data(), buffer.data() + buffer.size(), number).ptr};
}

// The last word of a counter, plus the number of the stage, so that no two uses share numbers.
constexpr std::uint32_t noise_purpose = 0x6e6f6900u;

// The draws of one example in one stage.
class ExampleDraws {
 public:
  ExampleDraws(const NoiseDraws& draws, const NoiseStage& stage, std::uint32_t example)
      : seed_(draws.seed), epoch_(draws.epoch), example_(example), purpose_(noise_purpose + stage.number) {}

  float uniform(std::size_t element) const { return device::uniform_from_bits(words(element).x); }
  float normal(std::size_t element) const {
    const device::U32x4 drawn = words(element);
    return device::normal_from_bits(drawn.x, drawn.y);
  }

 private:
  device::U32x4 words(std::size_t element) const {
    return device::philox({static_cast<std::uint32_t>(element), example_, epoch_, purpose_},
                          static_cast<std::uint32_t>(seed_), static_cast<std::uint32_t>(seed_ >> 32));
  }

  std::uint64_t seed_;
  std::uint32_t epoch_, example_, purpose_;
};

void disturb(std::span<float> values, const Dropout& dropout, const ExampleDraws& draws) {
  const auto p = static_cast<float>(dropout.p);
  const auto scale = static_cast<float>(1 / (1 - dropout.p));
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = draws.uniform(i) < p ? 0.0F : values[i] * scale;
}
void disturb(std::span<float> values, const GaussianNoise& noise, const ExampleDraws& draws) {
  const auto sd = static_cast<float>(noise.sd);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] += sd * draws.normal(i);
}
void disturb(std::span<float>, const SpikeJitter&, const ExampleDraws&) {}

struct Spikes {
  std::vector<std::uint32_t> neurons;
  std::vector<float> times;
};

void disturb(Spikes& spikes, const Dropout& dropout, const ExampleDraws& draws) {
  const auto p = static_cast<float>(dropout.p);
  std::size_t kept = 0;
  for (std::size_t i = 0; i < spikes.times.size(); ++i) {
    if (draws.uniform(i) < p) continue;
    spikes.neurons[kept] = spikes.neurons[i];
    spikes.times[kept++] = spikes.times[i];
  }
  spikes.neurons.resize(kept);
  spikes.times.resize(kept);
}
void disturb(Spikes& spikes, const SpikeJitter& jitter, const ExampleDraws& draws) {
  const auto sd = static_cast<float>(jitter.sd);
  for (std::size_t i = 0; i < spikes.times.size(); ++i)
    spikes.times[i] = std::max(spikes.times[i] + sd * draws.normal(i), 0.0F);
}
void disturb(Spikes&, const GaussianNoise&, const ExampleDraws&) {}

class NoisyValues final : public ValueSource {
 public:
  NoisyValues(const BoundInput& from, std::vector<NoiseStage> stages, const NoiseDraws& draws)
      : tensor_(from.values), source_(from.value_source), stages_(std::move(stages)), draws_(draws) {}

  const Extents& shape() const override { return source_ != nullptr ? source_->shape() : tensor_->shape(); }

  void read(std::span<const std::uint32_t> examples, std::span<float> into) const override {
    const std::size_t size = this->examples() == 0 ? 0 : element_count(shape()) / this->examples();
    require_room(into.size(), examples.size() * size, "input with noise");
    require_examples(examples, this->examples(), "input with noise");
    if (source_ != nullptr) source_->read(examples, into);
    for (std::size_t e = 0; e < examples.size(); ++e) {
      const std::span<float> example = into.subspan(e * size, size);
      if (source_ == nullptr) std::copy_n(tensor_->data() + examples[e] * size, size, example.data());
      for (const NoiseStage& stage : stages_) {
        const ExampleDraws draws(draws_, stage, examples[e]);
        std::visit([&](const auto& noise) { disturb(example, noise, draws); }, stage.noise);
      }
    }
  }

 private:
  const Tensor<float>* tensor_;
  const ValueSource* source_;
  std::vector<NoiseStage> stages_;
  const NoiseDraws& draws_;
};

class NoisySpikes final : public SpikeSource {
 public:
  NoisySpikes(const BoundInput& from, std::vector<NoiseStage> stages, const NoiseDraws& draws)
      : trains_(from.spikes), source_(from.spike_source), stages_(std::move(stages)), draws_(draws) {}

  std::size_t examples() const override { return source_ != nullptr ? source_->examples() : trains_->examples(); }
  std::size_t neurons() const override { return source_ != nullptr ? source_->neurons() : trains_->neurons(); }
  std::size_t most_spikes() const override { return source_ != nullptr ? source_->most_spikes() : trains_->spikes(); }

  SpikeTrains read(std::span<const std::uint32_t> examples) const override {
    require_examples(examples, this->examples(), "input with noise");
    const SpikeTrains own = source_ != nullptr ? source_->read(examples) : SpikeTrains();
    const SpikeTrains& from = source_ != nullptr ? own : *trains_;
    SpikeTrains noisy(neurons());
    for (std::size_t e = 0; e < examples.size(); ++e) {
      Spikes spikes = example_of(from, source_ != nullptr ? e : examples[e]);
      for (const NoiseStage& stage : stages_) {
        const ExampleDraws draws(draws_, stage, examples[e]);
        std::visit([&](const auto& noise) { disturb(spikes, noise, draws); }, stage.noise);
      }
      noisy.add_example(spikes.neurons, spikes.times);
    }
    return noisy;
  }

 private:
  static Spikes example_of(const SpikeTrains& trains, std::size_t example) {
    const auto begin = static_cast<std::ptrdiff_t>(trains.offsets().at(example));
    const auto end = static_cast<std::ptrdiff_t>(trains.offsets().at(example + 1));
    return {{trains.spike_neurons().begin() + begin, trains.spike_neurons().begin() + end},
            {trains.spike_times().begin() + begin, trains.spike_times().begin() + end}};
  }

  const SpikeTrains* trains_;
  const SpikeSource* source_;
  std::vector<NoiseStage> stages_;
  const NoiseDraws& draws_;
};

struct Description {
  std::string operator()(const Dropout& noise) const { return "dropout " + shortest(noise.p); }
  std::string operator()(const GaussianNoise& noise) const { return "noise " + shortest(noise.sd); }
  std::string operator()(const SpikeJitter& noise) const { return "jitter " + shortest(noise.sd) + " ms"; }
};

void check(const InputNoise& given, contract::InputKind input, const std::string& path,
           std::vector<Problem>& problems) {
  const auto* const dropout = std::get_if<Dropout>(&given.noise);
  const auto* const gaussian = std::get_if<GaussianNoise>(&given.noise);
  const auto* const jitter = std::get_if<SpikeJitter>(&given.noise);
  const double number = dropout != nullptr ? dropout->p : gaussian != nullptr ? gaussian->sd : jitter->sd;
  const bool right = number >= 0 && base::is_single(number) && (dropout == nullptr || static_cast<float>(number) < 1);
  if (!right) {
    problems.push_back({.kind = ProblemKind::invalid_value,
                        .path = path + (dropout != nullptr ? ".p" : ".sd"),
                        .message = "the value is out of range",
                        .expected = dropout != nullptr ? "≥ 0 and < 1" : "finite and ≥ 0",
                        .given = shortest(number)});
  }
  const bool takes_spikes = input == contract::InputKind::spikes, takes_values = input == contract::InputKind::values;
  if (takes_values ? jitter == nullptr : takes_spikes && gaussian == nullptr) return;
  problems.push_back({.kind = ProblemKind::invalid_option,
                      .path = path,
                      .message = takes_spikes   ? "the input takes spikes, which have no values for Gaussian noise"
                                 : takes_values ? "the input takes values, which have no times to jitter"
                                                : "the population takes no data",
                      .hint = takes_spikes   ? "use SpikeJitter or Dropout"
                              : takes_values ? "use GaussianNoise or Dropout"
                                             : ""});
}

}  // namespace

NoisyData::NoisyData(const PopulationIndex& index, const std::vector<InputNoise>& noise, std::uint64_t seed)
    : index_(index) {
  draws_.seed = seed;
  std::vector<Problem> problems;
  for (std::uint32_t i = 0; i < noise.size(); ++i) {
    const std::string path = "input_noise[" + std::to_string(i) + "]";
    const std::optional<std::size_t> population = index.find(noise[i].input, path, problems);
    if (!population) continue;
    check(noise[i], index[*population].input, path, problems);
    auto found = std::find_if(stages_.begin(), stages_.end(),
                              [&](const Stages& each) { return each.population == *population; });
    if (found == stages_.end()) found = stages_.insert(stages_.end(), {.population = *population, .path = path});
    found->list.push_back({noise[i].noise, i});
  }
  if (!problems.empty()) throw ModelError(std::move(problems));
}

std::string NoisyData::description() const {
  std::string text;
  for (const Stages& stages : stages_) {
    for (const NoiseStage& stage : stages.list)
      text += (text.empty() ? "" : ", ") + std::to_string(stage.number) + ": " + index_[stages.population].name + ' ' +
              std::visit(Description{}, stage.noise);
  }
  return text;
}

const BoundData& NoisyData::over(const BoundData& data) {
  data_ = data;
  values_.clear();
  spikes_.clear();
  for (const Stages& stages : stages_) {
    const auto input = std::find_if(data_.inputs.begin(), data_.inputs.end(),
                                    [&](const BoundInput& each) { return each.population == stages.population; });
    const BoundInput from = input != data_.inputs.end() ? *input : BoundInput{};
    if (from.values != nullptr || from.value_source != nullptr) {
      values_.push_back(std::make_unique<NoisyValues>(from, stages.list, draws_));
      *input = {.population = from.population, .value_source = values_.back().get()};
    } else if (from.spikes != nullptr || from.spike_source != nullptr) {
      spikes_.push_back(std::make_unique<NoisySpikes>(from, stages.list, draws_));
      *input = {.population = from.population, .spike_source = spikes_.back().get()};
    } else {
      throw ModelError({.kind = ProblemKind::missing_data,
                        .path = stages.path,
                        .message = "the input has no data for the noise",
                        .given = index_[stages.population].name});
    }
  }
  return data_;
}

}  // namespace synfire::runtime
