# SPDX-License-Identifier: Apache-2.0
# Installs into a staging folder, like package builders, and moves the result elsewhere.
include("${CMAKE_CURRENT_LIST_DIR}/steps.cmake")

# install_to(<prefix> <options of cmake --install...>)
function(install_to prefix)
  run(COMMAND "${CMAKE_COMMAND}" -E env "DESTDIR=${WORK}/staged"
      "${CMAKE_COMMAND}" --install "${PROJECT_BINARY_DIR}" --prefix /opt/synfire --config "${CONFIG}" ${ARGN})
  file(RENAME "${WORK}/staged/opt/synfire" "${prefix}")
endfunction()

file(REMOVE_RECURSE "${WORK}/staged" "${WORK}/moved")
file(MAKE_DIRECTORY "${WORK}/moved")
install_to("${WHOLE}")
install_to("${RUNTIME}" --component runtime)

# Only the libraries' debug information may contain the build folder or the first installation folder.
file(GLOB_RECURSE files "${WHOLE}/*.cmake" "${WHOLE}/*.pc" "${WHOLE}/*.hpp")
foreach(file IN LISTS files)
  file(READ "${file}" text)
  foreach(folder IN ITEMS "${PROJECT_SOURCE_DIR}" "${PROJECT_BINARY_DIR}" "${WORK}" /opt/synfire)
    string(FIND "${text}" "${folder}" position)
    if(NOT position EQUAL -1)
      message(FATAL_ERROR "${file} names ${folder}")
    endif()
  endforeach()
endforeach()

# The components together are the whole, and the runtime contains nothing of the compiler.
install_to("${WORK}/moved/compiler" --component compiler)
install_to("${WORK}/moved/program" --component program)
install_to("${WORK}/moved/documentation" --component documentation)
file(GLOB_RECURSE whole RELATIVE "${WHOLE}" "${WHOLE}/*")
file(GLOB_RECURSE runtime RELATIVE "${RUNTIME}" "${RUNTIME}/*")
file(GLOB_RECURSE compiler RELATIVE "${WORK}/moved/compiler" "${WORK}/moved/compiler/*")
file(GLOB_RECURSE program RELATIVE "${WORK}/moved/program" "${WORK}/moved/program/*")
file(GLOB_RECURSE documentation RELATIVE "${WORK}/moved/documentation" "${WORK}/moved/documentation/*")
set(parts ${runtime} ${compiler} ${program} ${documentation})
list(SORT parts)
list(SORT whole)
if(NOT parts STREQUAL whole)
  message(FATAL_ERROR "the components do not add up to the whole:\n${parts}\n${whole}")
endif()
expect("${runtime}" "synfire/runtime.hpp")
expect("${runtime}" NOT "include/synfire/(network|model|synfire)|libsynfire_(frontend|kernels|codegen|synfire)[.]a")
expect("${whole}" NOT "include/synfire/(ir|language|codegen)/|[.]cuh")
expect("${whole}" "share/synfire/network-1[.]schema[.]json")

# The moved program runs, and its manual and completion are present.
run(OUTPUT output COMMAND "${WHOLE}/bin/synfire" --version)
expect("${output}" "^synfire ${PROJECT_VERSION}\n$")
expect("${program}" "share/man/man1/synfire[.]1")
expect("${program}" "share/man/man1/synfire-train[.]1")
expect("${documentation}" "share/doc/synfire/docs/training[.]md")
expect("${documentation}" "share/doc/synfire/examples/robot_loop[.]cpp")
expect("${program}" "share/bash-completion/completions/synfire")
