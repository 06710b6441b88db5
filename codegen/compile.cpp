// SPDX-License-Identifier: Apache-2.0
#include "synfire/codegen/compile.hpp"

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <mutex>
#include <set>
#include <sstream>

#include "compile_parts.hpp"
#include "lower/storage.hpp"
#include "program/manifest.hpp"
#include "schedule/cost_model.hpp"
#include "synfire/base/text.hpp"
#include "synfire/codegen/lower.hpp"
#include "synfire/codegen/resource_usage.hpp"

namespace synfire::codegen {
namespace {

void print_binary(const contract::Binary& binary, const StagePrinter& print) {
  std::ostringstream text;
  text << binary.target << " " << binary.architecture << ", " << binary.bytes.size() << " bytes, ";
  if (binary.from_cache)
    text << "from the cache";
  else
    text << "compiled in " << binary.compile_milliseconds << " ms";
  if (!binary.cached_path.empty()) text << ", " << binary.cached_path;
  if (const auto usage = resource_usage(binary.log)) {
    text << "\n"
         << usage->registers << " registers, " << usage->shared_bytes << " bytes of shared memory, "
         << usage->spill_store_bytes + usage->spill_load_bytes << " bytes spilled";
  }
  print("binary", text.str());
}

// The names in a comma-separated list.
std::set<std::string> listed_in(const std::string& text) {
  std::set<std::string> names;
  std::istringstream stream(text);
  for (std::string name; std::getline(stream, name, ',');) names.insert(name);
  return names;
}

// Warns once about each name.
void warn_of_unknown_stages(const std::set<std::string>& wanted) {
  static std::mutex mutex;
  static std::set<std::string> warned;
  const std::lock_guard lock(mutex);
  std::vector<std::string> known = stage_names();
  known.emplace_back("all");
  for (const std::string& name : wanted) {
    if (std::find(known.begin(), known.end(), name) != known.end() || !warned.insert(name).second) continue;
    const std::string nearest = nearest_name(name, known);
    std::cerr << "SYNFIRE_PRINT: unknown stage \"" << base::one_line(name, 100) << "\"; ";
    if (!nearest.empty()) std::cerr << "did you mean \"" << nearest << "\"? ";
    std::cerr << "Stages: ";
    for (std::size_t i = 0; i < known.size(); ++i) std::cerr << (i == 0 ? "" : ", ") << known[i];
    std::cerr << "\n";
  }
}

}  // namespace

void require_none(std::vector<Problem> problems, std::vector<Problem>* warnings) {
  const auto errors = std::stable_partition(problems.begin(), problems.end(),
                                            [](const Problem& each) { return each.severity == Severity::warning; });
  if (warnings) warnings->insert(warnings->end(), problems.begin(), errors);
  problems.erase(problems.begin(), errors);
  if (!problems.empty()) throw ModelError(std::move(problems));
}

std::vector<std::string> stage_names() {
  std::vector<std::string> names{"network", "memory", "adjoint", "schedule", "lowering"};
  for (const std::vector<Pass>& passes : {block_passes({}), grid_passes({}), host_passes(), host_step_passes(1)}) {
    for (const Pass& pass : passes) {
      if (std::find(names.begin(), names.end(), pass.name) == names.end()) names.push_back(pass.name);
    }
  }
  names.insert(names.end(), {"source", "binary"});
  return names;
}

StagePrinter stages_from_environment() {
  const char* variable = std::getenv("SYNFIRE_PRINT");
  if (variable == nullptr || *variable == '\0') return {};
  const std::set<std::string> wanted = listed_in(variable);
  warn_of_unknown_stages(wanted);
  return [wanted](const std::string& stage, const std::string& text) {
    if (!wanted.contains("all") && !wanted.contains(stage)) return;
    std::cerr << "==== " << stage << "\n" << text << "\n";
  };
}

void check_program(const ir::Network& network, const CompileOptions& options, std::vector<Problem>* warnings) {
  require_none(check_capabilities(network, options), warnings);
  lower(network, options);
}

contract::Artifact generate(const ir::Network& network, const CompileOptions& options, const std::string& backend,
                            const StagePrinter& print, std::vector<Problem>* warnings) {
  require_none(check_capabilities(network, options), warnings);
  if (print) print("network", ir::to_string(network));
  if (print) print("memory", describe_storage(network, options));
  const Backend& target = find_backend(backend);
  Program program = lower(network, options);
  const ScheduleChoice choice = choose_schedule(program, options, target.name());
  if (print) print("schedule", choice.note);
  run_passes(program,
             target.passes(
                 {.block = {.threads = options.threads_per_block}, .schedule = choice.schedule, .parts = choice.parts}),
             print);
  contract::Artifact artifact;
  artifact.manifest = manifest_of(program, options);
  artifact.manifest.notes.push_back(choice.note);
  artifact.parameters = parameter_values_of(program);
  contract::Binary binary;
  binary.target = backend;
  binary.source = target.print(program);
  if (print) print("source", binary.source);
  artifact.binaries.push_back(std::move(binary));
  return artifact;
}

contract::Artifact compile(const ir::Network& network, const CompileOptions& options, const std::string& backend,
                           const BuildOptions& build, const StagePrinter& print, std::vector<Problem>* warnings) {
  contract::Artifact artifact = generate(network, options, backend, print, warnings);
  build_binary(artifact, backend, build, print);
  return artifact;
}

void build_binary(contract::Artifact& artifact, const std::string& backend, const BuildOptions& build,
                  const StagePrinter& print) {
  artifact.binaries.front() = find_backend(backend).build(artifact.binaries.front().source, build);
  if (print) print_binary(artifact.binaries.front(), print);
}

}  // namespace synfire::codegen
