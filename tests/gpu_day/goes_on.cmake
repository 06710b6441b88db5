# SPDX-License-Identifier: Apache-2.0
# Whatever a part does, the following parts run, and the result of each is recorded.
include("${CMAKE_CURRENT_LIST_DIR}/programs.cmake")

file(APPEND "${WORK}/settings"
  "own_limits=([training_tests]=2)\nfirst_benchmarks=(good half wrong crash)\nother_benchmarks=(no_such_name)\n")
program(cuda_test "
echo '[       OK ] CudaTest.Copies (3 ms)'
echo '[  FAILED  ] CudaTest.Says, where GetParam() = \"cuda\" (5 ms)'
printf '\\033[31mred \"quoted\" \\\\ \\t tab\\n'
exit 1")
program(synfire_gradients_test "trap '' TERM\necho '[       OK ] Suite.Test (3 ms)'\nfor ((;;)); do sleep 1; done")
program(synfire_execution_test "echo '[==========] 0 tests from 0 test suites ran.'")
program(good "exit 3")
file(RENAME "${WORK}/synfire_benchmark" "${WORK}/good_benchmark")
program(synfire_benchmark "
case \"$*\" in
  *=good*) exec ./good_benchmark \"$@\" ;;
  *=half*) for option; do [[ $option != --benchmark_out=* ]] || echo '{ \"benchmarks\": [' >\"\${option#*=}\"; done ;;
  *=wrong*) for option; do
      [[ $option != --benchmark_out=* ]] ||
        printf '{\\n \"error_occurred\": true,\\n \"error_message\": \"wrong result: 1\"\\n}\\n' >\"\${option#*=}\"
    done ;;
  *=crash*) kill -SEGV $$ ;;
  *) for option; do [[ $option != --benchmark_out=* ]] || echo '{ \"benchmarks\": []}' >\"\${option#*=}\"; done ;;
esac")
program(tools/compute-sanitizer "echo '========= ERROR SUMMARY: 1 error'\nexit 9")
program(tools/ncu "echo '==ERROR== ERR_NVGPUCTRPERM'\nexit 1")

run_script()
expect("${code}" 1)
string(JSON whole GET "${json}" result)
expect("${whole}" failed)
string(JSON rehearsal GET "${json}" rehearsal)
expect("${rehearsal}" OFF)
string(JSON commit GET "${json}" commit)
expect("${commit}" abc)

expect_result(probes passed)
expect_result(cuda_tests failed)
expect_result(artifact passed)
expect_result(nvrtc passed)
expect_result(training_tests "timed out")
expect_result(execution_tests failed)
expect_result(benchmark_good passed)
expect_result(benchmark_half failed)
expect_result(benchmark_wrong failed)
expect_result(benchmark_crash failed)
expect_result(memcheck failed)
expect_result(racecheck failed)
expect_result(profile_good failed)
expect_result(benchmark_no_such_name failed)

of(cuda_tests reason reason)
expect_match("${reason}" "CudaTest.Says")
of(cuda_tests exit_code exit_code)
expect("${exit_code}" 1)
of(cuda_tests log_end log)
expect_match("${log}" "red \"quoted\"")
of(training_tests reason reason)
expect_match("${reason}" "1 passed")
of(execution_tests reason reason)
expect_match("${reason}" "no test ran")
of(benchmark_wrong reason reason)
expect_match("${reason}" "wrong result: 1")
of(benchmark_no_such_name reason reason)
expect_match("${reason}" "no benchmark has this name")
of(profile_good reason reason)
expect_match("${reason}" "ERR_NVGPUCTRPERM")
of(probes figures figures)
string(JSON value GET "${figures}" probes 0 value)
expect_match("${value}" "^2.31")
expect_match("${report}" "^# Synfire on a GPU: failed")
expect_match("${report}" "launch . 2.31 µs . 2.2 to 2.5 ")
expect_match("${report}" "run/good/cuda . 12.5 ms . 3.5 ")
expect_match("${report}" "## cuda_tests: failed")
