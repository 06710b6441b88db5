// SPDX-License-Identifier: Apache-2.0
// The contents of a snapshot.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "model/model_state.hpp"
#include "synfire/session.hpp"

namespace synfire::runtime {

struct SnapshotContent {
  std::shared_ptr<const ModelState> model;
  std::uint64_t seed = 0;
  std::uint32_t example = 0;
  std::uint32_t step = 0;
  std::uint32_t load = 0;                             // CarriedState bits that the next launch loads
  std::uint32_t readout_origin = 0;                   // the step in which the readouts started
  std::vector<std::vector<Spike>> waiting = {};       // of each input
  std::vector<std::vector<float>> values = {};        // of each input
  std::vector<std::vector<std::byte>> contents = {};  // of the manifest's state and readout buffers
  bool operator==(const SnapshotContent& other) const {
    return model->has_program_of(*other.model) && seed == other.seed && example == other.example &&
           step == other.step && load == other.load && readout_origin == other.readout_origin &&
           waiting == other.waiting && values == other.values && contents == other.contents;
  }
};

}  // namespace synfire::runtime
