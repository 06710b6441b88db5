# SPDX-License-Identifier: Apache-2.0
# Shared by the scripts of this folder. WORK is their folder in the build, CONFIG the build type.
cmake_minimum_required(VERSION 3.25)
include("${WORK}/settings.cmake")

# Where installation.cmake installs all of Synfire, and the component runtime alone.
set(WHOLE "${WORK}/moved/whole")
set(RUNTIME "${WORK}/moved/runtime")

# run([OUTPUT <variable>] [FAILS] COMMAND <command...>): runs a command, which must succeed, or fail.
function(run)
  cmake_parse_arguments(arg "FAILS" "OUTPUT" "COMMAND" ${ARGN})
  execute_process(COMMAND ${arg_COMMAND} RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
  list(JOIN arg_COMMAND " " command)
  if(arg_FAILS AND result EQUAL 0)
    message(FATAL_ERROR "expected failure of:\n${command}\n${output}")
  elseif(NOT arg_FAILS AND NOT result EQUAL 0)
    message(FATAL_ERROR "failed (${result}):\n${command}\n${output}")
  endif()
  if(arg_OUTPUT)
    set(${arg_OUTPUT} "${output}" PARENT_SCOPE)
  endif()
endfunction()

# expect(<text> [NOT] <regular expression>)
function(expect text)
  if(ARGC EQUAL 3)
    if(text MATCHES "${ARGV2}")
      message(FATAL_ERROR "unexpected match of \"${ARGV2}\" (\"${CMAKE_MATCH_0}\") in:\n${text}")
    endif()
  elseif(NOT text MATCHES "${ARGV1}")
    message(FATAL_ERROR "expected \"${ARGV1}\" in:\n${text}")
  endif()
endfunction()

# Sets `result` to the command that configures `source` in WORK/<name> with the installation in `prefix`. Debug:
# installed libraries serve any build type. Hides the packages that Synfire's own build searches for, since none may be
# needed.
function(configure_command source name prefix result)
  set(hidden "")
  foreach(package IN ITEMS CUDAToolkit PkgConfig ZLIB nlohmann_json)
    list(APPEND hidden -DCMAKE_DISABLE_FIND_PACKAGE_${package}=ON)
  endforeach()
  file(REMOVE_RECURSE "${WORK}/${name}")
  set(${result} "${CMAKE_COMMAND}" -S "${source}" -B "${WORK}/${name}" -G "${CMAKE_GENERATOR}"
    "-DCMAKE_MAKE_PROGRAM=${CMAKE_MAKE_PROGRAM}"
    -DCMAKE_BUILD_TYPE=Debug "-DCMAKE_CXX_FLAGS=${CMAKE_CXX_FLAGS}" "-DCMAKE_CXX_COMPILER=${CMAKE_CXX_COMPILER}"
    "-DCMAKE_CXX_COMPILER_LAUNCHER=${CMAKE_CXX_COMPILER_LAUNCHER}" "-DCMAKE_PREFIX_PATH=${prefix}"
    "-DCMAKE_RUNTIME_OUTPUT_DIRECTORY=${WORK}/${name}/bin" "-DCMAKE_LIBRARY_OUTPUT_DIRECTORY=${WORK}/${name}/bin"
    ${hidden} PARENT_SCOPE)
endfunction()

# Configures and builds tests/install/<name> with the installation in `prefix`; further arguments go to CMake.
function(build_project name prefix)
  configure_command("${CMAKE_CURRENT_LIST_DIR}/${name}" ${name} "${prefix}" configure)
  run(COMMAND ${configure} ${ARGN})
  run(COMMAND "${CMAKE_COMMAND}" --build "${WORK}/${name}" --parallel 2)
endfunction()

# The README's first example, as a file.
function(write_readme_example file)
  file(READ "${PROJECT_SOURCE_DIR}/README.md" text)
  string(REGEX MATCH "```cpp\n([^`]*)```" found "${text}")
  expect("${CMAKE_MATCH_1}" "int main")
  file(WRITE "${file}" "${CMAKE_MATCH_1}")
endfunction()

# Runs the built program. Networks that it compiles are cached here.
function(run_readme_example program)
  run(OUTPUT output COMMAND "${CMAKE_COMMAND}" -E env "SYNFIRE_CACHE=${WORK}/program_cache" "${program}")
  expect("${output}" "^the first neuron spiked [0-9]+ times in the first example\n$")
endfunction()
