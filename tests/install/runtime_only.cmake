# SPDX-License-Identifier: Apache-2.0
# The build of the runtime alone needs neither Boost nor GoogleTest nor CUDA, and compiles nothing of the compiler. It
# is only configured: its sources and options are those of the whole build, whose libraries runtime_project.cmake links.
include("${CMAKE_CURRENT_LIST_DIR}/steps.cmake")
set(build "${WORK}/runtime_only")
file(REMOVE_RECURSE "${build}")
set(hidden "")
foreach(package IN ITEMS Boost CUDAToolkit GTest PkgConfig benchmark)
  list(APPEND hidden "-DCMAKE_DISABLE_FIND_PACKAGE_${package}=ON")
endforeach()
run(COMMAND "${CMAKE_COMMAND}" -S "${PROJECT_SOURCE_DIR}" -B "${build}" -G "${CMAKE_GENERATOR}"
    "-DCMAKE_MAKE_PROGRAM=${CMAKE_MAKE_PROGRAM}" "-DCMAKE_CXX_COMPILER=${CMAKE_CXX_COMPILER}"
    -DCMAKE_EXPORT_COMPILE_COMMANDS=ON -DSYNFIRE_RUNTIME_ONLY=ON ${hidden})

file(READ "${build}/compile_commands.json" commands)
expect("${commands}" "/runtime/session/session[.]cpp")
expect("${commands}" "/runtime/device/cuda_absent[.]cpp")
foreach(part IN ITEMS frontend codegen facade command_line tests examples benchmarks)
  string(FIND "${commands}" "\"file\": \"${PROJECT_SOURCE_DIR}/${part}/" position)
  if(NOT position EQUAL -1)
    message(FATAL_ERROR "the build of the runtime alone compiles sources of ${part}/")
  endif()
endforeach()

# Installs the component runtime and nothing else.
file(READ "${build}/cmake_install.cmake" script)
foreach(folder IN ITEMS base kernels runtime)
  file(READ "${build}/${folder}/cmake_install.cmake" part)
  string(APPEND script "${part}")
endforeach()
expect("${script}" "COMPONENT STREQUAL \"runtime\"")
expect("${script}" NOT "COMPONENT STREQUAL \"(compiler|program|documentation)\"")
