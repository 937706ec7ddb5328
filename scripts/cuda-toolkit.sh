#!/usr/bin/env bash
# Makes a CUDA toolkit from NVIDIA's Python wheels, for machines that have none: enough to compile and link.
#   scripts/cuda-toolkit.sh FOLDER     prints the toolkit's path, for CUDA_HOME
# Needs Python 3 with venv, and 1 GB. Version 13.0 suits drivers from 580. What is there already is kept.
set -euo pipefail

folder=${1:?usage: scripts/cuda-toolkit.sh FOLDER}
home() { echo "$folder"/lib/python3*/site-packages/nvidia/cu13; }

if [[ ! -x $(home)/bin/nvcc ]]; then
  python3 -m venv "$folder" >&2
  "$folder/bin/pip" install --quiet --disable-pip-version-check --no-cache-dir \
    nvidia-cuda-nvcc==13.0.88 nvidia-cuda-crt==13.0.88 nvidia-nvvm==13.0.88 nvidia-cuda-runtime==13.0.96 \
    nvidia-cuda-cccl==13.0.85 nvidia-cublas==13.0.2.14 >&2
fi
cd "$(home)"
# The wheels lay libraries in lib and leave out the names that linkers look for.
ln -sfn lib lib64
for library in cublas cublasLt cudart; do ln -sf "lib$library.so.13" "lib/lib$library.so"; done
"$PWD/bin/nvcc" --version >&2
pwd
