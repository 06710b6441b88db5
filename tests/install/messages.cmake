# SPDX-License-Identifier: Apache-2.0
# Messages of find_package for requests it cannot satisfy.
include("${CMAKE_CURRENT_LIST_DIR}/steps.cmake")

# No libraries can be found, and without a language the architecture's folders are unknown.
#
# ask(<prefix> <arguments of find_package> <expected message>)
function(ask prefix arguments expected)
  file(WRITE "${WORK}/messages_project/CMakeLists.txt"
    "cmake_minimum_required(VERSION 3.25)\nproject(ask LANGUAGES NONE)\nfind_package(synfire ${arguments})\n")
  configure_command("${WORK}/messages_project" messages "${prefix}" configure)
  run(FAILS OUTPUT output COMMAND ${configure} "-DCMAKE_LIBRARY_ARCHITECTURE=${CMAKE_LIBRARY_ARCHITECTURE}"
      -DCMAKE_FIND_USE_CMAKE_SYSTEM_PATH=OFF -DCMAKE_FIND_USE_SYSTEM_ENVIRONMENT_PATH=OFF)
  string(REGEX REPLACE "[ \n]+" " " output "${output}")
  expect("${output}" "${expected}")
endfunction()

ask("${WHOLE}" "CONFIG REQUIRED COMPONENTS compilers"
  "unknown component \"compilers\" of synfire .known: runtime, compiler, hdf5.")
ask("${RUNTIME}" "CONFIG REQUIRED COMPONENTS runtime compiler"
  "the component \"compiler\" of synfire is not installed in [^ ]*/runtime/?: run cmake --install")
ask("${RUNTIME}" "CONFIG REQUIRED COMPONENTS hdf5"
  "the component \"hdf5\" of synfire is not installed in [^ ]*/runtime/?: run cmake --install")
ask("${RUNTIME}" "CONFIG REQUIRED COMPONENTS runtime"
  "the library zlib was not found: install it .Debian: zlib1g-dev., or set SYNFIRE_ZLIB_LIBRARY")

# While the version begins with 0, the next minor version may change everything.
string(REGEX MATCH "^([0-9]+)[.]([0-9]+)" found "${PROJECT_VERSION}")
math(EXPR next "${CMAKE_MATCH_2} + 1")
ask("${WHOLE}" "${CMAKE_MATCH_1}.${next} CONFIG REQUIRED" "compatible with requested version")
