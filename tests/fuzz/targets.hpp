// SPDX-License-Identifier: Apache-2.0
// Readers of untrusted input as functions of bytes. Each returns for any input, valid or not; anything else is a
// defect: other exceptions, a round trip that changes something, an out-of-bounds access.
#pragma once

#include <cstddef>
#include <span>
#include <stdexcept>
#include <string>

namespace synfire::fuzz {

using Bytes = std::span<const std::byte>;

// A defect of the reader. Not derived from Error, which targets expect.
struct Defect : std::logic_error {
  using std::logic_error::logic_error;
};

// Parses, validates, writes and rereads; then generates source for the host and for CUDA.
void description(Bytes input);
// Parses as an expression, as statements and as an equation; writes and parses again.
void model_language(Bytes input);
void npy(Bytes input);
void npz(Bytes input);
void spike_trains(Bytes input);
void idx(Bytes input);
// As a recording of each format and as labels, then as spikes.
void events(Bytes input);
void artifact(Bytes input);
// Built with HDF5. The first two read recipes of files (hdf5_recipe.hpp): as a NIR graph, which is imported, exported
// and imported again; and as a file of the Spiking Heidelberg Digits, then as spikes. The third reads the latter as it
// is, and is only replayed: a fuzzer would find the defects of HDF5's library. The last takes a graph from lines of
// text, without a file, which is ten times as fast.
void nir(Bytes input);
void shd(Bytes input);
void shd_bytes(Bytes input);
void nir_graph(Bytes input);

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
                                     {"events", events},
#if SYNFIRE_HAS_HDF5
                                     {"nir", nir},
                                     {"shd", shd},
                                     {"shd_bytes", shd_bytes},
                                     {"nir_graph", nir_graph},
#endif
                                     {"artifact", artifact}};

}  // namespace synfire::fuzz
