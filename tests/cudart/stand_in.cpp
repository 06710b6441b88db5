// SPDX-License-Identifier: Apache-2.0
#include "cudart/stand_in.hpp"

#include <cstring>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <regex>
#include <set>
#include <thread>
#include <utility>
#include <vector>

#include "emulator.hpp"
#include "kernel_library.hpp"
#include "simt/simt_compile.hpp"
#include "synfire/contract/training.hpp"
#include "synfire/contract/trial_arguments.hpp"
#include "synfire/error.hpp"

namespace synfire::cudart {
namespace {

using Work = std::function<cudaError_t()>;

struct Kernel {
  void* function = nullptr;
  std::size_t argument_bytes = 0;
};

struct Library {
  std::string source;
  std::unique_ptr<simt::KernelLibrary> code;
  std::map<std::string, Kernel> kernels;
};

struct Node {
  Work work;
};

struct Graph {
  std::vector<std::unique_ptr<Node>> nodes;  // in execution order
};

// Copies of the work, to outlive the graph.
struct Executable {
  std::vector<std::pair<const Node*, Work>> nodes;  // by the graph's node
};

struct Stream {
  std::unique_ptr<Graph> capture;  // during a capture
  cudaStreamCaptureMode mode = cudaStreamCaptureModeGlobal;
  std::thread::id capturing;  // the thread that began it
};

struct Event {
  std::optional<std::uint64_t> kernels;  // executed before it
};

struct Failure {
  cudaError_t error = cudaSuccess;
  std::uint64_t calls_left = 0;
};

struct Runtime {
  std::recursive_mutex mutex;
  simt::Emulator emulator{1};
  simt::Hooks hooks = emulator.hooks();
  Counts counts;
  Machine machine;
  std::map<std::string, Failure> failures;
  cudaError_t last = cudaSuccess, lasting = cudaSuccess;
  std::set<const Stream*> capturing;
  std::uint64_t kernels = 0;  // executed since the start of the process
};

Runtime& gpu() {
  static Runtime one;
  return one;
}

bool lasts(cudaError_t error) {
  static const std::set<cudaError_t> lasting{
      cudaErrorIllegalAddress,  cudaErrorMisalignedAddress,  cudaErrorIllegalInstruction,
      cudaErrorInvalidPc,       cudaErrorHardwareStackError, cudaErrorInvalidAddressSpace,
      cudaErrorAssert,          cudaErrorLaunchFailure,      cudaErrorLaunchTimeout,
      cudaErrorECCUncorrectable};
  return lasting.count(error) != 0;
}

cudaError_t remember(cudaError_t error) {
  Runtime& self = gpu();
  if (error != cudaSuccess) self.last = error;
  if (lasts(error)) self.lasting = error;
  return error;
}

// Counts the call, then fails as requested or performs it.
template <class Do>
cudaError_t call(const char* function, Do&& action) {
  Runtime& self = gpu();
  const std::lock_guard lock(self.mutex);
  ++self.counts.calls[function];
  if (self.lasting != cudaSuccess) return self.lasting;
  const auto failure = self.failures.find(function);
  if (failure != self.failures.end() && --failure->second.calls_left == 0) {
    const cudaError_t error = failure->second.error;
    self.failures.erase(failure);
    return remember(error);
  }
  return remember(action());
}

// Calls that a capture forbids: to its own thread and, by its mode, to all others (CUDA Runtime API,
// cudaThreadExchangeStreamCaptureMode).
bool is_forbidden() {
  for (const Stream* stream : gpu().capturing) {
    if (stream->mode == cudaStreamCaptureModeGlobal) return true;
    if (stream->mode == cudaStreamCaptureModeThreadLocal && stream->capturing == std::this_thread::get_id())
      return true;
  }
  return false;
}

// Runs the work immediately, or adds it to the graph that the stream captures.
cudaError_t enqueue(cudaStream_t stream, Work work) {
  auto* const given = reinterpret_cast<Stream*>(stream);
  if (given == nullptr || !given->capture) return work();
  given->capture->nodes.push_back(std::make_unique<Node>(Node{std::move(work)}));
  return cudaSuccess;
}

// The size of the kernel's parameter, such as TrialArguments<4>; the driver reads it from the binary.
std::optional<std::size_t> argument_bytes_of(const std::string& source, const std::string& kernel) {
  static const std::map<std::string, std::size_t> headers{{"TrialArguments", sizeof(contract::TrialHeader)},
                                                          {"TrainingArguments", sizeof(contract::TrainingHeader)},
                                                          {"UpdateArguments", sizeof(contract::UpdateHeader)}};
  std::smatch found;
  if (!std::regex_search(source, found, std::regex(" " + kernel + R"(\(const (\w+)<(\d+)> )"))) return std::nullopt;
  return headers.at(found[1]) + std::stoul(found[2]) * sizeof(void*);
}

cudaError_t run(const Kernel& kernel, const std::vector<std::byte>& arguments, std::uint32_t step, dim3 grid,
                dim3 block) {
  Runtime& self = gpu();
  self.emulator.begin(arguments);
  self.emulator.launch({kernel.function, block.x, grid.x}, grid.y, step);
  ++self.counts.kernels;
  ++self.kernels;
  return self.emulator.reports.reports().empty() ? cudaSuccess : cudaErrorIllegalAddress;
}

}  // namespace

const Counts& counts() { return gpu().counts; }
Machine& machine() { return gpu().machine; }

void fail(const std::string& function, cudaError_t error, std::uint64_t nth) {
  gpu().failures[function] = {error, nth};
}

void reset() {
  Runtime& self = gpu();
  self.counts = {};
  self.machine = {};
  self.failures.clear();
  self.last = self.lasting = cudaSuccess;
}

}  // namespace synfire::cudart

using namespace synfire;          // NOLINT(google-build-using-namespace)
using namespace synfire::cudart;  // NOLINT(google-build-using-namespace)

extern "C" {

// ---- Errors

cudaError_t cudaGetLastError() {
  const std::lock_guard lock(gpu().mutex);
  ++gpu().counts.calls["cudaGetLastError"];
  return gpu().lasting != cudaSuccess ? gpu().lasting : std::exchange(gpu().last, cudaSuccess);
}

const char* cudaGetErrorName(cudaError_t error) {
  static const std::map<cudaError_t, const char*> names{
      {cudaSuccess, "cudaSuccess"},
      {cudaErrorInvalidValue, "cudaErrorInvalidValue"},
      {cudaErrorMemoryAllocation, "cudaErrorMemoryAllocation"},
      {cudaErrorInsufficientDriver, "cudaErrorInsufficientDriver"},
      {cudaErrorNoDevice, "cudaErrorNoDevice"},
      {cudaErrorInvalidKernelImage, "cudaErrorInvalidKernelImage"},
      {cudaErrorNoKernelImageForDevice, "cudaErrorNoKernelImageForDevice"},
      {cudaErrorInvalidPtx, "cudaErrorInvalidPtx"},
      {cudaErrorUnsupportedPtxVersion, "cudaErrorUnsupportedPtxVersion"},
      {cudaErrorJitCompilerNotFound, "cudaErrorJitCompilerNotFound"},
      {cudaErrorSymbolNotFound, "cudaErrorSymbolNotFound"},
      {cudaErrorIllegalAddress, "cudaErrorIllegalAddress"},
      {cudaErrorLaunchOutOfResources, "cudaErrorLaunchOutOfResources"},
      {cudaErrorLaunchTimeout, "cudaErrorLaunchTimeout"},
      {cudaErrorLaunchFailure, "cudaErrorLaunchFailure"},
      {cudaErrorECCUncorrectable, "cudaErrorECCUncorrectable"},
      {cudaErrorStreamCaptureUnsupported, "cudaErrorStreamCaptureUnsupported"},
      {cudaErrorUnknown, "cudaErrorUnknown"}};
  const auto found = names.find(error);
  return found == names.end() ? "cudaError" : found->second;
}

const char* cudaGetErrorString(cudaError_t error) { return cudaGetErrorName(error); }

// ---- The machine

cudaError_t cudaDriverGetVersion(int* version) {
  *version = machine().driver_version;
  return cudaSuccess;
}

cudaError_t cudaRuntimeGetVersion(int* version) {
  *version = CUDART_VERSION;
  return cudaSuccess;
}

cudaError_t cudaGetDeviceCount(int* count) {
  return call("cudaGetDeviceCount", [&] {
    *count = machine().devices;
    return machine().error_of_count;
  });
}

cudaError_t cudaSetDevice(int device) {
  return call("cudaSetDevice", [&] { return device < machine().devices ? cudaSuccess : cudaErrorInvalidDevice; });
}

cudaError_t cudaDeviceGetAttribute(int* value, cudaDeviceAttr attribute, int) {
  return call("cudaDeviceGetAttribute", [&] {
    switch (attribute) {
      case cudaDevAttrComputeCapabilityMajor: *value = machine().capability / 10; return cudaSuccess;
      case cudaDevAttrComputeCapabilityMinor: *value = machine().capability % 10; return cudaSuccess;
      default: return cudaErrorInvalidValue;
    }
  });
}

cudaError_t cudaGetDeviceProperties(cudaDeviceProp* properties, int) {
  return call("cudaGetDeviceProperties", [&] {
    *properties = {};
    std::strcpy(properties->name, "Stand-in");
    properties->major = machine().capability / 10;
    properties->minor = machine().capability % 10;
    properties->multiProcessorCount = 1;
    properties->totalGlobalMem = std::size_t{1} << 30;
    return cudaSuccess;
  });
}

// ---- Memory

cudaError_t cudaMemGetInfo(std::size_t* free, std::size_t* total) {
  return call("cudaMemGetInfo", [&] {
    *free = *total = std::size_t{1} << 30;
    return cudaSuccess;
  });
}

cudaError_t cudaMalloc(void** ptr, std::size_t size) {
  return call("cudaMalloc", [&] {
    if (is_forbidden()) return cudaErrorStreamCaptureUnsupported;
    if (size > std::size_t{1} << 30) return cudaErrorMemoryAllocation;
    *ptr = gpu().emulator.memory.allocate(size, "cudaMalloc");
    return cudaSuccess;
  });
}

cudaError_t cudaFree(void* ptr) {
  return call("cudaFree", [&] {
    if (is_forbidden()) return cudaErrorStreamCaptureUnsupported;
    gpu().emulator.memory.release(ptr);
    return cudaSuccess;
  });
}

// Nothing is pinned.
cudaError_t cudaPointerGetAttributes(cudaPointerAttributes* attributes, const void*) {
  return call("cudaPointerGetAttributes", [&] {
    *attributes = {};
    attributes->type = cudaMemoryTypeUnregistered;
    return cudaSuccess;
  });
}

cudaError_t cudaMemcpyAsync(void* dst, const void* src, std::size_t count, cudaMemcpyKind kind, cudaStream_t) {
  return call("cudaMemcpyAsync", [&] {
    try {
      if (kind == cudaMemcpyHostToDevice) {
        gpu().emulator.memory.mark_written(dst, count);
        gpu().counts.bytes_up += count;
      } else {
        gpu().emulator.memory.check(src, count);
        gpu().counts.bytes_down += count;
      }
    } catch (const Error&) {
      return cudaErrorInvalidValue;
    }
    std::memcpy(dst, src, count);
    return cudaSuccess;
  });
}

cudaError_t cudaMemsetAsync(void* ptr, int value, std::size_t count, cudaStream_t stream) {
  return call("cudaMemsetAsync", [&] {
    return enqueue(stream, [=] {
      try {
        gpu().emulator.memory.mark_written(ptr, count);
      } catch (const Error&) {
        return cudaErrorInvalidValue;
      }
      std::memset(ptr, value, count);
      return cudaSuccess;
    });
  });
}

// ---- Programs

cudaError_t cudaLibraryLoadData(cudaLibrary_t* library, const void* code, cudaJitOption*, void**, unsigned,
                                cudaLibraryOption*, void**, unsigned) {
  return call("cudaLibraryLoadData", [&] {
    auto loaded = std::make_unique<Library>();
    loaded->source = static_cast<const char*>(code);
    if (loaded->source.find("SYNFIRE_KERNEL") == std::string::npos) return cudaErrorInvalidKernelImage;
    loaded->code = std::make_unique<simt::KernelLibrary>(simt::compile_for_simt(loaded->source), gpu().hooks);
    *library = reinterpret_cast<cudaLibrary_t>(loaded.release());
    return cudaSuccess;
  });
}

cudaError_t cudaLibraryUnload(cudaLibrary_t library) {
  return call("cudaLibraryUnload", [&] {
    delete reinterpret_cast<Library*>(library);
    return cudaSuccess;
  });
}

cudaError_t cudaLibraryGetKernel(cudaKernel_t* kernel, cudaLibrary_t library, const char* name) {
  return call("cudaLibraryGetKernel", [&] {
    auto& of = *reinterpret_cast<Library*>(library);
    void* const function = of.code->find(name);
    const auto argument_bytes = argument_bytes_of(of.source, name);
    if (function == nullptr || !argument_bytes) return cudaErrorSymbolNotFound;
    Kernel& found = of.kernels[name];
    found = {function, *argument_bytes};
    *kernel = reinterpret_cast<cudaKernel_t>(&found);
    return cudaSuccess;
  });
}

cudaError_t cudaFuncGetAttributes(cudaFuncAttributes* attributes, const void*) {
  return call("cudaFuncGetAttributes", [&] {
    *attributes = {};
    attributes->maxThreadsPerBlock = machine().most_threads;
    attributes->numRegs = 32;
    return cudaSuccess;
  });
}

cudaError_t cudaLaunchKernel(const void* function, dim3 grid, dim3 block, void** args, std::size_t,
                             cudaStream_t stream) {
  return call("cudaLaunchKernel", [&] {
    const Kernel kernel = *static_cast<const Kernel*>(function);
    const auto* const first = static_cast<const std::byte*>(args[0]);
    const std::vector<std::byte> copy(first, first + kernel.argument_bytes);
    const std::uint32_t step = *static_cast<const std::uint32_t*>(args[1]);
    return enqueue(stream, [=] { return run(kernel, copy, step, grid, block); });
  });
}

// ---- Events

cudaError_t cudaEventCreate(cudaEvent_t* event) {
  return call("cudaEventCreate", [&] {
    *event = reinterpret_cast<cudaEvent_t>(std::make_unique<Event>().release());
    return cudaSuccess;
  });
}

cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream) {
  return call("cudaEventRecord", [&] {
    if (reinterpret_cast<const Stream*>(stream)->capture) return cudaErrorStreamCaptureUnsupported;
    reinterpret_cast<Event*>(event)->kernels = gpu().kernels;
    return cudaSuccess;
  });
}

cudaError_t cudaEventElapsedTime(float* ms, cudaEvent_t start, cudaEvent_t end) {
  return call("cudaEventElapsedTime", [&] {
    const auto from = reinterpret_cast<const Event*>(start)->kernels, to = reinterpret_cast<const Event*>(end)->kernels;
    if (!from || !to || *from > *to) return cudaErrorInvalidResourceHandle;
    *ms = kernel_milliseconds * static_cast<float>(*to - *from);
    return cudaSuccess;
  });
}

cudaError_t cudaEventDestroy(cudaEvent_t event) {
  return call("cudaEventDestroy", [&] {
    delete reinterpret_cast<Event*>(event);
    return cudaSuccess;
  });
}

// ---- Streams and graphs

cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, unsigned) {
  return call("cudaStreamCreateWithFlags", [&] {
    *stream = reinterpret_cast<cudaStream_t>(std::make_unique<Stream>().release());
    return cudaSuccess;
  });
}

cudaError_t cudaStreamDestroy(cudaStream_t stream) {
  return call("cudaStreamDestroy", [&] {
    delete reinterpret_cast<Stream*>(stream);
    return cudaSuccess;
  });
}

cudaError_t cudaStreamSynchronize(cudaStream_t) {
  return call("cudaStreamSynchronize", [] { return cudaSuccess; });
}

cudaError_t cudaStreamBeginCapture(cudaStream_t stream, cudaStreamCaptureMode mode) {
  std::function<void()> meanwhile;
  const cudaError_t error = call("cudaStreamBeginCapture", [&] {
    auto& given = *reinterpret_cast<Stream*>(stream);
    given.capture = std::make_unique<Graph>();
    given.mode = mode;
    given.capturing = std::this_thread::get_id();
    gpu().capturing.insert(&given);
    meanwhile = std::exchange(machine().during_capture, {});
    return cudaSuccess;
  });
  if (meanwhile) meanwhile();
  return error;
}

cudaError_t cudaStreamEndCapture(cudaStream_t stream, cudaGraph_t* graph) {
  return call("cudaStreamEndCapture", [&] {
    auto& given = *reinterpret_cast<Stream*>(stream);
    gpu().capturing.erase(&given);
    *graph = reinterpret_cast<cudaGraph_t>(given.capture.release());
    return cudaSuccess;
  });
}

cudaError_t cudaGraphCreate(cudaGraph_t* graph, unsigned) {
  return call("cudaGraphCreate", [&] {
    *graph = reinterpret_cast<cudaGraph_t>(std::make_unique<Graph>().release());
    return cudaSuccess;
  });
}

static Work set_word(const cudaMemsetParams& parameters) {
  return [parameters] {
    gpu().emulator.memory.mark_written(parameters.dst, sizeof parameters.value);
    std::memcpy(parameters.dst, &parameters.value, sizeof parameters.value);
    return cudaSuccess;
  };
}

static cudaGraphNode_t add_node(cudaGraph_t graph, Work work) {
  auto& nodes = reinterpret_cast<Graph*>(graph)->nodes;
  nodes.push_back(std::make_unique<Node>(Node{std::move(work)}));
  return reinterpret_cast<cudaGraphNode_t>(nodes.back().get());
}

cudaError_t cudaGraphAddMemsetNode(cudaGraphNode_t* node, cudaGraph_t graph, const cudaGraphNode_t*, std::size_t,
                                   const cudaMemsetParams* params) {
  return call("cudaGraphAddMemsetNode", [&] {
    *node = add_node(graph, set_word(*params));
    return cudaSuccess;
  });
}

cudaError_t cudaGraphAddChildGraphNode(cudaGraphNode_t* node, cudaGraph_t graph, const cudaGraphNode_t*, std::size_t,
                                       cudaGraph_t child) {
  return call("cudaGraphAddChildGraphNode", [&] {
    std::vector<Work> all;
    for (const auto& each : reinterpret_cast<Graph*>(child)->nodes) all.push_back(each->work);
    *node = add_node(graph, [all] {
      for (const Work& each : all) {
        if (const cudaError_t error = each(); error != cudaSuccess) return error;
      }
      return cudaSuccess;
    });
    return cudaSuccess;
  });
}

cudaError_t cudaGraphInstantiate(cudaGraphExec_t* exec, cudaGraph_t graph, unsigned long long) {
  return call("cudaGraphInstantiate", [&] {
    auto made = std::make_unique<Executable>();
    for (const auto& each : reinterpret_cast<Graph*>(graph)->nodes) made->nodes.emplace_back(each.get(), each->work);
    *exec = reinterpret_cast<cudaGraphExec_t>(made.release());
    return cudaSuccess;
  });
}

cudaError_t cudaGraphExecMemsetNodeSetParams(cudaGraphExec_t exec, cudaGraphNode_t node,
                                             const cudaMemsetParams* params) {
  return call("cudaGraphExecMemsetNodeSetParams", [&] {
    for (auto& [of, work] : reinterpret_cast<Executable*>(exec)->nodes) {
      if (of == reinterpret_cast<const Node*>(node)) work = set_word(*params);
    }
    return cudaSuccess;
  });
}

cudaError_t cudaGraphLaunch(cudaGraphExec_t graphExec, cudaStream_t) {
  return call("cudaGraphLaunch", [&] {
    for (const auto& [of, work] : reinterpret_cast<Executable*>(graphExec)->nodes) {
      if (const cudaError_t error = work(); error != cudaSuccess) return error;
    }
    return cudaSuccess;
  });
}

cudaError_t cudaGraphDestroy(cudaGraph_t graph) {
  return call("cudaGraphDestroy", [&] {
    delete reinterpret_cast<Graph*>(graph);
    return cudaSuccess;
  });
}

cudaError_t cudaGraphExecDestroy(cudaGraphExec_t graphExec) {
  return call("cudaGraphExecDestroy", [&] {
    delete reinterpret_cast<Executable*>(graphExec);
    return cudaSuccess;
  });
}

}  // extern "C"
