// SPDX-License-Identifier: Apache-2.0
#include "simt/report.hpp"

#include <algorithm>
#include <utility>

namespace synfire::simt {
namespace {

std::string describe(const Participant& p) {
  const std::string row = p.row == 0 ? "" : " of row " + std::to_string(p.row);
  return "thread " + std::to_string(p.thread) + " of block " + std::to_string(p.block) + row + " after " +
         std::to_string(p.epoch) + (p.epoch == 1 ? " barrier" : " barriers");
}

std::string at_line(const Participant& p) { return " at line " + std::to_string(p.line); }

std::string describe_access(const Report& report) {
  return describe(report.thread) + (report.thread.write ? " writes" : " reads") + at_line(report.thread);
}

std::string describe_race(const Report& report) {
  return describe_access(report) + " an element that " + describe(report.other) +
         (report.other.write ? " wrote" : " read") + at_line(report.other);
}

std::string describe_divergence(const Report& report) {
  const std::string elsewhere = report.other.line == 0 ? " has returned" : " is" + at_line(report.other);
  return describe(report.thread) + " waits" + at_line(report.thread) + ", " + describe(report.other) + elsewhere;
}

std::string describe(const Report& report) {
  switch (report.kind) {
    case ReportKind::out_of_bounds: return describe_access(report) + " beyond extent " + std::to_string(report.extent);
    case ReportKind::unwritten_read: return describe_access(report) + " memory that was never written";
    case ReportKind::race: return describe_race(report);
    case ReportKind::mixed_elements: return describe(report.thread) + " views memory with another element size";
    case ReportKind::divergent_barrier:
    case ReportKind::divergent_warp_barrier:
    case ReportKind::divergent_ballot: return describe_divergence(report);
  }
  return {};
}

std::string path_of(const Report& report) {
  if (report.view.empty()) return "kernel";
  return report.view + "[" + std::to_string(report.index) + "]";
}

}  // namespace

const char* to_string(ReportKind kind) {
  switch (kind) {
    case ReportKind::out_of_bounds: return "out of bounds";
    case ReportKind::unwritten_read: return "unwritten read";
    case ReportKind::race: return "race";
    case ReportKind::mixed_elements: return "mixed elements";
    case ReportKind::divergent_barrier: return "divergent barrier";
    case ReportKind::divergent_ballot: return "divergent ballot";
    case ReportKind::divergent_warp_barrier: return "divergent warp barrier";
  }
  return "unknown";
}

Problem to_problem(const Report& report, std::uint64_t seed) {
  Problem problem;
  problem.kind = ProblemKind::run_failed;
  problem.path = path_of(report);
  problem.message = std::string(to_string(report.kind)) + ": " + describe(report);
  problem.hint = "reproduce this thread order with SYNFIRE_SIMT_SEED=" + std::to_string(seed);
  problem.place = {report.file, report.thread.line, 0};
  return problem;
}

void ReportList::clear() {
  reports_.clear();
  count_ = 0;
}

void ReportList::add(Report report) {
  ++count_;
  if (!full() && !known(report)) reports_.push_back(std::move(report));
}

bool ReportList::known(const Report& report) const {
  return std::any_of(reports_.begin(), reports_.end(), [&](const Report& r) {
    return r.kind == report.kind && r.view == report.view && r.thread.line == report.thread.line &&
           r.other.line == report.other.line;
  });
}

}  // namespace synfire::simt
