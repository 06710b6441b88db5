// SPDX-License-Identifier: Apache-2.0
// The processor of this machine, and the binaries that it can run.
#pragma once

#include <string>
#include <vector>

namespace synfire::runtime {

// Architectures whose binaries run here, best first: "native" (compiled on and for this machine, so never shipped),
// then the levels of the x86-64 psABI, "x86-64-v4" down to "x86-64"; elsewhere the name of the machine.
std::vector<std::string> processor_architectures();

// The features that code for an architecture uses and this processor lacks, as a readable list; empty if none are known
// to be missing.
std::string missing_in_processor(const std::string& architecture);

// Processors that this process may use.
unsigned usable_processors();

// The model name for display; "processor" if the system does not report one.
std::string processor_name();

}  // namespace synfire::runtime
