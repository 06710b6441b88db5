// SPDX-License-Identifier: Apache-2.0
#include <map>
#include <set>

#include "artifact_file/checks.hpp"
#include "artifact_file/json_values.hpp"
#include "artifact_file/names.hpp"
#include "artifact_file/packer.hpp"
#include "synfire/artifact_file.hpp"
#include "synfire/base/zip.hpp"
#include "synfire/error.hpp"

namespace synfire {
namespace {

using namespace artifact;

// "programs/host", and "programs/host-2" for a second one.
std::string folder_for(const std::string& target, std::set<std::string>& taken) {
  const std::string first = "programs/" + as_path(target);
  std::string folder = first;
  for (int number = 2; !taken.insert(folder).second; ++number) folder = first + "-" + std::to_string(number);
  return folder + "/";
}

std::span<const std::byte> bytes_of(const std::string& text) { return std::as_bytes(std::span(text)); }

class Saver {
 public:
  explicit Saver(const ArtifactFile& file) : file_(file) {}

  void write(const std::filesystem::path& path) {
    check(path.string());
    index_.version = artifact_version;
    index_.abi = contract::abi_version;
    index_.synfire = SYNFIRE_VERSION;
    index_.notes = file_.notes;
    if (!file_.description.empty())
      index_.description = packer_.add_bytes("description.json", bytes_of(file_.description));
    for (const auto& [name, array] : file_.tensors) {
      index_.tensors[name] =
          packer_.add_array("tensors/" + as_path(name) + ".npy", array.type(), array.shape(), array.bytes());
    }
    for (const contract::Artifact& program : file_.programs) add(program);
    index_.entries = packer_.records();
    base::ZipWriter zip(path);
    zip.add(index_entry, bytes_of(to_json(index_)));
    packer_.write(zip);
    zip.finish();
  }

 private:
  void check(const std::string& path) const {
    std::vector<Problem> problems;
    for (std::size_t i = 0; i < file_.programs.size(); ++i) {
      const std::string program = path + ": programs[" + std::to_string(i) + "]";
      for (Problem& problem : check_program(file_.programs[i], program)) problems.push_back(std::move(problem));
    }
    if (!problems.empty()) throw DataError(std::move(problems));
  }

  void add(const contract::Artifact& program) {
    const std::string& target = program.binaries.front().target;
    const std::string folder = folder_for(target, folders_);
    ProgramRecord record;
    record.manifest = packer_.add_text(folder + "manifest.json", to_json(program.manifest));
    for (const contract::Binary& binary : program.binaries) {
      const std::string name = folder + as_path(binary.architecture);
      BinaryRecord& saved = record.binaries.emplace_back(BinaryRecord{target, binary.architecture, {}, {}, {}});
      saved.binary = packer_.add_bytes(folder + binary_file(target, binary.architecture), binary.bytes);
      saved.source = packer_.add_bytes(source_name(folder, target, binary), bytes_of(binary.source));
      if (!binary.log.empty()) saved.log = packer_.add_bytes(name + ".log", bytes_of(binary.log));
    }
    std::map<std::string, const contract::Buffer*> buffers;
    for (const contract::Buffer& buffer : program.manifest.buffers) buffers[buffer.name] = &buffer;
    for (const contract::ParameterValues& values : program.parameters) {
      const contract::Buffer& buffer = *buffers.at(values.buffer);
      record.parameters[buffer.name] = packer_.add_elements(folder + "parameters/" + as_path(buffer.name) + ".npy",
                                                            data_type(buffer.type), buffer.shape, values.bytes);
    }
    index_.programs.push_back(std::move(record));
  }

  // All binaries of a program share one source, unless they were put together by hand.
  std::string source_name(const std::string& folder, const std::string& target, const contract::Binary& binary) {
    const bool first = sources_.insert(folder).second;
    return folder + (first ? "" : as_path(binary.architecture) + ".") + source_file(target);
  }

  const ArtifactFile& file_;
  Index index_;
  Packer packer_;
  std::set<std::string> folders_, sources_;
};

}  // namespace

void save_artifact(const std::filesystem::path& path, const ArtifactFile& file) { Saver(file).write(path); }

}  // namespace synfire
