// SPDX-License-Identifier: Apache-2.0
// Descriptions read from and written to text.
#include "synfire/description.hpp"

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

#include "files/build_network.hpp"
#include "files/optimizer_setting.hpp"
#include "files/overrides.hpp"
#include "files/read.hpp"
#include "files/text_of.hpp"
#include "files/text_setting.hpp"
#include "synfire/base/text.hpp"
#include "synfire/registry.hpp"

namespace synfire {
namespace {

using namespace files;

// Reading stops at another format or version.
void check_format(const Cursor& cursor, const json::Object& object) {
  const json::Node* format = json::find(object, "format");
  if (!format) return cursor.missing_key("format");
  if (!format->text() || *format->text() != format_name) {
    return cursor.member("format", *format)
        .fail({.kind = ProblemKind::malformed_file,
               .message = "unknown format",
               .expected = format_name,
               .given = format->text() ? *format->text() : json::describe(*format)});
  }
  const json::Node* version = json::find(object, "version");
  if (!version) return cursor.missing_key("version");
  if (version->is_number() && version->number() == format_version) return;
  cursor.member("version", *version)
      .fail({.kind = ProblemKind::unsupported,
             .message = "unknown version of the format",
             .hint = "use a newer version of Synfire",
             .expected = std::to_string(format_version),
             .given = json::describe(*version)});
}

template <class Model>
std::string name_of_model(const Model& model) {
  return files::name_of(Type<Model>{}) + " \"" + model.name + '"';
}

// A missing key is already reported.
void check_model_name(const Cursor& cursor, const std::string& name) {
  const json::Node* node = cursor.node().object() ? json::find(*cursor.node().object(), "name") : nullptr;
  if (!node || !node->text() || base::is_object_name(*node->text())) return;
  cursor.member("name", *node)
      .fail({.kind = ProblemKind::invalid_name,
             .message = "the name cannot be used",
             .hint = base::object_name_hint,
             .given = name});
}

void check_models(const Cursor& cursor, const Document& document) {
  std::set<std::string> seen;
  for (std::size_t i = 0; i < document.models.size(); ++i) {
    const Cursor models = cursor.member("models", *json::find(*cursor.node().object(), "models"));
    const Cursor entry = models.element(i, (*models.node().list())[i]);
    std::visit([&](const auto& model) { check_model_name(entry, model.name); }, document.models[i]);
    const std::string name = std::visit([](const auto& model) { return name_of_model(model); }, document.models[i]);
    if (seen.insert(name).second) continue;
    entry.fail({.kind = ProblemKind::duplicate_name, .message = "duplicate " + name, .given = name});
  }
}

// An end that is null is an error that `problems` reports.
void check_end(const Cursor& cursor, const End& end, std::size_t populations, const Document& document) {
  const auto* index = std::get_if<std::uint32_t>(&end);
  if (index && *index >= populations) {
    cursor.fail({.kind = ProblemKind::invalid_value,
                 .message = "the population index is out of range",
                 .hint = "populations are counted from 0; names are accepted too",
                 .expected = "less than " + std::to_string(populations),
                 .given = std::to_string(*index)});
  }
  const bool told = std::any_of(document.problems.begin(), document.problems.end(),
                                [&](const Problem& problem) { return problem.path == cursor.path(); });
  if (std::holds_alternative<std::monostate>(end) && !told) {
    cursor.wrong_type("the name of a population, or its index");
  }
}

void check_ends(const Cursor& cursor, const Document& document) {
  if (!cursor.reading().problems.empty()) return;
  const json::Node* node = json::find(*cursor.node().object(), "connections");
  for (std::size_t i = 0; i < document.connections.size(); ++i) {
    const Cursor connection = cursor.member("connections", *node).element(i, (*node->list())[i]);
    const json::Object& object = *connection.node().object();
    for (const auto& [key, end] :
         {std::pair("source", &document.connections[i].source), std::pair("target", &document.connections[i].target)}) {
      check_end(connection.member(key, *json::find(object, key)), *end, document.populations.size(), document);
    }
  }
}

void check_tensors(const Cursor& cursor, const Document& document) {
  const json::Node* file = json::find(*cursor.node().object(), "tensors");
  const Cursor place = file ? cursor.member("tensors", *file) : cursor;
  for (const auto& [name, array] : cursor.reading().tensors) {
    if (!base::is_array_name(name)) {
      place.fail({.kind = ProblemKind::invalid_name,
                  .message = "invalid tensor name",
                  .hint = "use at most 1000 bytes, and no control characters",
                  .given = name});
      continue;
    }
    if (cursor.reading().used_tensors.contains(name)) continue;
    place.fail({.kind = ProblemKind::surplus_data,
                .message = "unused tensor \"" + name + '"',
                .hint = "remove it from the file, or refer to it by {\"tensor\": \"" + name + "\"}",
                .given = document.tensors.value_or("") + (document.tensors ? ": " : "") + name});
  }
}

// Options that a compiler does not have are well-formed, but nobody would notice that they have no effect.
void check_compiler(const Cursor& cursor, const Document& document) {
  const json::Node* node = json::find(*cursor.node().object(), "compile");
  if (!node || !node->object() || !document.compile) return;
  const CompileSettings& settings = *document.compile;
  const Cursor compile = cursor.member("compile", *node);
  const auto refuse = [&](const std::vector<std::string>& keys, const std::string& does_not, const std::string& other) {
    for (const std::string& key : keys) {
      const json::Node* said = json::find(*node->object(), key);
      if (!said) continue;
      compile.member(key, *said)
          .fail({.kind = ProblemKind::invalid_option,
                 .message = "the compiler \"" + settings.compiler + "\" " + does_not,
                 .hint = "set \"compiler\": \"" + other + "\", or remove the key"});
    }
  };
  if (settings.compiler == "inference") {
    refuse(keys_of_training, "does not train", "event_prop");
    refuse(keys_of_surrogates, "does not train", "surrogate");
  }
  if (settings.compiler == "event_prop") refuse(keys_of_surrogates, "computes exact gradients", "surrogate");
  if (settings.compiler == "surrogate") refuse(keys_of_exact_gradients, "does not have this option", "event_prop");
}

// The part of an object or list at the end of a path, or the last on the way there.
const json::Node& node_at(const json::Node& from, std::string_view path) {
  const json::Node* node = &from;
  while (!path.empty() && node->object()) {
    const std::size_t dot = path.find('.');
    const json::Node* const next = json::find(*node->object(), std::string(path.substr(0, dot)));
    if (!next) break;
    node = next;
    path = dot == std::string_view::npos ? std::string_view{} : path.substr(dot + 1);
  }
  return *node;
}

// Where the file defines the text of the optimizer; null if it does not.
const json::Node* definition_of(const Optimizer& optimizer, const Cursor& cursor, const Document& document) {
  const json::Node* models = json::find(*cursor.node().object(), "models");
  for (std::size_t i = 0; models && i < document.models.size(); ++i) {
    const auto* model = std::get_if<OptimizerModel>(&document.models[i]);
    if (model && model->name == optimizer.choice.name) return &node_at((*models->list())[i], "update");
  }
  return nullptr;
}

// Optimizers are checked against their texts here, because only the file knows the places of their values. Errors in
// their form are reported already.
void check_optimizer(const Cursor& cursor, Document& document) {
  const json::Node* compile = json::find(*cursor.node().object(), "compile");
  const json::Node* node = compile && compile->object() ? json::find(*compile->object(), "optimizer") : nullptr;
  if (!node) return;
  const std::string path = "compile.optimizer";
  Reading again{.source = cursor.reading().source, .tensors = cursor.reading().tensors};
  Optimizer optimizer;
  read(Cursor(again, *node, path), optimizer);
  choose_definition(optimizer, document.models);
  if (document.compile) document.compile->optimizer = optimizer;
  if (!again.problems.empty()) return;
  const bool may_be_defined = !cursor.reading().problems.empty() && json::find(*cursor.node().object(), "models");
  for (Problem& problem : problems_of(optimizer, path)) {
    if (problem.kind == ProblemKind::unknown_name && problem.path == path) {
      if (may_be_defined) continue;
      std::vector<std::string> known = optimizer_names();
      for (const ModelEntry& each : document.models) {
        if (const auto* model = std::get_if<OptimizerModel>(&each)) known.push_back(model->name);
      }
      problem.hint = suggest(problem.given, known);
      problem.expected = nearest_name(problem.given, known);
    }
    const std::string_view part = std::string_view(problem.path).substr(path.size());
    const bool in_text = problem.kind == ProblemKind::model_text;
    const json::Node* text = in_text ? definition_of(optimizer, cursor, document) : nullptr;
    const json::Node& place = text ? *text : node_at(*node, part.starts_with('.') ? part.substr(1) : "");
    Cursor(cursor.reading(), place, problem.path).fail(problem);
  }
}

void throw_if_any(std::vector<Problem>& problems) {
  if (problems.empty()) return;
  std::stable_sort(problems.begin(), problems.end(), [](const Problem& a, const Problem& b) {
    return std::tie(a.place.line, a.place.column) < std::tie(b.place.line, b.place.column);
  });
  throw DataError(std::move(problems));
}

Document read_document(const Cursor& cursor) {
  Document document;
  if (const json::Object* object = cursor.object()) {
    check_format(cursor, *object);
    throw_if_any(cursor.reading().problems);
    read(cursor, document);
    check_models(cursor, document);
    check_compiler(cursor, document);
    check_optimizer(cursor, document);
    check_tensors(cursor, document);
    check_ends(cursor, document);
  }
  throw_if_any(cursor.reading().problems);
  return document;
}

}  // namespace

namespace files {

Description description_of(json::Node root, const Arrays& tensors, const std::string& file,
                           const std::vector<Override>& overrides) {
  Source source{.file = file};
  Reading reading{.source = source, .tensors = tensors};
  Document document = read_document(Cursor(reading, root));
  if (!overrides.empty()) {
    const std::vector<ModelEntry> models = document.models;
    apply_overrides(overrides, build_network(std::move(document), root, source), models, root);
    source.overrides = places_of(overrides);
    document = read_document(Cursor(reading, root));  // a tensor that was overridden still counts as used
  }
  Description description;
  description.compile = std::move(document.compile).value_or(CompileSettings{});
  for (const auto& [name, entry] : reading.losses) description.compile.losses.defined.push_back(entry.model);
  for (const auto& [name, entry] : reading.surrogates) description.compile.surrogate.defined.push_back(entry.model);
  description.inputs = std::move(document.inputs);
  description.train = std::move(document.train);
  description.network = build_network(std::move(document), root, source);
  return description;
}

DescriptionTree tree_of(Document document) {
  Writing writing;
  if (document.compile) add_definitions(*document.compile, writing, document.models);
  document.tensors = "";
  json::Node root = write(writing, document);
  if (writing.tensors.empty()) {
    std::erase_if(std::get<json::Object>(root.content), [](const json::Member& each) { return each.key == "tensors"; });
  }
  return {.root = std::move(root), .tensors = std::move(writing.tensors)};
}

std::string text_of(DescriptionTree& tree, const std::string& tensors_file) {
  for (json::Member& member : std::get<json::Object>(tree.root.content)) {
    if (member.key == "tensors") member.value.content = tensors_file;
  }
  return json::print(tree.root);
}

}  // namespace files

Description parse_description(std::string_view json, const Arrays& tensors, const std::string& name,
                              const std::vector<Override>& overrides) {
  return description_of(json::parse(json, name), tensors, name, overrides);
}

}  // namespace synfire
