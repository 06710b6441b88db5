// SPDX-License-Identifier: Apache-2.0
#include "synfire/base/checksum.hpp"
#include "training_parts.hpp"

namespace synfire {
namespace {

std::string checksum_of(const DescriptionText& text) {
  base::Checksum sum;
  sum.add(text.json);
  for (const auto& [name, array] : text.tensors) {
    sum.add(name);
    sum.add(to_string(array.type()) + to_string(array.shape()));
    sum.add(array.bytes());
  }
  return sum.text();
}

}  // namespace

runtime::TrainingIdentity training_identity(const Network& network, CompileSettings settings, std::uint32_t slots) {
  DescriptionText whole = to_text({.network = network, .compile = settings});
  settings.gradient_slots = slots;
  settings.max_spikes = 0;
  settings.threads_per_block = 0;
  return {.network = checksum_of(to_text({.network = network})),
          .settings = checksum_of(to_text({.network = Network{}, .compile = std::move(settings)})),
          .description = std::move(whole.json),
          .tensors = std::move(whole.tensors),
          .gradient_slots = slots};
}

}  // namespace synfire
