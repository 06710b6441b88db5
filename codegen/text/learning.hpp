// SPDX-License-Identifier: Apache-2.0
// What the generated source of programs that learn has in common on every backend.
#pragma once

#include <functional>
#include <string>

#include "synfire/codegen/program.hpp"
#include "text/writer.hpp"

namespace synfire::codegen::text {

// ` + slot * capacity * values` behind the pointer to a tape, nothing behind that to another buffer.
std::string tape_part(const Program& program, ArrayId id);

// The call that evaluates a loss; the arguments are printed: views of arrays, the label, and the threads that share the work.
std::string loss_call(const LossPhase& phase, double dt, const std::string& values, const std::string& targets,
                      const std::string& label, const std::string& threads, const std::string& losses,
                      const std::string& derivative);

// Parts of a trained value that synfire_update changes at once.
inline constexpr std::size_t update_chunk_elements = 1024;  // kernels/device/training.cuh has it too
std::uint32_t update_chunks(const Program& program);
inline constexpr std::uint32_t update_threads = 256;  // cuda: of a block

// Position of an array among the buffers.
std::size_t buffer_position(const Program& program, ArrayId id);

// Where spike_totals has a number of the tape.
std::uint32_t spike_total(const Tape& tape, std::uint32_t contract::SpikeTotals::*which);

// At the end of a slot: says whether its part of the batch could be learned from. `lane`, `lanes`: printed, which of how many
// threads; the first looks at what it has written alone. `slot_view` gives the view of a buffer of the slot.
void print_closing(const Program& program, const std::string& lane, const std::string& lanes,
                   const std::function<std::string(ArrayId)>& slot_view, Writer& out);

// The statements of synfire_update: what to do with chunk number `chunk`. `threads`: printed, as above; `view` prints the
// view of a buffer of floats, all slots of it.
void print_update(const Program& program, const std::string& threads, Writer& out);

}  // namespace synfire::codegen::text
