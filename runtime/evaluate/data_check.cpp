// SPDX-License-Identifier: Apache-2.0
#include "evaluate/data_check.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <optional>
#include <span>
#include <type_traits>
#include <utility>

namespace synfire::runtime {
namespace {

using Problems = std::vector<Problem>;

// Compares the extents of one example, or of the rest of it, to those of a population: equal, or as many elements if
// one is flat.
bool fits(std::span<const std::size_t> given, const Extents& shape) {
  const Extents extents(given.begin(), given.end());
  return extents == shape ||
         ((extents.size() <= 1 || shape.size() <= 1) && element_count(extents) == element_count(shape));
}

bool fits(const Extents& data, const Extents& shape, std::size_t frames) {
  if (data.empty()) return false;
  const std::span<const std::size_t> example = std::span(data).subspan(1);
  if (frames == 1) return fits(example, shape);
  return !example.empty() && example.front() == frames && fits(example.subspan(1), shape);
}

std::string expected_shape(const Extents& shape, std::size_t frames) {
  std::string text = "examples";
  if (frames > 1) text += "×" + std::to_string(frames);
  return shape.empty() ? text : text + "×" + to_string(shape);
}

void wrong_kind(std::string path, std::string message, std::string expected, std::string given, std::string hint,
                Problems& problems) {
  problems.push_back({.kind = ProblemKind::wrong_data_size,
                      .path = std::move(path),
                      .message = std::move(message),
                      .hint = std::move(hint),
                      .expected = std::move(expected),
                      .given = std::move(given)});
}

template <class T>
constexpr bool is_tensor = false;
template <class T>
constexpr bool is_tensor<Tensor<T>> = true;

// Describes data for messages.
std::string described(const DataView& data) {
  return std::visit(
      [](const auto* content) -> std::string {
        using Content = std::remove_cvref_t<decltype(*content)>;
        if constexpr (std::is_same_v<Content, SpikeTrains> || std::is_same_v<Content, SpikeSource>)
          return "spikes";
        else if constexpr (std::is_same_v<Content, ValueSource>)
          return "values, " + to_string(content->shape());
        else if constexpr (is_tensor<Content>)
          return (std::is_same_v<Content, Tensor<float>> ? "values, " : "integers, ") + to_string(content->shape());
        else
          return "integers, " + std::to_string(content->size());
      },
      data.content());
}

void check_neurons(std::size_t given, const contract::PopulationInfo& population, const std::string& path,
                   Problems& problems) {
  const std::size_t neurons = element_count(population.shape);
  if (given == neurons) return;
  problems.push_back({.kind = ProblemKind::wrong_data_size,
                      .path = path,
                      .message = "the spike trains have the wrong number of neurons",
                      .expected = std::to_string(neurons) + " neurons",
                      .given = std::to_string(given)});
}

// Labels from a container of integers.
template <class Container>
std::vector<std::size_t> to_labels(const Container& given, std::size_t classes, const std::string& path,
                                   Problems& problems) {
  std::vector<std::size_t> labels;
  labels.reserve(given.size());
  for (const auto label : given) {
    if (std::cmp_less(label, 0) || std::cmp_greater_equal(label, classes)) {
      problems.push_back({.kind = ProblemKind::label_out_of_range,
                          .path = path + ", example " + std::to_string(labels.size()),
                          .message = "the label is not a class of the output",
                          .expected = "0 to " + std::to_string(classes - 1),
                          .given = std::to_string(label)});
      return {};
    }
    labels.push_back(static_cast<std::size_t>(label));
  }
  return labels;
}

// Whether each row, one per example, is 0 except for a single 1.
template <class T>
bool is_one_hot(const Tensor<T>& values, std::size_t classes) {
  if (classes < 2 || values.shape().size() < 2 || values.size() != values.shape().front() * classes) return false;
  for (std::size_t e = 0; e < values.shape().front(); ++e) {
    const auto row = std::span(values.values()).subspan(e * classes, classes);
    if (std::count(row.begin(), row.end(), T{1}) != 1) return false;
    if (std::count(row.begin(), row.end(), T{0}) != static_cast<std::ptrdiff_t>(classes - 1)) return false;
  }
  return true;
}

std::string by_shares(const std::string& compared_by) {
  return compared_by == "loss" ? "categorical_crossentropy" : "categorical_accuracy";
}

template <class T>
bool one_for_each_example(const std::vector<T>&, std::size_t, const std::string&, const std::string&, Problems&) {
  return true;
}
template <class T>
bool one_for_each_example(const Tensor<T>& labels, std::size_t classes, const std::string& compared_by,
                          const std::string& path, Problems& problems) {
  if (!labels.shape().empty() && labels.size() == labels.shape().front()) return true;
  std::string hint;
  if (is_one_hot(labels, classes))
    hint = "the data are one-hot: pass labels, array.argmax(1), or use " + by_shares(compared_by) +
           " and pass array.astype(\"float32\")";
  problems.push_back({.kind = ProblemKind::wrong_data_size,
                      .path = path,
                      .message = "the labels are not one per example",
                      .hint = std::move(hint),
                      .expected = "examples",
                      .given = to_string(labels.shape())});
  return false;
}

// Whether there is one whole number per example, such as labels that were read as floats.
bool are_labels(const Tensor<float>& values, std::size_t classes) {
  return !values.shape().empty() && values.size() == values.shape().front() &&
         std::all_of(values.begin(), values.end(), [&](float each) {
           return each >= 0 && each < static_cast<float>(classes) && each == std::floor(each);
         });
}

template <class Content>
std::string hint_for_values(const Content* content, std::size_t classes, const std::string& compared_by) {
  const std::string of_shares = by_shares(compared_by);
  if constexpr (std::is_same_v<std::remove_cv_t<Content>, Tensor<float>>) {
    if (is_one_hot(*content, classes))
      return "the data are one-hot: use " + of_shares + ", or pass labels, array.argmax(1)";
    if (are_labels(*content, classes)) return "the data look like labels, which are integers: pass array.astype(int)";
  }
  return "use " + of_shares + " for class probabilities, or mean_square_error for values";
}

// Whether data of another type have the requested shape.
template <class Content>
bool has_rows(const Content& content, const Extents& shape) {
  if constexpr (is_tensor<Content>)
    return fits(content.shape(), shape, 1) && content.shape().size() > 1;
  else
    return false;
}

template <class T>
constexpr bool is_labels = !std::is_same_v<T, Tensor<float>> && !std::is_same_v<T, SpikeTrains> &&
                           !std::is_same_v<T, ValueSource> && !std::is_same_v<T, SpikeSource>;

// `given`: examples × one of them. Whether that is right.
bool check_shape(const Extents& given, const Extents& shape, std::size_t frames, const std::string& path,
                 Problems& problems) {
  if (fits(given, shape, frames)) return true;
  Extents example = shape;
  if (frames > 1) example.insert(example.begin(), frames);
  const bool one_example = given == example;
  example.insert(example.begin(), 1);
  problems.push_back(
      {.kind = ProblemKind::wrong_data_size,
       .path = path,
       .message = "the data do not have the population's shape",
       .hint = one_example ? "the first axis counts examples: pass one example as " + to_string(example) : "",
       .expected = expected_shape(shape, frames),
       .given = to_string(given)});
  return false;
}

}  // namespace

// Whole pieces are tested without a branch per value.
std::optional<std::size_t> first_non_finite(std::span<const float> values) {
  constexpr std::uint32_t exponent = 0x7f800000u;
  constexpr std::size_t piece = 1024;
  for (std::size_t begin = 0; begin < values.size(); begin += piece) {
    const std::span<const float> part = values.subspan(begin, std::min(piece, values.size() - begin));
    unsigned bad = 0;
    for (const float x : part) bad |= (std::bit_cast<std::uint32_t>(x) & exponent) == exponent ? 1u : 0u;
    if (bad == 0) continue;
    for (std::size_t i = 0; i < part.size(); ++i) {
      if ((std::bit_cast<std::uint32_t>(part[i]) & exponent) == exponent) return begin + i;
    }
  }
  return std::nullopt;
}

void check_values(const Tensor<float>& values, const Extents& shape, std::size_t frames, const std::string& path,
                  Problems& problems) {
  if (!check_shape(values.shape(), shape, frames, path, problems)) return;
  if (const auto position = first_non_finite(values.values())) {
    const std::size_t elements = values.size() / values.shape().front();
    problems.push_back({.kind = ProblemKind::non_finite_data,
                        .path = path + ", example " + std::to_string(*position / elements) + ", element " +
                                std::to_string(*position % elements),
                        .message = "the data must be finite",
                        .given = std::to_string(values[*position])});
  }
}

void check_input(const DataView& data, const contract::PopulationInfo& population, const std::string& path,
                 Problems& problems) {
  const bool wants_spikes = population.input == contract::InputKind::spikes;
  const auto* const values = std::get_if<const Tensor<float>*>(&data.content());
  const auto* const trains = std::get_if<const SpikeTrains*>(&data.content());
  const auto* const value_source = std::get_if<const ValueSource*>(&data.content());
  const auto* const spike_source = std::get_if<const SpikeSource*>(&data.content());
  if (wants_spikes && trains != nullptr) return check_neurons((*trains)->neurons(), population, path, problems);
  if (wants_spikes && spike_source != nullptr)
    return check_neurons((*spike_source)->neurons(), population, path, problems);
  if (!wants_spikes && values != nullptr) {
    return check_values(**values, population.shape, population.frames, path, problems);
  }
  if (!wants_spikes && value_source != nullptr) {
    check_shape((*value_source)->shape(), population.shape, population.frames, path, problems);
    return;
  }
  if (wants_spikes) {
    wrong_kind(path, "the population replays spikes, but the data are values", "SpikeTrains", described(data),
               "use encode(images, LinearLatency{}) to make spikes; for rasters, examples×steps×neurons of 0 and 1, "
               "use the neuron binary_spike_input with input_frames = steps",
               problems);
  } else if (trains != nullptr || spike_source != nullptr) {
    wrong_kind(path, "the population accepts values, not spikes", "Tensor<float>", "spikes", "", problems);
  } else {
    wrong_kind(path, "integers are not converted to input implicitly", "Tensor<float>", described(data),
               "use scale(images, 0.01) or to_float(images)", problems);
  }
}

std::vector<std::size_t> check_labels(const DataView& data, std::size_t classes, const std::string& compared_by,
                                      const std::string& path, Problems& problems) {
  return std::visit(
      [&](const auto* content) -> std::vector<std::size_t> {
        if constexpr (is_labels<std::remove_cvref_t<decltype(*content)>>) {
          if (!one_for_each_example(*content, classes, compared_by, path, problems)) return {};
          return to_labels(*content, classes, path, problems);
        } else {
          wrong_kind(path, "the " + compared_by + " needs class labels, but the data are values",
                     "integers, one per example", described(data), hint_for_values(content, classes, compared_by),
                     problems);
          return {};
        }
      },
      data.content());
}

void check_target_values(const DataView& data, const Extents& shape, std::size_t steps, const std::string& compared_by,
                         const std::string& path, Problems& problems) {
  if (const auto* const values = std::get_if<const Tensor<float>*>(&data.content())) {
    const std::size_t before = problems.size();
    check_values(**values, shape, steps, path, problems);
    if (problems.size() > before && steps == 1 && (*values)->shape().size() == shape.size() + 2)
      problems.back().hint =
          "the readout is compared, one value per neuron; in training, a per_step loss takes targets of every step";
    return;
  }
  if (const auto* const source = std::get_if<const ValueSource*>(&data.content())) {
    check_shape((*source)->shape(), shape, steps, path, problems);
    return;
  }
  const std::string by_labels =
      compared_by == "loss" ? "sparse_categorical_crossentropy" : "sparse_categorical_accuracy";
  const std::string given = described(data);
  const bool fits_as_float = given.starts_with("integers, ") && steps == 1 &&
                             std::visit([&](const auto* content) { return has_rows(*content, shape); }, data.content());
  wrong_kind(path, "the " + compared_by + " needs values", "Tensor<float> of " + expected_shape(shape, steps), given,
             fits_as_float ? "pass array.astype(\"float32\"): integers are not accepted as values"
                           : "use " + by_labels + " to compare with class labels",
             problems);
}

}  // namespace synfire::runtime
