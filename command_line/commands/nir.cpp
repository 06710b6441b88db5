// SPDX-License-Identifier: Apache-2.0
// synfire import, export, nir-verify: NIR files as descriptions, descriptions as NIR files, and the proof.
#include <nlohmann/json.hpp>

#include "commands/tables.hpp"
#include "model/model_file.hpp"
#include "model/outputs.hpp"
#include "synfire/base/text.hpp"

#if SYNFIRE_HAS_HDF5
#include <filesystem>

#include "synfire/base/files.hpp"
#include "synfire/nir.hpp"
#endif

namespace synfire::command_line {
namespace {

#if SYNFIRE_HAS_HDF5

// One of two or three words.
template <class T>
std::optional<T> choice_of(const Arguments& arguments, const std::string& option,
                           const std::vector<std::pair<std::string, T>>& choices) {
  if (!arguments.has(option)) return std::nullopt;
  std::vector<std::string> names;
  for (const auto& [name, value] : choices) {
    if (name == arguments.text(option)) return value;
    names.push_back(name);
  }
  throw UsageError(usage_problem("--" + option, "unknown", suggest(arguments.text(option), names), one_of(names),
                                 arguments.text(option)));
}

nir::ImportOptions import_options(const Arguments& arguments) {
  nir::ImportOptions options{.dt = arguments.number("dt"), .real_inputs = {}};
  options.integrator = choice_of<nir::Integration>(
      arguments, "integrator",
      {{"euler", nir::Integration::euler}, {"exact", nir::Integration::exact}, {"decay", nir::Integration::decay}});
  options.reset = choice_of<nir::Reset>(arguments, "reset",
                                        {{"value", nir::Reset::to_value},
                                         {"subtract", nir::Reset::subtract},
                                         {"subtract_next", nir::Reset::subtract_next}});
  options.if_rule =
      choice_of<nir::IfRule>(arguments, "if-rule",
                             {{"per_step", nir::IfRule::per_step}, {"continuous", nir::IfRule::continuous}})
          .value_or(nir::IfRule::automatic);
  if (arguments.has("real-input")) options.real_inputs = arguments.list("real-input");
  options.frames = static_cast<std::uint32_t>(arguments.integer("frames", 1, 1'000'000).value_or(1));
  return options;
}

void tell(const nir::Imported& imported, Output& output) {
  for (const Problem& warning : imported.warnings) output.warn(warning);
  for (const std::string& choice : imported.choices) output.text(choice + "\n");
}

Json document_of(const nir::Imported& imported) {
  Json outputs = Json::array();
  for (const nir::ImportedOutput& each : imported.outputs)
    outputs.push_back(
        {{"node", base::one_line(each.node)}, {"population", each.population}, {"variable", each.variable}});
  Json choices = imported.choices;
  return {{"dt", imported.settings.dt}, {"choices", choices}, {"outputs", outputs}};
}

void import_nir(const Arguments& arguments, Output& output) {
  const std::string file = arguments.text("FILE");
  const std::string path = arguments.text("output", stem_of(file) + ".json");
  check_outputs(arguments, {{"--output", path}}, {{"FILE", file}});
  const nir::Imported imported = nir::import_network(nir::read_graph(file), import_options(arguments));
  const Description description =
      nir::describe(imported, static_cast<std::uint32_t>(arguments.integer("timesteps", 1, 100'000'000).value_or(100)));
  tell(imported, output);
  write_description(path, description);
  output.message("synfire: wrote " + path + ": " + counted(imported.network.populations(), "population") + ", " +
                 counted(imported.network.connections(), "connection"));
  Json document = document_of(imported);
  document["file"] = path;
  output.document(document);
}

void export_nir(const Arguments& arguments, Output& output) {
  const std::string model = arguments.text("MODEL");
  const std::string path = arguments.text("output", stem_of(model) + ".nir");
  check_outputs(arguments, {{"--output", path}}, model_files(arguments));
  const Description description = description_of(arguments);
  const double dt = arguments.number("dt") ? *arguments.number("dt") * 1000 : description.compile.dt;
  const std::vector<std::string> choices = nir::export_network(description.network, path, {.dt = dt});
  for (const std::string& choice : choices) output.text(choice + "\n");
  output.message("synfire: wrote " + path);
  output.document({{"file", path}, {"dt", dt / 1000}, {"choices", choices}});
}

Json row_of(const nir::Comparison& each) {
  return {{"what", each.what},           {"population", each.population}, {"spikes", each.spikes},
          {"differing", each.differing}, {"undecided", each.undecided},   {"deviation", each.deviation}};
}

// A file that is removed at the end.
class Scratch {
 public:
  Scratch() : path_(std::filesystem::temp_directory_path() / ("synfire-" + base::random_token() + ".nir")) {}
  ~Scratch() {
    std::error_code ignored;
    std::filesystem::remove(path_, ignored);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

void verify_nir(const Arguments& arguments, Output& output) {
  nir::VerifyOptions options{.import = import_options(arguments)};
  options.steps = static_cast<std::uint32_t>(arguments.integer("timesteps", 1, 1'000'000).value_or(options.steps));
  options.seed = arguments.integer("seed", 0).value_or(options.seed);
  options.rate = arguments.number("rate").value_or(options.rate);
  const Scratch scratch;
  const nir::Verification result = nir::verify(nir::read_graph(arguments.text("FILE")), scratch.path(), options);
  tell(result.imported, output);
  std::vector<std::vector<std::string>> rows{
      {"run", "population", "spikes", "differing", "undecided", "deviation of v"}};
  Json comparisons = Json::array();
  for (const nir::Comparison& each : result.comparisons) {
    rows.push_back({each.what, each.population, grouped(each.spikes), grouped(each.differing), grouped(each.undecided),
                    decimal(each.deviation, 3)});
    comparisons.push_back(row_of(each));
  }
  output.text(table(rows, {false, false, true, true, true, true}));
  for (const std::string& note : result.notes) output.text(note + "\n");
  if (result.notes.empty())
    output.text(std::string("the network of the exported file is ") + (result.same_network ? "equal" : "not equal") +
                " to the first\n");
  Json document = document_of(result.imported);
  document.update({{"seed", options.seed},
                   {"steps", options.steps},
                   {"same_network", result.same_network},
                   {"notes", result.notes},
                   {"comparisons", comparisons}});
  const std::string random = counted(options.steps, "step") + " of random input, seed " + std::to_string(options.seed);
  if (result.passed()) {
    output.text("all populations agree with the equations of the file: " + random + "\n");
    return output.document(document);
  }
  output.attach(document);
  throw RunError(Problem{.kind = ProblemKind::run_failed,
                         .path = arguments.text("FILE"),
                         .message = "the network and the equations of the file differ: " + random});
}

#else

void without_nir(const Arguments&, Output&) {
  throw DataError(Problem{.kind = ProblemKind::unsupported,
                          .path = "nir",
                          .message = "this program was built without NIR",
                          .hint = "install HDF5 (Debian: libhdf5-dev) and build it again"});
}
constexpr auto import_nir = without_nir;
constexpr auto export_nir = without_nir;
constexpr auto verify_nir = without_nir;

#endif

std::vector<Option> choices() {
  return {
      {.name = "dt",
       .value = "SECONDS",
       .help = "the time step, in the unit of the file (default: that of the file's metadata, else 1e-4)"},
      {.name = "integrator",
       .value = "NAME",
       .help = "euler, which most networks trained in discrete time mean; decay, as in Sinabs and Rockpool; or exact "
               "(default: the metadata, else euler)",
       .words = {"euler", "decay", "exact"}},
      {.name = "reset",
       .value = "NAME",
       .help = "value: a spike sets v to v_reset; subtract: it subtracts v_threshold; subtract_next: so it does, "
               "and comes, a step later, as in Spyx (default: the metadata, else value)",
       .words = {"value", "subtract", "subtract_next"}},
      {.name = "if-rule",
       .value = "NAME",
       .help = "what I and IF add: per_step: r x; continuous: dt r x (default: what r = 1 or r = 1/dt imply)",
       .words = {"per_step", "continuous"}},
      {.name = "real-input", .value = "NODE", .help = "this Input takes numbers instead of spikes", .repeated = true},
  };
}

}  // namespace

Command import_command() {
  return {
      .name = "import",
      .summary = "turn a NIR file into a description",
      .examples = {{"synfire import net.nir", "write net.json, and say what was chosen where the file leaves it open"},
                   {"synfire import net.nir --dt 1e-4 --reset subtract --output net.json",
                    "for a network that was trained with a reset by subtraction"}},
      .text =
          "Reads a file of the Neuromorphic Intermediate Representation and writes a network that does the same step "
          "by step. A file has neither a time step nor an integrator nor, in effect, a reset: each choice is printed, "
          "and options make others.\n\n"
          "Nodes between neurons become one connection, of latency 0. What cannot be expressed is refused by the name "
          "of its node.",
      .operands = {{.name = "FILE", .help = "a NIR file (.nir)"}},
      .options =
          joined({{.name = "output",
                   .value = "FILE",
                   .help = "the description (default: FILE's name with .json, in the current folder)",
                   .letter = 'o'}},
                 joined(choices(), {{.name = "frames",
                                     .value = "NUMBER",
                                     .help = "frames, of one step each, of Inputs that take numbers (default: 1, "
                                             "which all steps see)"},
                                    {.name = "timesteps",
                                     .value = "NUMBER",
                                     .help = "steps of the file that the description runs (default: 100)"}})),
      .run = import_nir,
  };
}

Command export_command() {
  return {
      .name = "export",
      .summary = "turn a description into a NIR file",
      .examples = {{"synfire export net.json", "write net.nir"},
                   {"synfire export trained.json --output trained.nir", "name the file"}},
      .text =
          "Writes the network as a file of the Neuromorphic Intermediate Representation. Populations and connections "
          "that it cannot express are refused by name. The step, the integrator and the reset are stored as metadata, "
          "so that an import gives the same network.",
      .operands = {{.name = "MODEL", .help = "a description (.json) or an artifact with one"}},
      .options = {{.name = "output",
                   .value = "FILE",
                   .help = "the NIR file (default: MODEL's name with .nir, in the current folder)",
                   .letter = 'o'},
                  {.name = "dt", .value = "SECONDS", .help = "the time step (default: that of the description)"},
                  override_option()},
      .run = export_nir,
  };
}

Command nir_verify_command() {
  return {
      .name = "nir-verify",
      .summary = "prove that a NIR file and its network do the same",
      .examples = {{"synfire nir-verify net.nir", "compare every step of every population, on random input"},
                   {"synfire nir-verify net.nir --timesteps 1000 --seed 7", "longer, with other input"}},
      .text =
          "Imports the file, exports the network and imports it again. Runs both networks on random input, and beside "
          "them an interpreter of the file's equations in double precision that shares no code with the import. "
          "Compares spikes and voltages in every step, and fails if they differ by more than single precision "
          "explains: one spike, or 1e-4 of the largest voltage of a population. Spikes that are undecided within 1e-5 "
          "of the threshold are counted.",
      .operands = {{.name = "FILE", .help = "a NIR file (.nir)"}},
      .options = joined(
          choices(),
          {{.name = "timesteps", .value = "NUMBER", .help = "steps (default: 200)"},
           {.name = "seed", .value = "NUMBER", .help = "of the input (default: 1)"},
           {.name = "rate", .value = "PROBABILITY", .help = "of an input spike, per neuron and step (default: 0.1)"}}),
      .run = verify_nir,
  };
}

}  // namespace synfire::command_line
