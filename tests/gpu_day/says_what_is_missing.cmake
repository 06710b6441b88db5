# SPDX-License-Identifier: Apache-2.0
# Missing tools are reported but are not failures; a rehearsal is marked as one.
include("${CMAKE_CURRENT_LIST_DIR}/programs.cmake")

run_script()
expect("${code}" 0)
string(JSON whole GET "${json}" result)
expect("${whole}" passed)
expect_match("${report}" "^# Synfire on a GPU: passed\n")
expect_match("${report}" "synfire_trial .32, 1, 1")

program(synfire "
case $1 in
  evaluate) printf 'output\\tsparse_categorical_accuracy\\t0.8906\\n' ;;
  compile)
    echo 'synfire: nvrtc: NVRTC, which compiles generated CUDA source, was not found; tried libnvrtc.so.13' >&2
    exit 4 ;;
esac")
file(APPEND "${WORK}/settings" "rehearsal=yes\n")
run_script()
expect("${code}" 2)
expect_result(cuda_tests passed)
expect_result(artifact passed)
foreach(part IN ITEMS nvrtc training_tests execution_tests benchmark_good racecheck profile_good)
  expect_result(${part} "not possible")
endforeach()
expect_result(memcheck passed)
string(JSON rehearsal GET "${json}" rehearsal)
expect("${rehearsal}" ON)
expect_match("${report}" "^REHEARSAL: no GPU result[.]")
