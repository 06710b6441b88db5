# SPDX-License-Identifier: Apache-2.0
# Sets SYNFIRE_HAS_NIR: whether NIR is built, which needs HDF5's C library.
set(SYNFIRE_NIR AUTO CACHE STRING "Build the import and export of NIR: ON, OFF, or AUTO: where HDF5 is found")
set_property(CACHE SYNFIRE_NIR PROPERTY STRINGS AUTO ON OFF)

set(SYNFIRE_HAS_NIR FALSE)
if(NOT SYNFIRE_NIR OR (CMAKE_CROSSCOMPILING AND SYNFIRE_NIR STREQUAL "AUTO"))  # a program of HDF5 would be asked
  return()
endif()
enable_language(C)  # FindHDF5 compiles a program in C
if(SYNFIRE_NIR STREQUAL "AUTO")
  find_package(HDF5 QUIET COMPONENTS C)
else()
  find_package(HDF5 REQUIRED COMPONENTS C)
endif()
if(HDF5_FOUND)
  set(SYNFIRE_HAS_NIR TRUE)
else()
  message(STATUS "HDF5 not found: building without NIR. Install it (Debian: libhdf5-dev), or set HDF5_ROOT")
endif()
