// SPDX-License-Identifier: Apache-2.0
// The target that reads HDF5.
#include "fuzz/inputs.hpp"
#include "synfire/shd.hpp"

namespace synfire::fuzz {

void shd(Bytes input) {
  const MemoryFile file(input);
  expect_result_or_error([&] {
    const EventFiles files(open_shd(file.path()), {.unit = TimeUnit::s, .window = EventWindow{-1e9, 1e9}});
    if (files.has_labels() && files.labels().size() != files.examples()) throw Defect("examples without labels");
    if (read_all(files).spikes() > files.most_spikes()) throw Defect("more spikes than were announced");
  });
}

}  // namespace synfire::fuzz
