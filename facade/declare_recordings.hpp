// SPDX-License-Identifier: Apache-2.0
// Turns the user's recordings into options of the code generator, and computes how many steps of them fit in memory.
#pragma once

#include <cstdint>
#include <vector>

#include "synfire/codegen/options.hpp"
#include "synfire/contract/artifact.hpp"
#include "synfire/inference_compiler.hpp"

namespace synfire {

struct DeclaredRecordings {
  std::vector<codegen::Record> records = {};               // in each step
  std::vector<contract::StaticRecording> unchanging = {};  // weights and delays
  std::uint32_t steps_at_a_time = 0;                       // 0: all
  bool resumable = false;                                  // a run can stop between steps
};

// The names that references are resolved against.
ObjectNames names_of(const Network& network);

// Throws ModelError with every unknown object.
DeclaredRecordings declare_recordings(const InferenceCompiler& compiler, const Network& network,
                                      const ir::Network& resolved);

void apply(const DeclaredRecordings& declared, codegen::CompileOptions& options);

// Throws ModelError (unsupported) for weights and delays of procedural synapses.
void add_static_recordings(const DeclaredRecordings& declared, contract::Manifest& manifest);

}  // namespace synfire
