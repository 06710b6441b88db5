// SPDX-License-Identifier: Apache-2.0
// Shared by the CUDA printers of the schedule `trial`: the state of a trial in shared memory and registers.
#pragma once

#include "cuda/phase_printer.hpp"
#include "text/header.hpp"

namespace synfire::codegen::cuda {

class TrialPhasePrinter : protected PhasePrinter {
 protected:
  explicit TrialPhasePrinter(const Program& program) : PhasePrinter(program) {}

  void shared(const std::string& type, const std::string& name, std::size_t extent) {
    out_.line("SYNFIRE_SHARED(" + type + ", " + name + ", " + std::to_string(extent) + ");");
  }

  void print_shared() {
    bool any = !program_.queues.empty();
    for (const Array& array : program_.arrays) any = any || array.storage == Storage::shared;
    if (any) section("Shared memory");
    for (const Queue& queue : program_.queues) {
      shared("u32", mask(queue), std::size_t{queue.mask_words()} * queue.mask_depth());
      if (queue.is_signed) shared("u32", negative_mask(queue), std::size_t{queue.mask_words()} * queue.mask_depth());
      if (!queue.list_read) continue;
      if (!queue.workspace) shared("u32", queue.name + "_spikes", std::size_t{queue.list_depth()} * queue.neurons);
      shared("u32", counts(queue), queue.list_depth());
    }
    for (const Array& array : program_.arrays) {
      if (array.storage == Storage::shared) shared(std::string(to_string(array.type)), array.name, array.extent);
    }
  }

  void print_registers() {
    bool any = false;
    for (const Array& array : program_.arrays) {
      if (array.storage != Storage::registers) continue;
      if (!any) section("Registers: element k belongs to neuron k * threads + thread");
      any = true;
      out_.line(std::string(to_string(array.type)) + " " + array.name + "[" +
                    std::to_string(per_thread(static_cast<std::uint32_t>(array.extent))) + "];",
                array.comment);
    }
  }

  ~TrialPhasePrinter() = default;
};

}  // namespace synfire::codegen::cuda
