# SPDX-License-Identifier: Apache-2.0
# The libraries of others that programs with Synfire in them are linked with. The build includes this file, and so does the
# installed package. What it sets and caches begins with SYNFIRE_: a project's own search for zlib or CUDA is not touched.

# Makes the imported target synfire::<name> of the first library found, which -DSYNFIRE_<NAME>_LIBRARY= replaces. Where it
# is not found, appends a sentence that says so, with `hint`, to the list that `problems` names.
function(synfire_find_library name problems hint)
  if(TARGET synfire::${name})
    return()
  endif()
  string(TOUPPER "SYNFIRE_${name}_LIBRARY" variable)
  find_library(${variable} ${ARGN} DOC "The library ${name} that programs with Synfire in them are linked with")
  mark_as_advanced(${variable})
  if(NOT ${variable})
    set(${problems} ${${problems}} "the library ${name} was not found: ${hint}, or set ${variable}" PARENT_SCOPE)
    return()
  endif()
  add_library(synfire::${name} UNKNOWN IMPORTED)
  set_target_properties(synfire::${name} PROPERTIES IMPORTED_LOCATION "${${variable}}")
endfunction()

# synfire::zlib. The archive is preferred: a program then does not need it at run time.
macro(synfire_find_zlib problems)
  synfire_find_library(zlib ${problems} "install it (Debian: zlib1g-dev)" NAMES libz.a z)
endmacro()

# synfire::cudart, the static CUDA runtime, which must be of the major version of the headers that Synfire was built with:
# looked for in `folder`, where it was then, in the folder that CUDA_PATH names, and where that version is by default.
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
