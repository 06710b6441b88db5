// SPDX-License-Identifier: Apache-2.0
#include "support/devices.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <sstream>

#include "synfire/codegen/backend.hpp"
#include "synfire/runtime/device.hpp"

#ifndef SYNFIRE_SANITIZE
#include "simt/simt_compile.hpp"
#include "simt/simt_device.hpp"
#include "synfire/codegen/printers.hpp"
#endif

namespace synfire::testing {
namespace {

#ifndef SYNFIRE_SANITIZE

// The generated CUDA source, run by the emulator.
class SimtBackend : public codegen::Backend {
 public:
  std::string name() const override { return "simt"; }
  std::vector<codegen::Pass> passes(const codegen::PassOptions& options) const override {
    return codegen::find_backend("cuda").passes(options);
  }
  std::string print(const codegen::Program& program) const override {
    return codegen::find_backend("cuda").print(program);
  }
  contract::Binary build(const std::string& source, const codegen::BuildOptions&) const override {
    contract::Binary binary;
    binary.target = "simt";
    binary.architecture = "simt";
    binary.source = source;
    binary.bytes = simt::compile_for_simt(source);
    return binary;
  }
};

#endif

// The devices in SYNFIRE_TEST_DEVICES (host,cuda), or all: simt needs the source folder and a compiler on this machine.
bool is_wanted(const std::string& device) {
  const char* const wanted = std::getenv("SYNFIRE_TEST_DEVICES");
  return wanted == nullptr || ("," + std::string(wanted) + ",").find("," + device + ",") != std::string::npos;
}

// Tests of a requested device must not pass because it is missing.
void require_named(const std::vector<std::string>& present) {
  const char* const wanted = std::getenv("SYNFIRE_TEST_DEVICES");
  std::istringstream names(wanted == nullptr ? "" : wanted);
  for (std::string name; std::getline(names, name, ',');) {
    if (std::find(present.begin(), present.end(), name) != present.end()) continue;
    std::fprintf(stderr, "SYNFIRE_TEST_DEVICES contains %s, which is unavailable on this machine\n", name.c_str());
    std::exit(EXIT_FAILURE);
  }
}

std::vector<std::string> find_devices() {
#ifndef SYNFIRE_SANITIZE
  simt::register_simt_device();
  codegen::register_backend(std::make_unique<SimtBackend>());
#endif
  std::vector<std::string> present;
  for (const char* name : {"host", "simt", "cuda"}) {
    for (const std::string& available : runtime::available_devices()) {
      if (available == name && is_wanted(name)) present.push_back(name);
    }
  }
  require_named(present);
  return present;
}

}  // namespace

const std::vector<std::string>& devices() {
  static const std::vector<std::string> all = find_devices();
  return all;
}

std::string cache_folder() {
  const char* const chosen = std::getenv("SYNFIRE_CACHE");
  return chosen != nullptr ? chosen : SYNFIRE_TEST_CACHE;
}

}  // namespace synfire::testing
