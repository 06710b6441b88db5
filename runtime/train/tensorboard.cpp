// SPDX-License-Identifier: Apache-2.0
// Writes scalars as TensorBoard reads them: records of TensorFlow (length, data, and a checksum of each), whose data
// are protocol buffers (Event, Summary).
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <vector>

#include "synfire/base/files.hpp"
#include "synfire/training.hpp"

namespace synfire {
namespace {

// CRC-32C (Castagnoli), masked as records have it.
std::uint32_t masked_crc(const std::string& bytes) {
  static const auto table = [] {
    std::array<std::uint32_t, 256> made{};
    for (std::uint32_t i = 0; i < 256; ++i) {
      std::uint32_t value = i;
      for (int bit = 0; bit < 8; ++bit) value = (value >> 1) ^ ((value & 1) != 0 ? 0x82F63B78u : 0u);
      made[i] = value;
    }
    return made;
  }();
  std::uint32_t crc = 0xFFFFFFFFu;
  for (const char byte : bytes) crc = (crc >> 8) ^ table[(crc ^ static_cast<unsigned char>(byte)) & 0xFFu];
  crc ^= 0xFFFFFFFFu;
  return std::rotr(crc, 15) + 0xA282EAD8u;
}

template <class T>
std::string raw(T value) {
  std::string bytes(sizeof value, '\0');
  std::memcpy(bytes.data(), &value, sizeof value);
  return bytes;
}

std::string varint(std::uint64_t value) {
  std::string bytes;
  for (; value >= 0x80; value >>= 7) bytes += static_cast<char>(0x80 | (value & 0x7F));
  return bytes + static_cast<char>(value);
}

enum WireType : std::uint64_t { whole = 0, eight_bytes = 1, counted_bytes = 2, four_bytes = 5 };

std::string key(std::uint64_t field, WireType type) { return varint(field << 3 | type); }

std::string with_size(std::uint64_t field, const std::string& content) {
  return key(field, counted_bytes) + varint(content.size()) + content;
}

std::string record(const std::string& event) {
  const std::string length = raw(static_cast<std::uint64_t>(event.size()));
  return length + raw(masked_crc(length)) + event + raw(masked_crc(event));
}

class Events {
 public:
  // The first record names the version of the format.
  Events() { text_ += record(key(1, eight_bytes) + raw(0.0) + with_size(3, "brain.Event:2")); }

  void add(const std::string& tag, std::uint32_t step, double seconds, double value) {
    if (std::isnan(value)) return;
    const std::string scalar = with_size(1, tag) + key(2, four_bytes) + raw(static_cast<float>(value));
    text_ +=
        record(key(1, eight_bytes) + raw(seconds) + key(2, whole) + varint(step) + with_size(5, with_size(1, scalar)));
  }
  void add(const std::string& part, const EpochRecord& epoch, double seconds, const std::vector<OutputScore>& scores) {
    for (const OutputScore& score : scores) {
      add(part + "/" + score.output + ".loss", epoch.epoch, seconds, score.loss);
      if (!score.metric.empty()) add(part + "/" + score.output + "." + score.metric, epoch.epoch, seconds, score.value);
    }
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

}  // namespace

void History::save_tensorboard(const std::filesystem::path& folder) const {
  Events events;
  double seconds = 0;
  for (const EpochRecord& epoch : epochs) {
    seconds += epoch.seconds + epoch.validation_seconds;
    events.add("training", epoch, seconds, epoch.training);
    events.add("validation", epoch, seconds, epoch.validation);
    events.add("learning_rate", epoch.epoch, seconds, epoch.learning_rate);
    for (const PopulationActivity& each : epoch.activity) {
      const double spikes = static_cast<double>(each.spikes) / static_cast<double>(epoch.examples);
      events.add("spikes_per_example/" + each.population, epoch.epoch, seconds, spikes);
    }
  }
  base::write_file(folder / tensorboard_file, std::as_bytes(std::span(events.text())));
}

}  // namespace synfire
