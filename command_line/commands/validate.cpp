// SPDX-License-Identifier: Apache-2.0
// synfire validate: reports every problem of descriptions and artifacts.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "commands/tables.hpp"
#include "model/model_file.hpp"
#include "model/training.hpp"
#include "synfire/base/text.hpp"

namespace synfire::command_line {
namespace {

struct Verdict {
  std::string file, summary;
  std::vector<Problem> problems = {};
  bool wrong() const {
    return std::any_of(problems.begin(), problems.end(),
                       [](const Problem& problem) { return problem.severity == Severity::error; });
  }
  void make_errors() {
    for (Problem& problem : problems) problem = problem.severity == Severity::warning ? as_error(problem) : problem;
  }
};

void add(std::vector<Problem>& to, const std::vector<Problem>& more) { to.insert(to.end(), more.begin(), more.end()); }

// Adds those that need no compiler.
void add_problems(const Description& description, std::vector<Problem>& problems) {
  add(problems, description.validate());
  if (description.train) add(problems, problems_of(description.train->metrics, "train.metrics"));
}

// Adds what a compiler would refuse in a valid network.
void check_compilation(const Description& description, std::vector<Problem>& problems) {
  InferenceCompiler compiler = InferenceCompiler::from(description.compile, description.network);
  compiler.warn = [&](const Problem& warning) { problems.push_back(warning); };
  compiler.check(description.network);
  if (!trains(description)) return;
  TrainingCompiler learning = TrainingCompiler::from(description.compile, description.network);
  std::set<std::string> given;  // the other compiler gives most of the same warnings
  for (const Problem& each : problems) given.insert(to_string(each));
  learning.warn = [&](const Problem& warning) {
    if (given.insert(to_string(warning)).second) problems.push_back(warning);
  };
  learning.check(description.network);
}

void check_description(const std::string& file, const std::vector<Override>& overrides, Verdict& verdict) {
  const Description description = read_description(file, overrides);
  add_problems(description, verdict.problems);
  if (!verdict.wrong()) check_compilation(description, verdict.problems);
  verdict.summary = counted(description.network.populations(), "population") + ", " +
                    counted(description.network.connections(), "connection");
}

// Checks the checksums of all entries, sizes and manifests; nothing is run.
void check_artifact(const std::string& file, Verdict& verdict) {
  const ArtifactFile artifact = load_artifact(file);
  std::size_t binaries = 0;
  for (const contract::Artifact& program : artifact.programs) binaries += program.binaries.size();
  verdict.summary = counted(artifact.programs.size(), "program") + ", " + counted(binaries, "binary");
  if (!artifact.description.empty())
    add_problems(parse_description(artifact.description, artifact.tensors, file), verdict.problems);
}

Verdict check(const std::string& file, const Arguments& arguments) {
  Verdict verdict{.file = file, .summary = {}};
  try {
    if (kind_of(file) == ModelFileKind::description) {
      check_description(file, overrides_of(arguments), verdict);
    } else {
      refuse_overrides(arguments, file);
      check_artifact(file, verdict);
    }
  } catch (const Error& error) {
    if (dynamic_cast<const ModelError*>(&error) == nullptr && dynamic_cast<const DataError*>(&error) == nullptr) throw;
    add(verdict.problems, error.problems());
  }
  return verdict;
}

void validate(const Arguments& arguments, Output& output) {
  std::vector<Problem> problems;
  Json files = Json::array();
  bool wrong = false;
  for (const std::string& file : arguments.list("FILE")) {
    Verdict verdict = check(file, arguments);
    std::erase_if(verdict.problems, [&](const Problem& problem) {
      return problem.severity == Severity::warning && output.ignores(problem.kind);
    });
    if (output.strict()) verdict.make_errors();
    wrong = wrong || verdict.wrong();
    if (!verdict.wrong()) output.text(base::one_line(file) + ": ok: " + verdict.summary + "\n");
    for (const Problem& problem : verdict.problems) {
      if (problem.severity == Severity::warning)
        output.warn(problem);
      else
        problems.push_back(problem);
    }
    files.push_back({{"file", file}, {"valid", !verdict.wrong()}, {"problems", to_json(verdict.problems)}});
  }
  if (wrong) throw DataError(std::move(problems));
  output.document({{"files", files}});
}

}  // namespace

Command validate_command() {
  return {
      .name = "validate",
      .summary = "report every problem of descriptions and artifacts",
      .examples = {{"synfire validate demo.json", "one line if it is valid, else every problem with line and column"},
                   {"synfire validate *.json *.synfire --json", "several files, for a script"}},
      .text =
          "Runs every check of a description that precedes code generation. Verifies every checksum and "
          "manifest of an artifact, without running anything in it. Checksums detect damage, but do not prove "
          "who made a file.",
      .operands = {{.name = "FILE", .help = "a description (.json) or an artifact (.synfire)", .repeated = true}},
      .options = {override_option()},
      .run = validate,
  };
}

}  // namespace synfire::command_line
