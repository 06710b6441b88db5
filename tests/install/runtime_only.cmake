# SPDX-License-Identifier: Apache-2.0
# Builds and installs the runtime alone, without Boost and without a CUDA toolkit, and a project that uses it.
include("${CMAKE_CURRENT_LIST_DIR}/steps.cmake")
set(build "${WORK}/runtime_only")
set(prefix "${WORK}/moved/runtime_only")
file(REMOVE_RECURSE "${build}" "${prefix}")
set(hidden "")
foreach(package IN ITEMS Boost CUDAToolkit GTest)
  list(APPEND hidden -DCMAKE_DISABLE_FIND_PACKAGE_${package}=ON)
endforeach()
run(COMMAND "${CMAKE_COMMAND}" -S "${PROJECT_SOURCE_DIR}" -B "${build}" -G "${CMAKE_GENERATOR}"
    "-DCMAKE_MAKE_PROGRAM=${CMAKE_MAKE_PROGRAM}" "-DCMAKE_CXX_COMPILER=${CMAKE_CXX_COMPILER}"
    "-DCMAKE_CXX_COMPILER_LAUNCHER=${CMAKE_CXX_COMPILER_LAUNCHER}" "-DCMAKE_CXX_FLAGS=${CMAKE_CXX_FLAGS}"
    -DCMAKE_BUILD_TYPE=Release "-DCMAKE_CXX_FLAGS_RELEASE=-O0" -DCMAKE_UNITY_BUILD=ON -DSYNFIRE_RUNTIME_ONLY=ON
    ${hidden})
run(COMMAND "${CMAKE_COMMAND}" --build "${build}" --parallel 2)
run(COMMAND "${CMAKE_COMMAND}" --install "${build}" --prefix "${prefix}")
file(GLOB_RECURSE files RELATIVE "${prefix}" "${prefix}/*")
expect("${files}" "libsynfire_runtime[.]a")
expect("${files}" NOT "libsynfire_(frontend|kernels|codegen|synfire)[.]a|synfire-compiler|bin/synfire")

build_project(runtime_project "${prefix}")
run(OUTPUT output COMMAND "${WORK}/runtime_project/bin/robot" "${WORK}/runtime_project/bin/running_sum.so"
                           "${WORK}/runtime_project/running_sum.synfire")
expect("${output}" "^sums after 5 steps: 7 7 -28\n$")
