// SPDX-License-Identifier: Apache-2.0
// Runs training programs on any device, with access to every buffer.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "gradients/cases.hpp"
#include "synfire/runtime/device.hpp"

namespace synfire::testing {

// Spikes of one example and one population, as (step, neuron); ascending.
using Spikes = std::vector<std::pair<std::uint32_t, std::uint32_t>>;

class TrainingRun {
 public:
  // `device`: "host", "simt" or "cuda", which is opened unless given.
  TrainingRun(const TrainingCase& learned, const std::string& device, std::shared_ptr<runtime::Device> opened = nullptr,
              const std::string& source = {});
  ~TrainingRun();
  TrainingRun(const TrainingRun&) = delete;
  TrainingRun& operator=(const TrainingRun&) = delete;

  const contract::Manifest& manifest() const { return artifact_.manifest; }
  const contract::Training& training() const { return *artifact_.manifest.training; }
  const std::string& source() const { return artifact_.binaries.front().source; }

  // Data of a batch. Steps of each example: options.timesteps, unless given.
  void set_steps(const std::vector<std::uint32_t>& steps);
  void set_spikes(const std::string& population, const std::vector<Spikes>& examples);
  void set_values(const std::string& buffer, const std::vector<float>& values);
  void set_words(const std::string& buffer, const std::vector<std::uint32_t>& words);
  std::vector<float> values(const std::string& buffer) const;
  std::vector<std::uint32_t> words(const std::string& buffer) const;
  std::vector<std::int8_t> flags(const std::string& buffer) const;
  void set_tape_capacity(std::uint32_t spikes) { capacity_ = spikes; }

  // One launch of synfire_train.
  void train(bool backward = true, bool locate = false);
  // One launch of synfire_update; the mean over the batch.
  void update(float learning_rate, std::uint32_t step = 1, bool adjust = true, bool keep = false);
  // The gradient of the mean loss after train(), by connection, or by name of the trained value (`hidden.tau_mem`).
  std::vector<float> gradient(const std::string& value);
  // The mean loss of an output over the batch.
  double loss(const std::string& population) const;
  std::uint32_t examples() const { return examples_; }

 private:
  struct Buffer {
    void* memory = nullptr;
    std::size_t bytes = 0;
  };
  void allocate();
  void fill(const std::string& buffer, const void* data, std::size_t bytes);
  std::vector<std::byte> read(const std::string& buffer) const;
  template <class Header>
  void launch(runtime::LoadedProgram& program, const contract::Entry& entry, const Header& header, std::uint32_t units);
  const contract::Buffer& described(const std::string& buffer) const;

  contract::Artifact artifact_;
  std::shared_ptr<runtime::Device> device_;
  std::unique_ptr<runtime::LoadedProgram> train_, update_, prepare_;  // prepare_: null if nothing is to be computed
  contract::Entry update_entry_, prepare_entry_;
  std::map<std::string, Buffer> buffers_;
  std::map<std::string, std::vector<std::byte>> given_;
  std::uint32_t examples_, capacity_ = 100000;
  bool is_mean_ = false;      // slot 0 holds the mean of the gradients
  bool is_weighted_ = false;  // weights of losses were set
};

// Fills a program's inputs: spikes, targets and labels, and examples of different lengths, drawn from `seed`.
void give_data(TrainingRun& run, std::uint32_t seed);

}  // namespace synfire::testing
