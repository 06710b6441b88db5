# SPDX-License-Identifier: Apache-2.0
# Sets SYNFIRE_HAS_HDF5: whether what reads HDF5 is built, NIR and SHD, which needs HDF5's C library.
set(SYNFIRE_HDF5 AUTO CACHE STRING "Build NIR and the reader of SHD: ON, OFF, or AUTO: where HDF5 is found")
set_property(CACHE SYNFIRE_HDF5 PROPERTY STRINGS AUTO ON OFF)

set(SYNFIRE_HAS_HDF5 FALSE)
if(NOT SYNFIRE_HDF5 OR (CMAKE_CROSSCOMPILING AND SYNFIRE_HDF5 STREQUAL "AUTO"))  # a program of HDF5 would be asked
  return()
endif()
# FindHDF5 compiles a program in C. CMake names precompiled headers of C++ after the compiler of C, so both are of one
# kind.
if(NOT CMAKE_C_COMPILER AND NOT DEFINED ENV{CC})
  string(REGEX REPLACE "clang\\+\\+([^/]*)$" "clang\\1" synfire_c_compiler "${CMAKE_CXX_COMPILER}")
  string(REGEX REPLACE "g\\+\\+([^/]*)$" "gcc\\1" synfire_c_compiler "${synfire_c_compiler}")
  if(NOT synfire_c_compiler STREQUAL CMAKE_CXX_COMPILER AND EXISTS "${synfire_c_compiler}")
    set(CMAKE_C_COMPILER "${synfire_c_compiler}" CACHE FILEPATH "C compiler")
  endif()
endif()
enable_language(C)
if(SYNFIRE_HDF5 STREQUAL "AUTO")
  find_package(HDF5 QUIET COMPONENTS C)
else()
  find_package(HDF5 REQUIRED COMPONENTS C)
endif()
if(HDF5_FOUND)
  set(SYNFIRE_HAS_HDF5 TRUE)
else()
  message(STATUS "HDF5 not found: building without NIR and SHD. Install it (Debian: libhdf5-dev), or set HDF5_ROOT")
endif()
