// SPDX-License-Identifier: Apache-2.0
// How raw data become what populations take: `--scale` and `--encode`, those of a description, and those that an artifact
// has stored. Nothing is done that nobody asked for.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "data/source.hpp"
#include "options.hpp"
#include "synfire/compiled_network.hpp"
#include "synfire/description.hpp"

namespace synfire::command_line {

// The preparations `stored`, replaced by what the options say: `--scale [NAME=]FACTOR` and
// `--encode [NAME=]CODE,option=value,…`. `inputs` are the names that there are. Throws UsageError.
std::vector<InputPreparation> preparations(const Arguments& arguments, std::vector<InputPreparation> stored,
                                           const std::vector<std::string>& inputs);

// As the notes of an artifact keep them, and back. Reading throws DataError (malformed_file).
std::string to_note(const std::vector<InputPreparation>& preparations);
std::vector<InputPreparation> from_note(const std::string& note, const std::string& file);

// For people: `scaled by 0.01, then linear_latency(max_time 18, min_time 2, …)`.
std::string to_string(const InputPreparation& preparation);

// Data in the form that a population takes.
using PreparedData = std::variant<Tensor<float>, SpikeTrains, Tensor<std::int64_t>>;
DataView view_of(const PreparedData& data);

// Throws DataError, with a hint where integers would become currents silently. `takes_spikes`: what the population takes.
PreparedData prepare_input(const RawData& data, const InputPreparation* preparation, bool takes_spikes,
                           const std::string& path);
// Class labels from integers, values from floating-point numbers.
PreparedData prepare_labels(const RawData& data, const std::string& path);

}  // namespace synfire::command_line
