# SPDX-License-Identifier: Apache-2.0
# A project that compiles networks builds and runs the README's first example. Where Synfire was built with HDF5, a
# program beside it imports a NIR file.
include("${CMAKE_CURRENT_LIST_DIR}/steps.cmake")
write_readme_example("${WORK}/first_network.cpp")
build_project(compiler_project "${WHOLE}" "-DSYNFIRE_EXAMPLE=${WORK}/first_network.cpp" "-DHDF5=${SYNFIRE_HAS_HDF5}")
run_readme_example("${WORK}/compiler_project/bin/first_network")

if(SYNFIRE_HAS_HDF5)
  run(OUTPUT output COMMAND "${WORK}/compiler_project/bin/import_network"
      "${PROJECT_SOURCE_DIR}/tests/nir/files/paper/lif_norse.nir")
  expect("${output}" "^2 populations\n$")
endif()

# Makes the same check of a program that only runs networks (runtime_project.cmake) meaningful.
run(OUTPUT symbols COMMAND "${CMAKE_NM}" -C "${WORK}/compiler_project/bin/first_network")
expect("${symbols}" "synfire::codegen::")
expect("${symbols}" "synfire::Network::")
