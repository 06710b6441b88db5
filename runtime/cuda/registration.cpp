// SPDX-License-Identifier: Apache-2.0
// Whether there is a usable GPU. The statically linked CUDA runtime looks for the driver at its first call and reports
// an error if there is none, so one executable starts everywhere.
#include "cuda/cuda_check.hpp"
#include "cuda/cuda_device.hpp"
#include "device/builtin.hpp"

namespace synfire::runtime {
namespace {

// The CUDA version that the driver supports, for example 12080; 0 without a driver.
int driver_version() {
  int version = 0;
  return cudaDriverGetVersion(&version) == cudaSuccess ? version : 0;
}

std::string readable_version(int version) {
  return std::to_string(version / 1000) + "." + std::to_string(version % 1000 / 10);
}

// The oldest driver for each major version of CUDA, on Linux (CUDA Toolkit release notes, minor version compatibility).
std::string least_driver() {
  constexpr int major = CUDART_VERSION / 1000;
  return major == 12 ? "525" : major == 13 ? "580" : "";
}

// The runtime reports the same error for a missing driver and for an old one.
std::string explain(cudaError_t error) {
  const int driver = driver_version();
  if (driver == 0) return "no NVIDIA driver is installed";
  if (error == cudaErrorInsufficientDriver) {
    cudaGetLastError();  // clears it
    return "the NVIDIA driver is for CUDA " + readable_version(driver) + ", but this build of Synfire is for CUDA " +
           readable_version(CUDART_VERSION) + (least_driver().empty() ? "" : ", which needs driver " + least_driver()) +
           " or later: update the driver, or build Synfire with an older CUDA toolkit";
  }
  return describe_cuda_error(error, "cudaGetDeviceCount");
}

bool cuda_available(std::string* reason) {
  int count = 0;
  const cudaError_t error = cudaGetDeviceCount(&count);
  if (error != cudaSuccess) {
    *reason = error == cudaErrorNoDevice ? "no GPU was found" : explain(error);
    cudaGetLastError();  // clears it
    return false;
  }
  if (count == 0) *reason = "no GPU was found";
  return count > 0;
}

// A driver without a GPU does not deserve a warning.
bool is_broken() {
  int count = 0;
  const cudaError_t error = cudaGetDeviceCount(&count);
  cudaGetLastError();  // clears it
  return error != cudaSuccess && error != cudaErrorNoDevice && driver_version() != 0;
}

}  // namespace

DeviceKind cuda_device_kind() {
  return {.create = [](const DeviceOptions& options) { return std::make_unique<CudaDevice>(options); },
          .available = cuda_available,
          .is_broken = is_broken};
}

}  // namespace synfire::runtime
