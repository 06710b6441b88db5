// SPDX-License-Identifier: Apache-2.0
// The value of a parameter, an initial state, a weight or a delay: a number, a flag, an initializer that draws it
// reproducibly, or an array; and whether it is trainable.
#pragma once

#include <concepts>
#include <initializer_list>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "synfire/tensor.hpp"

namespace synfire {

// Every element is `value`.
struct Constant {
  double value = 0.0;
  bool operator==(const Constant&) const = default;
};

// Gaussian with the given mean and standard deviation (sd ≥ 0); draws are clamped to [min, max].
struct Normal {
  double mean = 0.0;
  double sd = 1.0;
  double min = -std::numeric_limits<double>::infinity();
  double max = std::numeric_limits<double>::infinity();
  bool operator==(const Normal&) const = default;
};

// Uniform in [min, max), min ≤ max. (Delays are then rounded to steps: the first and the last are half as likely as the
// others.)
struct Uniform {
  double min = 0.0;
  double max = 1.0;
  bool operator==(const Uniform&) const = default;
};

enum class Distribution { uniform, normal };

// Variance gain²·2/(fan-in + fan-out) (Glorot & Bengio 2010). For weights only.
struct Xavier {
  double gain = 1.0;
  Distribution distribution = Distribution::uniform;
  bool operator==(const Xavier&) const = default;
};

// Variance gain²/fan-in (He et al. 2015, who take gain = √2). For weights only.
struct Kaiming {
  double gain = 1.4142135623730951;
  Distribution distribution = Distribution::normal;
  bool operator==(const Kaiming&) const = default;
};

using Initializer = std::variant<Constant, Normal, Uniform, Xavier, Kaiming>;

// What training may do to the sign of a weight.
enum class WeightSign {
  any,   // change it
  keep,  // keep it (Dale's law): a weight that reaches 0 can only grow back to its side; 0 counts as positive
};
// "any", "keep"
std::string_view to_string(WeightSign sign);

// Constraints on a trainable value, which hold after every update, and penalties. All but `min`, `max` and
// `learning_rate` are for weights. With `sign`, `keep_zeros` or `max_norm` the bounds must include 0.
struct Trainable {
  double min = -std::numeric_limits<double>::infinity();
  double max = std::numeric_limits<double>::infinity();
  std::optional<double> learning_rate = std::nullopt;  // unset: the optimizer's
  std::optional<double> l1 = std::nullopt;             // strengths, ≥ 0, in place of the compiler's L1 …
  std::optional<double> l2 = std::nullopt;             // … and L2 (regularizers.hpp)
  WeightSign sign = WeightSign::any;
  bool keep_zeros = false;                        // weights that are 0 when the network is compiled stay 0
  std::optional<double> max_norm = std::nullopt;  // > 0: Euclidean norm of the weights into each target neuron
  // Standard deviation, ≥ 0, of Gaussian noise that each batch adds to the weights that it runs with (Graves 2011);
  // the update changes the weights without it.
  double noise = 0;
  bool operator==(const Trainable&) const = default;
};

class Value {
 public:
  // Unset: the network's default applies, else the model's.
  Value() = default;
  template <class T>
  requires(std::integral<T> || std::floating_point<T>) && (!std::same_as<T, bool>)Value(T number)
      : content_(static_cast<double>(number)) {}  // NOLINT(google-explicit-constructor)
  template <class T>
  requires std::same_as<T, bool> Value(T flag) : content_(flag) {}  // NOLINT(google-explicit-constructor)
  Value(Constant initializer) : content_(initializer.value) {}
  Value(Normal initializer) : content_(Initializer{initializer}) {}
  Value(Uniform initializer) : content_(Initializer{initializer}) {}
  Value(Xavier initializer) : content_(Initializer{initializer}) {}
  Value(Kaiming initializer) : content_(Initializer{initializer}) {}
  Value(Initializer initializer);
  Value(Tensor<float> array) : content_(std::move(array)) {}
  Value(std::vector<float> array);  // one-dimensional
  // Rounded to single precision; throws DataError (invalid_value) for a finite number that is out of its range.
  template <class T>
  requires std::same_as<T, std::vector<double>> || std::same_as<T, Tensor<double>> Value(const T& array)
      : content_(rounded(array)) {}                                  // NOLINT(google-explicit-constructor)
  Value(std::initializer_list<std::initializer_list<double>> rows);  // a matrix; throws DataError when ragged
  // A registered initializer by name (`normal`, `uniform`, …); an unknown name is reported by
  // Network::validate.
  Value(const char* initializer_name) : content_(std::string(initializer_name)) {}
  Value(std::string initializer_name) : content_(std::move(initializer_name)) {}

  bool is_set() const { return !std::holds_alternative<std::monostate>(content_); }
  bool is_number() const { return std::holds_alternative<double>(content_); }
  bool is_flag() const { return std::holds_alternative<bool>(content_); }
  bool is_initializer() const { return std::holds_alternative<Initializer>(content_); }
  bool is_array() const { return std::holds_alternative<Tensor<float>>(content_); }
  bool is_name() const { return std::holds_alternative<std::string>(content_); }

  double number() const { return std::get<double>(content_); }
  bool flag() const { return std::get<bool>(content_); }
  const Initializer& initializer() const { return std::get<Initializer>(content_); }
  const Tensor<float>& array() const { return std::get<Tensor<float>>(content_); }
  const std::string& name() const { return std::get<std::string>(content_); }

  // Weights are trainable unless frozen; everything else only if trainable.
  bool is_frozen() const { return frozen_; }
  const std::optional<Trainable>& training() const { return training_; }

  // The content of `other` with the trainability of this value.
  Value with_content(const Value& other) const;

  bool operator==(const Value&) const = default;

  friend Value trainable(Value value, Trainable how);
  friend Value frozen(Value value);

 private:
  static Tensor<float> rounded(const std::vector<double>& array);
  static Tensor<float> rounded(const Tensor<double>& array);

  std::variant<std::monostate, double, bool, Initializer, Tensor<float>, std::string> content_;
  std::optional<Trainable> training_;
  bool frozen_ = false;
};

// A value that training changes. A number is shared by all elements; an array or initializer is per element.
Value trainable(Value value, Trainable how = {});
// A value that training does not change (weights are trainable unless frozen).
Value frozen(Value value);

// A short representation: `0.5`, `true`, `normal(mean 0, sd 1)`, `array 784×128`.
std::string to_string(const Value& value);

}  // namespace synfire
