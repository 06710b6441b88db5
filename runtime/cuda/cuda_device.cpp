// SPDX-License-Identifier: Apache-2.0
#include "cuda/cuda_device.hpp"

#include <algorithm>

#include "cuda/architectures.hpp"
#include "cuda/cuda_check.hpp"
#include "cuda/cuda_program.hpp"
#include "cuda/range.hpp"

namespace synfire::runtime {
namespace {

void check_ordinal(int ordinal) {
  int count = 0;
  CUDA_CHECK_THROW(cudaGetDeviceCount(&count));
  if (ordinal >= 0 && ordinal < count) return;
  throw DeviceError({.kind = ProblemKind::no_device,
                     .path = device_path("cuda"),
                     .message = "the number of the GPU is out of range",
                     .expected = "0 to " + std::to_string(count - 1),
                     .given = std::to_string(ordinal)});
}

int attribute(cudaDeviceAttr which, int ordinal) {
  int value = 0;
  CUDA_CHECK_THROW(cudaDeviceGetAttribute(&value, which, ordinal));
  return value;
}

}  // namespace

CudaDevice::CudaDevice(const DeviceOptions& options) : ordinal_(options.ordinal) {
  check_ordinal(ordinal_);
  make_current();
  CUDA_CHECK_THROW(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking));
}

CudaDevice::~CudaDevice() {
  timer_.reset();
  CUDA_CHECK_PRINT(cudaStreamDestroy(stream_));
}

std::string CudaDevice::description() const {
  cudaDeviceProp properties{};
  CUDA_CHECK_THROW(cudaGetDeviceProperties(&properties, ordinal_));
  return std::string(properties.name) + ", compute capability " + std::to_string(properties.major) + "." +
         std::to_string(properties.minor) + ", " + std::to_string(properties.multiProcessorCount) +
         " multiprocessors, " + readable_bytes(properties.totalGlobalMem);
}

std::vector<std::string> CudaDevice::architectures() const {
  return cuda_architectures(attribute(cudaDevAttrComputeCapabilityMajor, ordinal_),
                            attribute(cudaDevAttrComputeCapabilityMinor, ordinal_));
}

std::size_t CudaDevice::free_bytes() const {
  make_current();
  std::size_t free = 0;
  std::size_t total = 0;
  CUDA_CHECK_THROW(cudaMemGetInfo(&free, &total));
  return free;
}

void* CudaDevice::allocate(std::size_t bytes, const std::string& what) {
  make_current();
  void* memory = nullptr;
  const cudaError_t error = cudaMalloc(&memory, std::max<std::size_t>(bytes, 1));
  if (error == cudaErrorMemoryAllocation) {
    cudaGetLastError();  // clears it
    throw DeviceError(out_of_memory("cuda", what, bytes, free_bytes()));
  }
  if (error != cudaSuccess) throw_cuda_error(error, "cudaMalloc");
  return memory;
}

void CudaDevice::release(void* memory) noexcept {
  CUDA_CHECK_PRINT(cudaSetDevice(ordinal_));
  CUDA_CHECK_PRINT(cudaFree(memory));
}

void CudaDevice::copy_to_device(void* device, const void* host, std::size_t bytes) {
  if (bytes == 0) return;
  const Range range("copy to device");
  make_current();
  CUDA_CHECK_THROW(cudaMemcpyAsync(device, host, bytes, cudaMemcpyHostToDevice, stream_));
  wait_if_pinned(host);
}

void CudaDevice::copy_to_host(void* host, const void* device, std::size_t bytes) {
  if (bytes == 0) return;
  const Range range("copy to host");
  make_current();
  CUDA_CHECK_THROW(cudaMemcpyAsync(host, device, bytes, cudaMemcpyDeviceToHost, stream_));
  wait_if_pinned(host);
}

// For pageable memory, the driver has made or delivered the copy when the call returns; pinned memory it reads and
// writes later (CUDA Runtime API, API synchronization behavior).
void CudaDevice::wait_if_pinned(const void* host) const {
  cudaPointerAttributes attributes{};
  CUDA_CHECK_THROW(cudaPointerGetAttributes(&attributes, host));
  if (attributes.type != cudaMemoryTypeUnregistered) CUDA_CHECK_THROW(cudaStreamSynchronize(stream_));
}

void CudaDevice::fill_zero(void* device, std::size_t bytes) {
  if (bytes == 0) return;
  make_current();
  CUDA_CHECK_THROW(cudaMemsetAsync(device, 0, bytes, stream_));
}

std::unique_ptr<LoadedProgram> CudaDevice::load(const contract::Binary& binary, const contract::Entry& entry) {
  const Range range("load program");
  make_current();
  return std::make_unique<CudaProgram>(binary, entry);
}

void CudaDevice::launch(LoadedProgram& program, const contract::Entry& entry, std::span<const std::byte> arguments,
                        std::uint32_t examples) {
  if (examples == 0) return;
  const Range range(entry.name.c_str());
  make_current();
  if (timer_) timer_->begin(stream_);
  launches_ += dynamic_cast<CudaProgram&>(program).launch(arguments, examples, stream_);
  if (timer_) timer_->end(stream_);
}

void CudaDevice::synchronize() {
  make_current();
  CUDA_CHECK_THROW(cudaStreamSynchronize(stream_));
}

bool CudaDevice::time_kernels(bool on) {
  make_current();
  timer_ = on ? std::make_unique<KernelTimer>() : nullptr;
  return true;
}

std::optional<double> CudaDevice::kernel_seconds() {
  if (!timer_) return std::nullopt;
  make_current();
  return timer_->seconds(stream_);
}

void CudaDevice::make_current() const { CUDA_CHECK_THROW(cudaSetDevice(ordinal_)); }

}  // namespace synfire::runtime
