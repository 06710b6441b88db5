// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "artifact_file/checked_archive.hpp"
#include "artifact_file/checks.hpp"
#include "artifact_file/json_values.hpp"
#include "artifact_file/names.hpp"
#include "synfire/artifact_file.hpp"
#include "synfire/base/live.hpp"
#include "synfire/base/npz_header.hpp"
#include "synfire/base/zip.hpp"
#include "synfire/error.hpp"

namespace synfire {
namespace {

using namespace artifact;

void throw_unless_empty(std::vector<Problem> problems) {
  if (!problems.empty()) throw DataError(std::move(problems));
}

}  // namespace

struct ArtifactReader::State {
  explicit State(base::ZipReader zip) : archive(std::move(zip), index_entry, "a Synfire artifact") {
    index = index_from_json(archive.read_index(), archive.path_of(index_entry));
    archive.expect(index.entries);
    read_summary();
  }

  void read_summary();
  ArtifactSummary::Program read_program(const ProgramRecord& record);
  std::vector<std::byte> read_elements(const std::string& entry, const contract::Buffer& buffer);

  CheckedArchive archive;
  Index index = {};
  ArtifactSummary summary = {};
};

// ---- Entries

// The elements of an array, whatever its shape.
std::vector<std::byte> ArtifactReader::State::read_elements(const std::string& entry, const contract::Buffer& buffer) {
  std::vector<std::byte> bytes = archive.read(entry);
  const npy::Header header = npy::parse_header(bytes, archive.path_of(entry));
  const DataType type = data_type(buffer.type);
  if (header.type != type || header.big_endian || (header.fortran_order && header.shape.size() > 1)) {
    archive.fail(entry, "the type or order of the array does not match the buffer \"" + buffer.name + "\"",
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
  if (!index.description.empty()) summary.description = archive.read_text(index.description);
  for (const base::ZipReader::Entry& entry : archive.zip().entries()) {
    const EntryRecord* const record = archive.find(entry.name);
    summary.entries.push_back(
        {entry.name, entry.bytes, entry.packed_bytes, record != nullptr ? record->checksum : std::string{}});
  }
  for (const ProgramRecord& program : index.programs) summary.programs.push_back(read_program(program));
}

ArtifactSummary::Program ArtifactReader::State::read_program(const ProgramRecord& record) {
  ArtifactSummary::Program program;
  const std::string manifest = archive.read_text(record.manifest);
  program.manifest = manifest_from_json(std::as_bytes(std::span(manifest)), archive.path_of(record.manifest));
  program.parameter_entries = record.parameters;
  std::vector<std::pair<std::string, std::string>> names;
  for (const BinaryRecord& binary : record.binaries) {
    names.emplace_back(binary.target, binary.architecture);
    const EntryRecord* const stored = archive.find(binary.binary);
    if (stored == nullptr) archive.fail(binary.binary, "the entry is missing");
    const std::string log = binary.log.empty() ? std::string{} : archive.read_text(binary.log);
    program.binaries.push_back({binary.target, binary.architecture, binary.binary, binary.source, stored->bytes, log});
  }
  throw_unless_empty(check_binaries(names, archive.path_of(record.manifest)));
  if (program.manifest.abi != index.abi)
    archive.fail(record.manifest + ": abi", "the number differs from that of the file");
  throw_unless_empty(check_manifest(program.manifest, program.target(), archive.path_of(record.manifest)));
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

const ArtifactSummary& ArtifactReader::summary() const { return base::live(state_, "ArtifactReader").summary; }

contract::Artifact ArtifactReader::program(std::size_t index) {
  State& state = base::live(state_, "ArtifactReader");
  const ArtifactSummary::Program& summary = state.summary.programs.at(index);
  contract::Artifact program;
  program.manifest = summary.manifest;
  for (const contract::Buffer& buffer : summary.manifest.buffers) {
    if (buffer.role != contract::BufferRole::parameter) continue;
    const auto entry = summary.parameter_entries.find(buffer.name);
    if (entry != summary.parameter_entries.end())
      program.parameters.push_back({buffer.name, state.read_elements(entry->second, buffer)});
  }
  for (const ArtifactSummary::Binary& stored : summary.binaries) {
    contract::Binary& binary = program.binaries.emplace_back();
    binary.target = stored.target;
    binary.architecture = stored.architecture;
    binary.bytes = state.archive.read(stored.entry);
    binary.source = state.archive.read_text(stored.source_entry);
    binary.log = stored.log;
  }
  throw_unless_empty(check_parameters(program, state.archive.path_of(state.index.programs[index].manifest)));
  return program;
}

Arrays ArtifactReader::tensors() {
  State& state = base::live(state_, "ArtifactReader");
  Arrays tensors;
  for (const auto& [name, entry] : state.index.tensors)
    tensors.emplace(name, read_npy(state.archive.read(entry), state.archive.path_of(entry)));
  return tensors;
}

std::vector<std::byte> ArtifactReader::entry(const std::string& name) {
  return base::live(state_, "ArtifactReader").archive.read(name);
}

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
