// SPDX-License-Identifier: Apache-2.0
#include "matrix.hpp"

#include <algorithm>

#include "parameters.hpp"
#include "shapes.hpp"

namespace synfire::nir {
namespace {

// Multiplications of one product; a minute of work.
constexpr double most_work = 3e10;

Matrix dense(const Node& node, std::size_t most) {
  const Numbers& weight = numbers(node, "weight");
  const std::size_t targets = element_count(node.output_shape), sources = element_count(node.input_shape);
  if (weight.values.size() > most) throw TooLarge{static_cast<double>(weight.values.size())};
  Matrix matrix{.targets = targets};
  matrix.entries.reserve(weight.values.size());
  for (std::size_t i = 0; i < sources; ++i) {
    for (std::size_t j = 0; j < targets; ++j)
      matrix.entries.push_back({static_cast<std::uint32_t>(j), weight.values[j * sources + i]});
    matrix.offsets.push_back(matrix.entries.size());
  }
  return matrix;
}

Matrix diagonal(const Node& node) {
  Matrix matrix = identity(element_count(node.input_shape));
  for (std::size_t i = 0; i < matrix.entries.size(); ++i) matrix.entries[i].weight = element(node, "scale", i);
  return matrix;
}

// The places of one axis at which an input element is used: pairs of output and kernel index.
struct Use {
  std::size_t output, kernel;
};
std::vector<std::vector<Use>> uses_of(const Window& window, std::size_t axis) {
  std::vector<std::vector<Use>> uses(window.in[axis]);
  for (std::size_t o = 0; o < window.out[axis]; ++o) {
    for (std::size_t k = 0; k < window.kernel[axis]; ++k) {
      const std::size_t padded = o * window.stride[axis] + k * window.dilation[axis];
      if (padded < window.before[axis] || padded - window.before[axis] >= window.in[axis]) continue;
      uses[padded - window.before[axis]].push_back({o, k});
    }
  }
  return uses;
}

// `weight_of(channel out, channel in of its group, kernel y, kernel x)`.
template <class Weight>
Matrix windowed(const Window& window, std::size_t most, const Weight& weight_of) {
  const auto rows = uses_of(window, 0), columns = uses_of(window, 1);
  std::size_t row_uses = 0, column_uses = 0;
  for (const auto& each : rows) row_uses += each.size();
  for (const auto& each : columns) column_uses += each.size();
  const std::size_t ins = window.channels_in / window.groups, outs = window.channels_out / window.groups;
  const double entries = static_cast<double>(row_uses) * static_cast<double>(column_uses) *
                         static_cast<double>(window.channels_in) * static_cast<double>(outs);
  if (entries > static_cast<double>(most)) throw TooLarge{entries};
  Matrix matrix{.targets = window.channels_out * window.out[0] * window.out[1]};
  matrix.entries.reserve(static_cast<std::size_t>(entries));
  for (std::size_t c = 0; c < window.channels_in; ++c) {
    for (std::size_t y = 0; y < window.in[0]; ++y) {
      for (std::size_t x = 0; x < window.in[1]; ++x) {
        for (std::size_t o = c / ins * outs; o < (c / ins + 1) * outs; ++o) {
          for (const Use& row : rows[y]) {
            for (const Use& column : columns[x])
              matrix.entries.push_back(
                  {static_cast<std::uint32_t>((o * window.out[0] + row.output) * window.out[1] + column.output),
                   weight_of(o, c % ins, row.kernel, column.kernel)});
          }
        }
        matrix.offsets.push_back(matrix.entries.size());
      }
    }
  }
  return matrix;
}

Matrix convolution(const Node& node, std::size_t most) {
  const Window window = window_of(node, node.input_shape);
  const Numbers& weight = numbers(node, "weight");
  const std::size_t ins = window.channels_in / window.groups;
  return windowed(window, most, [&](std::size_t out, std::size_t in, std::size_t y, std::size_t x) {
    return weight.values[((out * ins + in) * window.kernel[0] + y) * window.kernel[1] + x];
  });
}

Matrix pooling(const Node& node, std::size_t most) {
  const Window window = window_of(node, node.input_shape);
  const double weight = node.type == "AvgPool2d" ? 1.0 / static_cast<double>(window.kernel[0] * window.kernel[1]) : 1.0;
  return windowed(window, most, [&](auto...) { return weight; });
}

}  // namespace

Matrix identity(std::size_t size) {
  Matrix matrix{.targets = size};
  matrix.entries.reserve(size);
  for (std::size_t i = 0; i < size; ++i) {
    matrix.entries.push_back({static_cast<std::uint32_t>(i), 1.0});
    matrix.offsets.push_back(i + 1);
  }
  return matrix;
}

Matrix matrix_of(const Node& node, std::size_t most) {
  if (node.type == "Affine" || node.type == "Linear") return dense(node, most);
  if (node.type == "Scale") return diagonal(node);
  if (node.type.starts_with("Conv")) return convolution(node, most);
  if (node.type.ends_with("Pool2d")) return pooling(node, most);
  return identity(element_count(node.input_shape));
}

std::vector<double> bias_of(const Node& node) {
  const Numbers* bias = find_numbers(node.parameters, "bias");
  if (bias == nullptr || std::all_of(bias->values.begin(), bias->values.end(), [](double b) { return b == 0; }))
    return {};
  const std::size_t count = element_count(node.output_shape);
  // Of an Affine one for each output, of a convolution one for each channel.
  const std::size_t each = count / std::max<std::size_t>(1, bias->values.size());
  std::vector<double> all(count);
  for (std::size_t k = 0; k < count; ++k) all[k] = bias->values[bias->values.size() == 1 ? 0 : k / each];
  return all;
}

Matrix product(const Matrix& first, const Matrix& second, std::size_t most) {
  double work = 0;
  for (const Entry& entry : first.entries)
    work += static_cast<double>(second.offsets[entry.target + 1] - second.offsets[entry.target]);
  if (work > most_work) throw TooLarge{work};
  Matrix result{.targets = second.targets};
  std::vector<double> row(second.targets, 0.0);
  std::vector<bool> used(second.targets, false);
  std::vector<std::uint32_t> touched;
  for (std::size_t i = 0; i < first.sources(); ++i) {
    touched.clear();
    for (std::size_t k = first.offsets[i]; k < first.offsets[i + 1]; ++k) {
      const Entry& middle = first.entries[k];
      for (std::size_t m = second.offsets[middle.target]; m < second.offsets[middle.target + 1]; ++m) {
        const Entry& last = second.entries[m];
        if (!used[last.target]) touched.push_back(last.target);
        used[last.target] = true;
        row[last.target] += middle.weight * last.weight;
      }
    }
    std::sort(touched.begin(), touched.end());
    if (result.entries.size() + touched.size() > most) throw TooLarge{static_cast<double>(most) + 1};
    for (const std::uint32_t target : touched) {
      result.entries.push_back({target, row[target]});
      row[target] = 0;
      used[target] = false;
    }
    result.offsets.push_back(result.entries.size());
  }
  return result;
}

Matrix sum(const Matrix& a, const Matrix& b) {
  Matrix result{.targets = a.targets};
  for (std::size_t i = 0; i < a.sources(); ++i) {
    std::size_t k = a.offsets[i], m = b.offsets[i];
    while (k < a.offsets[i + 1] || m < b.offsets[i + 1]) {
      const bool from_a = k < a.offsets[i + 1] && (m == b.offsets[i + 1] || a.entries[k].target <= b.entries[m].target);
      const bool from_b = m < b.offsets[i + 1] && (k == a.offsets[i + 1] || b.entries[m].target <= a.entries[k].target);
      Entry entry = from_a ? a.entries[k] : b.entries[m];
      if (from_a && from_b) entry.weight += b.entries[m].weight;
      k += from_a ? 1 : 0;
      m += from_b ? 1 : 0;
      result.entries.push_back(entry);
    }
    result.offsets.push_back(result.entries.size());
  }
  return result;
}

Matrix columns(const Matrix& matrix, const std::vector<bool>& keep) {
  Matrix result{.targets = matrix.targets};
  for (std::size_t i = 0; i < matrix.sources(); ++i) {
    for (std::size_t k = matrix.offsets[i]; k < matrix.offsets[i + 1]; ++k) {
      if (keep[matrix.entries[k].target]) result.entries.push_back(matrix.entries[k]);
    }
    result.offsets.push_back(result.entries.size());
  }
  return result;
}

Matrix permuted(const Matrix& matrix, const std::vector<std::uint32_t>& sources,
                const std::vector<std::uint32_t>& targets) {
  std::vector<std::uint32_t> place(targets.size());
  for (std::size_t k = 0; k < targets.size(); ++k) place[targets[k]] = static_cast<std::uint32_t>(k);
  Matrix result{.targets = matrix.targets};
  result.entries.reserve(matrix.entries.size());
  for (std::size_t i = 0; i < matrix.sources(); ++i) {
    const std::size_t row = sources.empty() ? i : sources[i];
    for (std::size_t k = matrix.offsets[row]; k < matrix.offsets[row + 1]; ++k) {
      const Entry& entry = matrix.entries[k];
      result.entries.push_back({place.empty() ? entry.target : place[entry.target], entry.weight});
    }
    std::sort(result.entries.begin() + static_cast<std::ptrdiff_t>(result.offsets.back()), result.entries.end(),
              [](const Entry& a, const Entry& b) { return a.target < b.target; });
    result.offsets.push_back(result.entries.size());
  }
  return result;
}

std::vector<double> applied(const Matrix& matrix, const std::vector<double>& values) {
  std::vector<double> result(matrix.targets, 0.0);
  for (std::size_t i = 0; i < matrix.sources(); ++i) {
    for (std::size_t k = matrix.offsets[i]; k < matrix.offsets[i + 1]; ++k)
      result[matrix.entries[k].target] += values[i] * matrix.entries[k].weight;
  }
  return result;
}

}  // namespace synfire::nir
