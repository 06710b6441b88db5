// SPDX-License-Identifier: Apache-2.0
// Builds binaries for machines other than this one.
#include <algorithm>
#include <charconv>
#include <future>

#include "host/toolchain.hpp"
#include "synfire/codegen/compile.hpp"
#include "synfire/error.hpp"

namespace synfire::codegen {
namespace {

constexpr const char* usual_gpu = "sm_90";

using Names = std::vector<std::string>;

void add_new(Names& names, const std::string& name) {
  if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
}

// 90 for "sm_90", "sm_90a" or "compute_90"; 0 for any other name.
int capability_of(const std::string& architecture) {
  int capability = 0;
  const std::size_t digits = architecture.find('_') + 1;
  if (digits != 0) std::from_chars(architecture.data() + digits, architecture.data() + architecture.size(), capability);
  return capability;
}

// PTX runs on every GPU of its compute capability or later.
void add_ptx(Names& architectures) {
  int newest = 0;
  for (const std::string& each : architectures) newest = std::max(newest, capability_of(each));
  if (newest != 0) add_new(architectures, "compute_" + std::to_string(newest));
}

void refuse_native(const Names& architectures) {
  if (std::find(architectures.begin(), architectures.end(), "native") == architectures.end()) return;
  throw BuildError({.kind = ProblemKind::invalid_option,
                    .path = "architecture",
                    .message = "\"native\" cannot go into a file: the binary could crash on other processors",
                    .hint = "leave out the architectures to use those of this kind of machine",
                    .expected = "x86-64-v2, x86-64-v3, x86-64-v4 or aarch64",
                    .given = "native"});
}

}  // namespace

Names shipping_architectures(const std::string& backend, const Names& wanted) {
  refuse_native(wanted);
  Names architectures;
  for (const std::string& each : wanted) add_new(architectures, each);
  if (backend == "host" && wanted.empty()) architectures = usual_host_architectures();
  if (backend == "cuda" && wanted.empty()) architectures = {usual_gpu};
  if (backend == "cuda") add_ptx(architectures);
  return architectures;
}

void build_each(contract::Artifact& artifact, const std::string& backend, const Names& architectures,
                const std::string& cache_folder) {
  const Backend& target = find_backend(backend);
  const std::string source = artifact.binaries.front().source;
  std::vector<std::future<contract::Binary>> building;
  for (const std::string& architecture : architectures) {
    building.push_back(std::async(std::launch::async, [&target, &source, architecture, &cache_folder] {
      return target.build(source, {.architecture = architecture, .cache_folder = cache_folder});
    }));
  }
  artifact.binaries.clear();
  Names there;
  for (std::future<contract::Binary>& each : building) {
    contract::Binary binary = each.get();
    const std::size_t before = there.size();
    add_new(there, binary.architecture);  // an older compiler builds the same for several newer GPUs
    if (there.size() > before) artifact.binaries.push_back(std::move(binary));
  }
}

}  // namespace synfire::codegen
