// SPDX-License-Identifier: Apache-2.0
#include "executor/binary_choice.hpp"

#include "device/messages.hpp"

namespace synfire::runtime {
namespace {

void check_version(const contract::Manifest& manifest) {
  if (manifest.abi != contract::abi_version) {
    throw DataError({.kind = ProblemKind::malformed_file,
                     .path = "manifest.abi",
                     .message = "the artifact was compiled for another version of Synfire's runtime",
                     .hint = "compile the network again",
                     .expected = std::to_string(contract::abi_version),
                     .given = std::to_string(manifest.abi)});
  }
  if (manifest.schedule != "trial" && manifest.schedule != "step") {
    throw DeviceError({.kind = ProblemKind::unsupported,
                       .path = "manifest.schedule",
                       .message = "unknown schedule",
                       .expected = "trial or step",
                       .given = manifest.schedule});
  }
}

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

std::string listed(const std::vector<BinaryKind>& binaries) {
  std::vector<std::string> names;
  names.reserve(binaries.size());
  for (const BinaryKind& binary : binaries) names.push_back(binary.target + " " + binary.architecture);
  return names.empty() ? "none" : joined(names);
}

std::vector<BinaryKind> kinds_of(const contract::Artifact& artifact) {
  std::vector<BinaryKind> kinds;
  for (const contract::Binary& binary : artifact.binaries) kinds.push_back({binary.target, binary.architecture});
  return kinds;
}

// What the device lacks for the given binaries.
std::string lacking(const std::vector<BinaryKind>& binaries, const Device& device) {
  std::string text;
  for (const BinaryKind& binary : binaries) {
    const std::string what = binary.target == device.name() ? device.lacks(binary.architecture) : std::string{};
    if (!what.empty()) text += (text.empty() ? "" : "; ") + binary.architecture + " needs " + what;
  }
  return text;
}

}  // namespace

std::optional<std::size_t> best_binary(const std::vector<BinaryKind>& binaries, const Device& device) {
  for (const std::string& architecture : device.architectures()) {
    for (std::size_t i = 0; i < binaries.size(); ++i) {
      if (binaries[i].target == device.name() && binaries[i].architecture == architecture) return i;
    }
  }
  return std::nullopt;
}

Problem no_binary(const std::vector<BinaryKind>& binaries, const Device& device) {
  Problem problem = unsupported(device.name(), "the artifact has no binary that the device can run");
  const std::string needed = lacking(binaries, device);
  problem.hint = (needed.empty() ? "" : needed + ": ") + "compile the network for this device";
  problem.expected = device.name() + " for one of " + joined(device.architectures());
  problem.given = listed(binaries);
  return problem;
}

const contract::Binary& choose_binary(const contract::Artifact& artifact, const Device& device) {
  check_version(artifact.manifest);
  const std::vector<BinaryKind> kinds = kinds_of(artifact);
  if (const auto best = best_binary(kinds, device)) return artifact.binaries[*best];
  throw DeviceError(no_binary(kinds, device));
}

}  // namespace synfire::runtime
