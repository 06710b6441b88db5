// SPDX-License-Identifier: Apache-2.0
#include "executor/binary_choice.hpp"

#include "device/messages.hpp"

namespace synfire::runtime {
namespace {

void check_version(const contract::Manifest& manifest) {
  if (manifest.abi != contract::abi_version) {
    throw DataError({.kind = ProblemKind::malformed_file,
                     .path = "manifest.abi",
                     .message = "the artifact was made for another version of Synfire's runtime",
                     .hint = "compile the network again",
                     .expected = std::to_string(contract::abi_version),
                     .given = std::to_string(manifest.abi)});
  }
  if (manifest.schedule != "trial" && manifest.schedule != "step") {
    throw DeviceError({.kind = ProblemKind::unsupported,
                       .path = "manifest.schedule",
                       .message = "this runtime does not know the schedule",
                       .expected = "trial or step",
                       .given = manifest.schedule});
  }
}

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

std::string binaries_of(const contract::Artifact& artifact) {
  std::vector<std::string> names;
  for (const auto& binary : artifact.binaries) names.push_back(binary.target + " " + binary.architecture);
  return names.empty() ? "none" : joined(names);
}

}  // namespace

const contract::Binary& choose_binary(const contract::Artifact& artifact, const Device& device) {
  check_version(artifact.manifest);
  const std::vector<std::string> architectures = device.architectures();
  for (const std::string& architecture : architectures) {
    for (const contract::Binary& binary : artifact.binaries) {
      if (binary.target == device.name() && binary.architecture == architecture) return binary;
    }
  }
  Problem problem = unsupported(device.name(), "the artifact has no binary that the device runs");
  problem.hint = "compile the network for this device";
  problem.expected = device.name() + " for one of " + joined(architectures);
  problem.given = binaries_of(artifact);
  throw DeviceError(std::move(problem));
}

}  // namespace synfire::runtime
