// SPDX-License-Identifier: Apache-2.0
// The benchmark program's own options, beside those of Google Benchmark.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace synfire::benchmarks {

struct Options {
  std::string device = {};             // "cuda" or "host"; default: cuda if there is a GPU, else host
  std::vector<unsigned> threads = {};  // host: numbers of worker threads, each measured; default: 1 and 2
  std::string weights = {};            // of the demo network (.npz); default: those of examples/descriptions
  std::size_t images = 1000;           // of session/fashion_mnist/step
  std::string export_to = {};          // a folder: write the workloads there instead of measuring
  std::string sweep = {};              // what to vary instead of measuring: hidden, batch, steps, rate or threads
  std::vector<double> values = {};     // of the sweep; default: its own
  std::string sweep_out = {};          // a folder for the sweep's files
  std::string command = {};            // the whole command line
  bool help = false;
};

// Removes our options from the argument list; a value may also be the next argument. Throws std::invalid_argument with
// a readable message.
Options parse_options(int& argc, char** argv);

std::string usage();

// Numbers of worker threads to measure on the device: those of the options on the host, a single unused entry
// elsewhere.
std::vector<unsigned> thread_counts(const Options& options);

// `/threads:2` on the host, nothing elsewhere.
std::string threads_suffix(const Options& options, unsigned threads);

}  // namespace synfire::benchmarks
