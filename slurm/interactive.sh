#!/usr/bin/env bash
# The main job over several nodes, from a terminal: takes an allocation, runs, gives it back.
#
#   slurm/interactive.sh circuit.qasm -o runs/today --max-width 28
#   slurm/interactive.sh --shell             a shell inside the allocation, for several commands in a row
#
# Settings, from the environment:
#   NODES (2)   RANKS_PER_NODE (2)   CPUS_PER_RANK (4)   GPUS_PER_NODE (0)   TIME (00:30:00)   PARTITION
#   KRONCUT_SRUN_MPI (pmix)   how srun starts MPI: pmix for Open MPI, pmi2 for MPICH
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
if (($# == 0)); then
  sed -n '2,9s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
  exit 2
fi

allocation=(--nodes="${NODES:-2}" --ntasks-per-node="${RANKS_PER_NODE:-2}" --cpus-per-task="${CPUS_PER_RANK:-4}"
  --time="${TIME:-00:30:00}")
[[ -n ${PARTITION:-} ]] && allocation+=(--partition="$PARTITION")
# Every rank sees all GPUs of its node, and takes the one of its local rank.
((${GPUS_PER_NODE:-0} > 0)) && allocation+=(--gpus-per-node="$GPUS_PER_NODE")

# What these settings are for is said in batch.sbatch.
export SLURM_PMIX_FENCE=${SLURM_PMIX_FENCE:-ring}
step=(srun --mpi="${KRONCUT_SRUN_MPI:-pmix}" --kill-on-bad-exit=1 --cpus-per-task="${CPUS_PER_RANK:-4}")

node=(node --inspect-publish-uid=stderr)

if [[ $1 == --shell ]]; then
  echo "In this shell, start Kroncut on all ranks with:" >&2
  echo "  ${step[*]} ${node[*]} $here/dist/main.js info" >&2
  exec salloc "${allocation[@]}"
fi
exec salloc --quiet "${allocation[@]}" "${step[@]}" "${node[@]}" "$here/dist/main.js" run "$@"
