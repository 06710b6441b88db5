# SPDX-License-Identifier: Apache-2.0
# Both programs without CMake: a compiler and pkg-config.
include("${CMAKE_CURRENT_LIST_DIR}/steps.cmake")
set(folder "${WORK}/pkg_config")
file(REMOVE_RECURSE "${folder}")
file(MAKE_DIRECTORY "${folder}")
set(compiler ${CMAKE_CXX_COMPILER_LAUNCHER} "${CMAKE_CXX_COMPILER}")
separate_arguments(flags UNIX_COMMAND "${CMAKE_CXX_FLAGS} -std=c++20")

# pkg_config(<prefix> <result> <options...>): the output of pkg-config for an installation, without any other packages.
function(pkg_config prefix result)
  run(OUTPUT output COMMAND "${CMAKE_COMMAND}" -E env
      "PKG_CONFIG_LIBDIR=${prefix}/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "${PKG_CONFIG_EXECUTABLE}" ${ARGN})
  string(STRIP "${output}" output)
  separate_arguments(output UNIX_COMMAND "${output}")
  set(${result} "${output}" PARENT_SCOPE)
endfunction()

# build(<prefix> <package> <source> <program>)
function(build prefix package source program)
  pkg_config("${prefix}" includes --cflags ${package})
  pkg_config("${prefix}" libraries --libs ${package})
  run(COMMAND ${compiler} ${flags} ${includes} -c "${source}" -o "${program}.o")
  run(COMMAND "${CMAKE_CXX_COMPILER}" "${program}.o" -o "${program}" ${libraries})
endfunction()

write_readme_example("${folder}/first_network.cpp")
build("${WHOLE}" synfire "${folder}/first_network.cpp" "${folder}/first_network")
run_readme_example("${folder}/first_network")

set(sources "${CMAKE_CURRENT_LIST_DIR}/runtime_project")
build("${RUNTIME}" synfire-runtime "${sources}/robot.cpp" "${folder}/robot")
pkg_config("${RUNTIME}" includes --cflags synfire-runtime)
run(COMMAND ${compiler} ${flags} ${includes} -fPIC -c "${sources}/running_sum.cpp" -o "${folder}/running_sum.o")
run(COMMAND "${CMAKE_CXX_COMPILER}" -shared "${folder}/running_sum.o" -o "${folder}/running_sum.so")
run(OUTPUT output COMMAND "${folder}/robot" "${folder}/running_sum.so" "${folder}/running_sum.synfire")
expect("${output}" "^sums after 5 steps: 7 7 -28\n$")

foreach(package IN ITEMS synfire synfire-runtime)
  pkg_config("${WHOLE}" version --modversion ${package})
  expect("${version}" "^${PROJECT_VERSION}$")
endforeach()
