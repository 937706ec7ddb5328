#!/usr/bin/env bash
# Builds the native library for the GPU of this machine, tests it there and times it: with CMake, CTest, a C++ compiler and
# a CUDA toolkit (on PATH, CUDA_HOME or /usr/local/cuda), without Node.js, MPI or a network.
#   scripts/gpu-check.sh [FOLDER]
# FOLDER (default: $OUT, or build/gpu-check/found) gets a table for each stage as it ends, NAME.md, with what was printed in
# NAME.log: machine, build, tests, sanitizer, timings. All stages together take KRONCUT_GPU_SECONDS at most (default 480);
# what is compiled is kept in KRONCUT_GPU_BUILD (default build/gpu-check); one that was named and has been configured keeps
# its settings. Without a GPU the stages that need none run.
# Ends with 0 where everything that could run did well, with 1 otherwise.
set -uo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
build=${KRONCUT_GPU_BUILD:-$root/build/gpu-check}
found=${1:-${OUT:-$root/build/gpu-check/found}}
most=${KRONCUT_GPU_SECONDS:-480}
deadline=$((SECONDS + most))
jobs=${KRONCUT_JOBS:-$(nproc)}
failed=0
mkdir -p "$build" "$found"
rm -f "$found"/{machine,build,tests,sanitizer,timings}.{md,log}

say() { printf '%s\n' "$*" >&2; }

# within SECONDS COMMAND...: so long at most, and not beyond the end of all stages. 124 where time ran out.
within() {
  local own=$1 left=$((deadline - SECONDS))
  shift
  ((left < 1)) && return 124
  timeout --kill-after=5 "$((own < left ? own : left))" "$@"
}

# row STAGE CELL...: adds a row to the stage's table, which is on disk at once.
row() {
  local stage=$1 cells
  shift
  cells=$(printf '%s | ' "$@")
  printf '| %s\n' "${cells% }" >>"$found/$stage.md"
}
head_of() {
  local stage=$1
  shift
  row "$stage" "$@"
  row "$stage" "${@/*/---}"
}

# what a status means, for a table
outcome() {
  case $1 in
    0) echo ok ;;
    124 | 137) echo 'out of time' ;;
    *) echo "failed ($1)" ;;
  esac
}

# step STAGE NAME SECONDS COMMAND...: runs it, what it prints goes to the log, how it went to the table.
step() {
  local stage=$1 name=$2 own=$3 begin=$SECONDS status
  shift 3
  say "$stage: $name ..."
  printf '$ %s\n' "$*" >>"$found/$stage.log"
  within "$own" "$@" >>"$found/$stage.log" 2>&1
  status=$?
  row "$stage" "$name" "$(outcome $status)" "$((SECONDS - begin)) s"
  ((status == 0)) || failed=1
  return $status
}

find_nvcc() {
  local place
  for place in "${CUDACXX:-}" "${CUDA_HOME:+$CUDA_HOME/bin/nvcc}" "$(command -v nvcc)" /usr/local/cuda/bin/nvcc; do
    [[ -n $place && -x $place ]] && { readlink -f "$place"; return; }
  done
}

# --- machine: what there is
nvcc=$(find_nvcc)
gpu=$(nvidia-smi --query-gpu=name,compute_cap,memory.total,driver_version --format=csv,noheader 2>/dev/null | head -n 1)
[[ $gpu == *,* ]] || gpu=
head_of machine what found
row machine date "$(date -u +%Y-%m-%d)"
row machine GPU "${gpu:-none}"
row machine toolkit "${nvcc:-none}"
row machine processors "$(nproc)"
row machine compiler "$(${CXX:-c++} --version 2>/dev/null | head -n 1)"
say "GPU: ${gpu:-none}; toolkit: ${nvcc:-none}"

# --- build
settings=(-DKRONCUT_MPI=OFF -DCMAKE_BUILD_TYPE=Release)
if [[ -n ${KRONCUT_GPU_BUILD:-} && -f $build/CMakeCache.txt ]]; then
  settings=()
elif [[ -n $nvcc ]]; then
  capability=$(cut -d, -f2 <<<"$gpu" | tr -d ' .')
  settings+=(-DKRONCUT_CUDA=ON "-DCMAKE_CUDA_COMPILER=$nvcc" "-DCMAKE_CUDA_ARCHITECTURES=${capability:-80-real;90}")
else
  settings+=(-DKRONCUT_CUDA=OFF)
fi
head_of build step outcome time
if ! step build configure 60 cmake -S "$root" -B "$build" ${settings[@]+"${settings[@]}"} ||
  ! step build compile $((most * 5 / 8)) cmake --build "$build" --parallel "$jobs" --target kroncut_gpu_check; then
  say "The library was not built; see $found/build.log"
  tail -n 20 "$found/build.log" >&2
  exit 1
fi

# --- tests: on the device, and on one made of host memory
head_of tests step outcome time
step tests 'tests of devices' 120 ctest --test-dir "$build" --output-on-failure --verbose --no-tests=error -R '^device/'
printf '\n%s\n' "$(grep -E '% tests passed|skip:' "$found/tests.log" | sed 's/^[0-9]*: //' | sort -u)" >>"$found/tests.md"

if [[ -z $gpu || -z $nvcc ]]; then
  why=$([[ -z $gpu ]] && echo 'there is no GPU here (nvidia-smi shows none)' || echo 'there is no CUDA toolkit here')
  for stage in sanitizer timings; do
    printf 'Left out: %s.\n' "$why" >"$found/$stage.md"
  done
  say "Left out: sanitizer, timings: $why."
  exit $failed
fi

# --- sanitizer: small tests
sanitizer=$(dirname "$nvcc")/compute-sanitizer
[[ -x $sanitizer ]] || sanitizer=$(command -v compute-sanitizer)
if [[ -n $sanitizer ]]; then
  head_of sanitizer step outcome time
  for tool in memcheck racecheck synccheck initcheck; do
    step sanitizer "$tool" 40 "$sanitizer" --tool "$tool" --error-exitcode 9 "$build/test_device_cuda_cuda_backend" small
  done
else
  printf 'Left out: the toolkit has no compute-sanitizer.\n' >"$found/sanitizer.md"
fi

# --- timings: rows come as they are measured
say 'timings ...'
within 120 "$build/kroncut_gpu_timings" >"$found/timings.md" 2>"$found/timings.log"
status=$?
printf '\ntimings: %s\n' "$(outcome $status)" >>"$found/timings.md"
((status == 0)) || failed=1
exit $failed
