"""What Qiskit reads of circuits that are not fixed, and what Aer counts for them.

    dynamic.py SEED SHOTS THETA FILE...     prints { FILE: { BITS: count } }, bit 0 last
"""

import json
import sys

import qiskit.qasm2
import qiskit.qasm3
from qiskit import transpile
from qiskit_aer import AerSimulator


def read(file):
    if not file.endswith("3"):
        return qiskit.qasm2.load(file)
    with open(file, encoding="utf-8") as text:
        return qiskit.qasm3.loads(text.read())


def main(seed, shots, theta, *files):
    simulator = AerSimulator(seed_simulator=int(seed))
    found = {}
    for file in files:
        circuit = read(file)
        circuit = circuit.assign_parameters({name: float(theta) for name in circuit.parameters})
        circuit = transpile(circuit, simulator, optimization_level=0)
        counts = simulator.run(circuit, shots=int(shots)).result().get_counts()
        found[file] = {bits.replace(" ", ""): count for bits, count in counts.items()}
    print(json.dumps(found))


main(*sys.argv[1:])
