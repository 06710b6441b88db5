# SPDX-License-Identifier: Apache-2.0
# Parts left out for lack of time are reported, and the script ends in time.
include("${CMAKE_CURRENT_LIST_DIR}/programs.cmake")

file(APPEND "${WORK}/settings" "reserve=1\nleast=2\n")
program(cuda_test "sleep 100")
string(TIMESTAMP before "%s")
run_script(--seconds 4)
string(TIMESTAMP after "%s")
math(EXPR taken "${after} - ${before}")
if(taken GREATER 20)
  message(SEND_ERROR "it took ${taken} s")
endif()
expect("${code}" 1)
expect_result(probes passed)
expect_result(cuda_tests "timed out")
expect_result(artifact "left out")
expect_result(profile_good "not possible") # needs NVRTC, whose availability is unknown
expect_match("${report}" "no time was left")
