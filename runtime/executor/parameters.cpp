// SPDX-License-Identifier: Apache-2.0
#include "executor/parameters.hpp"

#include <map>
#include <string>

#include "synfire/error.hpp"

namespace synfire::runtime {
namespace {

using Contents = std::map<std::string, std::span<const std::byte>>;

Problem malformed(const std::string& parameter, std::string message) {
  return {.kind = ProblemKind::malformed_file, .path = "parameters." + parameter, .message = std::move(message)};
}

Contents index(const contract::Artifact& artifact, std::vector<Problem>& problems) {
  Contents contents;
  for (const contract::ParameterValues& values : artifact.parameters) {
    if (!contents.emplace(values.buffer, values.bytes).second) {
      problems.push_back(malformed(values.buffer, "duplicate parameter"));
    }
  }
  return contents;
}

std::span<const std::byte> take(Contents& contents, const contract::Buffer& buffer, std::vector<Problem>& problems) {
  const auto entry = contents.extract(buffer.name);
  if (entry.empty()) {
    problems.push_back(malformed(buffer.name, "the parameter is missing"));
    return {};
  }
  const std::size_t bytes = buffer_bytes(buffer, 1);
  if (entry.mapped().size() != bytes) {
    Problem problem = malformed(buffer.name, "the parameter has the wrong size");
    problem.expected = std::to_string(bytes) + " bytes";
    problem.given = std::to_string(entry.mapped().size()) + " bytes";
    problems.push_back(std::move(problem));
  }
  return entry.mapped();
}

}  // namespace

std::vector<std::span<const std::byte>> match_parameters(const contract::Artifact& artifact) {
  std::vector<Problem> problems;
  Contents contents = index(artifact, problems);
  std::vector<std::span<const std::byte>> matched;
  for (const contract::Buffer& buffer : artifact.manifest.buffers) {
    const bool parameter = buffer.role == contract::BufferRole::parameter;
    matched.push_back(parameter ? take(contents, buffer, problems) : std::span<const std::byte>{});
  }
  for (const auto& [name, bytes] : contents) {
    problems.push_back(malformed(name, "the program has no buffer for the parameter"));
  }
  if (!problems.empty()) throw DataError(std::move(problems));
  return matched;
}

}  // namespace synfire::runtime
