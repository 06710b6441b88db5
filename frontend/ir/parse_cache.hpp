// SPDX-License-Identifier: Apache-2.0
// A cache of parsed model definitions, since networks have many populations and few models. Values are not part of the
// key.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "ir/report.hpp"
#include "synfire/model.hpp"

namespace synfire::ir {

// The texts of a model as one key: each with its length, so that keys are unambiguous.
class TextKey {
 public:
  TextKey& add(std::string_view text) {
    key_ += std::to_string(text.size()) + ':';
    key_ += text;
    return *this;
  }
  TextKey& add(const std::vector<std::string>& texts) {
    add(std::to_string(texts.size()));
    for (const std::string& text : texts) add(text);
    return *this;
  }
  // Names, and which are flags.
  TextKey& add(const std::vector<Parameter>& parameters) {
    add(std::to_string(parameters.size()));
    for (const Parameter& parameter : parameters) add(parameter.name).add(parameter.value.is_flag() ? "flag" : "");
    return *this;
  }
  TextKey& add(const std::vector<StateVariable>& states) {
    add(std::to_string(states.size()));
    for (const StateVariable& state : states) add(state.name);
    return *this;
  }
  std::string take() { return std::move(key_); }

 private:
  std::string key_;
};

template <class Parsed>
class ParseCache {
 public:
  // The result of `parse` for the texts of `key`; not cached if it reports anything.
  template <class Parse>
  Parsed get(std::string key, const Report& report, Parse parse) {
    const auto found = kept_.find(key);
    if (found != kept_.end()) return found->second;
    const std::size_t before = report.count();
    Parsed parsed = parse();
    if (report.count() != before) return parsed;
    if (kept_.size() == most) kept_.clear();
    kept_.emplace(std::move(key), parsed);
    return parsed;
  }

 private:
  static constexpr std::size_t most = 64;
  std::unordered_map<std::string, Parsed> kept_;
};

}  // namespace synfire::ir
