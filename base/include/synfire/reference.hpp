// SPDX-License-Identifier: Apache-2.0
// References to populations and connections, as methods accept them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "synfire/error.hpp"

namespace synfire {

// Identifies one population of one network; stays valid when the network grows, moves or is copied.
struct PopulationId {
  std::uint32_t index = 0;
  std::uint64_t network = 0;  // the network that created it; 0: none
  bool operator==(const PopulationId&) const = default;
};

// Identifies one connection of one network.
struct ConnectionId {
  std::uint32_t index = 0;
  std::uint64_t network = 0;
  bool operator==(const ConnectionId&) const = default;
};

// A layer of a SequentialNetwork: its population and the connection into it. Converts to both.
struct LayerId {
  PopulationId population;
  ConnectionId connection;
  operator PopulationId() const { return population; }  // NOLINT(google-explicit-constructor)
  operator ConnectionId() const { return connection; }  // NOLINT(google-explicit-constructor)
};

// A population, given as an id, a layer or a name.
class PopulationReference {
 public:
  PopulationReference(PopulationId id) : id_(id) {}                  // NOLINT(google-explicit-constructor)
  PopulationReference(LayerId layer) : id_(layer.population) {}      // NOLINT(google-explicit-constructor)
  PopulationReference(const char* name) : name_(name) {}             // NOLINT(google-explicit-constructor)
  PopulationReference(std::string name) : name_(std::move(name)) {}  // NOLINT(google-explicit-constructor)
  const std::optional<PopulationId>& id() const { return id_; }
  const std::string& name() const { return name_; }  // when there is no id

 private:
  std::optional<PopulationId> id_;
  std::string name_;
};

// A population or a connection, given as an id or a name. A layer means its population; its connection is
// `layer.connection`.
class ObjectReference {
 public:
  ObjectReference(PopulationId id) : content_(id) {}                  // NOLINT(google-explicit-constructor)
  ObjectReference(ConnectionId id) : content_(id) {}                  // NOLINT(google-explicit-constructor)
  ObjectReference(LayerId layer) : content_(layer.population) {}      // NOLINT(google-explicit-constructor)
  ObjectReference(const char* name) : content_(std::string(name)) {}  // NOLINT(google-explicit-constructor)
  ObjectReference(std::string name) : content_(std::move(name)) {}    // NOLINT(google-explicit-constructor)
  ObjectReference(const PopulationReference& population) {            // NOLINT(google-explicit-constructor)
    if (population.id()) content_ = *population.id();
    if (!population.id()) content_ = population.name();
  }
  const std::variant<std::string, PopulationId, ConnectionId>& content() const { return content_; }
  // Throws ModelError for the id of a connection.
  PopulationReference as_population() const;

 private:
  std::variant<std::string, PopulationId, ConnectionId> content_;
};

enum class ObjectKind { population, connection };

// An object of a network.
struct Object {
  ObjectKind kind = ObjectKind::population;
  std::size_t index = 0;
  auto operator<=>(const Object&) const = default;  // NOLINT(modernize-use-nullptr)
};

// The names that references are resolved against.
struct ObjectNames {
  std::vector<std::string> populations;
  std::vector<std::string> connections;
  std::uint64_t network = 0;  // whose ids are accepted; 0: none
};

// The object, or nothing and a problem at `path`: foreign_id; unknown_name with the nearest name; duplicate_name for a
// name that a population and a connection share.
std::optional<Object> find_object(const ObjectReference& reference, const ObjectNames& names, const std::string& path,
                                  std::vector<Problem>& problems);

// `populations[2] "hidden"`, `connections[0] "a_b"`: how messages name an object.
std::string path_of(const Object& object, const ObjectNames& names);

}  // namespace synfire
