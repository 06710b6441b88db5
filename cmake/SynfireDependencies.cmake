# SPDX-License-Identifier: Apache-2.0
# Finds the libraries that Synfire is built on, all from the system.
find_package(Threads REQUIRED)
find_package(nlohmann_json 3.11 REQUIRED)
find_path(SYNFIRE_XXHASH_INCLUDE_DIR xxhash.h REQUIRED)  # Debian: libxxhash-dev
mark_as_advanced(SYNFIRE_XXHASH_INCLUDE_DIR)

# The CUDA toolkit provides headers and the static runtime; NVRTC is loaded at run time.
find_package(CUDAToolkit 12.8 QUIET)
if(CUDAToolkit_FOUND)
  message(STATUS "CUDA toolkit ${CUDAToolkit_VERSION}: building the device \"cuda\"")
else()
  message(STATUS "CUDA toolkit 12.8 or later not found: building without the device \"cuda\". Install it from "
                 "https://developer.nvidia.com/cuda-downloads and set CUDAToolkit_ROOT if it is not in "
                 "/usr/local/cuda")
endif()

# The libraries that programs using Synfire must link too.
include(SynfireLibraries)
set(synfire_missing "")
synfire_find_zlib(synfire_missing)
find_path(SYNFIRE_ZLIB_INCLUDE_DIR zlib.h REQUIRED)
if(CUDAToolkit_FOUND)
  synfire_find_cudart(synfire_missing "${CUDAToolkit_LIBRARY_DIR}"
    "${CUDAToolkit_VERSION_MAJOR}.${CUDAToolkit_VERSION_MINOR}")
endif()
if(synfire_missing)
  list(JOIN synfire_missing "\n" synfire_missing)
  message(FATAL_ERROR "${synfire_missing}")
endif()
target_include_directories(synfire::zlib INTERFACE "${SYNFIRE_ZLIB_INCLUDE_DIR}")
