// SPDX-License-Identifier: Apache-2.0
#include <iterator>
#include <set>

#include "artifact_file/checks.hpp"
#include "artifact_file/problem_list.hpp"
#include "synfire/base/text.hpp"

namespace synfire::artifact {
namespace {

void append(std::vector<Problem>& problems, std::vector<Problem> more) {
  problems.insert(problems.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

}  // namespace

std::vector<Problem> check_binaries(const std::vector<std::pair<std::string, std::string>>& binaries,
                                    const std::string& path) {
  ProblemList problems(path);
  problems.check(!binaries.empty(), "binaries", "the program has no binaries");
  std::set<std::string> architectures;
  for (std::size_t i = 0; i < binaries.size(); ++i) {
    const auto& [target, architecture] = binaries[i];
    const std::string binary = "binaries[" + std::to_string(i) + "]";
    problems.check(!target.empty() && target == binaries.front().first, binary + ".target",
                   "all binaries of a program must be for the same kind of device", binaries.front().first, target);
    problems.check(architecture.empty() || base::is_object_name(architecture), binary + ".architecture",
                   "invalid architecture name", "letters, digits, \"_\", \"-\" and \".\"", architecture);
    problems.check(!architecture.empty() && architectures.insert(architecture).second, binary + ".architecture",
                   "the name is empty or a duplicate", {}, architecture);
    problems.check(architecture != "native", binary + ".architecture", "a native binary cannot be saved",
                   "an architecture such as x86-64-v3", "native");
  }
  return problems.take();
}

std::vector<Problem> check_program(const contract::Artifact& program, const std::string& path) {
  std::vector<std::pair<std::string, std::string>> binaries;
  for (const contract::Binary& binary : program.binaries) binaries.emplace_back(binary.target, binary.architecture);
  std::vector<Problem> problems = check_binaries(binaries, path);
  append(problems, check_manifest(program.manifest, binaries.empty() ? "" : binaries.front().first, path));
  if (problems.empty()) append(problems, check_parameters(program, path));
  return problems;
}

}  // namespace synfire::artifact
