// SPDX-License-Identifier: Apache-2.0
// An artifact file taken apart, changed and put together again, with checksums that are right for what it then holds: what
// only the checks of its contents can refuse.
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

  // The bytes of an entry. Adds it where there is none.
  std::vector<std::byte>& entry(const std::string& name) { return entries_[name]; }
  std::vector<std::string> names() const;
  void remove(const std::string& name) { entries_.erase(name); }

  // Changes an entry of JSON; "manifest.json" is that of the file.
  void edit(const std::string& name, const std::function<void(Json&)>& change);
  Json json(const std::string& name) const;

  // Makes sizes and checksums right.
  void seal();
  // The file as it is now.
  std::vector<std::byte> bytes() const;

 private:
  std::map<std::string, std::vector<std::byte>> entries_;
};

// The bytes of the file that is saved.
std::vector<std::byte> saved(const ArtifactFile& file);

}  // namespace synfire::test
