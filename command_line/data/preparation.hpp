// SPDX-License-Identifier: Apache-2.0
// Prepares raw data for populations: `--scale`, `--encode` and `--events`, from the command line, from a description,
// or stored in an artifact. Nothing is converted implicitly.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "data/source.hpp"
#include "options.hpp"
#include "synfire/compiled_network.hpp"
#include "synfire/description.hpp"

namespace synfire::command_line {

// The preparations `stored`, overridden by the options `--scale [NAME=]FACTOR`, `--encode [NAME=]CODE,option=value,…`
// and `--events [NAME=]FORMAT,option=value,…`. `inputs` are the known names. Throws UsageError.
std::vector<InputPreparation> preparations(const Arguments& arguments, std::vector<InputPreparation> stored,
                                           const std::vector<std::string>& inputs);

// To and from a note of an artifact. Reading throws DataError (malformed_file).
std::string to_note(const std::vector<InputPreparation>& preparations);
std::vector<InputPreparation> from_note(const std::string& note, const std::string& file);

// Human-readable: `scaled by 0.01, then linear_latency(max_time 18, min_time 2, …)`.
std::string to_string(const InputPreparation& preparation);

// Data in the form that a population expects.
using PreparedData = std::variant<Tensor<float>, SpikeTrains, Tensor<std::int64_t>, ValuesOnDisk, EncodedOnDisk,
                                  SpikesOnDisk, EventFiles>;
DataView view_of(const PreparedData& data);

// Throws DataError, with a hint for integers that would become currents. `takes_spikes`: whether the population expects
// spikes.
PreparedData prepare_input(const RawData& data, const InputPreparation* preparation, bool takes_spikes,
                           const std::string& path);
// The same data, prepared when a batch is read.
PreparedData prepare_input(const ArrayFile& data, const InputPreparation* preparation, bool takes_spikes,
                           const std::string& path);
PreparedData prepare_input(const SpikesOnDisk& data, const InputPreparation* preparation, bool takes_spikes,
                           const std::string& path);
PreparedData prepare_input(const EventFiles& data, const InputPreparation* preparation, bool takes_spikes,
                           const std::string& path);
// Bytes of each element once it is prepared.
std::size_t prepared_bytes(const InputPreparation* preparation);

// Class labels from integers, values from floating-point numbers.
PreparedData prepare_labels(const RawData& data, const std::string& path);

}  // namespace synfire::command_line
