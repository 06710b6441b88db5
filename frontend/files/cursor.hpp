// SPDX-License-Identifier: Apache-2.0
// A value of a document that is being read: its position and its problems.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "files/source.hpp"
#include "synfire/error.hpp"
#include "synfire/model.hpp"
#include "synfire/npz.hpp"
#include "synfire/surrogate.hpp"

namespace synfire::files {

// A loss or a surrogate among the models of a file, and the place of its text.
template <class Model>
struct TextEntry {
  Model model = {};
  Place text = {};
};

// State shared while a description is read.
struct Reading {
  const Source& source;
  const Arrays& tensors;
  std::set<std::string> used_tensors = {};
  // Of the models of the file, by name.
  std::map<std::string, TextEntry<LossModel>> losses = {};
  std::map<std::string, TextEntry<SurrogateModel>> surrogates = {};
  std::vector<Problem> problems = {};
};

class Cursor {
 public:
  Cursor(Reading& reading, const json::Node& node, std::string path = {})
      : reading_(&reading), node_(&node), path_(std::move(path)) {}

  const json::Node& node() const { return *node_; }
  Reading& reading() const { return *reading_; }
  const std::string& path() const { return path_; }
  Place place() const { return reading_->source.place(node_->position); }

  Cursor member(const std::string& key, const json::Node& node) const {
    return {*reading_, node, path_.empty() ? key : path_ + '.' + key};
  }
  Cursor element(std::size_t index, const json::Node& node) const {
    return {*reading_, node, path_ + '[' + std::to_string(index) + ']'};
  }

  // Reports a problem; path and place are filled in.
  void fail(Problem problem) const { fail_at(node_->position, std::move(problem)); }
  // Reports a value of the wrong type.
  void wrong_type(const std::string& expected, const std::string& hint = {}) const;
  // The content; otherwise reports a problem and returns nullptr.
  const json::Object* object() const;
  const json::List* list() const;
  const std::string* text() const;

  // Reports all keys of the object except these.
  void refuse_other_keys(const std::vector<std::string>& known) const;
  void missing_key(const std::string& key) const;
  // Reports a string that is not one of the names.
  void unknown_name(const std::string& given, std::vector<std::string> known) const;

 private:
  void fail_at(json::Position position, Problem problem) const;

  Reading* reading_;
  const json::Node* node_;
  std::string path_;
};

}  // namespace synfire::files
