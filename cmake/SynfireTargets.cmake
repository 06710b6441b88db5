# SPDX-License-Identifier: Apache-2.0
# How every target of the project is compiled.
include(GNUInstallDirs)

# The standard headers that most sources include; they take a third of the compile time of a source.
set(SYNFIRE_STANDARD_HEADERS
  <algorithm> <array> <charconv> <cmath> <cstdint> <cstring> <filesystem> <fstream> <functional> <limits> <map> <memory>
  <numeric> <optional> <set> <span> <sstream> <string> <string_view> <unordered_map> <utility> <variant> <vector>)

# Compile options that every target of the project shares.
# -ffp-contract=off: our host code must round as generated code does.
function(synfire_configure_target target)
  target_compile_features(${target} PUBLIC cxx_std_20)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wshadow -Wconversion -Wno-sign-conversion
                                           -ffp-contract=off)
  # GCC 12 warns about overlap inside std::string's own operator+ (GCC bug 105651), and about writes inside
  # std::variant.
  target_compile_options(${target} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict -Wno-array-bounds>
                                           $<$<CXX_COMPILER_ID:GNU>:-Wno-stringop-overflow>)
  if(CMAKE_UNITY_BUILD)
    # GCC's default collects garbage often, which takes a tenth of the time of a large source.
    target_compile_options(${target} PRIVATE
      $<$<CXX_COMPILER_ID:GNU>:--param=ggc-min-expand=300 --param=ggc-min-heapsize=1000000>)
  endif()
  if(SYNFIRE_WARNINGS_AS_ERRORS)
    target_compile_options(${target} PRIVATE -Werror)
  endif()
  if(SYNFIRE_SANITIZE)
    target_compile_options(${target} PRIVATE -fsanitize=${SYNFIRE_SANITIZE} -fno-omit-frame-pointer
                                             -fno-sanitize-recover=all
                                             # Sanitizers cause false positives (GCC's manual).
                                             $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
    target_link_options(${target} PUBLIC -fsanitize=${SYNFIRE_SANITIZE})
    target_compile_definitions(${target} PRIVATE SYNFIRE_SANITIZE="${SYNFIRE_SANITIZE}")
  endif()
endfunction()

# Makes a library use the precompiled standard headers, compiled once for all libraries. Sources still include what they
# use: ./dev lint and CMAKE_DISABLE_PRECOMPILE_HEADERS=ON compile without them.
function(synfire_precompile_standard_headers target)
  if(NOT TARGET synfire_standard_headers)
    file(WRITE "${PROJECT_BINARY_DIR}/standard_headers.cpp" "// Exists only for its precompiled header.\n")
    add_library(synfire_standard_headers OBJECT "${PROJECT_BINARY_DIR}/standard_headers.cpp")
    synfire_configure_target(synfire_standard_headers)
    target_precompile_headers(synfire_standard_headers PRIVATE ${SYNFIRE_STANDARD_HEADERS})
  endif()
  target_precompile_headers(${target} REUSE_FROM synfire_standard_headers)
endfunction()

# Makes an example or a benchmark use the precompiled <synfire/synfire.hpp>, compiled once for all of them.
function(synfire_precompile_public_headers target)
  if(NOT TARGET synfire_public_headers)
    file(WRITE "${PROJECT_BINARY_DIR}/public_headers.cpp" "// Exists only for its precompiled header.\nint main() {}\n")
    add_executable(synfire_public_headers "${PROJECT_BINARY_DIR}/public_headers.cpp")
    target_link_libraries(synfire_public_headers PRIVATE synfire::synfire)
    synfire_configure_target(synfire_public_headers)
    target_precompile_headers(synfire_public_headers PRIVATE ${SYNFIRE_STANDARD_HEADERS} <synfire/synfire.hpp>)
  endif()
  target_precompile_headers(${target} REUSE_FROM synfire_public_headers)
endfunction()

# synfire_add_library(name COMPONENT ... SOURCES ... PUBLIC_DEPENDENCIES ... PRIVATE_DEPENDENCIES ...
#   INTERNAL_HEADERS ...)
# A static library of one folder, with its headers under include/. It is installed with COMPONENT, but without
# INTERNAL_HEADERS (cmake/SynfireInstall.cmake).
function(synfire_add_library name)
  cmake_parse_arguments(arg "" "COMPONENT" "SOURCES;PUBLIC_DEPENDENCIES;PRIVATE_DEPENDENCIES;INTERNAL_HEADERS" ${ARGN})
  add_library(synfire_${name} STATIC ${arg_SOURCES})
  add_library(synfire::${name} ALIAS synfire_${name})
  set_target_properties(synfire_${name} PROPERTIES EXPORT_NAME ${name})
  target_include_directories(synfire_${name}
    PUBLIC $<BUILD_INTERFACE:${CMAKE_CURRENT_SOURCE_DIR}/include>
    PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
  target_link_libraries(synfire_${name} PUBLIC ${arg_PUBLIC_DEPENDENCIES} PRIVATE ${arg_PRIVATE_DEPENDENCIES})
  synfire_configure_target(synfire_${name})
  synfire_precompile_standard_headers(synfire_${name})
  synfire_install_library(synfire_${name} COMPONENT ${arg_COMPONENT}
    HEADERS "${CMAKE_CURRENT_SOURCE_DIR}/include" INTERNAL_HEADERS ${arg_INTERNAL_HEADERS})
endfunction()
