// SPDX-License-Identifier: Apache-2.0
// The backend `cuda` without NVRTC, for the stand-in: its binaries are the source itself.
#include "synfire/codegen/backend.hpp"

#include <memory>

namespace synfire::cudart {
namespace {

class SourceBackend : public codegen::Backend {
 public:
  explicit SourceBackend(const codegen::Backend& cuda) : cuda_(cuda) {}
  std::string name() const override { return "cuda"; }
  std::vector<codegen::Pass> passes(const codegen::PassOptions& options) const override {
    return cuda_.passes(options);
  }
  std::string print(const codegen::Program& program) const override { return cuda_.print(program); }
  contract::Binary build(const std::string& source, const codegen::BuildOptions& options) const override {
    const auto* const bytes = reinterpret_cast<const std::byte*>(source.data());
    contract::Binary binary;
    binary.target = "cuda";
    binary.architecture = options.architecture;
    binary.source = source;
    binary.bytes.assign(bytes, bytes + source.size());
    return binary;
  }

 private:
  const codegen::Backend& cuda_;
};

const bool registered = [] {
  codegen::register_backend(std::make_unique<SourceBackend>(codegen::find_backend("cuda")));
  return true;
}();

}  // namespace
}  // namespace synfire::cudart
