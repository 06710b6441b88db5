# SPDX-License-Identifier: Apache-2.0
# A project that compiles networks builds and runs the README's first example.
include("${CMAKE_CURRENT_LIST_DIR}/steps.cmake")
write_readme_example("${WORK}/first_network.cpp")
build_project(compiler_project "${WHOLE}" "-DSYNFIRE_EXAMPLE=${WORK}/first_network.cpp")
run_readme_example("${WORK}/compiler_project/bin/first_network")

# Makes the same check of a program that only runs networks (runtime_project.cmake) meaningful.
run(OUTPUT symbols COMMAND "${CMAKE_NM}" -C "${WORK}/compiler_project/bin/first_network")
expect("${symbols}" "synfire::codegen::")
expect("${symbols}" "synfire::Network::")
