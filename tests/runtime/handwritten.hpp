// SPDX-License-Identifier: Apache-2.0
// The handwritten program of programs/decaying_sum.cpp as an artifact.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "synfire/contract/artifact.hpp"

namespace synfire::testing {

inline constexpr std::size_t neurons = 3;
inline constexpr std::size_t spiking_neurons = 4;
inline constexpr std::uint32_t timesteps = 5;
inline constexpr double dt = 0.5;
inline const std::vector<float> weights = {1.0f, 0.5f, -2.0f};
enum Population : std::size_t { values_input, spikes_input, output };
inline constexpr std::size_t trace_buffer = 6;

// A shared object of a source file, compiled as generated host source is.
std::vector<std::byte> compile_program(const std::string& source, const std::string& include_folder = {});

// The program as a shared object; compiled once per process.
const std::vector<std::byte>& compiled_program();

// Its artifact, for the host.
contract::Artifact handwritten_artifact();

}  // namespace synfire::testing
