// SPDX-License-Identifier: Apache-2.0
#include "artifact/archive.hpp"

#include <utility>

#include "base/scratch_folder.hpp"
#include "synfire/base/checksum.hpp"
#include "synfire/base/files.hpp"
#include "synfire/base/zip.hpp"

namespace synfire::test {
namespace {

constexpr const char* index = "manifest.json";

}  // namespace

Archive::Archive(const ArtifactFile& file) {
  for (base::ZipEntry& entry : base::read_zip(saved(file))) entries_[entry.name] = std::move(entry.bytes);
}

std::vector<std::string> Archive::names() const {
  std::vector<std::string> names;
  for (const auto& [name, bytes] : entries_) names.push_back(name);
  return names;
}

Json Archive::json(const std::string& name) const {
  const auto& bytes = entries_.at(name);
  const auto* const begin = reinterpret_cast<const char*>(bytes.data());
  return Json::parse(begin, begin + bytes.size());
}

void Archive::edit(const std::string& name, const std::function<void(Json&)>& change) {
  Json content = json(name);
  change(content);
  entries_.at(name) = bytes_of(content.dump(2));
}

void Archive::seal() {
  edit(index, [&](Json& content) {
    Json& records = content["entries"] = Json::object();
    for (const auto& [name, bytes] : entries_) {
      if (name != index) records[name] = {{"bytes", bytes.size()}, {"xxh3_128", base::checksum({bytes})}};
    }
  });
}

std::vector<std::byte> Archive::bytes() const {
  const ScratchFolder folder;
  base::ZipWriter zip(folder / "x.synfire");
  for (const auto& [name, bytes] : entries_) zip.add(name, bytes);
  zip.finish();
  return base::read_file(folder / "x.synfire");
}

std::vector<std::byte> saved(const ArtifactFile& file) {
  const ScratchFolder folder;
  save_artifact(folder / "x.synfire", file);
  return base::read_file(folder / "x.synfire");
}

}  // namespace synfire::test
