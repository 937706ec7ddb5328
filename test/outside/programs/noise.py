"""Circuits with a noise model of ours, as Qiskit Aer's own channels.

    noise.py exact MODEL FILE            prints the probabilities of a circuit (OpenQASM 2), before they are read
    noise.py run MODEL FOLDER OUT SEED   runs an export (qasm2) with its shots, writes { ID: counts } into OUT
"""

import json
import sys
import warnings
from pathlib import Path

import qiskit.qasm2
from qiskit_aer import AerSimulator
from qiskit_aer.noise import NoiseModel, ReadoutError, depolarizing_error, thermal_relaxation_error

warnings.filterwarnings("ignore")

ONE_QUBIT = ["u1", "u2", "u3", "id", "x", "y", "z", "h", "s", "sdg", "t", "tdg", "rx", "ry", "rz", "sx", "p", "u"]
TWO_QUBIT = ["cx", "cz", "cy", "ch", "crz", "cu1", "cu3", "swap", "cp", "rzz"]


def noise_model(model, qubits):
    result = NoiseModel()
    own = model.get("qubits", {})

    def relaxation(qubit, time):
        rates = {**model["relaxation"], **own.get(str(qubit), {})}
        return thermal_relaxation_error(rates["t1"], rates["t2"], time)

    for names, kind, width in [(ONE_QUBIT, "oneQubit", 1), (TWO_QUBIT, "twoQubit", 2)]:
        for name in names:
            places = [[a] for a in range(qubits)] if width == 1 else [
                [a, b] for a in range(qubits) for b in range(qubits) if a != b
            ]
            depolarizing = model["depolarizing"].get("gates", {}).get(name, model["depolarizing"][kind])
            for place in places:
                error = depolarizing_error(depolarizing, width)
                if "relaxation" in model:
                    times = model["relaxation"]["times"]
                    time = times.get("gates", {}).get(name, times[kind])
                    # The error of the first qubit is the last factor.
                    after = relaxation(place[0], time)
                    if width == 2:
                        after = relaxation(place[1], time).tensor(after)
                    error = error.compose(after)
                result.add_quantum_error(error, name, place)
    if "readout" in model:
        p10, p01 = model["readout"]["probMeas1Prep0"], model["readout"]["probMeas0Prep1"]
        result.add_all_qubit_readout_error(ReadoutError([[1 - p10, p10], [p01, 1 - p01]]))
    return result


def simulator(model, qubits, **options):
    names = [*ONE_QUBIT, *TWO_QUBIT]
    noise = noise_model(model, qubits)
    noise.add_basis_gates(names)
    return AerSimulator(method="density_matrix", noise_model=noise, fusion_enable=False, **options)


def exact(model, file):
    circuit = qiskit.qasm2.load(file)
    circuit.remove_final_measurements()
    circuit.save_probabilities()
    result = simulator(model, circuit.num_qubits).run(circuit).result()
    return [float(value) for value in result.data()["probabilities"]]


def run(model, folder, seed):
    manifest = json.loads((folder / "manifest.json").read_text())
    counts = {}
    for experiment in manifest["experiments"]:
        circuit = qiskit.qasm2.load(folder / experiment["file"])
        seed += 1
        aer = simulator(model, circuit.num_qubits, seed_simulator=seed)
        counts[experiment["id"]] = aer.run(circuit, shots=experiment["shots"]).result().get_counts()
    return counts


if __name__ == "__main__":
    given = json.loads(Path(sys.argv[2]).read_text())
    if sys.argv[1] == "exact":
        print(json.dumps(exact(given, sys.argv[3])))
    else:
        found = run(given, Path(sys.argv[3]), int(sys.argv[5]))
        Path(sys.argv[4]).write_text(json.dumps(found))
