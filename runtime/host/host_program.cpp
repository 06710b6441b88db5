// SPDX-License-Identifier: Apache-2.0
#include "host/host_program.hpp"

#include <algorithm>
#include <cfenv>
#include <iterator>

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
    : object_(binary), parts_(entry.parts), scratch_(entry.parts == 0 ? workers : 1) {
  if (entry.parts == 0) {
    trial_ = reinterpret_cast<TrialFunction>(object_.symbol(entry.name));
  } else {
    steps_ = reinterpret_cast<StepsFunction>(object_.symbol(contract::steps_entry));
  }
  if (entry.scratch_bytes == 0) return;
  const char* const what = entry.parts == 0 ? "the working memory of a thread" : "the working memory";
  for (auto& memory : scratch_) memory.reset(allocate_host_memory(entry.scratch_bytes, what));
}

void HostProgram::launch(std::span<const std::byte> arguments, std::uint32_t examples, ThreadPool& pool) {
  if (trial_ == nullptr) return share(arguments, examples, pool);
  pool.share(examples, [&](unsigned worker, ExampleRange range) {
    const DefaultFloatingPoint environment;
    trial_(arguments.data(), range.begin, range.end, scratch_[worker].get());
  });
}

// A range of one for each participating thread.
void HostProgram::share(std::span<const std::byte> arguments, std::uint32_t examples, ThreadPool& pool) {
  if (examples == 0) return;
  std::fill(std::begin(team_), std::end(team_), std::byte{});
  const std::uint32_t workers = std::min(pool.workers(), parts_);
  pool.run(workers, [&](unsigned, ExampleRange range) {
    const DefaultFloatingPoint environment;
    steps_(arguments.data(), range.begin, workers, scratch_.front().get(), team_);
  });
}

void HostProgram::call(std::span<const std::byte> arguments, std::uint32_t examples, void* scratch) const noexcept {
  const DefaultFloatingPoint environment;
  if (trial_ != nullptr) return trial_(arguments.data(), 0, examples, scratch);
  alignas(64) std::byte team[contract::team_bytes]{};
  steps_(arguments.data(), 0, 1, scratch, team);
}

}  // namespace synfire::runtime
