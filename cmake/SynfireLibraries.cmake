# SPDX-License-Identifier: Apache-2.0
# The third-party libraries that programs using Synfire must link. Included by the build and by the installed package.
# Cache variables begin with SYNFIRE_, so that a project's own search for zlib or CUDA is not affected.

# Creates the imported target synfire::<name> for the first library found; -DSYNFIRE_<NAME>_LIBRARY= overrides the
# search. If none is found, appends a message with `hint` to the list named by `problems`.
function(synfire_find_library name problems hint)
  if(TARGET synfire::${name})
    return()
  endif()
  string(TOUPPER "SYNFIRE_${name}_LIBRARY" variable)
  find_library(${variable} ${ARGN} DOC "The library ${name} that programs using Synfire must link")
  mark_as_advanced(${variable})
  if(NOT ${variable})
    set(${problems} ${${problems}} "the library ${name} was not found: ${hint}, or set ${variable}" PARENT_SCOPE)
    return()
  endif()
  add_library(synfire::${name} UNKNOWN IMPORTED)
  set_target_properties(synfire::${name} PROPERTIES IMPORTED_LOCATION "${${variable}}")
endfunction()

# synfire::zlib. The static library is preferred, so that programs do not need zlib at run time.
macro(synfire_find_zlib problems)
  synfire_find_library(zlib ${problems} "install it (Debian: zlib1g-dev)" NAMES libz.a z)
endmacro()

# synfire::hdf5_c, the shared library of HDF5 in C, which is searched in `folders` (where it was at build time) too.
macro(synfire_find_hdf5 problems folders)
  synfire_find_library(hdf5_c ${problems} "install it (Debian: libhdf5-dev)" NAMES hdf5_serial hdf5
    HINTS ${folders} PATH_SUFFIXES hdf5/serial)
endmacro()

# synfire::cudart, the static CUDA runtime, which must have the major version of the headers that Synfire was built
# with. It is searched in `folder` (where it was at build time), in CUDA_PATH, and in the default folder of that
# version.
macro(synfire_find_cudart problems folder version)
  string(REGEX MATCH "^[0-9]+" synfire_cuda_major "${version}")
  synfire_find_library(cudart ${problems} "install the CUDA toolkit ${synfire_cuda_major} and set CUDA_PATH"
    NAMES libcudart_static.a NO_DEFAULT_PATH PATH_SUFFIXES lib64 lib
    PATHS "${folder}" ENV CUDA_PATH "/usr/local/cuda-${version}" "/usr/local/cuda-${synfire_cuda_major}")
  if(TARGET synfire::cudart)
    set_target_properties(synfire::cudart PROPERTIES INTERFACE_LINK_LIBRARIES "Threads::Threads;${CMAKE_DL_LIBS};rt")
  endif()
  unset(synfire_cuda_major)
endmacro()
