// SPDX-License-Identifier: Apache-2.0
// A training program, run on the examples of a gradient check.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "synfire/codegen/gradcheck.hpp"
#include "synfire/runtime/trainer.hpp"
#include "training_options.hpp"

namespace synfire {

class GradientProgram {
 public:
  // Compiles a resolved network, which must outlive this, for this many examples; records the spikes of every
  // population that can spike.
  GradientProgram(const TrainingCompiler& compiler, const ir::Network& network,
                  const codegen::TrainingOptions& training, std::size_t examples);

  // Copies the spikes that the program draws itself (random inputs) into the examples.
  void take_drawn_spikes(std::vector<codegen::ExampleData>& examples);

  codegen::ProgramGradients run(const std::vector<codegen::ExampleData>& examples);

  const std::string& device() const { return device_; }

 private:
  std::vector<std::vector<float>> gradients(const std::vector<codegen::ExampleData>& examples);
  std::vector<codegen::GivenSpike> spikes_of(std::size_t population, std::size_t example) const;

  const ir::Network& network_;
  std::vector<codegen::OutputLoss> losses_;
  std::uint32_t timesteps_;
  std::string device_;
  std::unique_ptr<runtime::Trainer> trainer_;
};

}  // namespace synfire
