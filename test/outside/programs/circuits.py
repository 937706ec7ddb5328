"""What other programs make of our OpenQASM files, and files that they write.

    circuits.py read FOLDER           reads FOLDER/*.qasm and *.qasm3; prints what came of each
    circuits.py write FOLDER SEED N   writes N random circuits, and expected.json with their matrices

Matrices are lists of real and imaginary parts, row by row; bit i of an index is qubit i.
"""

import json
import re
import sys
import warnings
from pathlib import Path

import bqskit.ir.gates
import numpy as np
import qiskit.qasm2
import qiskit.qasm3
from bqskit import Circuit as BqskitCircuit
from bqskit.ir.lang.qasm2 import OPENQASM2Language
from pytket.qasm import circuit_from_qasm_str, circuit_to_qasm_str
from pytket import Circuit as TketCircuit
from pytket import OpType
from qiskit import QuantumCircuit
from qiskit.circuit.library import get_standard_gate_name_mapping
from qiskit.quantum_info import Operator

warnings.filterwarnings("ignore")

MOST_QUBITS = 6


def numbers(matrix):
    return np.stack([matrix.real, matrix.imag], axis=-1).reshape(-1).tolist()


def of_qiskit(circuit):
    """The matrix without measurements and cut points, which bits are read from which qubits, and how often resets are."""
    bare = QuantumCircuit(*circuit.qregs)
    outcomes, resets, marks = {}, 0, 0
    for item in circuit.data:
        name = item.operation.name
        if name == "measure":
            outcomes[circuit.find_bit(item.clbits[0]).index] = circuit.find_bit(item.qubits[0]).index
        elif name == "reset":
            resets += 1
        elif name.startswith("cut_"):
            marks += 1
        else:
            bare.append(item.operation, [circuit.find_bit(q).index for q in item.qubits])
    known = {"outcomes": sorted(outcomes.items()), "resets": resets, "marks": marks}
    if bare.num_qubits <= MOST_QUBITS and resets == 0:
        known["matrix"] = numbers(Operator(bare).data)
    return known


def of_tket(circuit):
    bare = TketCircuit(circuit.n_qubits)
    index = {qubit: i for i, qubit in enumerate(circuit.qubits)}
    outcomes, resets, marks = {}, 0, 0
    bits = {bit: i for i, bit in enumerate(circuit.bits)}
    for command in circuit.get_commands():
        kind = command.op.type
        if kind == OpType.Measure:
            outcomes[bits[command.bits[0]]] = index[command.qubits[0]]
        elif kind == OpType.Reset:
            resets += 1
        elif kind == OpType.CustomGate and command.op.get_name().startswith("cut_"):
            marks += 1
        else:
            bare.add_gate(command.op, [index[q] for q in command.qubits])
    known = {"outcomes": sorted(outcomes.items()), "resets": resets, "marks": marks}
    if bare.n_qubits <= MOST_QUBITS and resets == 0:
        known["matrix"] = numbers(tket_matrix(bare))
    return known


def of_bqskit(circuit):
    bare = BqskitCircuit(circuit.num_qudits)
    outcomes, resets = {}, 0
    for operation in circuit:
        gate = operation.gate
        if isinstance(gate, bqskit.ir.gates.MeasurementPlaceholder):
            outcomes.update((bit, qubit) for qubit, (_, bit) in gate.measurements.items())
        elif isinstance(gate, bqskit.ir.gates.Reset):
            resets += 1
        elif not isinstance(gate, bqskit.ir.gates.BarrierPlaceholder):
            bare.append(operation)
    known = {"outcomes": sorted(outcomes.items()), "resets": resets, "marks": 0}
    if bare.num_qudits <= MOST_QUBITS and resets == 0:
        known["matrix"] = numbers(bqskit_matrix(bare))
    return known


READERS = {
    ".qasm": {
        "qiskit": lambda text: of_qiskit(qiskit.qasm2.loads(text)),
        "qiskit strict": lambda text: of_qiskit(qiskit.qasm2.loads(text, strict=True)),
        "qiskit legacy": lambda text: of_qiskit(QuantumCircuit.from_qasm_str(text)),
        "pytket": lambda text: of_tket(circuit_from_qasm_str(text)),
        "bqskit": lambda text: of_bqskit(OPENQASM2Language().decode(text)),
    },
    ".qasm3": {"qiskit": lambda text: of_qiskit(qiskit.qasm3.loads(text))},
}


def is_language_of(name, text):
    """BQSKit reads no opaque gates, and has a u0 without the parameter of qelib1.inc."""
    return name != "bqskit" or not re.search(r"^(opaque|u0)\b", text, re.MULTILINE)


def read(folder):
    found = {}
    for file in sorted(folder.iterdir()):
        readers = READERS.get(file.suffix)
        if readers is None:
            continue
        found[file.name] = {}
        text = file.read_text()
        for name, reader in readers.items():
            if not is_language_of(name, text):
                continue
            try:
                found[file.name][name] = reader(text)
            except Exception as error:  # Whatever it is, it is the answer.
                found[file.name][name] = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(found))


GATES = {
    name: gate
    for name, gate in get_standard_gate_name_mapping().items()
    if name not in ("measure", "reset", "delay", "barrier") and gate.num_clbits == 0
}


def random_circuit(random, qubits, gates):
    """Gates of all kinds on random qubits, some inside of gates of their own, some powers, inverses and controls."""
    circuit = QuantumCircuit(qubits)
    for _ in range(gates):
        gate = GATES[random.choice(sorted(GATES))]
        if gate.num_qubits > qubits:
            continue
        angles = [float(a) for a in random.choice([random.uniform(-7, 7), np.pi / 4, -np.pi, 0.0], len(gate.params))]
        made = type(gate)(*angles)
        kind = random.integers(8)
        if kind == 0:
            made = made.inverse()
        elif kind == 1 and gate.num_qubits < qubits and gate.num_qubits <= 2:
            made = made.control(1, ctrl_state=int(random.integers(2)))
        elif kind == 2 and gate.num_qubits > 0:
            inner = QuantumCircuit(gate.num_qubits, name=f"block{len(circuit.data)}")
            inner.append(made, range(gate.num_qubits))
            inner.h(0)
            made = inner.to_gate()
        on = [int(q) for q in random.permutation(qubits)[: made.num_qubits]]
        circuit.append(made, on)
        if random.integers(6) == 0:
            circuit.barrier()
    return circuit


# By number of qubits and of angles.
TKET_GATES = {
    (1, 0): "H X Y Z S Sdg T Tdg V Vdg SX SXdg",
    (1, 1): "Rx Ry Rz U1",
    (1, 2): "U2 PhasedX",
    (1, 3): "U3 TK1",
    (2, 0): "CX CY CZ CH CV CVdg CSX CSXdg CS CSdg SWAP ISWAPMax ECR ZZMax Sycamore",
    (2, 1): "CRx CRy CRz CU1 ISWAP ZZPhase XXPhase YYPhase",
    (2, 2): "PhasedISWAP FSim",
    (2, 3): "CU3 TK2",
    (3, 0): "CCX CSWAP BRIDGE",
    (4, 0): "CnX",
}


def tket_gates(header):
    """The gates that pytket can write with a library."""
    for (width, angles), names in TKET_GATES.items():
        for name in names.split():
            circuit = TketCircuit(width)
            circuit.add_gate(getattr(OpType, name), [0.3] * angles, list(range(width)))
            try:
                circuit_to_qasm_str(circuit, header=header)
                yield name, width, angles
            except Exception:  # It has no name there.
                continue


def random_tket(random, qubits, gates, known):
    circuit = TketCircuit(qubits)
    for _ in range(gates):
        name, width, angles = known[random.integers(len(known))]
        if width <= qubits:
            on = [int(q) for q in random.permutation(qubits)[:width]]
            circuit.add_gate(getattr(OpType, name), [float(a) for a in random.uniform(-2, 2, angles)], on)
    return circuit


# One with all constant gates and gates of angles that BQSKit has a name for in OpenQASM.
BQSKIT_GATES = """B CCP CH CX CP CRX CRY CRZ CS CT CU CY CZ ECR FSIM H ISwap IToffoli Identity Margolus PhasedXZ RC3X RX RXX
    RY RYY RZ RZZ S SX Sdg SqrtCNOT SqrtISwap SqrtT Swap Sycamore T Tdg Toffoli U1 U1q U2 U3 X XX Y YY Z ZZ""".split()


def random_bqskit(random, qubits, gates):
    circuit = BqskitCircuit(qubits)
    for _ in range(gates):
        gate = getattr(bqskit.ir.gates, f"{random.choice(BQSKIT_GATES)}Gate")()
        if gate.num_qudits <= qubits:
            on = [int(q) for q in random.permutation(qubits)[: gate.num_qudits]]
            circuit.append_gate(gate, on, [float(a) for a in random.uniform(-2, 2, gate.num_params)])
    return circuit


def bqskit_matrix(circuit):
    return lowest_first(circuit.get_unitary().numpy, circuit.num_qudits)


def tket_matrix(circuit):
    return lowest_first(circuit.get_unitary(), circuit.n_qubits)


def lowest_first(matrix, n):
    """pytket and BQSKit have qubit 0 as the highest bit."""
    tensor = matrix.reshape([2] * (2 * n))
    order = list(range(n))[::-1] + list(range(n, 2 * n))[::-1]
    return tensor.transpose(order).reshape(2**n, 2**n)


def write(folder, seed, count):
    random = np.random.default_rng(seed)
    expected = {}
    known = {header: list(tket_gates(header)) for header in ("qelib1", "hqslib1")}

    def keep(name, text, matrix):
        (folder / name).write_text(text)
        expected[name] = numbers(matrix)

    for i in range(count):
        qubits = int(random.integers(1, 6))
        circuit = random_circuit(random, qubits, 8)
        matrix = Operator(circuit).data
        keep(f"qiskit{i}.qasm3", qiskit.qasm3.dumps(circuit), matrix)
        try:
            keep(f"qiskit{i}.qasm", qiskit.qasm2.dumps(circuit), matrix)
        except qiskit.qasm2.QASM2ExportError:  # A global phase has no form in version 2.
            pass
        for header, gates in known.items():
            tket = random_tket(random, qubits, 8, gates)
            keep(f"{header}{i}.qasm", circuit_to_qasm_str(tket, header=header), tket_matrix(tket))
        other = random_bqskit(random, qubits, 8)
        keep(f"bqskit{i}.qasm", OPENQASM2Language().encode(other), bqskit_matrix(other))
    (folder / "expected.json").write_text(json.dumps(expected))


if __name__ == "__main__":
    command, folder, *rest = sys.argv[1:]
    if command == "read":
        read(Path(folder))
    else:
        write(Path(folder), int(rest[0]), int(rest[1]))
