// SPDX-License-Identifier: Apache-2.0
// The file of a checkpoint: a ZIP archive with an index, like artifacts.
//
//   checkpoint.json          the format, its version, where the run is, size and checksum of each entry
//   description.json         the network and how it was compiled
//   tensors/<name>.npy       arrays of the description
//   weights/<name>.npy       each trained value, in the order of its program
//   state/<name>.npy         of the optimizer
//   best/<name>.npy          weights of the best epoch
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "synfire/contract/artifact.hpp"
#include "synfire/runtime/trainer.hpp"
#include "train/batch_trainer.hpp"
#include "train/score_board.hpp"

namespace synfire::runtime {

// A run, and where it is. The order of the examples and all random draws follow from the seed and the epoch.
struct RunRecord {
  // What another run must share to continue it:
  std::uint64_t seed = 0;
  bool shuffle = true;
  std::uint32_t scheduled_epochs = 0;  // if the learning rate depends on the length of the run
  std::uint32_t start_epoch = 0;
  std::uint64_t examples = 0, validation_examples = 0;
  std::vector<std::string> metrics = {};  // of each output; may be empty
  std::string data = {};                  // data_checksum
  std::string input_noise = {};           // NoisyData::description
  // Its progress:
  std::vector<EpochRecord> epochs = {};               // that ended
  std::optional<EpochRecord> current = std::nullopt;  // of the epoch in progress, until its last batch so far
  ScoreState scores = {};                             // of the epoch in progress
};

struct BestWeights {
  std::uint32_t epoch = 0;
  std::vector<std::vector<float>> values = {};  // in the order of contract::Training::values
};

struct CheckpointContent {
  TrainingIdentity identity;
  std::map<std::string, std::string> notes = {};
  double learning_rate = 0;
  bool scheduled = false;  // whether a schedule sets it
  TrainedState trained = {};
  std::optional<RunRecord> run = std::nullopt;  // nothing: no run is in progress
  std::optional<BestWeights> best = std::nullopt;
};

// Throws DataError (file_access).
void write_checkpoint(const std::filesystem::path& path, const CheckpointContent& content,
                      const contract::Training& training);

// Reads the checkpoint of a program, whose identity is `own`. All sizes and numbers fit the program. Throws DataError:
// file_access, malformed_file, unsupported; foreign_checkpoint for another network or other settings.
CheckpointContent read_checkpoint(const std::filesystem::path& path, const contract::Manifest& manifest,
                                  const TrainingIdentity& own);

// That a checkpoint cannot be used for what differs.
[[noreturn]] void refuse_checkpoint(const std::filesystem::path& path, const std::string& what,
                                    const std::string& expected = {}, const std::string& given = {},
                                    const std::string& hint = {});

}  // namespace synfire::runtime
