// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstring>
#include <map>

#include "artifact_file/checks.hpp"
#include "artifact_file/problem_list.hpp"

namespace synfire::artifact {
namespace {

using contract::ElementType;

struct Values {
  std::span<const std::byte> bytes;
  ElementType type = ElementType::u32;
  std::size_t size() const { return bytes.size() / element_size(type); }
};

template <class T, class Visitor>
void visit_as(std::span<const std::byte> bytes, Visitor visit) {
  for (std::size_t begin = 0; begin + sizeof(T) <= bytes.size(); begin += sizeof(T)) {
    T value;
    std::memcpy(&value, bytes.data() + begin, sizeof(T));
    visit(value);
  }
}

template <class Visitor>
void visit(const Values& values, Visitor visitor) {
  switch (values.type) {
    case ElementType::u8: return visit_as<std::uint8_t>(values.bytes, visitor);
    case ElementType::u16: return visit_as<std::uint16_t>(values.bytes, visitor);
    default: return visit_as<std::uint32_t>(values.bytes, visitor);
  }
}

std::uint32_t greatest(const Values& values) {
  std::uint32_t most = 0;
  visit(values, [&](std::uint32_t value) { most = std::max(most, value); });
  return most;
}

class ParameterChecker {
 public:
  ParameterChecker(const contract::Artifact& program, const std::string& path) : program_(program), problems_(path) {}

  std::vector<Problem> run() {
    for (const contract::ParameterValues& values : program_.parameters) {
      problems_.check(values_.emplace(values.buffer, Values{values.bytes}).second, "parameters." + values.buffer,
                      "duplicate parameter");
    }
    std::size_t parameters = 0;
    for (const contract::Buffer& buffer : program_.manifest.buffers) {
      if (buffer.role != contract::BufferRole::parameter) continue;
      ++parameters;
      check_size(buffer);
    }
    problems_.check(values_.size() <= parameters, "parameters", "there are more parameters than parameter buffers",
                    std::to_string(parameters), std::to_string(values_.size()));
    if (!problems_.empty()) return problems_.take();
    for (std::size_t i = 0; i < program_.manifest.connections.size(); ++i) {
      const contract::ConnectionInfo& connection = program_.manifest.connections[i];
      if (connection.storage == "rows") check_rows(connection, "connections[" + std::to_string(i) + "]");
    }
    return problems_.take();
  }

 private:
  void check_size(const contract::Buffer& buffer) {
    const std::string path = "parameters." + buffer.name;
    const auto found = values_.find(buffer.name);
    if (!problems_.check(found != values_.end(), path, "the parameter is missing")) return;
    found->second.type = buffer.type;
    const std::size_t bytes = buffer_bytes(buffer, 1);
    problems_.check(found->second.bytes.size() == bytes, path, "the parameter has the wrong size",
                    std::to_string(bytes) + " bytes", std::to_string(found->second.bytes.size()) + " bytes");
  }

  // Native code follows offsets to synapses, and synapses to their targets, unchecked.
  void check_rows(const contract::ConnectionInfo& connection, const std::string& path) {
    const Values& targets = values_.at(connection.target_buffer);
    std::uint32_t last = 0;
    bool ascending = true;
    visit(values_.at(connection.offset_buffer), [&](std::uint32_t offset) {
      ascending = ascending && offset >= last;
      last = offset;
    });
    problems_.check(ascending && last == targets.size(), path + ".offset_buffer", "the rows are not contiguous",
                    "offsets that ascend to " + std::to_string(targets.size()));
    const std::size_t neurons = neurons_of(connection.target);
    problems_.check(targets.size() == 0 || greatest(targets) < neurons, path + ".target_buffer",
                    "the target of a synapse does not exist", "less than " + std::to_string(neurons));
    if (connection.delay_buffer.empty()) return;
    const std::size_t most = connection.longest_delay_steps - connection.delay_steps;
    problems_.check(greatest(values_.at(connection.delay_buffer)) <= most, path + ".delay_buffer",
                    "a synapse has a delay longer than the longest one", "at most " + std::to_string(most));
  }

  std::size_t neurons_of(const std::string& population) const {
    for (const contract::PopulationInfo& each : program_.manifest.populations) {
      if (each.name == population) return element_count(each.shape);
    }
    return 0;
  }

  const contract::Artifact& program_;
  ProblemList problems_;
  std::map<std::string, Values> values_;  // by buffer
};

}  // namespace

std::vector<Problem> check_parameters(const contract::Artifact& program, const std::string& path) {
  return ParameterChecker(program, path).run();
}

}  // namespace synfire::artifact
