// SPDX-License-Identifier: Apache-2.0
#include "recording/store.hpp"

#include <algorithm>
#include <cstring>
#include <set>

#include "recording/synapse_values.hpp"

namespace synfire::runtime {
namespace {

constexpr std::size_t piece_bytes = std::size_t{1} << 20;  // copied at a time

Extents with_axes(Extents axes, const Extents& shape) {
  axes.insert(axes.end(), shape.begin(), shape.end());
  return axes;
}

template <class T>
Array array_of(const std::vector<T>& values) {
  return Tensor<T>({values.size()}, values);
}

std::size_t row_bytes_of(const PlannedRecording& recording) {
  switch (recording.kind) {
    case RecordingKind::values: return sizeof(float) * recording.neurons.size();
    case RecordingKind::counts: return sizeof(std::uint32_t) * recording.neurons.size();
    case RecordingKind::spikes: return sizeof(RecordedSpike);
    case RecordingKind::synapses: return 0;
  }
  return 0;
}

void copy_out(const Spool& spool, std::uint64_t bytes, NpzWriter& writer) {
  std::vector<std::byte> piece(static_cast<std::size_t>(std::min<std::uint64_t>(bytes, piece_bytes)));
  for (std::uint64_t done = 0; done < bytes; done += piece.size()) {
    piece.resize(static_cast<std::size_t>(std::min<std::uint64_t>(bytes - done, piece_bytes)));
    spool.read(done, piece);
    writer.append(piece);
  }
}

}  // namespace

RecordedData::RecordedData(const PlannedRecording& recording, std::size_t first_, std::size_t count_)
    : first(first_), count(count_) {
  if (!recording.file.empty()) return;
  if (recording.kind == RecordingKind::values)
    values = Tensor<float>(with_axes({count, recording.steps.size()}, recording.shape));
  if (recording.kind == RecordingKind::counts) counts = Tensor<std::uint32_t>(with_axes({count}, recording.shape));
  if (recording.kind == RecordingKind::spikes) spikes.resize(count);
}

void MemoryStore::set_rows(std::size_t example, std::size_t row, std::span<const std::byte> values) {
  if (values.empty()) return;
  const Extents& shape = data_.values.shape();
  const std::size_t elements = data_.values.size() / (shape[0] * shape[1]);
  std::memcpy(data_.values.data() + ((example - data_.first) * shape[1] + row) * elements, values.data(),
              values.size());
}

void MemoryStore::add_spikes(std::size_t example, std::span<const RecordedSpike> spikes) {
  auto& list = data_.spikes[example - data_.first];
  list.insert(list.end(), spikes.begin(), spikes.end());
}

void MemoryStore::set_counts(std::size_t example, std::span<const std::uint32_t> counts) {
  std::copy(counts.begin(), counts.end(), data_.counts.data() + (example - data_.first) * counts.size());
}

FileStore::FileStore(const PlannedRecording& recording)
    : recording_(recording), row_bytes_(row_bytes_of(recording)), spool_(recording.file) {}

void FileStore::set_rows(std::size_t example, std::size_t row, std::span<const std::byte> values) {
  spool_.write((std::uint64_t{example} * recording_.steps.size() + row) * row_bytes_, values);
}

void FileStore::add_spikes(std::size_t example, std::span<const RecordedSpike> spikes) {
  if (spikes.empty()) return;
  pieces_.push_back({example, spool_.bytes() / row_bytes_, spikes.size()});
  spool_.append(std::as_bytes(spikes));
}

void FileStore::set_counts(std::size_t example, std::span<const std::uint32_t> counts) {
  spool_.write(std::uint64_t{example} * row_bytes_, std::as_bytes(counts));
}

void FileStore::write(NpzWriter& writer, const contract::Artifact& artifact, std::size_t examples) const {
  const std::vector<std::int64_t> kept(recording_.examples.begin(),
                                       recording_.examples.begin() + static_cast<std::ptrdiff_t>(examples));
  writer.add(recording_.name + ".examples", array_of(kept));
  writer.add(recording_.name + ".steps", array_of(recording_.steps));
  if (recording_.kind == RecordingKind::synapses) return write_synapses(writer, artifact);
  writer.add(recording_.name + ".neurons", array_of(recording_.neurons));
  if (recording_.kind == RecordingKind::spikes) return write_spikes(writer, examples);
  write_values(writer, examples);
}

void FileStore::write_values(NpzWriter& writer, std::size_t examples) const {
  const bool counts = recording_.kind == RecordingKind::counts;
  const Extents axes = counts ? Extents{examples} : Extents{examples, recording_.steps.size()};
  const std::uint64_t rows = std::uint64_t{examples} * (counts ? 1 : recording_.steps.size());
  writer.begin(recording_.name + (counts ? ".counts" : ""), counts ? DataType::u32 : DataType::f32,
               with_axes(axes, recording_.shape));
  copy_out(spool_, rows * row_bytes_, writer);
  writer.end();
}

// Columns by example. A batch runs window by window, so the spikes of an example are in several pieces.
void FileStore::write_spikes(NpzWriter& writer, std::size_t examples) const {
  std::vector<Piece> pieces = pieces_;
  std::stable_sort(pieces.begin(), pieces.end(), [](const Piece& a, const Piece& b) { return a.example < b.example; });
  std::vector<std::int64_t> offsets(examples + 1);
  for (const Piece& piece : pieces) offsets[piece.example + 1] += static_cast<std::int64_t>(piece.count);
  for (std::size_t e = 0; e < examples; ++e) offsets[e + 1] += offsets[e];
  writer.add(recording_.name + ".offsets", array_of(offsets));
  write_column<std::uint32_t>(writer, ".neuron", pieces, [](const RecordedSpike& spike) { return spike.neuron; });
  write_column<std::uint32_t>(writer, ".step", pieces, [](const RecordedSpike& spike) { return spike.step; });
  write_column<std::int8_t>(writer, ".sign", pieces, [](const RecordedSpike& spike) { return spike.sign; });
}

template <class T, class Take>
void FileStore::write_column(NpzWriter& writer, const char* column, const std::vector<Piece>& pieces, Take take) const {
  constexpr std::uint64_t at_a_time = piece_bytes / sizeof(RecordedSpike);
  std::size_t total = 0;
  for (const Piece& piece : pieces) total += static_cast<std::size_t>(piece.count);
  writer.begin(recording_.name + column, std::is_same_v<T, std::int8_t> ? DataType::i8 : DataType::u32, {total});
  std::vector<RecordedSpike> spikes;
  std::vector<T> values;
  for (const Piece& piece : pieces) {
    for (std::uint64_t done = 0; done < piece.count; done += spikes.size()) {
      spikes.resize(static_cast<std::size_t>(std::min(piece.count - done, at_a_time)));
      spool_.read((piece.begin + done) * sizeof(RecordedSpike), std::as_writable_bytes(std::span(spikes)));
      values.clear();
      for (const RecordedSpike& spike : spikes) values.push_back(take(spike));
      writer.append(std::as_bytes(std::span(values)));
    }
  }
  writer.end();
}

void FileStore::write_synapses(NpzWriter& writer, const contract::Artifact& artifact) const {
  const SynapseRecording synapses = read_synapses(artifact, recording_);
  writer.add(recording_.name + ".source_neurons", array_of(synapses.source_neurons));
  writer.add(recording_.name + ".target_neurons", array_of(synapses.target_neurons));
  writer.add(recording_.name + ".sources", array_of(synapses.sources));
  writer.add(recording_.name + ".targets", array_of(synapses.targets));
  writer.add(recording_.name + ".values", array_of(synapses.values));
}

RecordingFiles::RecordingFiles(const RecordingPlan& plan, const contract::Artifact& artifact,
                               const std::filesystem::path& predictions)
    : plan_(plan), artifact_(artifact), predictions_(predictions) {
  for (const PlannedRecording& recording : plan)
    stores_.push_back(recording.file.empty() ? nullptr : std::make_unique<FileStore>(recording));
  if (!predictions_.empty()) (void)Spool(predictions_);  // fails now rather than after the run
}

NpzWriter& RecordingFiles::writer_of(const std::filesystem::path& file) {
  const std::filesystem::path place = place_of(file);
  const auto found = writers_.find(place);
  return found != writers_.end() ? found->second : writers_.emplace(place, NpzWriter(place, false)).first->second;
}

void RecordingFiles::finish(std::size_t examples_run, const std::map<std::string, const Tensor<float>*>& readouts) {
  std::set<NpzWriter*> begun;
  for (std::size_t i = 0; i < plan_.size(); ++i) {
    if (!stores_[i]) continue;
    NpzWriter& writer = writer_of(plan_[i].file);
    if (begun.insert(&writer).second) writer.add("dt", Tensor<double>({}, {artifact_.manifest.dt}));
    stores_[i]->write(writer, artifact_, plan_[i].positions_of_examples(0, examples_run).second);
  }
  if (!predictions_.empty()) {
    for (const auto& [name, readout] : readouts) writer_of(predictions_).add(name, *readout);
  }
  for (auto& [file, writer] : writers_) writer.finish();
}

}  // namespace synfire::runtime
