// SPDX-License-Identifier: Apache-2.0
// Errors that the emulator finds in a kernel.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "synfire/error.hpp"

namespace synfire::simt {

enum class ReportKind {
  out_of_bounds,           // an index beyond the extent of its view, or beyond the memory behind it
  unwritten_read,          // a read of shared memory not written by its block, or of global memory never written
  race,                    // two threads on one element, one of them writing, with no barrier between
  mixed_elements,          // views of differing element size on one buffer in one launch
  divergent_barrier,       // a block barrier that part of the block misses, or reaches at another line
  divergent_ballot,        // a warp ballot that part of the warp misses, or reaches at another line
  divergent_warp_barrier,  // the same for a warp barrier
};

const char* to_string(ReportKind kind);

// A thread, its access and the source line.
struct Participant {
  std::uint32_t block = 0;  // within its row of the grid
  std::uint32_t thread = 0;
  std::uint32_t epoch = 0;  // block barriers passed by the block
  int line = 0;             // of the generated source; 0: the thread had returned
  bool write = false;
  std::uint32_t row = 0;  // of the grid
  bool operator==(const Participant&) const = default;
};

struct Report {
  ReportKind kind = ReportKind::race;
  std::string view;         // empty for barriers and ballots
  std::uint64_t index = 0;  // within the view
  std::uint64_t extent = 0;
  std::string file;    // of thread's line
  Participant thread;  // the thread that accesses or waits
  Participant other;   // for a race: the earlier access; for divergence: a thread elsewhere
};

Problem to_problem(const Report& report, std::uint64_t seed);

// The first reports of a launch, one per kind, view and pair of lines.
class ReportList {
 public:
  static constexpr std::size_t kept = 10;
  static constexpr std::size_t tolerated = 1000;  // accesses; a kernel that reads wrong bounds may never terminate

  void clear();
  void add(Report report);
  bool full() const { return reports_.size() >= kept || count_ >= tolerated; }
  const std::vector<Report>& reports() const { return reports_; }

 private:
  bool known(const Report& report) const;

  std::vector<Report> reports_;
  std::size_t count_ = 0;
};

}  // namespace synfire::simt
