// SPDX-License-Identifier: Apache-2.0
// Our own options of the benchmark program; Google Benchmark has its own beside them.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace synfire::benchmarks {

struct Options {
  std::string device;             // "cuda" or "host"; default: cuda where there is a GPU, else host
  std::vector<unsigned> threads;  // host: numbers of worker threads, each measured; default: 1 and 2
  std::string weights;            // of the demo network (.npz); default: those of examples/descriptions
  std::size_t images = 1000;      // of session/fashion_mnist/step
  std::string export_to;          // a folder: write the workloads there and measure nothing
  bool help = false;
};

// Takes our options out of the argument list and leaves the others. Throws std::invalid_argument, for people
// to read.
Options parse_options(int& argc, char** argv);

std::string usage();

// Numbers of worker threads to measure on the device: the options' on the host, one entry without meaning
// elsewhere.
std::vector<unsigned> thread_counts(const Options& options);

// `/threads:2` on the host, nothing elsewhere.
std::string threads_suffix(const Options& options, unsigned threads);

}  // namespace synfire::benchmarks
