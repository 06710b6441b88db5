// SPDX-License-Identifier: Apache-2.0
// Uses both libraries of the component hdf5.
#include <iostream>
#include <synfire/nir.hpp>
#include <synfire/shd.hpp>

int main(int, char** arguments) {
  const synfire::nir::Imported imported = synfire::nir::import_network(synfire::nir::read_graph(arguments[1]));
  std::cout << imported.network.populations() << " populations\n";
  try {
    synfire::open_shd(arguments[1]);
  } catch (const synfire::Error&) {
    return 0;
  }
  return 1;
}
