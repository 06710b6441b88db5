// SPDX-License-Identifier: Apache-2.0
// Checkpoints of training: one file with everything that a run needs to continue as if nothing had happened.
//
//   model.train(x, y, {.epochs = 50, .resume = "run.ckpt",
//                      .callbacks = {Checkpoint{.path = "run.ckpt", .every_updates = 500}}});
//
// A run that is cut anywhere and resumed ends with the same bits as one that is not: weights, optimizer, losses,
// metrics.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "synfire/npz.hpp"

namespace synfire {

// An entry of TrainOptions::callbacks. The file is replaced as a whole: after a crash it is the old or the new one. It
// is also written when training ends, in whatever way except an error. If it cannot be written, training warns
// (checkpoint_not_written) and goes on.
struct Checkpoint {
  std::filesystem::path path = {};
  std::uint64_t every_updates = 0;                // after each so many updates; 0: after each epoch
  std::map<std::string, std::string> notes = {};  // free texts for programs
};

// What a checkpoint says about itself.
struct CheckpointInfo {
  std::string synfire_version;   // that wrote it
  std::string description = {};  // of the network and how it was compiled, as write_description writes it …
  Arrays tensors = {};           // … and its tensors
  std::map<std::string, std::string> notes = {};
  std::uint32_t gradient_slots = 0;  // of the program, which a description need not say
  std::uint64_t updates = 0;
  double learning_rate = 0;
  std::optional<std::uint32_t> epoch = std::nullopt;  // the number of the epoch that is next or not finished; without
                                                      // one, the file was written by TrainingNetwork::save
};
// Files are not trusted: sizes and checksums are checked. Throws DataError: file_access, malformed_file, unsupported
// for a file of another version.
CheckpointInfo read_checkpoint(const std::filesystem::path& path);

}  // namespace synfire
