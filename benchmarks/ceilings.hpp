// SPDX-License-Identifier: Apache-2.0
// What this machine can do at best: programs like generated ones, built by the same compiler and run by the same
// threads, that only copy, add, or meet at the barrier.
#pragma once

#include "options.hpp"

namespace synfire::benchmarks {

// Floats that this many threads add per second, from their L1 caches to sums in registers: the best of several times.
// Measured at the first call, which takes some tenths of a second.
double add_ceiling(unsigned threads);

// Adds `ceilings/…` to Google Benchmark's list, on the host: adding as above; copying arrays that are too large for the
// caches, and arrays that fill half of each thread's L2 cache; the barrier of the thread team.
void add_ceilings(const Options& options);

}  // namespace synfire::benchmarks
