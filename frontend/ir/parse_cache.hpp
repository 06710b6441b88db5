// SPDX-License-Identifier: Apache-2.0
// Networks have many populations and few models: what a model's texts say is parsed once and kept for the next that has
// the same texts. Values are no part of that.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "ir/report.hpp"
#include "synfire/model.hpp"

namespace synfire::ir {

// The texts of a model as one: each with its length, so that no two lists of texts give the same.
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
  // What `parse` returns for the texts of `key`; it is asked again for those of which it reports anything.
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
