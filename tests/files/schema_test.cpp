// SPDX-License-Identifier: Apache-2.0
// The published schema matches the reader.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "base/scratch_folder.hpp"
#include "files/document.hpp"
#include "files/python.hpp"
#include "files/random_description.hpp"

namespace synfire {
namespace {

namespace fs = std::filesystem;
using namespace files;

const fs::path source_folder = SYNFIRE_SOURCE_FOLDER;
const fs::path schema_path = source_folder / "frontend/files/network-1.schema.json";

const nlohmann::json& schema() {
  static const nlohmann::json loaded = nlohmann::json::parse(std::ifstream(schema_path));
  return loaded;
}

std::set<std::string> keys_in(const nlohmann::json& object) {
  std::set<std::string> keys;
  for (const auto& [key, value] : object.items()) keys.insert(key);
  return keys;
}

// The keys, the required keys, and the enumerated names are those of the table.
template <class T>
void expect_agrees(const nlohmann::json& object, const std::set<std::string>& further = {}) {
  std::set<std::string> keys = further, needed = further;
  members(Type<T>{}, [&](const char* key, auto, const Rule& rule = {}) {
    keys.insert(key);
    if (rule.required) needed.insert(key);
    if (rule.names.empty()) return;
    EXPECT_EQ(object["properties"][key]["enum"], nlohmann::json(rule.names)) << key;
  });
  EXPECT_EQ(keys_in(object["properties"]), keys);
  EXPECT_EQ(object["required"].get<std::set<std::string>>(), needed);
  EXPECT_EQ(object["additionalProperties"], false);
}

template <class T>
void expect_definition(const std::string& name, const std::set<std::string>& further = {}) {
  SCOPED_TRACE(name);
  ASSERT_TRUE(schema()["$defs"].contains(name));
  expect_agrees<T>(schema()["$defs"][name], further);
}

// One definition per alternative, tagged with its name.
template <class Variant>
void expect_alternatives(const std::string& suffix = {}) {
  alternatives(Type<Variant>{}, [&]<class Each>(Type<Each> type) {
    const std::string name = name_of(type);
    expect_definition<Each>(name + suffix, {tag<Variant>});
    EXPECT_EQ(schema()["$defs"][name + suffix]["properties"][tag<Variant>]["const"], name);
  });
}

template <class Enum>
void expect_enumeration(const nlohmann::json& property) {
  std::set<std::string> names;
  for (const auto& each : enumerators(Type<Enum>{})) names.insert(each.name);
  EXPECT_EQ(property["enum"].get<std::set<std::string>>(), names);
}

TEST(Schema, HasTheKeysOfTheReader) {
  expect_agrees<Document>(schema());
  expect_definition<PopulationEntry>("population");
  expect_definition<ConnectionEntry>("connection");
  expect_definition<Parameter>("parameter");
  expect_definition<StateVariable>("state_variable");
  expect_definition<Assignment>("assignment");
  expect_definition<Refractory>("refractory");
  expect_definition<NeuronModel>("neuron_model");
  expect_definition<SynapseModel>("synapse_model");
  expect_definition<ReadoutModel>("readout_model");
  expect_definition<Trainable>("trainable", {"trainable"});
  expect_definition<CompileSettings>("compile");
  expect_definition<TrainSettings>("train");
  expect_definition<InputNoiseSetting>("input_noise");
  expect_definition<OutputClassWeights>("output_class_weights");
  expect_definition<OutputMetricSetting>("output_metric");
  expect_definition<EarlyStopping>("early_stopping");
  expect_definition<RecordSetting>("recording");
  expect_definition<CarryOverSettings>("carry_over");
  expect_definition<OutputLossSetting>("output_loss");
  expect_definition<PopulationSurrogateSetting>("population_surrogate");
  expect_definition<InputPreparation>("input");
  expect_definition<Problem>("problem");
  expect_definition<Place>("place");
}

TEST(Schema, HasTheAlternativesOfTheReader) {
  expect_alternatives<ModelEntry>("_entry");
  expect_alternatives<Connectivity>();
  expect_alternatives<Initializer>();
  expect_alternatives<decltype(InputPreparation::encode)>();
  expect_alternatives<Schedule>();
  expect_alternatives<RegularizerSetting>();
  const nlohmann::json& definitions = schema()["$defs"];
  expect_enumeration<Targets>(definitions["loss_entry"]["properties"]["targets"]);
  expect_enumeration<Unit>(definitions["parameter"]["properties"]["unit"]);
  expect_enumeration<Integrator>(definitions["neuron_model"]["properties"]["integrator"]);
  expect_enumeration<Integrator>(definitions["synapse_model"]["properties"]["integrator"]);
  expect_enumeration<WeightSign>(definitions["trainable"]["properties"]["sign"]);
  expect_enumeration<Distribution>(definitions["xavier"]["properties"]["distribution"]);
  expect_enumeration<SynapseStorage>(definitions["connection"]["properties"]["storage"]);
  expect_enumeration<ProblemKind>(definitions["problem"]["properties"]["kind"]);
  expect_enumeration<Severity>(definitions["problem"]["properties"]["severity"]);
}

// Python's validator checks every description against the schema.
class SchemaInPython : public testing::Test {
 protected:
  void SetUp() override {
    if (!test::python_has("jsonschema")) GTEST_SKIP() << "/usr/bin/python3 with jsonschema is not installed";
  }

  int check(const std::string& files) const {
    const std::string script = (source_folder / "tests/files/check_schema.py").string();
    return test::run_python(folder_.path(), "'" + script + "' '" + schema_path.string() + "' " + files);
  }

  test::ScratchFolder folder_;
};

TEST_F(SchemaInPython, AcceptsTheExamples) {
  EXPECT_EQ(check("'" + (source_folder / "examples/descriptions").string() + "'/*.json"), 0);
}

TEST_F(SchemaInPython, AcceptsWhatIsSaved) {
  for (std::uint32_t seed = 0; seed < 60; ++seed) {
    const Description description = test::random_description(seed);
    const std::string name = "random_description_" + std::to_string(seed) + ".json";
    if (seed % 2 == 0) write_description(folder_ / name, description);
    if (seed % 2 == 1) description.network.save(folder_ / name);
  }
  EXPECT_EQ(check("*.json"), 0);
}

TEST_F(SchemaInPython, RefusesOtherKeys) {
  const std::string text = to_text(test::random_description(1)).json;
  for (const char* key : {"format", "populations", "neuron"}) {
    SCOPED_TRACE(key);
    std::string broken = text;
    broken.replace(broken.find('"' + std::string(key) + '"') + 1, 1, "x");
    std::ofstream(folder_ / "broken.json") << broken;
    EXPECT_NE(check("broken.json"), 0);
  }
}

}  // namespace
}  // namespace synfire
