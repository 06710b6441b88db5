// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstring>
#include <utility>

#include "artifact_file/checks.hpp"
#include "artifact_file/checksum.hpp"
#include "artifact_file/json_values.hpp"
#include "artifact_file/names.hpp"
#include "synfire/artifact_file.hpp"
#include "synfire/base/npz_header.hpp"
#include "synfire/base/zip.hpp"
#include "synfire/error.hpp"

namespace synfire {
namespace {

using namespace artifact;

// More text than any network has. Texts are compressed, so a small file could hold far more.
constexpr std::uint64_t most_text = std::uint64_t{64} << 20;

std::string text_of(const std::vector<std::byte>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

void throw_unless_empty(std::vector<Problem> problems) {
  if (!problems.empty()) throw DataError(std::move(problems));
}

}  // namespace

struct ArtifactReader::State {
  explicit State(base::ZipReader archive) : zip(std::move(archive)) {
    read_index();
    check_entries();
    read_summary();
  }

  void read_index();
  void check_entries() const;
  void read_summary();
  ArtifactSummary::Program read_program(const ProgramRecord& record);
  std::vector<std::byte> read(const std::string& entry);
  std::vector<std::byte> read_text(const std::string& entry);
  std::vector<std::byte> read_elements(const std::string& entry, const contract::Buffer& buffer);

  std::string path_of(const std::string& entry) const { return zip.name() + ": " + entry; }
  [[noreturn]] void fail(const std::string& entry, std::string message, std::string expected = {},
                         std::string given = {}) const {
    throw DataError({.kind = ProblemKind::malformed_file,
                     .path = path_of(entry),
                     .message = std::move(message),
                     .expected = std::move(expected),
                     .given = std::move(given)});
  }

  base::ZipReader zip;
  std::map<std::string, std::size_t> positions = {};  // in the archive, by name
  Index index = {};
  ArtifactSummary summary = {};
};

// ---- The index, and whether the entries match it

void ArtifactReader::State::read_index() {
  for (std::size_t i = 0; i < zip.entries().size(); ++i) positions[zip.entries()[i].name] = i;
  const auto found = positions.find(index_entry);
  if (found == positions.end()) {
    throw DataError({.kind = ProblemKind::malformed_file,
                     .path = zip.name(),
                     .message = "the archive is not a Synfire artifact",
                     .expected = std::string("an entry ") + index_entry});
  }
  if (zip.entries()[found->second].bytes > most_text) fail(index_entry, "the text is too long");
  index = index_from_json(zip.read(found->second), path_of(index_entry));
}

void ArtifactReader::State::check_entries() const {
  std::vector<Problem> problems;
  const auto report = [&](const std::string& entry, std::string message, std::string expected = {},
                          std::string given = {}) {
    problems.push_back({.kind = ProblemKind::malformed_file,
                        .path = path_of(entry),
                        .message = std::move(message),
                        .expected = std::move(expected),
                        .given = std::move(given)});
  };
  for (const auto& [name, record] : index.entries) {
    const auto found = positions.find(name);
    if (!is_safe_path(name) || name == index_entry) {
      report(name, "invalid entry name");
    } else if (found == positions.end()) {
      report(name, "the entry is missing");
    } else if (zip.entries()[found->second].bytes != record.bytes) {
      report(name, "the entry has the wrong size", std::to_string(record.bytes) + " bytes",
             std::to_string(zip.entries()[found->second].bytes));
    }
  }
  for (const base::ZipReader::Entry& entry : zip.entries()) {
    if (entry.name != index_entry && !index.entries.contains(entry.name))
      report(entry.name, "the entry is not in the index");
  }
  throw_unless_empty(std::move(problems));
}

// ---- Entries

std::vector<std::byte> ArtifactReader::State::read(const std::string& entry) {
  const auto record = index.entries.find(entry);
  if (record == index.entries.end()) fail(entry, "the entry is missing");
  std::vector<std::byte> bytes = zip.read(positions.at(entry));
  const std::string found = checksum({bytes});
  if (found != record->second.checksum) fail(entry, "the entry is damaged", record->second.checksum, found);
  return bytes;
}

std::vector<std::byte> ArtifactReader::State::read_text(const std::string& entry) {
  const auto record = index.entries.find(entry);
  if (record != index.entries.end() && record->second.bytes > most_text) fail(entry, "the text is too long");
  return read(entry);
}

// The elements of an array, whatever its shape.
std::vector<std::byte> ArtifactReader::State::read_elements(const std::string& entry, const contract::Buffer& buffer) {
  std::vector<std::byte> bytes = read(entry);
  const npy::Header header = npy::parse_header(bytes, path_of(entry));
  const DataType type = data_type(buffer.type);
  if (header.type != type || header.big_endian || (header.fortran_order && header.shape.size() > 1)) {
    fail(entry, "the type or order of the array does not match the buffer \"" + buffer.name + "\"",
         std::string("<") + to_string(type) + ", row-major", to_string(header.type));
  }
  bytes.erase(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(header.data_begin));
  return bytes;
}

// ---- The summary

void ArtifactReader::State::read_summary() {
  summary.synfire_version = index.synfire;
  summary.version = index.version;
  summary.abi = index.abi;
  summary.tensor_entries = index.tensors;
  summary.notes = index.notes;
  if (!index.description.empty()) summary.description = text_of(read_text(index.description));
  for (const base::ZipReader::Entry& entry : zip.entries()) {
    const auto record = index.entries.find(entry.name);
    summary.entries.push_back({entry.name, entry.bytes, entry.packed_bytes,
                               record != index.entries.end() ? record->second.checksum : std::string{}});
  }
  for (const ProgramRecord& program : index.programs) summary.programs.push_back(read_program(program));
}

ArtifactSummary::Program ArtifactReader::State::read_program(const ProgramRecord& record) {
  ArtifactSummary::Program program;
  program.manifest = manifest_from_json(read_text(record.manifest), path_of(record.manifest));
  program.parameter_entries = record.parameters;
  std::vector<std::pair<std::string, std::string>> names;
  for (const BinaryRecord& binary : record.binaries) {
    names.emplace_back(binary.target, binary.architecture);
    const auto stored = index.entries.find(binary.binary);
    if (stored == index.entries.end()) fail(binary.binary, "the entry is missing");
    const std::string log = binary.log.empty() ? std::string{} : text_of(read_text(binary.log));
    program.binaries.push_back(
        {binary.target, binary.architecture, binary.binary, binary.source, stored->second.bytes, log});
  }
  throw_unless_empty(check_binaries(names, path_of(record.manifest)));
  if (program.manifest.abi != index.abi) fail(record.manifest + ": abi", "the number differs from that of the file");
  throw_unless_empty(check_manifest(program.manifest, program.target(), path_of(record.manifest)));
  return program;
}

// ---- Reading

ArtifactReader::ArtifactReader(const std::filesystem::path& path)
    : state_(std::make_unique<State>(base::ZipReader(path))) {}
ArtifactReader::ArtifactReader(std::span<const std::byte> bytes, const std::string& name)
    : state_(std::make_unique<State>(base::ZipReader(bytes, name))) {}
ArtifactReader::~ArtifactReader() = default;
ArtifactReader::ArtifactReader(ArtifactReader&&) noexcept = default;
ArtifactReader& ArtifactReader::operator=(ArtifactReader&&) noexcept = default;

const ArtifactSummary& ArtifactReader::summary() const noexcept { return state_->summary; }

contract::Artifact ArtifactReader::program(std::size_t index) {
  const ArtifactSummary::Program& summary = state_->summary.programs.at(index);
  contract::Artifact program;
  program.manifest = summary.manifest;
  for (const contract::Buffer& buffer : summary.manifest.buffers) {
    if (buffer.role != contract::BufferRole::parameter) continue;
    const auto entry = summary.parameter_entries.find(buffer.name);
    if (entry != summary.parameter_entries.end())
      program.parameters.push_back({buffer.name, state_->read_elements(entry->second, buffer)});
  }
  for (const ArtifactSummary::Binary& stored : summary.binaries) {
    contract::Binary& binary = program.binaries.emplace_back();
    binary.target = stored.target;
    binary.architecture = stored.architecture;
    binary.bytes = state_->read(stored.entry);
    binary.source = text_of(state_->read_text(stored.source_entry));
    binary.log = stored.log;
  }
  throw_unless_empty(check_parameters(program, state_->path_of(state_->index.programs[index].manifest)));
  return program;
}

Arrays ArtifactReader::tensors() {
  Arrays tensors;
  for (const auto& [name, entry] : state_->index.tensors)
    tensors.emplace(name, read_npy(state_->read(entry), state_->path_of(entry)));
  return tensors;
}

std::vector<std::byte> ArtifactReader::entry(const std::string& name) { return state_->read(name); }

ArtifactSummary read_artifact_summary(const std::filesystem::path& path) { return ArtifactReader(path).summary(); }

namespace {

ArtifactFile load_all(ArtifactReader reader) {
  ArtifactFile file;
  file.description = reader.summary().description;
  file.notes = reader.summary().notes;
  file.tensors = reader.tensors();
  for (std::size_t i = 0; i < reader.summary().programs.size(); ++i) file.programs.push_back(reader.program(i));
  return file;
}

}  // namespace

ArtifactFile load_artifact(const std::filesystem::path& path) { return load_all(ArtifactReader(path)); }

ArtifactFile load_artifact(std::span<const std::byte> bytes, const std::string& name) {
  return load_all(ArtifactReader(bytes, name));
}

}  // namespace synfire
