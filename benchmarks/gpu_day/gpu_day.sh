#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Uses a few minutes of a GPU: probes, tests, benchmarks, sanitizer, profiles; then writes one JSON file and one report.
# Runs from the folder that ./dev gpu-day creates, beside the programs; needs only bash 4.4 and coreutils
# (docs/gpu-day.md).
set -euo pipefail
export LC_ALL=C

usage() {
  cat <<'TEXT'
usage: gpu_day.sh [--output FOLDER] [--seconds N]

Runs all parts, each with its own limit, for at most N (480) seconds; a failed part does not stop the others. Writes
gpu-day.json, report.md and logs into FOLDER (results, beside this script).

exit code: 0 all parts passed; 1 a part failed or was left out for lack of time; 2 none failed, but something that a
part needs is missing on this machine
TEXT
}

fail() { printf 'gpu_day: %s\n' "$*" >&2; exit 64; }

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
output=$here/results
budget=480
while (($#)); do
  case $1 in
    --output) output=${2:?--output needs a folder}; shift 2 ;;
    --seconds) budget=${2:?--seconds needs a number}; shift 2 ;;
    -h | --help) usage; exit 0 ;;
    *) usage >&2; fail "unknown option $1" ;;
  esac
done
[[ $budget =~ ^[1-9][0-9]*$ ]] || fail "--seconds must be a positive whole number"
mkdir -p "$output/logs" "$output/figures" || fail "cannot write to $output; choose another folder with --output"
output=$(cd "$output" && pwd)
rm -f "$output"/logs/*.log "$output"/figures/*.json

# Defaults; overridden by the settings of ./dev gpu-day and of rehearsals.
rehearsal=no commit=unknown built=unknown
reserve=12 # seconds at the end of the budget in which no part starts: for killing the last part, and for the report
least=5    # seconds left that justify starting a part
grace=5    # seconds between the signals TERM and KILL
declare -A own_limits=() # by part; override those below
probe_options=()
evaluate_options=() accuracy=0.8906
execution_tests='Devices/*/cuda'
quick_tests='Devices/Topology.*/cuda:Devices/ReferenceTraces.*/cuda'
benchmark_options=(--benchmark_min_time=0.1)
first_benchmarks=('train/latency_mnist/batch:32' 'train/shd_like/batch:32' 'run/shd_like/batch:256'
                  'run/fashion_mnist/batch:512' 'session/fashion_mnist/step')
other_benchmarks=('train/latency_mnist/batch:256' 'run/shd_like/batch:32/' 'run/latency_mnist/batch:256'
                  'run/vogels_abbott_4k' 'run/vogels_abbott_100k' 'compile/.*/cuda/')
profiled=('train/shd_like/batch:32' 'run/vogels_abbott_4k/schedule:step')
if [[ -e $here/settings ]]; then
  # shellcheck source=/dev/null
  source "$here/settings"
fi

work=$(mktemp -d)
export SYNFIRE_CACHE=$work/cache SYNFIRE_FASHION_MNIST=$here/data SYNFIRE_TEST_DEVICES=cuda
started=$(date -u +%Y-%m-%dT%H:%M:%SZ)
cd "$here"

# Per part, in order.
names=() results=() reasons=() entries=() rows=()

# JSON ---------------------------------------------------------------------------------------------------------------

# quote <variable> <text>: the text as a JSON string
quote() {
  local -n into=$1
  into=$2
  into=${into//\\/\\\\}
  into=${into//\"/\\\"}
  into=${into//$'\n'/\\n}
  into=${into//$'\t'/\\t}
  into=${into//[$'\001'-$'\037']/ }
  into=\"$into\"
}

# Whether a figures file is complete.
is_whole() { [[ -s $1 && $(tail -n 1 "$1") =~ ^(.*\])?\}$ ]]; }

milliseconds() {
  if [[ ${EPOCHREALTIME:-} ]]; then
    local now=${EPOCHREALTIME//[.,]/}
    printf '%s\n' $((now / 1000))
  else
    printf '%s\n' $((SECONDS * 1000))
  fi
}

# The results so far: written after each part as well, since the machine may disappear before the end.
write_json() {
  local i name value result of_commit of_build separator='' rehearsed=false
  if [[ $rehearsal == yes ]]; then rehearsed=true; fi
  quote result "$overall"
  quote of_commit "$commit"
  quote of_build "$built"
  {
    printf '{"what": "Synfire on a GPU: probes, tests, benchmarks", "rehearsal": %s,\n' "$rehearsed"
    printf ' "result": %s, "date": "%s", "seconds": %d, "budget_seconds": %d,\n' \
      "$result" "$started" "$SECONDS" "$budget"
    printf ' "commit": %s, "built": %s,\n "machine": {' "$of_commit" "$of_build"
    for ((i = 0; i < ${#machine_names[@]}; ++i)); do
      quote name "${machine_names[i]}"
      quote value "${machine_values[i]}"
      printf '%s%s: %s' "$separator" "$name" "$value"
      separator=', '
    done
    printf '},\n "parts": ['
    separator=''
    for ((i = 0; i < ${#entries[@]}; ++i)); do
      printf '%s\n  {%s' "$separator" "${entries[i]}"
      if is_whole "$output/figures/${names[i]}.json"; then
        printf ',\n   "figures": '
        cat "$output/figures/${names[i]}.json"
      fi
      printf '}'
      separator=,
    done
    printf '\n ]}\n'
  } >"$work/gpu-day.json"
  cp "$work/gpu-day.json" "$output/gpu-day.json"
}

# Report -------------------------------------------------------------------------------------------------------------

probe_table() {
  local line
  printf '\n## Probes\n\n| probe | measured | assumed | what |\n| --- | --- | --- | --- |\n'
  while IFS= read -r line; do
    if [[ $line =~ ^([a-z0-9_]+):\ (.*)\ —\ ([^\;]*)(\;\ assumed\ (.*))?$ ]]; then
      printf '| %s | %s | %s | %s |\n' \
        "${BASH_REMATCH[1]}" "${BASH_REMATCH[2]}" "${BASH_REMATCH[5]}" "${BASH_REMATCH[3]}"
    fi
  done <"$output/logs/probes.log"
}

rounded() { if [[ $1 ]]; then printf '%.4g' "$1"; fi; }

# The rows of one Google Benchmark file: medians, or single measurements.
benchmark_rows() {
  local line key value kind='' name='' time='' unit='' example='' step='' median=no
  if grep -q '"aggregate_name": "median"' "$1"; then median=yes; fi
  while IFS= read -r line; do
    if [[ $line =~ ^\ +\"([a-z_0-9]+)\":\ \"?([^\",]*)\"?,?$ ]]; then
      key=${BASH_REMATCH[1]} value=${BASH_REMATCH[2]}
      case $key in
        name) name=$value kind='' time='' unit='' example='' step='' ;;
        run_type) [[ $median == yes || $value != iteration ]] || kind=wanted ;;
        aggregate_name) [[ $value != median ]] || kind=wanted ;;
        real_time) time=$value ;;
        time_unit) unit=$value ;;
        us_per_example) example=$value ;;
        ns_per_example_step) step=$value ;;
      esac
    elif [[ $line =~ ^\ +\},?$ && $kind == wanted && $time ]]; then
      name=${name%_median}
      printf '| %s | %s %s | %s | %s |\n' "${name%/manual_time}" "$(rounded "$time")" "$unit" "$(rounded "$example")" \
        "$(rounded "$step")"
      kind=
    fi
  done <"$1"
}

benchmark_table() {
  local i
  printf '\n## Benchmarks\n\nMedians of benchmarks that passed their correctness gate.\n\n'
  printf '| benchmark | pass | µs per example | ns per example and step |\n'
  printf '| --- | --- | --- | --- |\n'
  for ((i = 0; i < ${#names[@]}; ++i)); do
    if [[ ${names[i]} == benchmark_* && ${results[i]} == passed ]]; then
      benchmark_rows "$output/figures/${names[i]}.json"
    fi
  done
}

log_sections() {
  local i name
  for ((i = 0; i < ${#names[@]}; ++i)); do
    name=${names[i]}
    if [[ $name == profile_* && ${results[i]} == passed ]]; then
      printf '\n## %s\n\n```\n' "$name"
      grep -E '^  .* Context [0-9]|Duration|Throughput|Registers Per|Achieved Occ|Hit Rate|SM Frequency|Executed Ipc' \
        "$output/logs/$name.log" | head -n 80 || true
      printf '```\n'
    elif [[ ${results[i]} == failed || ${results[i]} == 'timed out' ]]; then
      printf '\n## %s: %s\n\n%s\n\n```\n' "$name" "${results[i]}" "${reasons[i]}"
      tail -n 30 "$output/logs/$name.log" | tr -d '\000'
      printf '```\n'
    fi
  done
}

write_report() {
  local i title='Synfire on a GPU'
  {
    if [[ $rehearsal == yes ]]; then
      title='Synfire without a GPU'
      printf 'REHEARSAL: no GPU result. Programs ran on a stand-in for the CUDA runtime; its figures mean nothing.\n\n'
    fi
    printf '# %s: %s\n\n%s, %d of %d seconds. Commit %s, built %s.\n\n' \
      "$title" "$overall" "$started" "$SECONDS" "$budget" "$commit" "$built"
    printf '| machine | |\n| --- | --- |\n'
    for ((i = 0; i < ${#machine_names[@]}; ++i)); do
      printf '| %s | %s |\n' "${machine_names[i]}" "${machine_values[i]}"
    done
    printf '\n| part | result | seconds | limit | |\n| --- | --- | --- | --- | --- |\n'
    if ((${#rows[@]})); then printf '%s\n' "${rows[@]}"; fi
    if [[ -s $output/logs/probes.log ]]; then probe_table; fi
    benchmark_table
    log_sections
  } >"$work/report.md"
  cp "$work/report.md" "$output/report.md"
}

# Parts --------------------------------------------------------------------------------------------------------------

overall='not finished'

# note <name> <limit> <result> <reason> <exit code> <milliseconds> <what> <command>
note() {
  local name=$1 limit=$2 result=$3 reason=$4 code=$5 what=$7 command quoted_reason quoted_what entry seconds end
  printf -v seconds '%d.%03d' $(($6 / 1000)) $(($6 % 1000))
  quote command "$8"
  quote quoted_reason "$reason"
  quote quoted_what "$what"
  printf -v entry '"name": "%s", "result": "%s", "reason": %s' "$name" "$result" "$quoted_reason"
  printf -v entry '%s,\n   "seconds": %s, "limit_seconds": %d, "exit_code": %s' "$entry" "$seconds" "$limit" "$code"
  printf -v entry '%s,\n   "command": %s, "notes": %s' "$entry" "$command" "$quoted_what"
  if [[ $result != passed && -s $output/logs/$name.log ]]; then
    quote end "$(tail -n 30 "$output/logs/$name.log" | tr -d '\000')"
    entry+=$',\n   "log_end": '$end
  fi
  if [[ $reason && $what ]]; then what="; $what"; fi
  names+=("$name") results+=("$result") reasons+=("$reason") entries+=("$entry")
  rows+=("| $name | $result | $seconds | $limit | $reason$what |")
  printf '%-40s %-13s %8s s  %s\n' "$name" "$result" "$seconds" "$reason$what"
  write_json
}

# Something that a part needs is missing.
cannot() { note "$1" 0 'not possible' "$2" null 0 '' ''; }

# Evaluates a GoogleTest log: sets `why` if a test failed, none ran, or one was skipped; `what` counts them.
judge_tests() {
  local passed failed skipped
  passed=$(grep -c '^\[       OK \]' "$1" || true)
  failed=$(sed -n 's/^\[  FAILED  \] \([^ ,]*\).* (.*ms)$/\1/p' "$1" | sort -u | head -n 20 | tr '\n' ' ')
  skipped=$(grep -c '^\[  SKIPPED \] .* (.*ms)$' "$1" || true)
  what="$passed passed"
  if ((skipped > 0)); then what+=", $skipped skipped"; fi
  if [[ $failed ]]; then
    why="failed: $failed"
  elif ((passed == 0)); then
    why='no test ran: is there a GPU?'
  elif ((skipped > 0)); then
    why='tests were skipped'
  fi
}

# Evaluates a Google Benchmark file. The exit code does not reflect a benchmark's errors.
judge_benchmarks() {
  if ! is_whole "$1"; then
    why='no figures were written'
  elif grep -q '"error_occurred": true' "$1"; then
    why=$(sed -n 's/^ *"error_message": "\(.*\)",\{0,1\}$/\1/p' "$1" | sort -u | head -n 3 | tr '\n' ' ')
  elif ! grep -q '"real_time"' "$1"; then
    why='no benchmark has this name'
  fi
}

# part <name> <seconds> <plain|tests|benchmarks|accuracy|nvrtc> <command...>
part() {
  local name=$1 limit=${own_limits[$1]:-$2} kind=$3 code=0 why='' what='' log=$output/logs/$1.log begin end
  shift 3
  local left=$((budget - reserve - SECONDS))
  ((limit <= left)) || limit=$left
  rm -f "$log" "$output/figures/$name.json"
  if ((left < least)); then
    note "$name" 0 'left out' 'no time was left' null 0 '' "$*"
    return 0
  fi
  begin=$(milliseconds)
  timeout --kill-after="$grace" "$limit" "$@" >"$log" 2>&1 </dev/null &
  running=$!
  wait "$running" 2>/dev/null || code=$?
  running=
  end=$(milliseconds)
  case $kind in
    tests) judge_tests "$log" ;;
    benchmarks) judge_benchmarks "$output/figures/$name.json" ;;
    accuracy) grep -q "_accuracy.$accuracy\$" "$log" || why="the accuracy is not $accuracy" ;;
  esac
  local result=passed
  if [[ $kind == nvrtc ]] && ((code != 0)) && grep -q 'NVRTC.*not found' "$log"; then
    result='not possible' why='NVRTC was not found (set CUDA_PATH to the toolkit)'
  elif ((code == 124 || code == 137)); then
    result='timed out' why="after $limit s${what:+; $what}" what=''
  elif ((code != 0)); then
    # The reason is the program's last line, except for failed tests.
    if [[ $kind != tests || $why != failed* ]]; then why=$(tail -n 1 "$log" | tr -d '\000' | cut -c 1-200); fi
    result=failed why="exit code $code${why:+: $why}"
  elif [[ $why ]]; then
    result=failed
  fi
  note "$name" "$limit" "$result" "$why" "$code" $((end - begin)) "$what" "$*"
}

# A log name from a benchmark filter.
name_of() {
  local name
  name=$(tr -cs 'a-z0-9\n' _ <<<"$2")
  printf '%s_%s' "$1" "${name%_}"
}

benchmark() {
  local name
  name=$(name_of benchmark "$1")
  if [[ ! $nvrtc ]]; then
    cannot "$name" 'needs NVRTC'
    return 0
  fi
  part "$name" 40 benchmarks ./synfire_benchmark --device=cuda "--benchmark_filter=$1" "${benchmark_options[@]}" \
    "--benchmark_out=$output/figures/$name.json" --benchmark_out_format=json
}

# The machine --------------------------------------------------------------------------------------------------------

machine_names=() machine_values=()
say() { machine_names+=("$1") machine_values+=("$2"); }

# tool <name>: prints its path, or nothing if it is missing.
tool() {
  local candidate
  for candidate in "$(command -v "$1" || true)" "${CUDA_PATH:-/usr/local/cuda}/bin/$1" /usr/local/cuda/bin/"$1" \
    /usr/local/cuda-1[3-9]*/bin/"$1" /opt/nvidia/nsight-compute/*/"$1"; do
    if [[ $candidate && -x $candidate ]]; then
      printf '%s\n' "$candidate"
      return 0
    fi
  done
}

# ask_driver <fields>
ask_driver() {
  local answer=
  if [[ $(tool nvidia-smi) ]]; then
    answer=$(timeout 10 "$(tool nvidia-smi)" "--query-gpu=$1" --format=csv,noheader 2>/dev/null |
      head -n 4 | tr '\n' ';' || true)
  fi
  printf '%s\n' "${answer:-unknown}"
}

clock_fields=clocks.sm,clocks.mem,clocks.max.sm,clocks.max.mem,temperature.gpu,power.draw,power.limit

describe_machine() {
  say 'GPU, driver, memory' "$(ask_driver name,driver_version,memory.total)"
  say "$clock_fields before" "$(ask_driver "$clock_fields")"
  say 'ECC, MIG, persistence' "$(ask_driver ecc.mode.current,mig.mode.current,persistence_mode)"
  say processor "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1), $(nproc) cores"
  say memory "$(sed -n 's/^MemTotal: *//p' /proc/meminfo)"
  say system "$(uname -srm)"
  say compute-sanitizer "$(tool compute-sanitizer)"
  say ncu "$(tool ncu)"
  say 'C++ compiler' "$(command -v "${SYNFIRE_CXX:-c++}" || true)"
}

# All parts, by value ------------------------------------------------------------------------------------------------

nvrtc='' # whether it is available

run_parts() {
  local filter name compiler sanitizer ncu
  part probes 45 plain ./synfire_probes "${probe_options[@]}" "--json=$output/figures/probes.json"
  part cuda_tests 60 tests ./cuda_test '--gtest_filter=Cuda*-Cuda.AnAbsentDeviceSaysWhy'
  # Compiled when this folder was made.
  part artifact 30 accuracy ./synfire evaluate data/fashion_mnist.synfire --device cuda \
    --input data/t10k-images-idx3-ubyte.gz --labels data/t10k-labels-idx1-ubyte.gz "${evaluate_options[@]}"
  # Compiles networks for the GPU here.
  part nvrtc 20 nvrtc ./synfire compile data/fashion_mnist.json --device cuda --no-cache --output "$work/nvrtc.synfire"
  if [[ ${results[-1]} == passed ]]; then nvrtc=yes; fi
  compiler=$(command -v "${SYNFIRE_CXX:-c++}" || true)
  if [[ ! $nvrtc ]]; then
    cannot training_tests 'needs NVRTC'
    cannot execution_tests 'needs NVRTC'
  else
    if [[ $compiler ]]; then
      part training_tests 90 tests env SYNFIRE_TEST_DEVICES=host,cuda ./synfire_gradients_test \
        '--gtest_filter=*TrainingDevices.*'
    else
      cannot training_tests 'the comparison with the processor needs a C++ compiler (set SYNFIRE_CXX)'
    fi
    part execution_tests 110 tests ./synfire_execution_test "--gtest_filter=$execution_tests"
  fi

  for filter in "${first_benchmarks[@]}"; do benchmark "$filter"; done

  sanitizer=$(tool compute-sanitizer)
  if [[ ! $sanitizer ]]; then
    for filter in memcheck racecheck memcheck_of_networks; do
      cannot "$filter" 'compute-sanitizer was not found in PATH or /usr/local/cuda/bin'
    done
  else
    part memcheck 60 tests "$sanitizer" --tool memcheck --error-exitcode 9 ./cuda_test \
      '--gtest_filter=CudaTest.*:CudaSteps.*-*HowMuchMemory*:*ThatDoesNot*:*Refuses*'
    if [[ $nvrtc ]]; then
      part racecheck 60 tests "$sanitizer" --tool racecheck --error-exitcode 9 env SYNFIRE_TEST_DEVICES=cuda \
        ./synfire_execution_test "--gtest_filter=$quick_tests"
      part memcheck_of_networks 60 tests "$sanitizer" --tool memcheck --error-exitcode 9 env SYNFIRE_TEST_DEVICES=cuda \
        ./synfire_execution_test "--gtest_filter=$quick_tests"
    else
      cannot racecheck 'needs NVRTC'
      cannot memcheck_of_networks 'needs NVRTC'
    fi
  fi

  ncu=$(tool ncu)
  for filter in "${profiled[@]}"; do
    name=$(name_of profile "$filter")
    if [[ ! $ncu ]]; then
      cannot "$name" 'ncu was not found in PATH or /usr/local/cuda/bin'
    elif [[ ! $nvrtc ]]; then
      cannot "$name" 'needs NVRTC'
    else
      part "$name" 60 plain "$ncu" --launch-skip 4 --launch-count 4 --clock-control none \
        --section SpeedOfLight --section LaunchStats --section Occupancy --section MemoryWorkloadAnalysis \
        --section WarpStateStats ./synfire_benchmark --device=cuda "--benchmark_filter=$filter" \
        --benchmark_repetitions=1 --benchmark_min_time=0.01 "${benchmark_options[@]}"
    fi
  done

  for filter in "${other_benchmarks[@]}"; do benchmark "$filter"; done
}

# Runs always, even after an interrupt.
finish() {
  local i code=0
  if [[ $running ]]; then kill "$running" 2>/dev/null || true; fi
  overall=passed
  for ((i = 0; i < ${#names[@]}; ++i)); do
    case ${results[i]} in
      passed) ;;
      'not possible') if [[ $overall == passed ]]; then overall='passed, some parts not possible'; code=2; fi ;;
      *) overall=failed code=1 ;;
    esac
  done
  if [[ $ended != yes ]]; then overall='interrupted' code=1; fi
  write_json
  write_report
  rm -rf "$work"
  printf '%s: %s/report.md, %s/gpu-day.json\n' "$overall" "$output" "$output"
  exit "$code"
}

ended=no running=
trap finish EXIT
trap 'exit 130' INT TERM
describe_machine
run_parts
say "$clock_fields after" "$(ask_driver "$clock_fields")"
ended=yes
