"""Expectation values of cut circuits by qiskit-addon-cutting: one case as JSON on standard input, its answers on standard output.

In: { qasm, parts, terms: [[coefficient, [qubits of Z]]], shots, seeds, exact }; parts as in `kroncut cut --cuts`: one entry per
two-qubit gate, its part, or those of its two ends where it is cut. Cuts are made at the same places, weights are the exact
ones, shots are divided in proportion to them, Aer runs the subexperiments, and the addon reconstructs.
Out: { square, experiments, seconds }: the mean squared difference from `exact`, circuits that were run, and seconds for a seed.
"""

import json
import sys
import time

import numpy as np
from qiskit import QuantumCircuit, qasm2
from qiskit.quantum_info import PauliList
from qiskit_addon_cutting import generate_cutting_experiments, partition_problem, reconstruct_expectation_values
from qiskit_addon_cutting.instructions import Move
from qiskit_addon_cutting.qpd import TwoQubitQPDGate
from qiskit_aer.primitives import SamplerV2


def with_cuts(circuit, parts):
    """The circuit with cut gates and moves, a label for each qubit, and where each original qubit ends."""
    current = list(range(circuit.num_qubits))
    labels = [None] * circuit.num_qubits
    steps = []
    next_gate = 0
    for instruction in circuit.data:
        qubits = [circuit.find_bit(qubit).index for qubit in instruction.qubits]
        if len(qubits) == 2:
            part = parts[next_gate]
            next_gate += 1
            ends = part if isinstance(part, list) else [part, part]
            for qubit, end in zip(qubits, ends):
                here = current[qubit]
                if labels[here] is None:
                    labels[here] = end
                elif labels[here] != end:
                    labels.append(end)
                    current[qubit] = len(labels) - 1
                    steps.append((TwoQubitQPDGate.from_instruction(Move()), [here, current[qubit]]))
            cut = ends[0] != ends[1]
            operation = TwoQubitQPDGate.from_instruction(instruction.operation) if cut else instruction.operation
            steps.append((operation, [current[qubit] for qubit in qubits]))
        else:
            steps.append((instruction.operation, [current[qubit] for qubit in qubits]))
    made = QuantumCircuit(len(labels))
    for operation, qubits in steps:
        made.append(operation, qubits)
    return made, [0 if label is None else label for label in labels], current


def divided(weights, total, each):
    """Shots for every sample, one at least, in proportion to weights; each is run `each` times."""
    left = total // each - len(weights)
    if left < 0:
        raise ValueError(f"{total} shots are fewer than one for each of {each * len(weights)} circuits")
    shares = left * np.array(weights) / sum(weights)
    shots = np.floor(shares).astype(int)
    order = np.argsort(shots - shares, kind="stable")
    shots[order[: left - shots.sum()]] += 1
    return shots + 1


def main():
    case = json.load(sys.stdin)
    circuit = qasm2.loads(case["qasm"], custom_instructions=qasm2.LEGACY_CUSTOM_INSTRUCTIONS)
    made, labels, place = with_cuts(circuit, case["parts"])
    strings = []
    for _, qubits in case["terms"]:
        letters = ["I"] * made.num_qubits
        for qubit in qubits:
            letters[made.num_qubits - 1 - place[qubit]] = "Z"
        strings.append("".join(letters))
    problem = partition_problem(made, labels, observables=PauliList(strings))
    experiments, coefficients = generate_cutting_experiments(
        problem.subcircuits, problem.subobservables, num_samples=np.inf
    )
    # Each sample is run once in every part, for every group of observables.
    each = sum(len(own) // len(coefficients) for own in experiments.values())
    shots = divided([abs(weight) for weight, _ in coefficients], case["shots"], each)
    begin = time.perf_counter()
    squares = []
    for seed in range(case["seeds"]):
        sampler = SamplerV2(seed=1000 * seed + 7)
        results = {}
        for label, own in experiments.items():
            groups = len(own) // len(coefficients)
            pubs = [(one, None, int(shots[i // groups])) for i, one in enumerate(own)]
            results[label] = sampler.run(pubs).result()
        values = reconstruct_expectation_values(results, coefficients, problem.subobservables)
        value = sum(coefficient * one for (coefficient, _), one in zip(case["terms"], values))
        squares.append((value - case["exact"]) ** 2)
    json.dump(
        {
            "square": float(np.mean(squares)),
            "experiments": each * len(coefficients),
            "seconds": (time.perf_counter() - begin) / case["seeds"],
        },
        sys.stdout,
    )


main()
