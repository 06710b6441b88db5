// SPDX-License-Identifier: Apache-2.0
// Source of training programs that is the same on every backend.
#pragma once

#include <functional>
#include <string>

#include "synfire/codegen/program.hpp"
#include "text/body.hpp"
#include "text/writer.hpp"

namespace synfire::codegen::text {

// ` + slot * capacity * values`, to append to the pointer to a tape; empty for other buffers.
std::string tape_part(const Program& program, ArrayId id);

// The block that evaluates a loss and its derivative. `shared`: each of the threads of a block writes its own elements,
// and the first the loss.
void print_loss(const LossPhase& phase, const BodyStyle& style, bool shared, Writer& out);

// Chunks of trained values, which synfire_update updates one by one.
inline constexpr std::size_t update_chunk_elements = 1024;
std::uint32_t update_chunks(const Program& program);
inline constexpr std::uint32_t update_threads = 256;  // cuda: per block

// Chunks of targets of matrices whose weights have a largest norm, for synfire_constrain.
inline constexpr std::uint32_t constrain_chunk_targets = 32;
std::uint32_t constrain_chunks(const Program& program);

// 1 / dt, a literal.
std::string per_step(const Program& program);

// Chunks of elements of the phases of synfire_prepare.
std::uint32_t prepare_chunks(const Program& program);

// Position of an array among the buffers.
std::size_t buffer_position(const Program& program, ArrayId id);

// The index in spike_totals of one of the tape's totals.
std::uint32_t spike_total(const Tape& tape, std::uint32_t contract::SpikeTotals::*which);

// At the end of a slot: code that checks whether its part of the batch is usable for training. `lane`, `lanes`: printed
// index and number of threads; the first checks what it alone has written. `slot_view` returns the view of a buffer of
// the slot.
void print_closing(const Program& program, const std::string& lane, const std::string& lanes,
                   const std::function<std::string(ArrayId)>& slot_view, Writer& out);

// The struct `Trained`: one trained value, and how the optimizer updates it; and the rules of values that have one.
void print_optimizer(const Program& program, Writer& out);

// The statements of synfire_update, which update chunk number `chunk`. `threads`: printed index and number of threads.
void print_update(const Program& program, const std::string& threads, Writer& out);

// If the norm of the gradients is limited: the definition of `factor`, which synfire_update then needs …
void print_norm_factor(const Program& program, Writer& out);
// … and the statements of synfire_norm. `stores`: printed `if (…) `, for the thread that stores a result.
void print_norm(const Program& program, const std::string& stores, Writer& out);

// The statements of synfire_perturb, if weights have noise, and of synfire_constrain, if it has chunks. `threads`: as
// for print_update.
bool has_noise(const Program& program);
void print_perturbation(const Program& program, const std::string& threads, Writer& out);
void print_constraints(const Program& program, const std::string& threads, Writer& out);

// The statements of synfire_prepare, if it has chunks.
void print_preparation(const Program& program, const std::string& threads, Writer& out);

}  // namespace synfire::codegen::text
