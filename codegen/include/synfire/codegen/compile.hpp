// SPDX-License-Identifier: Apache-2.0
// The compiler as one call: from a resolved network to an artifact.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "synfire/codegen/backend.hpp"
#include "synfire/codegen/options.hpp"
#include "synfire/contract/artifact.hpp"
#include "synfire/network.hpp"

namespace synfire::codegen {

// Receives each stage of a compilation: "network", "lowering", the passes by name, "source", "binary".
using StagePrinter = std::function<void(const std::string& stage, const std::string& text)>;

// All stages, roughly in order.
std::vector<std::string> stage_names();

// Prints the stages listed in the environment variable SYNFIRE_PRINT (comma-separated, or `all`) to standard error.
// Warns there once about each unknown stage.
StagePrinter stages_from_environment();

// Throws like generate() for a network that this compiler does not accept, but is faster: nothing is scheduled or
// printed.
void check_program(const ir::Network& network, const CompileOptions& options, std::vector<Problem>* warnings = nullptr);

// Everything but the binary: manifest, parameter values, source. Throws ModelError with all capability and option
// errors; warnings go to `warnings` if given.
contract::Artifact generate(const ir::Network& network, const CompileOptions& options, const std::string& backend,
                            const StagePrinter& print = {}, std::vector<Problem>* warnings = nullptr);

// The same, and builds the binary.
contract::Artifact compile(const ir::Network& network, const CompileOptions& options, const std::string& backend,
                           const BuildOptions& build, const StagePrinter& print = {},
                           std::vector<Problem>* warnings = nullptr);

// For a file that runs on other machines: the architectures in `wanted`, or if there are none the usual ones of this
// kind of machine; for cuda also PTX of the newest, for later GPUs. Throws BuildError for "native".
std::vector<std::string> shipping_architectures(const std::string& backend, const std::vector<std::string>& wanted);

// Adds a binary for each architecture to an artifact from generate(), built in parallel. Throws BuildError.
void build_each(contract::Artifact& artifact, const std::string& backend, const std::vector<std::string>& architectures,
                const std::string& cache_folder);

}  // namespace synfire::codegen
