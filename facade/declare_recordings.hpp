// SPDX-License-Identifier: Apache-2.0
// From what users ask to be recorded to what the code generator is told, and how many steps of it fit in memory.
#pragma once

#include <cstdint>
#include <vector>

#include "synfire/codegen/options.hpp"
#include "synfire/contract/artifact.hpp"
#include "synfire/inference_compiler.hpp"

namespace synfire {

struct DeclaredRecordings {
  std::vector<codegen::Record> records = {};               // of each step
  std::vector<contract::StaticRecording> unchanging = {};  // weights and delays
  std::uint32_t steps_at_a_time = 0;                       // 0: all
  bool resumable = false;                                  // a run stops between steps
};

// What references are resolved with.
ObjectNames names_of(const Network& network);

// Throws ModelError with all objects that there are not.
DeclaredRecordings declare_recordings(const InferenceCompiler& compiler, const Network& network,
                                      const ir::Network& resolved);

void apply(const DeclaredRecordings& declared, codegen::CompileOptions& options);

// Throws ModelError (unsupported) for weights and delays that the program draws anew whenever it needs them.
void add_static_recordings(const DeclaredRecordings& declared, contract::Manifest& manifest);

}  // namespace synfire
