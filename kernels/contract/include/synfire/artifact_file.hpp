// SPDX-License-Identifier: Apache-2.0
// Artifact files (`.synfire`): compiled programs with everything they need to run, and the description of the network,
// in one ZIP archive that ordinary tools open. docs/artifacts.md has the layout.
//
//   save_artifact("reflex.synfire", InferenceCompiler{.streaming = true}.build_file(network));
//   const Model model = Model::load("reflex.synfire");
//
// Files are not trusted: sizes, names and checksums are verified before memory is allocated for them, and reading
// executes nothing. Checksums detect damage, not origin: running an artifact runs its native code.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "synfire/contract/artifact.hpp"
#include "synfire/npz.hpp"

namespace synfire {

// The version of the layout that this Synfire reads and writes.
inline constexpr std::uint32_t artifact_version = 1;

// The contents of a file.
struct ArtifactFile {
  std::vector<contract::Artifact> programs;       // of one network: one for each kind of device, the preferred first
  std::string description = {};                   // of the network, JSON; empty: none
  Arrays tensors = {};                            // that the description refers to
  std::map<std::string, std::string> notes = {};  // anything else, such as how data are encoded; for tools
};

// Replaces the file, or leaves it unchanged. Equal contents are stored once, and equal artifacts give equal bytes;
// times and places of compilation are left out. Throws DataError: file_access; malformed_file for an artifact that
// load_artifact would reject, including one with a binary for "native", which other machines may be unable to run.
void save_artifact(const std::filesystem::path& path, const ArtifactFile& file);

// Everything in the file, verified. Throws DataError: file_access, malformed_file (with every problem of a program),
// unsupported for another version of the layout or of the kernel ABI. Nothing in the file is executed.
ArtifactFile load_artifact(const std::filesystem::path& path);
// The same from memory; `name` names the file in messages.
ArtifactFile load_artifact(std::span<const std::byte> bytes, const std::string& name = "artifact in memory");

// The contents of a file, without parameters, tensors and binaries.
struct ArtifactSummary {
  struct Entry {
    std::string name;
    std::uint64_t bytes = 0;         // unpacked
    std::uint64_t packed_bytes = 0;  // in the file
    std::string checksum;            // XXH3, 128 bits, hexadecimal; empty for the first entry, which holds the others'
  };
  struct Binary {
    std::string target;        // "host", "cuda"
    std::string architecture;  // "x86-64-v3", "sm_90", "compute_90"
    std::string entry;         // of the binary
    std::string source_entry;
    std::uint64_t bytes = 0;
    std::string log;  // output of its compiler
  };
  struct Program {
    contract::Manifest manifest;
    std::map<std::string, std::string> parameter_entries;  // by buffer; several can name one entry
    std::vector<Binary> binaries;
    std::string target() const { return binaries.empty() ? std::string{} : binaries.front().target; }
  };

  std::string synfire_version;  // that wrote the file
  std::uint32_t version = artifact_version;
  std::uint32_t abi = contract::abi_version;
  std::vector<Program> programs;
  std::string description;
  std::map<std::string, std::string> tensor_entries;  // by name
  std::map<std::string, std::string> notes;
  std::vector<Entry> entries;  // in the order of the file
};

// Reads the summary, and checks that manifests are valid and entries exist, but not their contents. Throws as
// load_artifact.
ArtifactSummary read_artifact_summary(const std::filesystem::path& path);

// An open file: its summary, and the rest piece by piece. All members throw as load_artifact.
class ArtifactReader {
 public:
  explicit ArtifactReader(const std::filesystem::path& path);
  // `bytes` must outlive the reader.
  explicit ArtifactReader(std::span<const std::byte> bytes, const std::string& name = "artifact in memory");
  ~ArtifactReader();
  ArtifactReader(ArtifactReader&&) noexcept;
  ArtifactReader& operator=(ArtifactReader&&) noexcept;

  const ArtifactSummary& summary() const;
  // One of summary().programs, with parameters and binaries.
  contract::Artifact program(std::size_t index);
  Arrays tensors();
  // The contents of an entry, such as a binary's source; its checksum is verified.
  std::vector<std::byte> entry(const std::string& name);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace synfire
