// SPDX-License-Identifier: Apache-2.0
// What reads what others wrote, as functions of bytes. Each returns for any input, having found it right or wrong; whatever
// else happens is a defect: another exception, a round trip that changes something, an access out of bounds.
#pragma once

#include <cstddef>
#include <span>
#include <stdexcept>
#include <string>

namespace synfire::fuzz {

using Bytes = std::span<const std::byte>;

// What is not as it should be. Not derived from Error, which targets expect.
struct Defect : std::logic_error {
  using std::logic_error::logic_error;
};

// Parsed, validated, written and read again; then generated as source for the host and for CUDA.
void description(Bytes input);
// Parsed as an expression, as statements and as an equation; written and parsed again.
void model_language(Bytes input);
void npy(Bytes input);
void npz(Bytes input);
void spike_trains(Bytes input);
void idx(Bytes input);
void artifact(Bytes input);

struct Target {
  const char* name;
  void (*run)(Bytes);
};

inline constexpr Target targets[] = {{"description", description},
                                     {"model_language", model_language},
                                     {"npy", npy},
                                     {"npz", npz},
                                     {"spike_trains", spike_trains},
                                     {"idx", idx},
                                     {"artifact", artifact}};

}  // namespace synfire::fuzz
