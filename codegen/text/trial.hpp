// SPDX-License-Identifier: Apache-2.0
// Source of trials that is the same on every backend.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>

#include "synfire/codegen/program.hpp"
#include "text/writer.hpp"

namespace synfire::codegen::text {

// Includes the device headers, and uses their namespace.
void print_includes(const std::vector<std::string>& headers, Writer& out);
// `// ---- title`, after an empty line.
void print_section(const std::string& title, Writer& out);

// `7u`
std::string count(std::uint64_t value);

// `i`, `step`, `arguments.save != 0u`, …
std::string trial_builtin(Builtin builtin);

// The slot of a ring of `depth` that belongs to the step `back` steps ago; 0 < depth.
std::string ring_slot(std::uint32_t depth, std::uint32_t back);

// The step `age` steps after this one.
std::string step_later(std::uint32_t age);

// Whether generated code writes the buffer.
bool is_written(contract::BufferRole role);

// The pointer to a buffer, number `position` among the arguments. For a per-example buffer: to example `example`, or to
// row `row` of the data in a training program.
std::string buffer_pointer(const Program& program, ArrayId id, std::size_t position, const std::string& example);

}  // namespace synfire::codegen::text
