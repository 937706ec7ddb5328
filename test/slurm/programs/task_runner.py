"""Runs the job of a file in the format of QRMI on Aer, as a processor of any name would: task_runner.py NAME JOB RESULT."""

import json
import sys
from pathlib import Path

import qiskit.qasm3
from qiskit_aer.primitives import SamplerV2

name, job, result = sys.argv[1:]
content = json.loads(Path(job).read_text())
assert content["program_id"] == "sampler"
results = []
for seed, (text, parameters, shots) in enumerate(content["parameters"]["pubs"]):
    data = SamplerV2(seed=seed).run([(qiskit.qasm3.loads(text), parameters, shots)]).result()[0].data
    registers = {
        register: {
            "samples": [hex(int.from_bytes(shot.tobytes(), "big")) for shot in data[register].array],
            "num_bits": data[register].num_bits,
        }
        for register in data
    }
    results.append({"data": registers, "metadata": {}})
Path(result).write_text(json.dumps({"results": results, "metadata": {"backend": name}}))
