// SPDX-License-Identifier: Apache-2.0
// Whether there is a GPU to use. The statically linked CUDA runtime looks for the driver at its first call
// and reports an error where there is none, so one executable starts everywhere.
#include "cuda/cuda_check.hpp"
#include "cuda/cuda_device.hpp"
#include "device/builtin.hpp"

namespace synfire::runtime {
namespace {

// The runtime gives a machine without a driver and one with an old driver the same error.
std::string explain(cudaError_t error) {
  int version = 0;
  if (cudaDriverGetVersion(&version) == cudaSuccess && version == 0) return "no NVIDIA driver is installed";
  return describe_cuda_error(error, "cudaGetDeviceCount");
}

bool cuda_available(std::string* reason) {
  int count = 0;
  const cudaError_t error = cudaGetDeviceCount(&count);
  if (error != cudaSuccess) {
    *reason = explain(error);
    return false;
  }
  if (count == 0) *reason = "there is no GPU";
  return count > 0;
}

}  // namespace

DeviceKind cuda_device_kind() {
  return {.create = [](const DeviceOptions& options) { return std::make_unique<CudaDevice>(options); },
          .available = cuda_available};
}

}  // namespace synfire::runtime
