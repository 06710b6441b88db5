// SPDX-License-Identifier: Apache-2.0
// NVRTC, loaded on first use: from the toolkit that CUDA_PATH names, then by its known sonames, then from the usual
// folder.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace synfire::codegen::jit {

struct NvrtcResult {
  bool succeeded = false;
  std::vector<std::byte> binary;  // cubin for sm_XY, PTX text for compute_XY
  std::string log;
};

class Nvrtc {
 public:
  // The only instance. Throws BuildError, which lists the paths tried, if there is no NVRTC 12.8 or later.
  static const Nvrtc& instance();

  const std::string& version() const { return version_; }  // "13.0"
  // Compute capabilities it compiles for, ascending: 75, 80, …
  const std::vector<int>& architectures() const { return architectures_; }
  // `architecture`: sm_XY or compute_XY. The embedded device headers can be included.
  NvrtcResult compile(const std::string& source, const std::string& file, const std::string& architecture,
                      const std::vector<std::string>& options) const;

 private:
  Nvrtc();
  struct Functions;
  const Functions* functions_ = nullptr;
  std::string version_;
  std::vector<int> architectures_;
};

}  // namespace synfire::codegen::jit
