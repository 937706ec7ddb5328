#!/usr/bin/env bash
# Inside a job of Slurm: runs the subexperiments of a cut circuit on a quantum processor that Slurm gives out (QRMI), and brings
# the results into the run directory. `kroncut slurm --qpu` and quantum.sbatch call it.
#
#   subexperiments.sh RUN_DIRECTORY PROCESSOR SHOTS
#
# Jobs and results are kept in RUN_DIRECTORY.jobs and RUN_DIRECTORY.jobs.results: a job that was ended runs what is missing when
# it is given again.
#
# Settings, from the environment:
#   KRONCUT_PROGRAM, KRONCUT_NODE   Kroncut's main.js, and the Node.js that runs it
#   KRONCUT_CAPABILITIES (none)     what the processor can do beside gates and measurements at the end
#   KRONCUT_TRANSPILE               a command that turns a job's circuits (FROM, TO) into those of the processor
set -euo pipefail

usage='usage: subexperiments.sh RUN_DIRECTORY PROCESSOR SHOTS'
run=${1:?$usage}
qpu=${2:?$usage}
shots=${3:?$usage}
kroncut=("${KRONCUT_NODE:-node}" "${KRONCUT_PROGRAM:-$(dirname "${BASH_SOURCE[0]}")/../dist/main.js}")

jobs=$run.jobs
[[ -f $jobs/manifest.json ]] ||
  "${kroncut[@]}" export "$run" -o "$jobs" --format qrmi --shots "$shots" \
    --capabilities "${KRONCUT_CAPABILITIES:-none}" --quiet

mkdir -p "$jobs.results"
results=()
for job in "$jobs"/jobs/*.json; do
  result=$jobs.results/${job##*/}
  input=$job
  if [[ ! -s $result ]]; then
    # Circuits are made of gates that every program knows.
    if [[ -n ${KRONCUT_TRANSPILE:-} ]]; then
      input=$result.input
      "$KRONCUT_TRANSPILE" "$job" "$input"
    fi
    srun --ntasks=1 task_runner "$qpu" "$input" "$result.partial"
    mv "$result.partial" "$result"
  fi
  results+=("$result")
done

# The same shots do not count twice: an earlier job may have brought them.
if [[ ! -f $jobs.results/imported ]]; then
  "${kroncut[@]}" import "$run" "${results[@]}" >&2
  touch "$jobs.results/imported"
fi
