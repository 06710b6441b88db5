// SPDX-License-Identifier: Apache-2.0
#include "model/explanation.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "synfire/codegen/resource_usage.hpp"

namespace synfire::command_line {
namespace {

using contract::Artifact;
using contract::Manifest;

std::string target_of(const Artifact& program) {
  return program.binaries.empty() ? "host" : program.binaries.front().target;
}

std::size_t spilled_bytes(const codegen::ResourceUsage& usage) {
  return usage.spill_load_bytes + usage.spill_store_bytes;
}

std::size_t windows_of(const Manifest& manifest) {
  const std::size_t rows = manifest.recording_steps != 0 ? manifest.recording_steps : manifest.timesteps;
  return std::max<std::size_t>(1, (manifest.timesteps + rows - 1) / std::max<std::size_t>(rows, 1));
}

std::string schedule_line(const Manifest& manifest) {
  const Launches launches = launches_of(manifest);
  std::string line = "launches   " + grouped(launches.of_a_batch) + " per batch";
  if (launches.of_a_step > 0) return line + ", " + counted(launches.of_a_step, "kernel") + " of them per step";
  if (windows_of(manifest) > 1)
    return line + ": recordings hold " + counted(manifest.recording_steps, "step") + " at a time, and no step adds any";
  return line + ": all " + counted(manifest.timesteps, "step") + " run in it, and no step adds any";
}

std::string block_line(const contract::Entry& entry) {
  std::string line = "block      " + counted(entry.threads, "thread") + ", " + counted(entry.shared_bytes, "byte") +
                     " of shared memory";
  if (!entry.step.empty()) {
    line = "kernels    ";
    for (const contract::Stage& stage : entry.step)
      line += (stage.name == entry.step.front().name ? "" : ", ") + stage.name + " (" + counted(stage.blocks, "block") +
              " of " + counted(stage.threads, "thread") + ")";
  }
  return line + "; " + counted(entry.barriers_per_step, "barrier") + " per step";
}

std::string host_line(const contract::Entry& entry) {
  const std::string memory = readable_bytes(entry.scratch_bytes) + " of working memory";
  if (entry.parts > 0) return "threads    " + std::to_string(entry.parts) + " share each example; " + memory;
  return "threads    each runs one example at a time; " + memory + " per thread";
}

std::string binary_line(const contract::Binary& binary) {
  std::string line = "binary     " + binary.architecture + ", " + readable_bytes(binary.bytes.size());
  if (const auto usage = codegen::resource_usage(binary.log)) {
    line += ", " + counted(usage->registers, "register") + " per thread, ";
    line += spilled_bytes(*usage) == 0 ? "nothing spilled" : counted(spilled_bytes(*usage), "byte") + " spilled";
  }
  if (binary.from_cache) return line + ", from the cache";
  return binary.compile_milliseconds > 0
             ? line + ", compiled in " + readable_seconds(binary.compile_milliseconds / 1000)
             : line;
}

std::string owner_of(const contract::Buffer& buffer) {
  const std::string& owner = buffer.population.empty() ? buffer.connection : buffer.population;
  if (buffer.variable.empty()) return owner;
  return owner.empty() ? buffer.variable : owner + "." + buffer.variable;
}

std::string buffer_table(const Manifest& manifest) {
  std::vector<std::vector<std::string>> rows{{"  buffer", "for", "of", "type", "shape", "bytes"}};
  std::size_t total = 0;
  for (const contract::Buffer& buffer : manifest.buffers) {
    const std::size_t bytes = buffer_bytes(buffer, manifest.batch_size);
    total += bytes;
    const bool open = buffer.role == contract::BufferRole::input_spike_neurons;
    rows.push_back(
        {"  " + buffer.name, contract::to_string(buffer.role), owner_of(buffer), contract::to_string(buffer.type),
         (buffer.per_example ? std::to_string(manifest.batch_size) + " × " : "") + synfire::to_string(buffer.shape),
         open ? "set by the data" : grouped(bytes)});
  }
  rows.push_back({"  total", "", "", "", "", grouped(total)});
  return "buffers    of a batch of " + counted(manifest.batch_size, "example") + "\n" +
         table(rows, {false, false, false, false, false, true});
}

Json kernels_document(const contract::Entry& entry) {
  Json kernels = Json::array();
  for (const auto* stages : {&entry.before, &entry.step, &entry.after}) {
    for (const contract::Stage& stage : *stages)
      kernels.push_back({{"name", stage.name},
                         {"when", stages == &entry.before ? "before"
                                  : stages == &entry.step ? "step"
                                                          : "after"},
                         {"blocks", stage.blocks},
                         {"threads", stage.threads},
                         {"shared_bytes", stage.shared_bytes}});
  }
  return kernels;
}

Json binaries_document(const Artifact& program) {
  Json binaries = Json::array();
  for (const contract::Binary& binary : program.binaries) {
    Json entry = {{"architecture", binary.architecture},
                  {"bytes", binary.bytes.size()},
                  {"compile_milliseconds", binary.compile_milliseconds},
                  {"from_cache", binary.from_cache}};
    if (const auto usage = codegen::resource_usage(binary.log)) {
      entry["registers"] = usage->registers;
      entry["shared_bytes"] = usage->shared_bytes;
      entry["spilled_bytes"] = spilled_bytes(*usage);
    }
    binaries.push_back(std::move(entry));
  }
  return binaries;
}

Json buffers_document(const Manifest& manifest) {
  Json buffers = Json::array();
  for (const contract::Buffer& buffer : manifest.buffers) {
    buffers.push_back({{"name", buffer.name},
                       {"role", contract::to_string(buffer.role)},
                       {"type", contract::to_string(buffer.type)},
                       {"shape", buffer.shape},
                       {"per_example", buffer.per_example},
                       {"population", buffer.population},
                       {"connection", buffer.connection},
                       {"variable", buffer.variable},
                       {"bytes", buffer_bytes(buffer, manifest.batch_size)}});
  }
  return buffers;
}

}  // namespace

Launches launches_of(const Manifest& manifest) {
  const contract::Entry& entry = manifest.entry;
  if (entry.step.empty()) return {.of_a_batch = windows_of(manifest)};
  return {.of_a_batch = windows_of(manifest) * (entry.before.size() + entry.after.size()) +
                        manifest.timesteps * entry.step.size(),
          .of_a_step = contract::kernels_per_step(entry)};
}

std::string explain(const Artifact& program) {
  const Manifest& manifest = program.manifest;
  const bool host = target_of(program) == "host";
  std::string text = "program for " + target_of(program) + "\n";
  for (const std::string& note : manifest.notes)
    text += (note.starts_with("schedule ") ? "" : "note       ") + note + "\n";
  text += schedule_line(manifest) + "\n";
  text += (host ? host_line(manifest.entry) : block_line(manifest.entry)) + "\n";
  for (const contract::Binary& binary : program.binaries) text += binary_line(binary) + "\n";
  return text + buffer_table(manifest);
}

Json explanation_document(const Artifact& program) {
  const Manifest& manifest = program.manifest;
  const Launches launches = launches_of(manifest);
  return {{"device", target_of(program)},
          {"schedule", manifest.schedule},
          {"notes", manifest.notes},
          {"batch_size", manifest.batch_size},
          {"timesteps", manifest.timesteps},
          {"launches_per_batch", launches.of_a_batch},
          {"launches_per_step", launches.of_a_step},
          {"threads", manifest.entry.threads},
          {"shared_bytes", manifest.entry.shared_bytes},
          {"scratch_bytes", manifest.entry.scratch_bytes},
          {"parts", manifest.entry.parts},
          {"barriers_per_step", manifest.entry.barriers_per_step},
          {"kernels", kernels_document(manifest.entry)},
          {"binaries", binaries_document(program)},
          {"buffers", buffers_document(manifest)}};
}

}  // namespace synfire::command_line
