// SPDX-License-Identifier: Apache-2.0
// How methods are told which population or connection is meant.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace synfire {

// Names one population of one network; stays valid when the network grows, moves or is copied.
struct PopulationId {
  std::uint32_t index = 0;
  std::uint64_t network = 0;  // which network made it; 0 for none
  bool operator==(const PopulationId&) const = default;
};

// Names one connection of one network.
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

// A population where a method takes an id, a layer or a name.
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

}  // namespace synfire
