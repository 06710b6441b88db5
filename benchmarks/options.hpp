// SPDX-License-Identifier: Apache-2.0
// The benchmark program's own options, beside those of Google Benchmark.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace synfire::benchmarks {

struct Options {
  std::string device;             // "cuda" or "host"; default: cuda if there is a GPU, else host
  std::vector<unsigned> threads;  // host: numbers of worker threads, each measured; default: 1 and 2
  std::string weights;            // of the demo network (.npz); default: those of examples/descriptions
  std::size_t images = 1000;      // of session/fashion_mnist/step
  std::string export_to;          // a folder: write the workloads there instead of measuring
  bool help = false;
};

// Removes our options from the argument list. Throws std::invalid_argument with a readable message.
Options parse_options(int& argc, char** argv);

std::string usage();

// Numbers of worker threads to measure on the device: those of the options on the host, a single unused entry
// elsewhere.
std::vector<unsigned> thread_counts(const Options& options);

// `/threads:2` on the host, nothing elsewhere.
std::string threads_suffix(const Options& options, unsigned threads);

}  // namespace synfire::benchmarks
