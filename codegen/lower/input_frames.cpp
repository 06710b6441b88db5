// SPDX-License-Identifier: Apache-2.0
#include "lower/input_frames.hpp"

#include <string>

#include "lower/shorthands.hpp"

namespace synfire::codegen {
namespace {

std::uint32_t count_of(const NeuronModel& model, const std::string& name) {
  for (const Parameter& parameter : model.parameters) {
    if (parameter.name == name && parameter.value.is_number())
      return static_cast<std::uint32_t>(parameter.value.number());
  }
  return 1;
}

}  // namespace

InputFrames::InputFrames(LoweringContext& context, const ir::Population& population)
    : frames_(count_of(population.neuron, "input_frames")),
      frame_steps_(count_of(population.neuron, "input_frame_timesteps")),
      neurons_(static_cast<std::uint32_t>(population.neurons())) {
  Array array;
  array.name = context.names.unique(population.name + "_input");
  array.comment = "input of \"" + population.name + "\"";
  array.extent = std::size_t{frames_} * neurons_;
  array.lifetime = Lifetime::persistent;
  array.storage = Storage::global;
  array.role = contract::BufferRole::input_values;
  array.per_example = true;
  array.shape = {frames_, neurons_};
  array.population = population.name;
  array_ = context.program.add(std::move(array));
}

Expr InputFrames::begin(Body& body) const {
  if (frames_ == 1) return nullptr;
  const Expr due = body.let("frame_due", quotient(builtin(Builtin::step), number(frame_steps_)));
  const Expr last = number(frames_ - 1);
  return product_u32(body.let("frame", apply(Operation::select, {less(due, last), due, last})), neurons_);
}

Expr InputFrames::value(const Expr& begin, const Expr& element) const {
  if (!begin) return load(array_, Type::f32, element);
  return load(array_, Type::f32, sum_u32(begin, element ? element : builtin(Builtin::element)));
}

}  // namespace synfire::codegen
