// SPDX-License-Identifier: Apache-2.0
#include "recording/selection.hpp"

#include <algorithm>
#include <numeric>
#include <optional>

#include "synfire/warning.hpp"

namespace synfire::runtime {
namespace {

using Places = std::vector<std::size_t>;
using Problems = std::vector<Problem>;

// As Python's slice.indices.
std::int64_t end_of_slice(const std::optional<std::int64_t>& given, std::int64_t by_default, std::int64_t size,
                          bool forward) {
  if (!given) return by_default;
  const std::int64_t place = *given < 0 && *given >= -size ? *given + size : *given;
  return std::clamp(place, forward ? std::int64_t{0} : std::int64_t{-1}, forward ? size : size - 1);
}

class AxisSelector {
 public:
  AxisSelector(std::size_t size, bool short_masks, const std::string& path, Problems& problems)
      : size_(size), short_masks_(short_masks), path_(path), problems_(problems) {}

  Places operator()(const Slice& slice) const {
    if (slice.step == 0) return refuse("a slice cannot have a step of 0", "a positive or negative step", "0");
    const auto size = static_cast<std::int64_t>(size_);
    const bool forward = slice.step > 0;
    const std::int64_t start = end_of_slice(slice.start, forward ? 0 : size - 1, size, forward);
    const std::int64_t stop = end_of_slice(slice.stop, forward ? size : -1, size, forward);
    Places places;
    const std::int64_t distance = forward ? stop - start : start - stop;
    const std::uint64_t stride =
        forward ? static_cast<std::uint64_t>(slice.step) : 0 - static_cast<std::uint64_t>(slice.step);
    for (std::uint64_t at = 0; distance > 0 && at < static_cast<std::uint64_t>(distance); at += stride) {
      places.push_back(static_cast<std::size_t>(forward ? start + static_cast<std::int64_t>(at)
                                                        : start - static_cast<std::int64_t>(at)));
      if (stride >= static_cast<std::uint64_t>(distance)) break;  // the sum could overflow
    }
    return places;
  }

  Places operator()(const Every& every) const {
    if (every.n < 1) return refuse("n must be at least 1", "at least 1", std::to_string(every.n));
    if (every.offset < 0) return refuse("the offset must not be negative", "at least 0", std::to_string(every.offset));
    return (*this)(Slice{every.offset, {}, every.n});
  }

  Places operator()(const std::vector<std::int64_t>& indices) const {
    const auto size = static_cast<std::int64_t>(size_);
    Places places;
    for (const std::int64_t index : indices) {
      if (index < -size || index >= size) {
        const std::string range =
            size == 0 ? "none: the axis is empty" : std::to_string(-size) + " to " + std::to_string(size - 1);
        return refuse("the index is out of range", range, std::to_string(index));
      }
      places.push_back(static_cast<std::size_t>(index < 0 ? index + size : index));
    }
    return places;
  }

  Places operator()(const std::vector<bool>& mask) const {
    if (mask.size() > size_ || (mask.size() < size_ && !short_masks_)) {
      problems_.push_back({.kind = ProblemKind::wrong_data_size,
                           .path = path_,
                           .message = "the mask has the wrong number of entries",
                           .expected = (short_masks_ ? "at most " : "") + std::to_string(size_),
                           .given = std::to_string(mask.size())});
      return {};
    }
    Places places;
    for (std::size_t i = 0; i < mask.size(); ++i) {
      if (mask[i]) places.push_back(i);
    }
    return places;
  }

 private:
  Places refuse(std::string message, std::string expected, std::string given) const {
    problems_.push_back({.kind = ProblemKind::invalid_value,
                         .path = path_,
                         .message = std::move(message),
                         .expected = std::move(expected),
                         .given = std::move(given)});
    return {};
  }

  std::size_t size_;
  bool short_masks_;
  const std::string& path_;
  Problems& problems_;
};

bool is_list(const Indices& indices) {
  return !std::holds_alternative<Slice>(indices.content()) && !std::holds_alternative<Every>(indices.content());
}

// An axis of NumPy's result: a sliced dimension of the population, or all dimensions with lists combined.
struct ResultAxis {
  std::size_t extent = 1;
  std::vector<std::size_t> dimensions;
};

class Indexing {
 public:
  Indexing(const std::vector<Indices>& given, const Extents& shape, const std::string& path, Problems& problems)
      : shape_(shape) {
    const std::size_t before = problems.size();
    for (std::size_t d = 0; d < shape.size(); ++d) {
      const Indices along = d < given.size() ? given[d] : Indices();
      const std::string where = shape.size() == 1 ? path : path + ", dimension " + std::to_string(d);
      places_.push_back(select(along, shape[d], false, where, problems));
      if (is_list(along)) lists_.push_back(d);
    }
    if (problems.size() == before) arrange(path, problems);
  }

  std::vector<std::uint32_t> flat() const {
    std::size_t count = 1;
    for (const ResultAxis& axis : axes_) count *= axis.extent;
    std::vector<std::uint32_t> neurons(count);
    for (std::size_t i = 0; i < count; ++i) neurons[i] = neuron_at(i);
    return neurons;
  }

 private:
  void arrange(const std::string& path, Problems& problems) {
    ResultAxis together;
    together.dimensions = lists_;
    for (const std::size_t d : lists_) {
      const std::size_t length = places_[d].size();
      if (together.extent != 1 && length != 1 && length != together.extent) {
        problems.push_back({.kind = ProblemKind::shape_mismatch,
                            .path = path,
                            .message = "lists of several dimensions are paired and must have the same length",
                            .hint = "use a slice instead of a list for the product",
                            .expected = std::to_string(together.extent) + " indices",
                            .given = std::to_string(length)});
      }
      if (together.extent == 1) together.extent = length;
    }
    const bool neighbors = lists_.empty() || lists_.back() - lists_.front() + 1 == lists_.size();
    if (!neighbors) axes_.push_back(together);
    for (std::size_t d = 0; d < shape_.size(); ++d) {
      const bool list = std::find(lists_.begin(), lists_.end(), d) != lists_.end();
      if (!list) axes_.push_back({places_[d].size(), {d}});
      if (list && neighbors && d == lists_.front()) axes_.push_back(together);
    }
  }

  std::uint32_t neuron_at(std::size_t position) const {
    std::vector<std::size_t> at(shape_.size());
    for (std::size_t a = axes_.size(); a-- > 0;) {
      for (const std::size_t d : axes_[a].dimensions) {
        at[d] = places_[d][places_[d].size() == 1 ? 0 : position % axes_[a].extent];
      }
      position /= axes_[a].extent;
    }
    std::size_t neuron = 0;
    for (std::size_t d = 0; d < shape_.size(); ++d) neuron = neuron * shape_[d] + at[d];
    return static_cast<std::uint32_t>(neuron);
  }

  const Extents& shape_;
  std::vector<Places> places_;      // by dimension
  std::vector<std::size_t> lists_;  // dimensions that have lists
  std::vector<ResultAxis> axes_;
};

std::vector<std::uint32_t> masked(const Mask& mask, const Extents& shape, const std::string& path, Problems& problems) {
  const Extents given = mask.shape.empty() ? Extents{mask.values.size()} : mask.shape;
  if (given != shape || mask.values.size() != element_count(given)) {
    problems.push_back({.kind = ProblemKind::shape_mismatch,
                        .path = path,
                        .message = "the shape of the mask does not match the population",
                        .expected = to_string(shape),
                        .given = to_string(given) + " with " + std::to_string(mask.values.size()) + " entries"});
    return {};
  }
  std::vector<std::uint32_t> neurons;
  for (std::size_t i = 0; i < mask.values.size(); ++i) {
    if (mask.values[i]) neurons.push_back(static_cast<std::uint32_t>(i));
  }
  return neurons;
}

void check_distinct(const std::vector<std::uint32_t>& neurons, std::size_t count, const std::string& path,
                    Problems& problems) {
  std::vector<bool> seen(count);
  for (const std::uint32_t neuron : neurons) {
    if (seen[neuron]) {
      problems.push_back({.kind = ProblemKind::invalid_value,
                          .path = path,
                          .message = "a neuron is selected twice",
                          .given = std::to_string(neuron)});
      return;
    }
    seen[neuron] = true;
  }
}

}  // namespace

std::vector<std::size_t> select(const Indices& indices, std::size_t size, bool short_masks, const std::string& path,
                                Problems& problems) {
  return std::visit(AxisSelector(size, short_masks, path, problems), indices.content());
}

std::vector<std::size_t> select_in_order(const Indices& indices, std::size_t size, const std::string& path,
                                         Problems& problems, Problems& warnings) {
  Places places = select(indices, size, true, path, problems);
  if (std::adjacent_find(places.begin(), places.end(), std::greater_equal<>()) == places.end()) return places;
  warnings.push_back(
      make_warning({.kind = ProblemKind::unordered_indices,
                    .path = path,
                    .message = "the indices are not in ascending order; results are in ascending order, each once"}));
  std::sort(places.begin(), places.end());
  places.erase(std::unique(places.begin(), places.end()), places.end());
  return places;
}

std::vector<std::uint32_t> select_neurons(const Neurons& neurons, const Extents& given_shape, const std::string& path,
                                          Problems& problems) {
  const Extents shape = given_shape.empty() ? Extents{1} : given_shape;
  if (const auto* mask = std::get_if<Mask>(&neurons.content())) return masked(*mask, shape, path, problems);
  const auto& dimensions = std::get<std::vector<Indices>>(neurons.content());
  if (!dimensions.empty() && dimensions.size() != shape.size()) {
    problems.push_back({.kind = ProblemKind::shape_mismatch,
                        .path = path,
                        .message = "the number of selections is not the number of dimensions of the population",
                        .hint = "use Slice{} for a whole dimension",
                        .expected = std::to_string(shape.size()) + " for shape " + to_string(shape),
                        .given = std::to_string(dimensions.size())});
    return {};
  }
  const std::size_t before = problems.size();
  const Indexing indexing(dimensions, shape, path, problems);
  if (problems.size() != before) return {};
  std::vector<std::uint32_t> selected = indexing.flat();
  check_distinct(selected, element_count(shape), path, problems);
  return selected;
}

}  // namespace synfire::runtime
