// SPDX-License-Identifier: Apache-2.0
// What the processor of this machine is and which binaries it runs.
#pragma once

#include <string>
#include <vector>

namespace synfire::runtime {

// Architectures whose binaries run here, best first: "native" (compiled on and for this very machine, so
// never to be shipped), then the levels of the x86-64 psABI, "x86-64-v4" down to "x86-64"; elsewhere the name
// of the machine.
std::vector<std::string> processor_architectures();

// What code for an architecture uses and this processor lacks, as a list to read; empty if nothing is known to be missing.
std::string missing_in_processor(const std::string& architecture);

// Processors that this process may use.
unsigned usable_processors();

// The model name for people; "processor" where the system does not tell.
std::string processor_name();

}  // namespace synfire::runtime
