// SPDX-License-Identifier: Apache-2.0
#include "host/host_program.hpp"

#include <cfenv>

#include "host/host_memory.hpp"

namespace synfire::runtime {
namespace {

class DefaultFloatingPoint {
 public:
  DefaultFloatingPoint() noexcept {
    std::fegetenv(&saved_);
    std::fesetenv(FE_DFL_ENV);
  }
  ~DefaultFloatingPoint() { std::fesetenv(&saved_); }
  DefaultFloatingPoint(const DefaultFloatingPoint&) = delete;
  DefaultFloatingPoint& operator=(const DefaultFloatingPoint&) = delete;

 private:
  std::fenv_t saved_{};
};

}  // namespace

void HostProgram::Release::operator()(void* memory) const noexcept { release_host_memory(memory); }

HostProgram::HostProgram(const contract::Binary& binary, const contract::Entry& entry, unsigned workers)
    : object_(binary), trial_(reinterpret_cast<TrialFunction>(object_.symbol(entry.name))), scratch_(workers) {
  if (entry.scratch_bytes == 0) return;
  for (auto& memory : scratch_)
    memory.reset(allocate_host_memory(entry.scratch_bytes, "the working memory of a thread"));
}

void HostProgram::run(unsigned worker, ExampleRange range, std::span<const std::byte> arguments) const noexcept {
  const DefaultFloatingPoint environment;
  trial_(arguments.data(), range.begin, range.end, scratch_[worker].get());
}

}  // namespace synfire::runtime
