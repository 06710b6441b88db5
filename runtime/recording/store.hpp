// SPDX-License-Identifier: Apache-2.0
// The destinations of recordings: memory or a file.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "recording/plan.hpp"
#include "recording/spool.hpp"
#include "synfire/contract/artifact.hpp"
#include "synfire/npz.hpp"
#include "synfire/recording.hpp"

namespace synfire::runtime {

// Receives one recording. Examples are positions in PlannedRecording::examples, rows in PlannedRecording::steps.
class RecordingStore {
 public:
  virtual ~RecordingStore() = default;
  // Whole rows of values, starting at row `row`: elements of type f32.
  virtual void set_rows(std::size_t example, std::size_t row, std::span<const std::byte> values) = 0;
  // More spikes of an example, later than all previous ones.
  virtual void add_spikes(std::size_t example, std::span<const RecordedSpike> spikes) = 0;
  virtual void set_counts(std::size_t example, std::span<const std::uint32_t> counts) = 0;
};

// A recording in memory: examples [first, first + count) of the kept ones.
struct RecordedData {
  RecordedData(const PlannedRecording& recording, std::size_t first, std::size_t count);

  std::size_t first, count;
  Tensor<float> values = {};  // examples × steps × shape
  std::vector<std::vector<RecordedSpike>> spikes = {};
  Tensor<std::uint32_t> counts = {};  // examples × shape
};

class MemoryStore : public RecordingStore {
 public:
  explicit MemoryStore(RecordedData& data) : data_(data) {}
  void set_rows(std::size_t example, std::size_t row, std::span<const std::byte> values) override;
  void add_spikes(std::size_t example, std::span<const RecordedSpike> spikes) override;
  void set_counts(std::size_t example, std::span<const std::uint32_t> counts) override;

 private:
  RecordedData& data_;
};

// A recording on its way to a .npz file, in unnamed files: its memory does not grow with the recording.
class FileStore : public RecordingStore {
 public:
  explicit FileStore(const PlannedRecording& recording);
  void set_rows(std::size_t example, std::size_t row, std::span<const std::byte> values) override;
  void add_spikes(std::size_t example, std::span<const RecordedSpike> spikes) override;
  void set_counts(std::size_t example, std::span<const std::uint32_t> counts) override;
  // Writes the arrays of the first `examples` kept examples.
  void write(NpzWriter& writer, const contract::Artifact& artifact, std::size_t examples) const;

 private:
  // Contiguous spikes of one example: entries [begin, begin + count).
  struct Piece {
    std::size_t example;
    std::uint64_t begin, count;
  };

  void write_values(NpzWriter& writer, std::size_t examples) const;
  void write_spikes(NpzWriter& writer, std::size_t examples) const;
  void write_synapses(NpzWriter& writer, const contract::Artifact& artifact) const;
  template <class T, class Take>
  void write_column(NpzWriter& writer, const char* column, const std::vector<Piece>& pieces, Take take) const;

  const PlannedRecording& recording_;
  std::size_t row_bytes_;
  Spool spool_;
  std::vector<Piece> pieces_;
};

// All files of a run. They appear when finish() is called; without it, none do.
class RecordingFiles {
 public:
  // `predictions`: the file for readouts; empty: none. Throws DataError (file_access) if a file cannot be written.
  RecordingFiles(const RecordingPlan& plan, const contract::Artifact& artifact,
                 const std::filesystem::path& predictions = {});
  // The store of a recording that goes to a file, else null.
  RecordingStore* store(std::size_t recording) const { return stores_[recording].get(); }
  // For the examples of the data [0, examples_run), with their readouts by name.
  void finish(std::size_t examples_run, const std::map<std::string, const Tensor<float>*>& readouts = {});

 private:
  NpzWriter& writer_of(const std::filesystem::path& file);

  const RecordingPlan& plan_;
  const contract::Artifact& artifact_;
  std::filesystem::path predictions_;
  std::vector<std::unique_ptr<FileStore>> stores_;  // in plan order
  std::map<std::filesystem::path, NpzWriter> writers_ = {};
};

}  // namespace synfire::runtime
