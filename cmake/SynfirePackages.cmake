# SPDX-License-Identifier: Apache-2.0
# Debian packages, written by `cpack -G DEB` in a build folder: one for each component of the installation, and the
# documentation with it.
if(NOT SYNFIRE_INSTALL OR NOT PROJECT_IS_TOP_LEVEL)
  return()
endif()

# Documents keep their places, for the links between them.
install(FILES "${PROJECT_SOURCE_DIR}/README.md" DESTINATION "${CMAKE_INSTALL_DOCDIR}" COMPONENT documentation)
install(DIRECTORY "${PROJECT_SOURCE_DIR}/docs" "${PROJECT_SOURCE_DIR}/examples" DESTINATION "${CMAKE_INSTALL_DOCDIR}"
  COMPONENT documentation)

set(packages runtime:libsynfire-runtime-dev compiler:libsynfire-dev documentation:synfire-doc)
if(SYNFIRE_HAS_HDF5)
  list(APPEND packages hdf5:libsynfire-hdf5-dev)
endif()
if(TARGET synfire AND NOT CMAKE_CROSSCOMPILING AND NOT SYNFIRE_SANITIZE)
  list(APPEND packages program:synfire)
endif()
set(CPACK_COMPONENTS_ALL "")
foreach(pair IN LISTS packages)
  string(REPLACE ":" ";" pair "${pair}")
  list(GET pair 0 component)
  list(GET pair 1 package)
  list(APPEND CPACK_COMPONENTS_ALL ${component})
  if(NOT component STREQUAL "runtime")  # has it already
    install(FILES "${PROJECT_SOURCE_DIR}/LICENSE" DESTINATION "${CMAKE_INSTALL_DATADIR}/doc/${package}"
      RENAME copyright COMPONENT ${component})
  endif()
  string(TOUPPER ${component} key)
  set(CPACK_DEBIAN_${key}_PACKAGE_NAME ${package})
endforeach()

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME synfire)
set(CPACK_PACKAGE_VERSION "${PROJECT_VERSION}")
set(CPACK_PACKAGE_CONTACT "The Synfire developers")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "${PROJECT_DESCRIPTION}")
set(CPACK_PACKAGE_DESCRIPTION "Synfire generates CUDA and C++ specialized to a spiking neural network, compiles it, \
and runs and trains the network.")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)

set(CPACK_COMPONENT_RUNTIME_DESCRIPTION "Libraries and headers to run compiled networks.")
if(CUDAToolkit_FOUND)
  string(APPEND CPACK_COMPONENT_RUNTIME_DESCRIPTION " Built with the device cuda: programs also link "
    "libcudart_static.a of CUDA ${CUDAToolkit_VERSION_MAJOR}.")
endif()
set(CPACK_DEBIAN_RUNTIME_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_RUNTIME_PACKAGE_DEPENDS zlib1g-dev)

set(CPACK_COMPONENT_COMPILER_DESCRIPTION "Libraries and headers to define, compile and train networks.")
set(CPACK_DEBIAN_COMPILER_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_COMPILER_PACKAGE_DEPENDS "libsynfire-runtime-dev (= ${PROJECT_VERSION})")
set(CPACK_DEBIAN_COMPILER_PACKAGE_RECOMMENDS g++)

set(CPACK_COMPONENT_HDF5_DESCRIPTION "Libraries and headers for files in HDF5: NIR, and recordings of SHD.")
set(CPACK_DEBIAN_HDF5_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_HDF5_PACKAGE_DEPENDS "libsynfire-dev (= ${PROJECT_VERSION}), libhdf5-dev")

set(CPACK_COMPONENT_PROGRAM_DESCRIPTION "The program synfire, which compiles, runs and trains networks in files.")
set(CPACK_DEBIAN_PROGRAM_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_RECOMMENDS g++)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_SUGGESTS "synfire-doc, gnuplot-nox, graphviz")

set(CPACK_COMPONENT_DOCUMENTATION_DESCRIPTION "Documents and examples.")
set(CPACK_DEBIAN_DOCUMENTATION_PACKAGE_SECTION doc)
set(CPACK_DEBIAN_DOCUMENTATION_PACKAGE_ARCHITECTURE all)
include(CPack)
