// SPDX-License-Identifier: Apache-2.0
#include "jit/nvrtc.hpp"

#include <dlfcn.h>

#include <cstdlib>

#include "synfire/base/embedded_file.hpp"
#include "synfire/error.hpp"

namespace synfire::codegen::jit {

// The part of NVRTC's C API that is used (NVRTC documentation, section "Functions"). It is declared here, so Synfire
// builds with NVRTC support without a toolkit.
struct Nvrtc::Functions {
  using Program = struct ProgramTag*;
  int (*version)(int*, int*);
  int (*architecture_count)(int*);
  int (*architectures)(int*);
  int (*create)(Program*, const char* source, const char* name, int headers, const char* const* contents,
                const char* const* names);
  int (*destroy)(Program*);
  int (*compile)(Program, int options, const char* const* values);
  int (*log_size)(Program, std::size_t*);
  int (*log)(Program, char*);
  int (*cubin_size)(Program, std::size_t*);
  int (*cubin)(Program, char*);
  int (*ptx_size)(Program, std::size_t*);
  int (*ptx)(Program, char*);
};

namespace {

std::vector<std::string> candidates() {
  std::vector<std::string> paths;
  for (const char* variable : {"CUDA_PATH", "CUDA_HOME"}) {
    const char* folder = std::getenv(variable);
    if (folder == nullptr || *folder == '\0') continue;
    for (const char* sub : {"/lib64", "/targets/x86_64-linux/lib", "/lib"})
      paths.push_back(std::string(folder) + sub + "/libnvrtc.so");
  }
  for (const char* name : {"libnvrtc.so.13", "libnvrtc.so.12", "libnvrtc.so"}) paths.emplace_back(name);
  for (const char* name : {"libnvrtc.so", "libnvrtc.so.13", "libnvrtc.so.12"})
    paths.push_back(std::string("/usr/local/cuda/lib64/") + name);
  return paths;
}

[[noreturn]] void absent(const std::string& message) {
  throw BuildError({.kind = ProblemKind::build_failed,
                    .path = "nvrtc",
                    .message = message,
                    .hint =
                        "install the CUDA toolkit (12.8 or later) and set CUDA_PATH to its folder, or use the device "
                        "\"host\""});
}

void* open_library(std::string& looked_in) {
  for (const std::string& path : candidates()) {
    if (void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL)) return library;
    looked_in += (looked_in.empty() ? "" : ", ") + path;
  }
  return nullptr;
}

template <class Function>
void resolve(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(dlsym(library, name));
  if (function == nullptr) absent(std::string("the library lacks the function ") + name);
}

}  // namespace

const Nvrtc& Nvrtc::instance() {
  static const Nvrtc only;
  return only;
}

Nvrtc::Nvrtc() {
  std::string looked_in;
  void* library = open_library(looked_in);
  if (library == nullptr) absent("NVRTC, which compiles generated CUDA source, was not found; tried " + looked_in);
  static Functions functions;
  resolve(library, "nvrtcVersion", functions.version);
  resolve(library, "nvrtcGetNumSupportedArchs", functions.architecture_count);
  resolve(library, "nvrtcGetSupportedArchs", functions.architectures);
  resolve(library, "nvrtcCreateProgram", functions.create);
  resolve(library, "nvrtcDestroyProgram", functions.destroy);
  resolve(library, "nvrtcCompileProgram", functions.compile);
  resolve(library, "nvrtcGetProgramLogSize", functions.log_size);
  resolve(library, "nvrtcGetProgramLog", functions.log);
  resolve(library, "nvrtcGetCUBINSize", functions.cubin_size);
  resolve(library, "nvrtcGetCUBIN", functions.cubin);
  resolve(library, "nvrtcGetPTXSize", functions.ptx_size);
  resolve(library, "nvrtcGetPTX", functions.ptx);
  functions_ = &functions;

  int major = 0, minor = 0, count = 0;
  functions.version(&major, &minor);
  version_ = std::to_string(major) + "." + std::to_string(minor);
  if (major * 100 + minor < 1208) absent("NVRTC " + version_ + " is too old");
  functions.architecture_count(&count);
  architectures_.resize(static_cast<std::size_t>(count));
  functions.architectures(architectures_.data());
}

NvrtcResult Nvrtc::compile(const std::string& source, const std::string& file, const std::string& architecture,
                           const std::vector<std::string>& options) const {
  std::vector<std::string> texts;  // NVRTC expects each header as a C string
  std::vector<const char*> contents, names;
  const auto headers = base::embedded_kernels();
  texts.reserve(2 * headers.size());
  for (const base::EmbeddedFile& header : headers) {
    contents.push_back(texts.emplace_back(header.contents).c_str());
    names.push_back(texts.emplace_back(header.name).c_str());
  }
  const std::string target = "--gpu-architecture=" + architecture;
  std::vector<const char*> arguments{target.c_str()};
  for (const std::string& option : options) arguments.push_back(option.c_str());

  NvrtcResult result;
  Functions::Program program = nullptr;
  if (functions_->create(&program, source.c_str(), file.c_str(), static_cast<int>(contents.size()), contents.data(),
                         names.data()) != 0)
    absent("NVRTC rejected the source");
  result.succeeded = functions_->compile(program, static_cast<int>(arguments.size()), arguments.data()) == 0;
  std::size_t size = 0;
  functions_->log_size(program, &size);
  result.log.resize(size);
  functions_->log(program, result.log.data());
  while (!result.log.empty() && result.log.back() == '\0') result.log.pop_back();
  if (result.succeeded) {
    const bool machine_code = architecture.rfind("sm_", 0) == 0;
    (machine_code ? functions_->cubin_size : functions_->ptx_size)(program, &size);
    result.binary.resize(size);
    (machine_code ? functions_->cubin : functions_->ptx)(program, reinterpret_cast<char*>(result.binary.data()));
  }
  functions_->destroy(&program);
  return result;
}

}  // namespace synfire::codegen::jit
