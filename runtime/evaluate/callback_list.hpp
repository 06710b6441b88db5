// SPDX-License-Identifier: Apache-2.0
// The callbacks of a run, called in order.
#pragma once

#include <any>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "synfire/callbacks.hpp"
#include "synfire/error.hpp"

namespace synfire::runtime {

class CallbackList {
 public:
  // What a run does with the settings of training in the list.
  enum class Settings { refused, left_out };
  // Throws ModelError with all problems: unknown names, null pointers, duplicate keys, refused settings, and step hooks
  // if the program cannot stop between steps (`resumable`).
  CallbackList(const std::vector<CallbackReference>& given, bool resumable, std::vector<Problem>& warnings,
               Settings settings = Settings::refused);

  bool empty() const { return callbacks_.empty(); }
  bool wants_steps() const { return !step_callbacks_.empty(); }
  bool wants_batches() const;
  void test_begins(const RunInfo& run) const;
  void test_ends(const MetricValues& metrics) const;
  void train_begins(const TrainInfo& training) const;
  void train_ends() const;
  void epoch_begins(std::uint32_t epoch) const;
  // Whether all want to continue; all are called.
  bool epoch_ends(const EpochRecord& record) const;
  void batch_trained(const TrainedBatch& batch) const;
  void batch_begins(std::size_t batch) const;
  void batch_ends(std::size_t batch, const MetricValues& metrics) const;
  void step_begins(std::uint32_t step) const;
  void step_ends(std::uint32_t step, const StepView& view) const;
  std::map<std::string, std::any> data() const;

 private:
  void add(const CallbackReference& given, Settings settings, const std::string& path, std::vector<Problem>& problems);
  void find_keys(std::vector<Problem>& problems, std::vector<Problem>& warnings);

  std::vector<std::shared_ptr<Callback>> callbacks_;
  std::vector<std::shared_ptr<Callback>> step_callbacks_;
  std::map<std::string, std::shared_ptr<Callback>> keys_;
};

}  // namespace synfire::runtime
