# SPDX-License-Identifier: Apache-2.0
# Sets SYNFIRE_HAS_HDF5: whether what reads HDF5 is built, NIR and SHD, which needs HDF5's C library.
set(SYNFIRE_HDF5 AUTO CACHE STRING "Build NIR and the reader of SHD: ON, OFF, or AUTO: where HDF5 is found")
set_property(CACHE SYNFIRE_HDF5 PROPERTY STRINGS AUTO ON OFF)

set(SYNFIRE_HAS_HDF5 FALSE)
if(NOT SYNFIRE_HDF5 OR (CMAKE_CROSSCOMPILING AND SYNFIRE_HDF5 STREQUAL "AUTO"))  # a program of HDF5 would be asked
  return()
endif()
# FindHDF5 compiles a program in C. A compiler for C of another kind than that for C++ (cc is GCC, CXX is clang++) would
# decide how precompiled headers are named from here on.
set(synfire_pch_extension "${CMAKE_PCH_EXTENSION}")
set(synfire_pch_prologue "${CMAKE_PCH_PROLOGUE}")
enable_language(C)
set(CMAKE_PCH_EXTENSION "${synfire_pch_extension}")
set(CMAKE_PCH_PROLOGUE "${synfire_pch_prologue}")
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
