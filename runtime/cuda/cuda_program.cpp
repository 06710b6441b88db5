// SPDX-License-Identifier: Apache-2.0
#include "cuda/cuda_program.hpp"

#include <algorithm>
#include <cstddef>

#include "cuda/cuda_check.hpp"
#include "synfire/contract/trial_arguments.hpp"
#include "synfire/warning.hpp"

namespace synfire::runtime {
namespace {

constexpr std::uint32_t most_rows = 65535;  // of a grid

void check_shared(std::size_t bytes) {
  if (bytes <= contract::max_static_shared_bytes) return;
  Problem problem = unsupported("cuda", "the program declares more static shared memory than a block can have");
  problem.expected = "at most " + std::to_string(contract::max_static_shared_bytes) + " bytes";
  problem.given = std::to_string(bytes) + " bytes";
  throw DeviceError(std::move(problem));
}

void check_rows(std::uint32_t examples) {
  if (examples <= most_rows) return;
  Problem problem = unsupported("cuda", "the schedule `step` cannot run that many examples at once");
  problem.expected = "at most " + std::to_string(most_rows);
  problem.given = std::to_string(examples);
  throw DeviceError(std::move(problem));
}

// Reports load errors of the binary; faults of earlier kernels and missing memory are reported as such.
void check_load(cudaError_t error, const char* call, const contract::Binary& binary) {
  if (error == cudaSuccess) return;
  if (is_kernel_fault(error) || is_absence(error) || error == cudaErrorMemoryAllocation) throw_cuda_error(error, call);
  throw BuildError(
      {.kind = ProblemKind::build_failed,
       .path = device_path("cuda"),
       .message = "the binary for " + binary.architecture + " cannot be loaded: " + describe_cuda_error(error, call),
       .hint = hint_about(error)});
}

// CUDA 12.1 and later, compute capability 7.0 and later (CUDA C++ Programming Guide, function parameters).
constexpr std::size_t most_argument_bytes = 32764;

void check_arguments(std::size_t bytes) {
  if (bytes <= most_argument_bytes) return;
  Problem problem = unsupported("cuda", "the program has more buffers than a kernel accepts");
  problem.expected = "at most " + std::to_string(most_argument_bytes) + " bytes of arguments";
  problem.given = std::to_string(bytes) + " bytes";
  throw DeviceError(std::move(problem));
}

}  // namespace

CudaProgram::CudaProgram(const contract::Binary& binary, const contract::Entry& entry) {
  check_shared(entry.shared_bytes);
  for (const auto* stages : {&entry.before, &entry.step, &entry.after}) {
    for (const contract::Stage& stage : *stages) check_shared(stage.shared_bytes);
  }
  std::vector<std::byte> code = binary.bytes;
  code.push_back(std::byte{0});  // PTX is null-terminated text
  check_load(cudaLibraryLoadData(&library_, code.data(), nullptr, nullptr, 0, nullptr, nullptr, 0),
             "cudaLibraryLoadData", binary);
  try {
    find_kernels(binary, entry);
  } catch (...) {
    CUDA_CHECK_PRINT(cudaLibraryUnload(library_));
    throw;
  }
}

CudaProgram::~CudaProgram() {
  graph_.destroy();
  CUDA_CHECK_PRINT(cudaLibraryUnload(library_));
}

void CudaProgram::find_kernels(const contract::Binary& binary, const contract::Entry& entry) {
  if (entry.step.empty()) trial_ = {find_kernel(binary, {entry.name, 0, entry.threads, entry.shared_bytes})};
  for (const contract::Stage& stage : entry.before) before_.push_back(find_kernel(binary, stage));
  for (const contract::Stage& stage : entry.step) step_.push_back(find_kernel(binary, stage));
  for (const contract::Stage& stage : entry.after) after_.push_back(find_kernel(binary, stage));
}

// Querying the attributes makes the driver load the kernel now instead of at its first launch.
CudaProgram::Kernel CudaProgram::find_kernel(const contract::Binary& binary, const contract::Stage& stage) const {
  Kernel kernel{nullptr, stage.blocks, stage.threads};
  check_load(cudaLibraryGetKernel(&kernel.handle, library_, stage.name.c_str()), "cudaLibraryGetKernel", binary);
  cudaFuncAttributes attributes{};
  check_load(cudaFuncGetAttributes(&attributes, reinterpret_cast<const void*>(kernel.handle)), "cudaFuncGetAttributes",
             binary);
  if (stage.threads != 0 && stage.threads <= static_cast<unsigned>(attributes.maxThreadsPerBlock)) return kernel;
  Problem problem = unsupported("cuda", "a block of the program cannot have that many threads with " +
                                            std::to_string(attributes.numRegs) + " registers each");
  problem.expected = "1 to " + std::to_string(attributes.maxThreadsPerBlock) + " threads";
  problem.given = std::to_string(stage.threads);
  throw DeviceError(std::move(problem));
}

std::size_t CudaProgram::launch(std::span<const std::byte> arguments, std::uint32_t examples, cudaStream_t stream) {
  check_arguments(arguments.size());
  const Launch launch{arguments, examples, stream};
  if (!step_.empty()) return launch_steps(launch);
  CUDA_CHECK_THROW(enqueue(trial_, launch, 0));
  return trial_.size();
}

// CUDA copies the arguments before the call returns, as many as the kernel has: one of the schedule `trial` has no
// step.
cudaError_t CudaProgram::enqueue(const Kernel& kernel, const Launch& launch, std::uint32_t relative_step) {
  void* parameters[] = {const_cast<std::byte*>(launch.arguments.data()), &relative_step};
  const dim3 grid = kernel.blocks == 0 ? dim3{launch.examples, 1, 1} : dim3{kernel.blocks, launch.examples, 1};
  return cudaLaunchKernel(reinterpret_cast<const void*>(kernel.handle), grid, dim3{kernel.threads, 1, 1}, parameters, 0,
                          launch.stream);
}

cudaError_t CudaProgram::enqueue(const Kernels& kernels, const Launch& launch, std::uint32_t relative_step) {
  for (const Kernel& kernel : kernels) {
    if (const cudaError_t error = enqueue(kernel, launch, relative_step); error != cudaSuccess) return error;
  }
  return cudaSuccess;
}

// Graphs set the step of step_base themselves; for kernels launched individually it is 0.
std::size_t CudaProgram::launch_steps(const Launch& launch) {
  check_rows(launch.examples);
  const contract::LaunchedSteps steps = contract::launched_steps(launch.arguments);
  const auto reset_base = [&] {
    CUDA_CHECK_THROW(cudaMemsetAsync(steps.step_base, 0, sizeof(std::uint32_t), launch.stream));
  };
  const auto header = launch.arguments.first(sizeof(contract::TrialHeader));
  CUDA_CHECK_THROW(cudaMemcpyAsync(static_cast<std::byte*>(steps.step_base) + offsetof(contract::StepBase, header),
                                   header.data(), header.size(), cudaMemcpyHostToDevice, launch.stream));
  reset_base();
  CUDA_CHECK_THROW(enqueue(before_, launch, steps.first));
  std::size_t launches = before_.size() + after_.size();
  std::uint32_t step = steps.first;
  const std::uint32_t graphs = steps.last > step ? (steps.last - step) / steps_per_graph : 0;
  if (graphs >= least_graphs && prepare_graph(launch, steps.step_base)) {
    for (std::uint32_t n = 0; n < graphs; ++n, ++launches, step += steps_per_graph) {
      CUDA_CHECK_THROW(graph_.launch(launch.stream, step));
    }
    reset_base();
  }
  for (; step < steps.last; ++step, launches += step_.size()) CUDA_CHECK_THROW(enqueue(step_, launch, step));
  CUDA_CHECK_THROW(enqueue(after_, launch, steps.last));
  return launches;
}

// The buffers are part of the graph; its kernels read the header from memory.
bool CudaProgram::prepare_graph(const Launch& launch, void* step_base) {
  if (!graphs_work_) return false;
  const auto buffers = launch.arguments.subspan(sizeof(contract::TrialHeader));
  if (graph_.exists() && graph_examples_ == launch.examples && std::ranges::equal(graph_buffers_, buffers)) return true;
  if (graph_.exists()) CUDA_CHECK_THROW(cudaStreamSynchronize(launch.stream));  // it may still be running
  const cudaError_t error = graph_.capture(launch.stream, step_base, [&] {
    cudaError_t enqueued = cudaSuccess;
    for (std::uint32_t step = 0; step < steps_per_graph && enqueued == cudaSuccess; ++step) {
      enqueued = enqueue(step_, launch, step);
    }
    return enqueued;
  });
  if (is_kernel_fault(error)) throw_cuda_error(error, "cudaStreamBeginCapture");
  graphs_work_ = error == cudaSuccess;
  if (!graphs_work_) {
    deliver(make_warning(
        {.kind = ProblemKind::no_step_graphs,
         .path = device_path("cuda"),
         .message = "steps are launched kernel by kernel: " + describe_cuda_error(error, "making a graph of steps")}));
  }
  graph_buffers_.assign(buffers.begin(), buffers.end());
  graph_examples_ = launch.examples;
  return graphs_work_;
}

}  // namespace synfire::runtime
