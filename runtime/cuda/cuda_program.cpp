// SPDX-License-Identifier: Apache-2.0
#include "cuda/cuda_program.hpp"

#include "cuda/cuda_check.hpp"

namespace synfire::runtime {
namespace {

// What a block may have without asking; generated kernels declare their shared memory statically, and more
// than this can only be asked for dynamically.
constexpr std::size_t static_shared_limit = 49152;

void check_load(cudaError_t error, const char* call, const contract::Binary& binary) {
  if (error == cudaSuccess) return;
  throw BuildError(
      {.kind = ProblemKind::build_failed,
       .path = device_path("cuda"),
       .message = "the binary for " + binary.architecture + " does not load: " + describe_cuda_error(error, call)});
}

}  // namespace

CudaProgram::CudaProgram(const contract::Binary& binary, const contract::Entry& entry) {
  if (entry.shared_bytes > static_shared_limit) {
    Problem problem = unsupported("cuda", "the program declares more static shared memory than a block can have");
    problem.expected = "at most " + std::to_string(static_shared_limit) + " bytes";
    problem.given = std::to_string(entry.shared_bytes) + " bytes";
    throw DeviceError(std::move(problem));
  }
  std::vector<std::byte> code = binary.bytes;
  code.push_back(std::byte{0});  // PTX is text, which ends with a zero
  check_load(cudaLibraryLoadData(&library_, code.data(), nullptr, nullptr, 0, nullptr, nullptr, 0),
             "cudaLibraryLoadData", binary);
  try {
    check_load(cudaLibraryGetKernel(&kernel_, library_, entry.name.c_str()), "cudaLibraryGetKernel", binary);
    check_kernel(entry);
  } catch (...) {
    CUDA_CHECK_PRINT(cudaLibraryUnload(library_));
    throw;
  }
}

// Asking for the attributes makes the driver load the kernel now rather than at its first launch.
void CudaProgram::check_kernel(const contract::Entry& entry) const {
  cudaFuncAttributes attributes{};
  CUDA_CHECK_THROW(cudaFuncGetAttributes(&attributes, reinterpret_cast<const void*>(kernel_)));
  if (entry.threads != 0 && entry.threads <= static_cast<unsigned>(attributes.maxThreadsPerBlock)) return;
  Problem problem = unsupported("cuda", "a block of the program cannot have that many threads, each with " +
                                            std::to_string(attributes.numRegs) + " registers");
  problem.expected = "1 to " + std::to_string(attributes.maxThreadsPerBlock) + " threads";
  problem.given = std::to_string(entry.threads);
  throw DeviceError(std::move(problem));
}

CudaProgram::~CudaProgram() { CUDA_CHECK_PRINT(cudaLibraryUnload(library_)); }

void CudaProgram::launch(std::span<const std::byte> arguments, std::uint32_t examples, std::uint32_t threads,
                         cudaStream_t stream) const {
  // The kernel has one parameter, a struct passed by value: CUDA copies it from here before the call returns.
  void* parameters[] = {const_cast<std::byte*>(arguments.data())};
  CUDA_CHECK_THROW(cudaLaunchKernel(reinterpret_cast<const void*>(kernel_), dim3{examples, 1, 1}, dim3{threads, 1, 1},
                                    parameters, 0, stream));
}

}  // namespace synfire::runtime
