# SPDX-License-Identifier: Apache-2.0
# A folder with gpu_day.sh and well-behaved scripts in place of programs; tests replace some.

# program(<path> <lines of bash>)
function(program path text)
  file(WRITE "${WORK}/${path}" "#!/bin/bash\nset -eu\n${text}\n")
  file(CHMOD "${WORK}/${path}" PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE)
endfunction()

# GoogleTest's output for a test.
function(passing_test path)
  program("${path}" "echo '[       OK ] Suite.Test/cuda (3 ms)'\necho '[  PASSED  ] 1 test.'")
endfunction()

function(expect actual expected)
  if(NOT actual STREQUAL expected)
    message(SEND_ERROR "expected \"${expected}\", given \"${actual}\"")
  endif()
endfunction()

function(expect_match text pattern)
  if(NOT text MATCHES "${pattern}")
    message(SEND_ERROR "expected a match of \"${pattern}\" in\n${text}")
  endif()
endfunction()

# run_script(<options...>): sets `code`, `json` and `report`.
macro(run_script)
  execute_process(
    COMMAND "${CMAKE_COMMAND}" -E env "PATH=${WORK}/tools:$ENV{PATH}" "${BASH}" "${WORK}/gpu_day.sh" ${ARGN}
    RESULT_VARIABLE code OUTPUT_VARIABLE said ERROR_VARIABLE said)
  message(STATUS "${said}")
  file(READ "${WORK}/results/gpu-day.json" json)
  file(READ "${WORK}/results/report.md" report)
endmacro()

# of(<part> <key> <variable>): a part's value in the JSON; empty if the part or key is missing.
function(of part key variable)
  set(${variable} "" PARENT_SCOPE)
  string(JSON count LENGTH "${json}" parts)
  math(EXPR last "${count} - 1")
  foreach(i RANGE ${last})
    string(JSON name GET "${json}" parts ${i} name)
    if(name STREQUAL part)
      string(JSON value ERROR_VARIABLE ignored GET "${json}" parts ${i} ${key})
      if(NOT ignored)
        set(${variable} "${value}" PARENT_SCOPE)
      endif()
    endif()
  endforeach()
endfunction()

function(expect_result part expected)
  of(${part} result result)
  if(NOT result STREQUAL expected)
    message(SEND_ERROR "${part}: expected \"${expected}\", given \"${result}\"")
  endif()
endfunction()

file(REMOVE_RECURSE "${WORK}")
file(MAKE_DIRECTORY "${WORK}/tools" "${WORK}/data")
file(COPY "${SCRIPT}" DESTINATION "${WORK}")
file(WRITE "${WORK}/settings" "commit=abc\ngrace=1\nfirst_benchmarks=(good)\nother_benchmarks=()\nprofiled=(good)\n")

program(synfire_probes "
echo 'launch: 2.31 µs — one of many launches in a stream; assumed 2.2 to 2.5'
for option; do
  [[ $option != --json=* ]] || echo '{\"probes\": [{\"name\": \"launch\", \"value\": 2.31}]}' >\"\${option#*=}\"
done")
passing_test(cuda_test)
passing_test(synfire_gradients_test)
passing_test(synfire_execution_test)
program(synfire "[[ $1 != evaluate ]] || printf 'output\\tsparse_categorical_accuracy\\t0.8906\\n'")
program(synfire_benchmark "
for option; do
  [[ $option != --benchmark_out=* ]] || cat >\"\${option#*=}\" <<'TEXT'
{
  \"benchmarks\": [
    {
      \"name\": \"run/good/cuda/manual_time_median\",
      \"run_type\": \"aggregate\",
      \"aggregate_name\": \"median\",
      \"real_time\": 1.25e+01,
      \"time_unit\": \"ms\",
      \"us_per_example\": 3.5e+00
    }
  ]
}
TEXT
done")
program(tools/compute-sanitizer "while [[ $1 == --* || $1 == [a-z]*check || $1 == 9 ]]; do shift; done\nexec \"$@\"")
program(tools/ncu "echo '  synfire_trial (32, 1, 1)x(256, 1, 1), Context 1, Stream 7, Device 0, CC 9.0'")
program(tools/nvidia-smi "echo 'A GPU, 580.65'")
