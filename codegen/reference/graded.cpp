// SPDX-License-Identifier: Apache-2.0
#include "reference/graded.hpp"

#include <algorithm>
#include <map>
#include <string>

#include "lower/draw.hpp"
#include "lower/symbolic.hpp"
#include "synfire/ir/parsed_model.hpp"

namespace synfire::codegen::reference {

std::vector<double> sent_values(const ir::Network& network, std::size_t population, const ExampleData& example,
                                std::uint32_t timesteps, double dt, std::uint64_t seed) {
  const ir::Population& sender = network.populations[population];
  const std::size_t neurons = sender.neurons();
  symbolic::Substitution flags;
  std::map<std::string, std::vector<float>> parameters;
  for (const Parameter& each : sender.neuron.parameters) {
    if (each.value.is_flag())
      flags[each.name] = language::boolean(each.value.flag());
    else
      parameters[each.name] =
          elements_of(each.value, neurons, {seed, "population " + sender.name + "." + each.name, 1, 1});
  }
  const language::Expression text = symbolic::substitute(ir::parse(sender.neuron).graded, flags);
  const auto count_of = [&](const char* name) {
    const auto found = parameters.find(name);
    return found == parameters.end() ? 1u : static_cast<std::uint32_t>(found->second.front());
  };
  const std::uint32_t frames = count_of("input_frames"), frame_steps = count_of("input_frame_timesteps");
  std::vector<double> sent;
  for (std::uint32_t step = 0; step < timesteps; ++step) {
    const std::size_t frame = std::min(step / frame_steps, frames - 1);
    for (std::size_t j = 0; j < neurons; ++j) {
      sent.push_back(symbolic::evaluate(text, [&](const std::string& name) -> double {
        if (name == "input") return example.input[population][frame * neurons + j];
        if (name == "t") return step * dt;
        if (name == "dt") return dt;
        return parameters.at(name)[j];
      }));
    }
  }
  return sent;
}

}  // namespace synfire::codegen::reference
