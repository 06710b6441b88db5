// SPDX-License-Identifier: Apache-2.0
// Unpacks, edits and repacks an artifact file with correct checksums, so that only the checks of its contents can
// refuse it.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "synfire/artifact_file.hpp"

namespace synfire::test {

using Json = nlohmann::ordered_json;

class Archive {
 public:
  explicit Archive(const ArtifactFile& file);

  // The bytes of an entry; added if missing.
  std::vector<std::byte>& entry(const std::string& name) { return entries_[name]; }
  std::vector<std::string> names() const;
  void remove(const std::string& name) { entries_.erase(name); }

  // Edits a JSON entry; "manifest.json" is the file's own.
  void edit(const std::string& name, const std::function<void(Json&)>& change);
  Json json(const std::string& name) const;

  // Corrects sizes and checksums.
  void seal();
  // The current bytes of the file.
  std::vector<std::byte> bytes() const;

 private:
  std::map<std::string, std::vector<std::byte>> entries_;
};

// The bytes of the file as saved.
std::vector<std::byte> saved(const ArtifactFile& file);

}  // namespace synfire::test
