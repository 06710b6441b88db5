# SPDX-License-Identifier: Apache-2.0
# A project that only runs networks, with only the component runtime installed.
include("${CMAKE_CURRENT_LIST_DIR}/steps.cmake")
build_project(runtime_project "${RUNTIME}")
set(program "${WORK}/runtime_project/bin/robot")
run(OUTPUT output COMMAND "${program}" "${WORK}/runtime_project/bin/running_sum.so"
                           "${WORK}/runtime_project/running_sum.synfire")
expect("${output}" "^sums after 5 steps: 7 7 -28\n$")

# Again with everything installed, which must not add anything.
build_project(runtime_project "${WHOLE}")
run(OUTPUT symbols COMMAND "${CMAKE_NM}" -C "${program}")
expect("${symbols}" "synfire::Session::")
expect("${symbols}" NOT "synfire::codegen::|synfire::Network::")

run(OUTPUT libraries COMMAND "${CMAKE_READELF}" -d "${program}")
expect("${libraries}" "libstdc\\+\\+|libc\\+\\+")
expect("${libraries}" NOT "synfire|xxhash|cudart|nvrtc|libcuda")
cmake_path(GET SYNFIRE_ZLIB_LIBRARY STEM LAST_ONLY name)
if(SYNFIRE_ZLIB_LIBRARY MATCHES "[.]a$")
  expect("${libraries}" NOT "${name}[.]so")
endif()
