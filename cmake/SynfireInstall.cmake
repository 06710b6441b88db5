# SPDX-License-Identifier: Apache-2.0
# What `cmake --install` writes: libraries and their public headers, and the files for find_package and pkg-config. Each
# belongs to the component runtime, compiler or hdf5; each requires those before it.
set(SYNFIRE_PACKAGE_FOLDER "${CMAKE_INSTALL_LIBDIR}/cmake/synfire")
set(SYNFIRE_PKG_CONFIG_FOLDER "${CMAKE_INSTALL_LIBDIR}/pkgconfig")

# synfire_install_library(<target> COMPONENT <runtime|compiler|hdf5> [HEADERS <dir>] [INTERNAL_HEADERS <names...>])
#
# Installs a library and the headers under <dir>/synfire, except INTERNAL_HEADERS, which are folders and files under it.
function(synfire_install_library target)
  cmake_parse_arguments(arg "" "COMPONENT;HEADERS" "INTERNAL_HEADERS" ${ARGN})
  if(NOT SYNFIRE_INSTALL)
    return()
  endif()
  install(TARGETS ${target} EXPORT synfire_${arg_COMPONENT}
    ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT ${arg_COMPONENT})
  target_include_directories(${target} INTERFACE $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  if(NOT arg_HEADERS)
    return()
  endif()
  set(excluded "")
  foreach(name IN LISTS arg_INTERNAL_HEADERS)
    list(APPEND excluded REGEX "/include/synfire/${name}$" EXCLUDE)
  endforeach()
  install(DIRECTORY "${arg_HEADERS}/" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" COMPONENT ${arg_COMPONENT}
    FILES_MATCHING PATTERN "*.hpp" ${excluded})
endfunction()

# Sets `result` to the linker options for a library file; -l<name> would pick the shared library.
function(synfire_linker_options library result)
  cmake_path(GET library PARENT_PATH folder)
  cmake_path(GET library FILENAME file)
  set(options "-l:${file}")
  if(NOT folder IN_LIST CMAKE_CXX_IMPLICIT_LINK_DIRECTORIES)
    string(PREPEND options "-L${folder} ")
  endif()
  set(${result} "${options}" PARENT_SCOPE)
endfunction()

# synfire_install_pkg_config(<components...>)
function(synfire_install_pkg_config)
  cmake_path(ABSOLUTE_PATH SYNFIRE_PKG_CONFIG_FOLDER BASE_DIRECTORY "${CMAKE_INSTALL_PREFIX}" OUTPUT_VARIABLE folder)
  cmake_path(RELATIVE_PATH CMAKE_INSTALL_PREFIX BASE_DIRECTORY "${folder}" OUTPUT_VARIABLE to_prefix)
  # An absolute path replaces the prefix.
  set(library_folder "\${prefix}")
  cmake_path(APPEND library_folder "${CMAKE_INSTALL_LIBDIR}")
  set(include_folder "\${prefix}")
  cmake_path(APPEND include_folder "${CMAKE_INSTALL_INCLUDEDIR}")
  synfire_linker_options("${SYNFIRE_ZLIB_LIBRARY}" zlib_options)
  set(cuda_options "")
  if(CUDAToolkit_FOUND)
    synfire_linker_options("${SYNFIRE_CUDART_LIBRARY}" cuda_options)
    string(APPEND cuda_options " -lrt")
  endif()
  set(system_options "-ldl -pthread")
  if(SYNFIRE_SANITIZE)
    string(APPEND system_options " -fsanitize=${SYNFIRE_SANITIZE}")
  endif()
  foreach(pair IN ITEMS runtime:synfire-runtime compiler:synfire)
    string(REPLACE ":" ";" pair "${pair}")
    list(GET pair 0 component)
    list(GET pair 1 name)
    if(NOT component IN_LIST ARGN)
      continue()
    endif()
    configure_file("${CMAKE_CURRENT_FUNCTION_LIST_DIR}/${name}.pc.in" "${PROJECT_BINARY_DIR}/install/${name}.pc" @ONLY)
    install(FILES "${PROJECT_BINARY_DIR}/install/${name}.pc" DESTINATION "${SYNFIRE_PKG_CONFIG_FOLDER}"
      COMPONENT ${component})
  endforeach()
endfunction()

# synfire_install_cmake_package(<components...>)
function(synfire_install_cmake_package)
  include(CMakePackageConfigHelpers)
  set(folder "${PROJECT_BINARY_DIR}/install")
  set(SYNFIRE_CUDA_FOLDER "")
  if(CUDAToolkit_FOUND)
    cmake_path(GET SYNFIRE_CUDART_LIBRARY PARENT_PATH SYNFIRE_CUDA_FOLDER)
  endif()
  set(SYNFIRE_HDF5_FOLDERS "${HDF5_C_LIBRARY_DIRS}")
  configure_package_config_file("${CMAKE_CURRENT_FUNCTION_LIST_DIR}/synfireConfig.cmake.in"
    "${folder}/synfireConfig.cmake" INSTALL_DESTINATION "${SYNFIRE_PACKAGE_FOLDER}" NO_CHECK_REQUIRED_COMPONENTS_MACRO)
  write_basic_package_version_file("${folder}/synfireConfigVersion.cmake" COMPATIBILITY SameMinorVersion)
  install(FILES "${folder}/synfireConfig.cmake" "${folder}/synfireConfigVersion.cmake"
                "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/SynfireLibraries.cmake"
    DESTINATION "${SYNFIRE_PACKAGE_FOLDER}" COMPONENT runtime)
  foreach(component IN LISTS ARGN)
    install(EXPORT synfire_${component} NAMESPACE synfire:: FILE synfire-${component}.cmake
      DESTINATION "${SYNFIRE_PACKAGE_FOLDER}" COMPONENT ${component})
  endforeach()
endfunction()

# synfire_install_package(<components...>)
#
# Call this once, after the libraries of these components are defined.
function(synfire_install_package)
  if(NOT SYNFIRE_INSTALL)
    return()
  endif()
  synfire_install_cmake_package(${ARGN})
  synfire_install_pkg_config(${ARGN})
  install(FILES "${PROJECT_SOURCE_DIR}/LICENSE" DESTINATION "${CMAKE_INSTALL_DATADIR}/doc/libsynfire-runtime-dev"
    RENAME copyright COMPONENT runtime)
endfunction()
