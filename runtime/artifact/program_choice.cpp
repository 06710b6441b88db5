// SPDX-License-Identifier: Apache-2.0
#include "artifact/program_choice.hpp"

#include <algorithm>
#include <optional>
#include <vector>

#include "executor/binary_choice.hpp"

namespace synfire::runtime {
namespace {

std::vector<BinaryKind> kinds_of(const ArtifactSummary::Program& program) {
  std::vector<BinaryKind> kinds;
  for (const ArtifactSummary::Binary& binary : program.binaries) kinds.push_back({binary.target, binary.architecture});
  return kinds;
}

std::vector<BinaryKind> all_kinds(const ArtifactSummary& file) {
  std::vector<BinaryKind> kinds;
  for (const ArtifactSummary::Program& program : file.programs) {
    for (BinaryKind& kind : kinds_of(program)) kinds.push_back(std::move(kind));
  }
  return kinds;
}

std::optional<std::size_t> first_fitting(const ArtifactSummary& file, const Device& device, bool streaming) {
  std::optional<std::size_t> first;
  for (std::size_t i = 0; i < file.programs.size(); ++i) {
    if (!best_binary(kinds_of(file.programs[i]), device)) continue;
    if (!streaming || file.programs[i].manifest.resumable) return i;
    if (!first) first = i;
  }
  return first;
}

// Devices of this machine that the file has programs for, most likely first.
std::vector<std::string> candidates(const ArtifactSummary& file) {
  const std::vector<std::string> here = available_devices();
  std::vector<std::string> names{default_device(), "host"};
  for (const ArtifactSummary::Program& program : file.programs) names.push_back(program.target());
  std::vector<std::string> result;
  for (const std::string& name : names) {
    const bool wanted = std::any_of(file.programs.begin(), file.programs.end(),
                                    [&](const auto& program) { return program.target() == name; });
    const bool is_new = std::find(result.begin(), result.end(), name) == result.end();
    if (wanted && is_new && std::find(here.begin(), here.end(), name) != here.end()) result.push_back(name);
  }
  if (result.empty()) result.emplace_back("host");  // whose message lists what the file has
  return result;
}

}  // namespace

ProgramChoice choose_program(const ArtifactSummary& file, const std::string& device, bool streaming,
                             const OpenDevice& open) {
  std::vector<Problem> problems;
  for (const std::string& name : device.empty() ? candidates(file) : std::vector<std::string>{device}) {
    std::shared_ptr<Device> opened = open(name);
    if (const auto program = first_fitting(file, *opened, streaming)) return {*program, std::move(opened)};
    problems.push_back(no_binary(all_kinds(file), *opened));
  }
  throw DeviceError(std::move(problems));
}

}  // namespace synfire::runtime
