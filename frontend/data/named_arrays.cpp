// SPDX-License-Identifier: Apache-2.0
#include "data/named_arrays.hpp"

#include <type_traits>

#include "synfire/error.hpp"

namespace synfire {

void malformed(const std::string& path, const std::string& message, const std::string& expected,
               const std::string& given, const std::string& hint) {
  throw DataError({.kind = ProblemKind::malformed_file,
                   .path = path,
                   .message = message,
                   .hint = hint,
                   .expected = expected,
                   .given = given});
}

const Array& NamedArrays::find(const std::string& name) const {
  const auto found = arrays_.find(name);
  if (found != arrays_.end()) return found->second;
  std::string names;
  for (const auto& [known, array] : arrays_) names += (names.empty() ? "" : ", ") + known;
  malformed(name, "the array is missing", expected_, names.empty() ? "no arrays" : names);
}

std::string NamedArrays::path_of(const std::string& name) const {
  const std::string& origin = find(name).origin();
  return origin.empty() ? name : origin;
}

template <class T>
std::vector<T> NamedArrays::list(const std::string& name, std::size_t axes) const {
  const Array& array = find(name);
  if (array.shape().size() != axes) {
    malformed(path_of(name), "the array has the wrong number of axes", std::to_string(axes),
              std::to_string(array.shape().size()));
  }
  // numpy.array([]) is floating point; without elements that does not matter.
  if (array.size() == 0) return {};
  if (is_floating(array.type()) != std::is_floating_point_v<T>) {
    malformed(path_of(name), "the array has the wrong element type",
              std::is_floating_point_v<T> ? "floating point" : "integers", to_string(array.type()),
              "in NumPy: array.astype(\"" + std::string(std::is_floating_point_v<T> ? "f4" : "u4") + "\")");
  }
  return array.as<T>().values();
}

template std::vector<std::uint32_t> NamedArrays::list(const std::string&, std::size_t) const;
template std::vector<std::uint64_t> NamedArrays::list(const std::string&, std::size_t) const;
template std::vector<float> NamedArrays::list(const std::string&, std::size_t) const;
template std::vector<double> NamedArrays::list(const std::string&, std::size_t) const;

}  // namespace synfire
