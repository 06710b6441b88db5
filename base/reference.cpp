// SPDX-License-Identifier: Apache-2.0
#include "synfire/reference.hpp"

#include <algorithm>

namespace synfire {
namespace {

std::optional<std::size_t> position(const std::vector<std::string>& names, const std::string& name) {
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) return std::nullopt;
  return static_cast<std::size_t>(found - names.begin());
}

std::optional<Object> find_name(const std::string& name, const ObjectNames& names, const std::string& path,
                                std::vector<Problem>& problems) {
  const auto population = position(names.populations, name);
  const auto connection = position(names.connections, name);
  if (population && connection) {
    problems.push_back({.kind = ProblemKind::duplicate_name,
                        .path = path,
                        .message = "\"" + name + "\" names both a population and a connection",
                        .hint = "use an id",
                        .expected = path_of({ObjectKind::population, *population}, names) + " or " +
                                    path_of({ObjectKind::connection, *connection}, names),
                        .given = name});
    return std::nullopt;
  }
  if (population) return Object{ObjectKind::population, *population};
  if (connection) return Object{ObjectKind::connection, *connection};
  std::vector<std::string> known = names.populations;
  known.insert(known.end(), names.connections.begin(), names.connections.end());
  problems.push_back({.kind = ProblemKind::unknown_name,
                      .path = path,
                      .message = "unknown population or connection \"" + name + "\"",
                      .hint = suggest(name, known),
                      .expected = nearest_name(name, known),
                      .given = name});
  return std::nullopt;
}

template <class Id>
std::optional<Object> find_id(const Id& id, Object object, std::size_t count, const ObjectNames& names,
                              const std::string& path, std::vector<Problem>& problems) {
  if (names.network != 0 && id.network == names.network && id.index < count) return object;
  problems.push_back({.kind = ProblemKind::foreign_id,
                      .path = path,
                      .message = "the id belongs to another network",
                      .hint = names.network == 0 ? "use names: this network was loaded from a file" : ""});
  return std::nullopt;
}

}  // namespace

PopulationReference ObjectReference::as_population() const {
  if (const auto* id = std::get_if<PopulationId>(&content_)) return *id;
  if (const auto* name = std::get_if<std::string>(&content_)) return *name;
  throw ModelError({.kind = ProblemKind::foreign_id,
                    .path = "connection",
                    .message = "the id refers to a connection, not to a population"});
}

std::optional<Object> find_object(const ObjectReference& reference, const ObjectNames& names, const std::string& path,
                                  std::vector<Problem>& problems) {
  if (const auto* id = std::get_if<PopulationId>(&reference.content())) {
    return find_id(*id, {ObjectKind::population, id->index}, names.populations.size(), names, path, problems);
  }
  if (const auto* id = std::get_if<ConnectionId>(&reference.content())) {
    return find_id(*id, {ObjectKind::connection, id->index}, names.connections.size(), names, path, problems);
  }
  return find_name(std::get<std::string>(reference.content()), names, path, problems);
}

std::string path_of(const Object& object, const ObjectNames& names) {
  const bool population = object.kind == ObjectKind::population;
  const std::string& name = (population ? names.populations : names.connections)[object.index];
  return std::string(population ? "populations[" : "connections[") + std::to_string(object.index) + "] \"" + name +
         "\"";
}

}  // namespace synfire
