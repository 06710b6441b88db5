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

// Prints to standard error what the environment variable SYNFIRE_PRINT lists (comma-separated stages, or `all`).
StagePrinter stages_from_environment();

// Throws as generate() does of a network that this compiler does not take, in less time: nothing is scheduled or printed.
void check_program(const ir::Network& network, const CompileOptions& options, std::vector<Problem>* warnings = nullptr);

// Everything but the binary: manifest, parameter values, source. Throws ModelError with all problems of capabilities and
// options; warnings go to `warnings` if given.
contract::Artifact generate(const ir::Network& network, const CompileOptions& options, const std::string& backend,
                            const StagePrinter& print = {}, std::vector<Problem>* warnings = nullptr);

// The same with the binary built.
contract::Artifact compile(const ir::Network& network, const CompileOptions& options, const std::string& backend,
                           const BuildOptions& build, const StagePrinter& print = {},
                           std::vector<Problem>* warnings = nullptr);

// For a file that is to run on other machines: the architectures of the backend that are wanted, or where none are the usual
// ones of this kind of machine; for cuda always PTX too, of the newest, for GPUs that are newer. Throws BuildError for
// "native".
std::vector<std::string> shipping_architectures(const std::string& backend, const std::vector<std::string>& wanted);

// Gives what generate() has made a binary for each architecture, built side by side. Throws BuildError.
void build_each(contract::Artifact& artifact, const std::string& backend, const std::vector<std::string>& architectures,
                const std::string& cache_folder);

}  // namespace synfire::codegen
