#!/usr/bin/env bash
# Makes a Python environment with the programs that tests compare with (Qiskit with its reader of OpenQASM 3 and Aer, pytket,
# BQSKit), and Matplotlib for the pages on Python.
#   scripts/python-packages.sh FOLDER     prints its interpreter's path, for KRONCUT_PYTHON
# Needs Python 3.10 or newer with venv, and 0.9 GB. What is there already is kept.
set -euo pipefail

folder=${1:?usage: scripts/python-packages.sh FOLDER}
packages=(qiskit==2.6.2 qiskit-aer==0.18.2 qiskit-qasm3-import==0.6.0 pytket==2.18.5 bqskit==1.2.1 numpy==2.4.6 matplotlib==3.11.2)
if [[ $(cat "$folder/packages.txt" 2>/dev/null) != "${packages[*]}" ]]; then
  python3 -m venv "$folder" >&2
  "$folder/bin/pip" install --quiet --disable-pip-version-check --no-cache-dir "${packages[@]}" >&2
  echo "${packages[*]}" >"$folder/packages.txt"
fi
echo "$(cd "$folder" && pwd)/bin/python"
