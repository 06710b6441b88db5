// SPDX-License-Identifier: Apache-2.0
#include "simt/simt_device.hpp"

#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <map>
#include <utility>

#include "emulator.hpp"
#include "kernel_library.hpp"
#include "synfire/error.hpp"

namespace synfire::simt {
namespace {

constexpr std::uint32_t most_threads = 1024;  // of a CUDA block, and of a Stamp
constexpr std::uint32_t steps_per_base = 3;   // so that kernels get relative steps, as in a CUDA graph

template <class ErrorType>
[[noreturn]] void fail(ProblemKind kind, std::string message, std::string given = {}) {
  Problem problem;
  problem.kind = kind;
  problem.path = "simt";
  problem.message = std::move(message);
  problem.given = std::move(given);
  throw ErrorType(std::move(problem));
}

std::uint64_t seed_of(const SimtOptions& options) {
  if (options.seed) return *options.seed;
  const char* const text = std::getenv("SYNFIRE_SIMT_SEED");
  return text ? std::strtoull(text, nullptr, 0) : 1;
}

class SimtProgram final : public runtime::LoadedProgram {
 public:
  SimtProgram(const std::vector<std::byte>& bytes, const contract::Entry& entry, const Hooks& hooks)
      : library_(bytes, hooks) {
    if (entry.step.empty()) kernels_[entry.name] = symbol(entry.name);
    for (const auto* stages : {&entry.before, &entry.step, &entry.after}) {
      for (const contract::Stage& stage : *stages) kernels_[stage.name] = symbol(stage.name);
    }
  }

  // Throws std::out_of_range.
  void* kernel(const std::string& name) const { return kernels_.at(name); }

 private:
  void* symbol(const std::string& name) const {
    void* const address = library_.find(name);
    if (!address) fail<BuildError>(ProblemKind::build_failed, "the program lacks a function", name);
    return address;
  }

  KernelLibrary library_;
  std::map<std::string, void*> kernels_;
};

void check_threads(std::uint32_t threads) {
  if (threads != 0 && threads <= most_threads) return;
  fail<DeviceError>(ProblemKind::invalid_value, "a block must have 1 to 1024 threads", std::to_string(threads));
}

std::vector<Problem> to_problems(const ReportList& reports, std::uint64_t seed) {
  std::vector<Problem> problems;
  for (const Report& report : reports.reports()) problems.push_back(to_problem(report, seed));
  return problems;
}

}  // namespace

SimtDevice::SimtDevice(const SimtOptions& options) : emulator_(std::make_unique<Emulator>(seed_of(options))) {}

SimtDevice::~SimtDevice() = default;

std::string SimtDevice::name() const { return "simt"; }

std::string SimtDevice::description() const {
  return "emulated CUDA device with checked memory, thread order from seed " + std::to_string(seed());
}

std::vector<std::string> SimtDevice::architectures() const { return {"simt"}; }

std::size_t SimtDevice::free_bytes() const {
  return static_cast<std::size_t>(sysconf(_SC_AVPHYS_PAGES)) * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

void* SimtDevice::allocate(std::size_t bytes, const std::string& what) {
  return emulator_->memory.allocate(bytes, what);
}

void SimtDevice::release(void* memory) noexcept { emulator_->memory.release(memory); }

void SimtDevice::copy_to_device(void* device, const void* host, std::size_t bytes) {
  emulator_->memory.mark_written(device, bytes);
  if (bytes != 0) std::memcpy(device, host, bytes);
}

void SimtDevice::copy_to_host(void* host, const void* device, std::size_t bytes) {
  emulator_->memory.check(device, bytes);
  if (bytes != 0) std::memcpy(host, device, bytes);
}

void SimtDevice::fill_zero(void* device, std::size_t bytes) {
  emulator_->memory.mark_written(device, bytes);
  if (bytes != 0) std::memset(device, 0, bytes);
}

std::unique_ptr<runtime::LoadedProgram> SimtDevice::load(const contract::Binary& binary, const contract::Entry& entry) {
  if (binary.target != "simt")
    fail<DeviceError>(ProblemKind::build_failed, "the binary is not for the device simt", binary.target);
  return std::make_unique<SimtProgram>(binary.bytes, entry, emulator_->hooks());
}

void SimtDevice::launch(runtime::LoadedProgram& program, const contract::Entry& entry,
                        std::span<const std::byte> arguments, std::uint32_t examples) {
  if (arguments.size() > Emulator::most_argument_bytes) {
    fail<DeviceError>(ProblemKind::unsupported, "the kernel has too many arguments", std::to_string(arguments.size()));
  }
  emulator_->begin(arguments);
  if (!entry.step.empty()) return launch_steps(program, entry, arguments, examples);
  launch_stage(program, {entry.name, examples, entry.threads, entry.shared_bytes}, 1, 0);
}

void SimtDevice::launch_stage(runtime::LoadedProgram& program, const contract::Stage& stage, std::uint32_t rows,
                              std::uint32_t relative_step) {
  check_threads(stage.threads);
  void* const function = static_cast<SimtProgram&>(program).kernel(stage.name);
  emulator_->launch({function, stage.threads, stage.blocks}, rows, relative_step);
  if (!reports().empty()) throw RunError(to_problems(emulator_->reports, seed()));
}

void SimtDevice::launch_steps(runtime::LoadedProgram& program, const contract::Entry& entry,
                              std::span<const std::byte> arguments, std::uint32_t rows) {
  const contract::LaunchedSteps range = contract::launched_steps(arguments);
  const auto launch_all = [&](const std::vector<contract::Stage>& stages, std::uint32_t relative_step) {
    for (const contract::Stage& stage : stages) launch_stage(program, stage, rows, relative_step);
  };
  std::uint32_t base = range.first;
  const auto set_base = [&](std::uint32_t step) { copy_to_device(range.step_base, &(base = step), sizeof base); };
  copy_to_device(static_cast<std::byte*>(range.step_base) + offsetof(contract::StepBase, header), arguments.data(),
                 sizeof(contract::TrialHeader));
  set_base(range.first);
  launch_all(entry.before, 0);
  for (std::uint32_t step = range.first; step < range.last; ++step) {
    if (step - base == steps_per_base) set_base(step);
    launch_all(entry.step, step - base);
  }
  set_base(range.last);
  launch_all(entry.after, 0);
}

void SimtDevice::synchronize() {}

void SimtDevice::set_seed(std::uint64_t seed) { emulator_->seed = seed; }
std::uint64_t SimtDevice::launches() const { return emulator_->launches; }

std::uint64_t SimtDevice::seed() const { return emulator_->seed; }

const std::vector<Report>& SimtDevice::reports() const { return emulator_->reports.reports(); }
const std::vector<BarrierSite>& SimtDevice::barrier_sites() const { return emulator_->barrier_sites; }

void SimtDevice::skip_barrier(std::size_t n) { emulator_->skipped = barrier_sites().at(n); }
void SimtDevice::skip_no_barrier() { emulator_->skipped.reset(); }

}  // namespace synfire::simt
