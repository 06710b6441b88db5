// SPDX-License-Identifier: Apache-2.0
// A corpus of broken descriptions (tests/error/descriptions), each with its expected problems.
#include <algorithm>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "error/problems.hpp"
#include "synfire/description.hpp"

namespace synfire {
namespace {

namespace fs = std::filesystem;
using enum ProblemKind;

const fs::path corpus = SYNFIRE_SOURCE_FOLDER "/tests/error/descriptions";

// An expected problem: the kind, the path, the place, a part of the hint.
struct Said {
  ProblemKind kind;
  std::string path;
  int line, column;
  std::string hint = {};
};

const std::map<std::string, std::vector<Said>> expected = {
    {"a_list", {{malformed_file, "description", 1, 1}}},
    {"a_number", {{malformed_file, "description", 1, 1}}},
    {"bad_escape", {{malformed_file, "description", 4, 16}}},
    {"comment", {{malformed_file, "description", 2, 46}}},
    {"compile_keys",
     {{unknown_name, "compile.compiler", 10, 27, "did you mean \"event_prop\"?"},
      {unknown_name, "compile", 10, 41, "did you mean \"timesteps\"?"},
      {unknown_name, "compile.schedule", 10, 72, "did you mean \"trial\"?"},
      {unknown_name, "compile", 11, 15, "known: compiler, timesteps, dt"},
      {unknown_name, "compile.carry_over", 11, 48, "did you mean \"neurons\"?"},
      {invalid_value, "compile.dt", 11, 71},
      {invalid_value, "compile.batch_size", 11, 88},
      {invalid_value, "compile.nominal_dt", 11, 105}}},
    {"control_character", {{malformed_file, "description", 4, 16}}},
    {"cut_off", {{malformed_file, "description", 4, 54}}},
    {"defaults",
     {{unknown_name, "defaults \"exponentail\"", 4, 20, "did you mean \"exponential\"?"},
      {unknown_name, "defaults \"exponential\".tua", 5, 28, "did you mean \"tau\"?"},
      {invalid_value, "defaults \"exponential\".scale_i", 5, 43}}},
    {"defaults_form",
     {{malformed_file, "defaults.exponential", 3, 31},
      {malformed_file, "defaults.delta[0]", 3, 45, "is \"nam\" a misspelling?"},
      {unknown_name, "defaults.delta[0]", 3, 46, "did you mean \"name\"?"}}},
    {"duplicate_keys",
     {{duplicate_name, "description", 4, 31, "the first is in line 4; remove "},
      {duplicate_name, "description", 6, 6, "the first is in line 5; remove "}}},
    {"empty", {{malformed_file, "description", 1, 1}}},
    {"format_is_number", {{malformed_file, "format", 2, 13}}},
    {"fraction_for_whole",
     {{invalid_value, "connections[0].connectivity.number", 8, 87, "use no decimal point or expone"}}},
    {"index_out_of_range", {{invalid_value, "connections[0].source", 8, 16, "populations are counted from 0"}}},
    {"indices",
     {{invalid_value, "connections[0].connectivity.sources[1]", 8, 86},
      {invalid_value, "connections[0].connectivity.targets[1]", 8, 106, "use no decimal point or expone"}}},
    {"infinity", {{malformed_file, "description", 8, 81}}},
    {"inputs",
     {{unknown_name, "inputs[0].population", 11, 5, "did you mean \"a\"?"},
      {duplicate_name, "inputs[2]", 13, 5, "remove this or inputs[1]"}}},
    {"inputs_form",
     {{malformed_file, "inputs[0].scale", 10, 43, "use no quotation marks, except"},
      {unknown_name, "inputs[0].encode.type", 10, 70, "known: linear_latency, log_lat"},
      {malformed_file, "inputs[1].encode", 10, 113}}},
    {"key_beside_tensor",
     {{missing_data, "connections[0].connectivity.weight.tensor", 8, 91, "no names are known"},
      {unknown_name, "connections[0].connectivity.weight", 8, 96, "known: tensor"}}},
    {"key_of_another_type", {{unknown_name, "connections[0].connectivity", 8, 70, "known: type, weight, delay"}}},
    {"key_of_initializer", {{unknown_name, "connections[0].connectivity.weight", 8, 99, "did you mean \"sd\"?"}}},
    {"later_version", {{unsupported, "version", 2, 43, "use a newer version of Synfire"}}},
    {"leading_zero", {{malformed_file, "description", 8, 82}}},
    {"lone_surrogate", {{malformed_file, "description", 4, 21}}},
    {"misplaced_keys",
     {{unknown_name, "connections[0]", 8, 71, "move it into \"connectivity\""},
      {unknown_name, "description", 10, 3, "move it into \"compile\""}}},
    {"missing_keys",
     {{malformed_file, "populations[0]", 4, 5},
      {malformed_file, "connections[0]", 8, 5},
      {malformed_file, "connections[0]", 8, 5},
      {malformed_file, "connections[0].connectivity", 8, 22}}},
    {"model_enumerations",
     {{unknown_name, "models[0].integrator", 4, 54, "did you mean \"rk4\"?"},
      {invalid_value, "models[0].substeps", 4, 73},
      {unknown_name, "models[0].parameters[0].unit", 5, 43, "known: none, milliseconds"},
      {malformed_file, "models[0].parameters[1]", 5, 50},
      {malformed_file, "models[0].parameters[1].exclusive_min", 5, 80},
      {malformed_file, "models[0].parameters[1].max", 5, 94, "use no quotation marks, except"}}},
    {"model_keys",
     {{unknown_name, "models[0]", 4, 40, "did you mean \"parameters\"?"},
      {malformed_file, "models[0].dynamics", 4, 82}}},
    {"model_kind",
     {{unknown_name, "models[0].kind", 3, 23, "did you mean \"neuron\"?"},
      {malformed_file, "models[1]", 3, 51},
      {duplicate_name, "models[1]", 3, 51}}},
    {"model_missing", {{malformed_file, "populations[1].neuron", 5, 41, "is \"modle\" a misspelling?"}}},
    {"model_text",
     {{model_text, "populations[1] \"b\".neuron \"cell\", dynamics 1, column 19", 6, 19, "did you mean \"tau\"?"},
      {model_text, "populations[1] \"b\".neuron \"cell\", reset 1, column 5", 6, 78, "here:"},
      {model_text, "populations[1] \"b\".neuron \"cell\", reset 2, column 1", 6, 86, "did you mean \"v\"?"},
      {model_text, "populations[1] \"b\".neuron \"cell\", refractory period, column 1", 7, 31, "here:"}}},
    {"model_twice", {{duplicate_name, "models[2]", 6, 5}}},
    {"names",
     {{invalid_name, "populations[0] \"a b\".name", 4, 14, "use letters, digits, \"_\", \"-\" "},
      {invalid_name, "populations[1] \"a b\".name", 5, 14, "use letters, digits, \"_\", \"-\" "},
      {duplicate_name, "populations[1] \"a b\".name", 5, 14, "already the name of populations[0] \"a b\""},
      {invalid_name, "connections[0] \"a b_a b\".name", 8, 5, "use letters, digits, \"_\", \"-\" "}}},
    {"nan", {{malformed_file, "description", 8, 80}}},
    {"no_file_of_tensors", {{missing_data, "connections[0].connectivity.weight.tensor", 8, 91, "no names are known"}}},
    {"no_format", {{malformed_file, "description", 1, 1}}},
    {"no_populations", {{malformed_file, "description", 1, 1}}},
    {"no_source", {{malformed_file, "connections[0].source", 8, 16}}},
    {"no_version", {{malformed_file, "description", 1, 1}}},
    {"not_json", {{malformed_file, "description", 1, 2}}},
    {"not_utf8", {{malformed_file, "description", 4, 15}}},
    {"number_beyond_float", {{invalid_value, "connections[0].connectivity.weight[0][2]", 8, 88}}},
    {"number_too_large", {{malformed_file, "description", 8, 85}}},
    {"other_format", {{malformed_file, "format", 2, 13}}},
    {"populations_is_object", {{malformed_file, "populations", 1, 60}}},
    {"problems_form",
     {{unknown_name, "problems[0].kind", 10, 25, "known: unknown_name, duplicate"},
      {malformed_file, "problems[0].place", 10, 67, "is \"line\" a misspelling?"}}},
    {"ragged_rows", {{shape_mismatch, "connections[0].connectivity.weight[1]", 9, 8}}},
    {"recordings", {{malformed_file, "compile.record[5]", 16, 5}}},
    {"recordings_of_nothing",
     {{unknown_name, "compile.record[0].population", 11, 5, "did you mean \"b\"?"},
      {missing_variable, "compile.record[1].variable", 12, 5, "did you mean \"v\"?"},
      {invalid_option, "compile.record[2]", 13, 5},
      {unknown_name, "compile.record[3].connection", 14, 5, "did you mean \"a_b\"?"},
      {invalid_option, "compile.record[4]", 15, 5}}},
    {"refractory",
     {{malformed_file, "models[0].refractory", 4, 54, "is \"periode\" a misspelling?"},
      {unknown_name, "models[0].refractory", 4, 55, "did you mean \"period\"?"}}},
    {"shape_mismatch", {{shape_mismatch, "connections[0] \"a_b\".weight", 8, 80, "use one row per source neuron "}}},
    {"shapes",
     {{invalid_value, "populations[0] \"a\".shape", 4, 28},
      {missing_shape, "populations[1] \"b\".shape", 5, 5, "set the shape; dense with a mat"}}},
    {"single_quotes", {{malformed_file, "description", 2, 32}}},
    {"tensor_shape", {{shape_mismatch, "connections[0] \"a_b\".weight", 9, 80, "use one row per source neuron "}}},
    {"tensors",
     {{surplus_data, "tensors", 3, 14, "remove it from the file, or ref"},
      {wrong_data_size, "populations[0].neuron.v", 5, 80, "in NumPy: array.astype(\"f4\")"},
      {invalid_value, "populations[0].neuron.v_thresh", 5, 116},
      {missing_data, "connections[0].connectivity.weight.tensor", 9, 91, "did you mean \"a_b.weight\"?"},
      {shape_mismatch, "connections[1].connectivity.sources", 10, 82},
      {invalid_value, "connections[1].connectivity.targets", 11, 18},
      {malformed_file, "connections[1].connectivity.weight.tensor", 11, 63}}},
    {"surrogates",
     {{malformed_file, "compile.detach_reset", 9, 56},
      {unknown_name, "compile.surrogate[0].surrogate", 10, 38, "did you mean \"atan\"?"},
      {malformed_file, "compile.surrogate[1]", 11, 5, "is \"populaton\" a misspelling?"},
      {unknown_name, "compile.surrogate[1]", 11, 6, "did you mean \"population\"?"},
      {unknown_name, "compile.surrogate[2].surrogate", 12, 59, "did you mean \"width\"?"},
      {invalid_value, "compile.surrogate[2].surrogate.scale", 12, 80},
      {malformed_file, "compile.surrogate[3].surrogate.gap", 13, 61},
      {malformed_file, "compile.surrogate[3].detach_reset", 13, 86},
      {malformed_file, "compile.surrogate[4].surrogate", 14, 38}}},
    {"surrogates_and_arrivals",
     {{invalid_option, "compile.allow_arrival_only", 4, 62, "set \"compiler\": \"event_prop\", or remove the key"}}},
    {"surrogates_form",
     {{unknown_name, "models[0]", 3, 51, "did you mean \"derivative\"?"}, {invalid_value, "compile.surrogate", 5, 53}}},
    {"surrogates_of_others",
     {{invalid_option, "compile.surrogate", 4, 54, "set \"compiler\": \"surrogate\""},
      {invalid_option, "compile.detach_reset", 4, 78, "set \"compiler\": \"surrogate\""}}},
    {"surrogates_of_populations",
     {{unsupported, "compile.surrogate[0].population", 11, 5},
      {unknown_name, "compile.surrogate[1].population", 12, 5, "did you mean \"b\"?"},
      {model_text, "compile.surrogate[2].surrogate \"own\", derivative, column 7", 4, 29},
      {model_text, "compile.surrogate[2].surrogate \"own\", support, column 1", 4, 29},
      {duplicate_name, "compile.surrogate[3]", 14, 5, "remove this or compile.surrogate[2]"}}},
    {"tensors_absent", {{file_access, (corpus / "absent.npz").string(), 3, 14}}},
    {"tensors_absolute", {{invalid_name, "tensors", 3, 14}}},
    {"tensors_elsewhere", {{invalid_name, "tensors", 3, 14}}},
    {"tensors_no_archive", {{malformed_file, (corpus / "tensors_no_archive.npz").string(), 3, 14}}},
    {"text_in_array", {{malformed_file, "connections[0].connectivity.weight[0][1]", 8, 85}}},
    {"too_deep", {{malformed_file, "description", 8, 140}}},
    {"trailing_comma", {{malformed_file, "description", 2, 45}}},
    {"training",
     {{unknown_name, "compile.losses[0].loss", 10, 50, "did you mean \"mean_square_error\"?"},
      {malformed_file, "compile.losses[1]", 11, 26, "is \"outptu\" a misspelling?"},
      {unknown_name, "compile.losses[1]", 11, 27, "did you mean \"output\"?"},
      {unknown_name, "compile.losses[1].loss", 11, 87, "did you mean \"temperature\"?"},
      {invalid_value, "compile.optimizer.learning_rate", 12, 62},
      {unknown_name, "compile.optimizer.beta", 12, 74, "did you mean \"beta1\"?"},
      {malformed_file, "compile.gradient_slots", 13, 33}}},
    {"training_forms",
     {{invalid_value, "compile.losses", 9, 51},
      {unknown_name, "compile.optimizer", 9, 68, "did you mean \"sgd\"?"},
      {malformed_file, "compile.allow_arrival_only", 9, 97}}},
    {"training_of_inference",
     {{invalid_option, "compile.losses", 9, 25, "set \"compiler\": \"event_prop\""},
      {invalid_option, "compile.optimizer", 9, 59, "set \"compiler\": \"event_prop\""}}},
    {"training_outputs",
     {{unknown_name, "compile.losses[0].output", 11, 5, "did you mean \"b\"?"},
      {missing_variable, "compile.losses[1].output", 12, 5, "add one, for example"},
      {duplicate_name, "compile.losses[3]", 14, 5, "remove this or compile.losses[2]"}}},
    {"trainable_twice", {{invalid_option, "connections[0].connectivity.weight.trainable", 8, 94}}},
    {"two_documents", {{malformed_file, "description", 11, 1}}},
    {"unknown_initializer",
     {{unknown_name, "connections[0].connectivity.weight.type", 8, 89, "known: constant, normal, unifo"}}},
    {"unknown_key_of_dense", {{unknown_name, "connections[0].connectivity", 8, 70, "did you mean \"weight\"?"}}},
    {"unknown_keys",
     {{unknown_name, "description", 2, 46, "did you mean \"populations\"?"},
      {unknown_name, "populations[0]", 4, 19, "did you mean \"shape\"?"},
      {unknown_name, "connections[0]", 8, 36, "did you mean \"max_delay\"?"}}},
    {"unknown_names",
     {{unknown_name, "connections[0].source", 8, 16, "did you mean \"a\"?"},
      {unknown_name, "populations[0] \"a\".neuron \"poison_input\"", 4, 41, "did you mean \"poisson_input\"?"},
      {unknown_name, "populations[1] \"b\".readout \"spike_cuont\"", 5, 70, "did you mean \"spike_count\"?"}}},
    {"unknown_parameter",
     {{unknown_name, "populations[1] \"b\".neuron \"integrate_fire\".v_thres", 6, 18, "did you mean \"v_thresh\"?"},
      {invalid_value, "populations[1] \"b\".neuron \"integrate_fire\".v_reset", 6, 34}}},
    {"unknown_type", {{unknown_name, "connections[0].connectivity.type", 8, 61, "did you mean \"dense\"?"}}},
    {"value_without_form",
     {{malformed_file, "connections[0].connectivity.weight", 8, 80, "known: tensor, type, trainable"}}},
    {"values_out_of_range",
     {{invalid_value, "connections[0] \"a_b\".p", 10, 57},
      {invalid_value, "connections[0] \"a_b\".weight", 11, 33},
      {invalid_value, "connections[0] \"a_b\".delay", 11, 72},
      {invalid_value, "connections[0] \"a_b\".synapse \"exponential\".tau", 9, 49}}},
    {"version_is_text", {{unsupported, "version", 2, 43, "use a newer version of Synfire"}}},
    {"whole_out_of_range",
     {{invalid_value, "connections[0].connectivity.number", 8, 87},
      {invalid_value, "compile.seed", 10, 23, "use no decimal point or expone"},
      {invalid_value, "compile.timesteps", 10, 58}}},
    {"wrong_types",
     {{malformed_file, "populations[0].name", 4, 14},
      {malformed_file, "populations[0].shape", 4, 26},
      {malformed_file, "populations[0].neuron", 4, 43},
      {malformed_file, "populations[1]", 5, 5},
      {malformed_file, "connections[0].source", 8, 16},
      {invalid_value, "connections[0].target", 8, 32, "use no decimal point or expone"},
      {malformed_file, "connections[0].connectivity", 8, 53},
      {malformed_file, "connections[0].max_delay", 8, 75, "use no quotation marks, except"},
      {malformed_file, "connections[0].round_delays", 8, 99},
      {unknown_name, "connections[0].storage", 8, 113, "known: automatic, dense, rows,"}}}};

std::vector<Problem> problems_of(const fs::path& path) {
  try {
    return read_description(path).validate();
  } catch (const DataError& error) {
    return error.problems();
  }
}

std::vector<fs::path> files() {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(corpus)) {
    if (entry.path().extension() == ".json") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

auto matches(const Said& said, const fs::path& file) {
  return testing::AllOf(test::problem_at(said.kind, said.path),
                        testing::Field("place", &Problem::place,
                                       testing::AllOf(testing::Field("file", &Place::file, file.string()),
                                                      testing::Field("line", &Place::line, said.line),
                                                      testing::Field("column", &Place::column, said.column))),
                        testing::Field("hint", &Problem::hint, testing::HasSubstr(said.hint)));
}

TEST(BrokenDescriptions, EachIsReportedWhereItIs) {
  for (const fs::path& file : files()) {
    SCOPED_TRACE(file.filename());
    const auto found = expected.find(file.stem().string());
    ASSERT_NE(found, expected.end());
    std::vector<testing::Matcher<Problem>> all;
    for (const Said& said : found->second) all.emplace_back(matches(said, file));
    EXPECT_THAT(problems_of(file), testing::ElementsAreArray(all));
  }
  EXPECT_EQ(files().size(), expected.size());
}

std::string message_of(const std::string& text) {
  try {
    parse_description(text, {}, "memory");
  } catch (const DataError& error) {
    return error.problems().front().message;
  }
  return {};
}

TEST(BrokenDescriptions, TakeNoStack) {
  EXPECT_EQ(message_of(std::string(1'000'000, '[')), "lists and objects are nested too deeply");
}

TEST(BrokenDescriptions, AreRefusedBySizeBeforeTheyAreRead) {
  EXPECT_EQ(message_of(std::string((std::size_t{32} << 20) + 1, '[')), "the description is too long");
}

}  // namespace
}  // namespace synfire
