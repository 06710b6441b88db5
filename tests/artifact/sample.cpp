// SPDX-License-Identifier: Apache-2.0
#include "artifact/sample.hpp"

#include <cstring>

#include "base/scratch_folder.hpp"
#include "golden/networks.hpp"
#include "synfire/codegen/compile.hpp"

namespace synfire::test {
namespace {

contract::Artifact program_for(const std::string& network, codegen::Schedule schedule, const std::string& target,
                               const std::vector<std::string>& architectures) {
  const auto& golden = testing::golden_network(network);
  codegen::CompileOptions options = golden.options;
  options.schedule = schedule;
  options.parts = 3;
  contract::Artifact program = codegen::generate(golden.network.resolve(), options, target);
  contract::Binary binary = program.binaries.front();
  program.binaries.clear();
  for (const std::string& architecture : architectures) {
    binary.architecture = architecture;
    binary.bytes = bytes_of("stands for the binary of " + architecture);
    binary.log = target == "cuda" ? "ptxas info: none\n" : "";
    program.binaries.push_back(binary);
  }
  return program;
}

Arrays tensors_of(const contract::Artifact& program) {
  for (const contract::Buffer& buffer : program.manifest.buffers) {
    if (buffer.role != contract::BufferRole::parameter || buffer.type != contract::ElementType::f32) continue;
    for (const contract::ParameterValues& values : program.parameters) {
      if (values.buffer == buffer.name) return {{"weights", Array(DataType::f32, buffer.shape, values.bytes)}};
    }
  }
  return {};
}

}  // namespace

ArtifactFile sample_file(const std::string& network, codegen::Schedule schedule) {
  ArtifactFile file;
  file.programs = {program_for(network, schedule, "host", {"x86-64-v2", "x86-64-v3"}),
                   program_for(network, schedule, "cuda", {"sm_90", "compute_90"})};
  file.description = "{\"format\": \"synfire-network\"}\n";
  file.tensors = tensors_of(file.programs.front());
  file.notes["input.scale"] = "0.01";
  return file;
}

}  // namespace synfire::test
