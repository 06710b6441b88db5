# SPDX-License-Identifier: Apache-2.0
# The libraries that Synfire is built on, all found on the system.
find_package(Threads REQUIRED)
# zlib and minizip are linked statically where their archives are there: what Synfire builds then needs neither at run time.
find_library(ZLIB_ARCHIVE NAMES libz.a)
if(ZLIB_ARCHIVE)
  set(ZLIB_LIBRARY "${ZLIB_ARCHIVE}" CACHE FILEPATH "zlib")
endif()
find_package(ZLIB REQUIRED)
find_package(nlohmann_json 3.11 REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(MINIZIP REQUIRED IMPORTED_TARGET minizip)
find_library(MINIZIP_ARCHIVE NAMES libminizip.a)
if(MINIZIP_ARCHIVE)
  set_target_properties(PkgConfig::MINIZIP PROPERTIES INTERFACE_LINK_LIBRARIES "${MINIZIP_ARCHIVE}")
  target_link_libraries(PkgConfig::MINIZIP INTERFACE ZLIB::ZLIB)
endif()
pkg_check_modules(XXHASH REQUIRED IMPORTED_TARGET libxxhash)

# The CUDA toolkit gives headers and the static runtime; NVRTC is opened at run time.
find_package(CUDAToolkit 12.8 QUIET)
if(CUDAToolkit_FOUND)
  message(STATUS "CUDA toolkit ${CUDAToolkit_VERSION}: device \"cuda\" is built")
else()
  message(STATUS "No CUDA toolkit (12.8 or later) found: Synfire is built without the device \"cuda\". "
                 "Install it from https://developer.nvidia.com/cuda-downloads and set CUDAToolkit_ROOT "
                 "if it is not in /usr/local/cuda")
endif()
