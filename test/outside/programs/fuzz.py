"""Random circuits, options and queries, compared with Qiskit's simulation of the circuit.

    fuzz.py [--seed S] [--count N] [--keep FOLDER]     N left out: without end

Case i of seed S is the same everywhere. A case that differs is left in FOLDER/case with its command, and ends the run.
"""

import argparse
import json
import math
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import qiskit.qasm2
import qiskit.qasm3
from circuits import GATES
from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister
from qiskit.quantum_info import SparsePauliOp, Statevector

MAIN = Path(__file__).resolve().parents[3] / "dist" / "main.js"
NARROW = [name for name, gate in sorted(GATES.items()) if 1 <= gate.num_qubits <= 2]
WIDE = [name for name, gate in sorted(GATES.items()) if gate.num_qubits == 3]
INFEASIBLE = 3


def random_circuit(random):
    """Gates of all kinds, most of them between neighbours on a line, so that narrow cuts exist."""
    qubits = int(random.integers(2, 8))
    split = int(random.integers(1, qubits + 1))
    registers = [QuantumRegister(split, "a")] + ([QuantumRegister(qubits - split, "b")] if split < qubits else [])
    circuit = QuantumCircuit(*registers)
    for _ in range(int(random.integers(3, 16))):
        name = str(random.choice(WIDE if qubits > 3 and random.integers(12) == 0 else NARROW))
        gate = GATES[name]
        angles = [float(a) for a in random.choice([random.uniform(-7, 7), math.pi / 4, -math.pi, 0.0], len(gate.params))]
        first = int(random.integers(0, qubits - gate.num_qubits + 1))
        on = [first + int(i) for i in random.permutation(gate.num_qubits)]
        if random.integers(10) == 0:
            on = [int(q) for q in random.permutation(qubits)[: gate.num_qubits]]
        made = type(gate)(*angles)
        circuit.append(made.inverse() if random.integers(6) == 0 else made, on)
    return circuit


def measured(random, circuit):
    """The circuit with measurements of some qubits into shuffled bits, or without; and the qubit of each bit, or -1."""
    n = circuit.num_qubits
    if random.integers(3) == 0:
        whole = circuit.copy()
        if random.integers(2) == 0:
            whole.add_register(ClassicalRegister(int(random.integers(1, n + 2)), "unused"))
        return whole, list(range(n))
    bits = int(random.integers(1, n + 2))
    outcomes = [-1] * bits
    chosen = random.permutation(n)[: min(bits, int(random.integers(1, n + 1)))]
    for bit, qubit in zip(random.permutation(bits), chosen):
        outcomes[int(bit)] = int(qubit)
    whole = circuit.copy()
    whole.add_register(ClassicalRegister(bits, "m"))
    for bit, qubit in enumerate(outcomes):
        if qubit >= 0:
            whole.measure(qubit, bit)
    return whole, outcomes


def distribution(state, outcomes):
    result = np.zeros(2 ** len(outcomes))
    for index, p in enumerate(np.abs(state.data) ** 2):
        result[sum(((index >> q) & 1) << bit for bit, q in enumerate(outcomes) if q >= 0)] += p
    return result


def choose_options(random, qubits):
    method = random.choice(["cut", "cut", "cut", "cut", "auto", "statevector", "contract"])
    if method in ("statevector", "contract"):
        options = ["--method", method]
    else:
        options = ["--method", method, *choose_cuts(random, qubits)]
    if random.integers(4) == 0:
        options += ["--objective", "sampling"]
    if random.integers(4) == 0:
        options += ["--precision", "single"]
    if random.integers(4) == 0:
        options += ["--bond-tolerance", str(random.choice(["0", "1e-14"]))]
    return options + ["--seed", str(int(random.integers(100)))]


def choose_cuts(random, qubits):
    options = ["--max-width", str(int(random.integers(max(2, qubits - 3), qubits + 1)))]
    kind = random.integers(5)
    options += [["--wire-cuts-only"], ["--gate-cuts-only"], ["--joint"], [], []][kind]
    if random.integers(4) == 0:
        options += ["--reuse-qubits"]
    if random.integers(4) == 0:
        options += ["--max-subcircuits", str(int(random.integers(1, 4)))]
    return options + ["--max-cuts", "6", "--time-limit", "3"]


def choose_queries(random, qubits, bits):
    """Some of all queries, as flags by name."""
    number = "".join(str(b) for b in random.integers(0, 2, bits))
    terms = []
    for _ in range(int(random.integers(1, 4))):
        terms.append(("".join(random.choice(list("IIXYZ"), qubits)), float(np.round(random.uniform(-2, 2), 3))))
    queries = {
        "full": ["--full"],
        "top": ["--top", str(int(random.integers(1, 2**bits + 1)))],
        "moments": ["--moments"],
        "marginal": ["--marginal", ",".join(str(b) for b in random.permutation(bits)[: int(random.integers(1, bits + 1))])],
        "probability": ["--probability", f"{number},{number[::-1]}"],
        "expect": ["--expect", json.dumps([[label, c] for label, c in terms])],
        "samples": ["--samples", "20"],
        "bins": ["--bins", "2", "--depth", "2"],
    }
    chosen = [name for name in queries if random.integers(2) == 0] or ["full"]
    return {name: queries[name] for name in chosen}, terms


def differences(folder, answer, queries, terms, state, p, tolerance):
    """What the answers to the queries are off by, in words."""
    bits = int(math.log2(len(p)))

    def index(text):
        return int(text, 2)

    def compare(what, found, expected):
        worst = float(np.max(np.abs(np.asarray(found) - np.asarray(expected)), initial=0))
        if not worst <= tolerance:
            yield f"{what} is off by {worst}"

    for name in queries:
        if name not in answer:
            yield f"there is no answer to {name}"
    if "full" in queries:
        yield from compare("full", np.load(folder / "run" / answer["full"]["file"]), p)
    if "top" in queries:
        outcomes = answer["top"]["outcomes"]
        values = [o["probability"] for o in outcomes]
        yield from compare("top", values, [p[index(o["bits"])] for o in outcomes])
        count = int(queries["top"][1])
        yield from compare("the order of top", values, np.sort(p)[::-1][: len(values)])
        if len(values) < count and answer["top"]["proven"]:
            yield from compare("what top leaves out", np.sort(p)[::-1][len(values) : count], 0)
    if "moments" in queries:
        positive = p[p > 0]
        entropy = float(-np.sum(positive * np.log(positive)))
        found = [answer["moments"][key] for key in ("sum", "max", "collision")]
        yield from compare("moments", found, [p.sum(), p.max(), np.sum(p**2)])
        yield from compare("entropy", 1e-2 * answer["moments"]["entropy"], 1e-2 * entropy)
    if "marginal" in queries:
        named = [int(b) for b in queries["marginal"][1].split(",")]
        expected = np.zeros(2 ** len(named))
        for i, value in enumerate(p):
            expected[sum(((i >> b) & 1) << j for j, b in enumerate(named))] += value
        yield from compare("marginal", answer["marginal"]["probabilities"], expected)
    if "probability" in queries:
        for text, value in answer["probability"].items():
            yield from compare(f"probability of {text}", value, p[index(text)])
    if "expect" in queries:
        expected = state.expectation_value(SparsePauliOp.from_list(terms)).real
        yield from compare("expect", answer["expect"]["value"], expected)
    if "samples" in queries:
        lines = (folder / "run" / answer["samples"]["file"]).read_text().split()
        if len(lines) != 20 or any(len(line) != bits or p[index(line)] <= 1e-12 for line in lines):
            yield "samples are of impossible outcomes, or too few"
    if "bins" in queries:
        for entry in answer["bins"]:
            spec = entry["spec"]
            matching = [value for i, value in enumerate(p) if fits(spec, format(i, f"0{bits}b"))]
            yield from compare(f"bin {spec}", entry["probability"], sum(matching))


def fits(spec, text):
    return all(s in ("*", t) for s, t in zip(spec, text))


def one_case(folder, seed, number):
    """The differences of one case, or None where no cut satisfies its limits."""
    random = np.random.default_rng([seed, number])
    bare = random_circuit(random)
    circuit, outcomes = measured(random, bare)
    three = random.integers(2) == 0
    text = qiskit.qasm3.dumps(circuit) if three else qiskit.qasm2.dumps(circuit)
    file = folder / ("circuit.qasm3" if three else "circuit.qasm")
    file.write_text(text)
    queries, terms = choose_queries(random, bare.num_qubits, len(outcomes))
    options = choose_options(random, bare.num_qubits)
    flags = [flag for given in queries.values() for flag in given]
    command = ["node", str(MAIN), "run", str(file), "-o", str(folder / "run"), "--json", "--device", "cpu", *options, *flags]
    (folder / "command").write_text(shlex.join(command) + "\n")
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode == INFEASIBLE:
        return None
    if done.returncode != 0:
        return [f"exit code {done.returncode}: {done.stderr.strip()}"]
    state = Statevector(bare)
    tolerance = 1e-4 if "single" in options else 1e-9
    return list(
        differences(folder, json.loads(done.stdout), queries, terms, state, distribution(state, outcomes), tolerance)
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int)
    parser.add_argument("--first", type=int, default=0, help="number of the first case")
    parser.add_argument("--keep", type=Path, default=Path("fuzz-out"))
    given = parser.parse_args()
    compared = infeasible = 0
    number = given.first
    while given.count is None or number < given.first + given.count:
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary)
            found = one_case(folder, given.seed, number)
            if found:
                case = given.keep / f"case-{given.seed}-{number}"
                case.parent.mkdir(parents=True, exist_ok=True)
                subprocess.run(["cp", "-r", str(folder), str(case)], check=True)
                print(f"case {number} of seed {given.seed} differs; it is kept in {case}:")
                print("\n".join(f"  {line}" for line in found))
                return 1
        compared += found is not None
        infeasible += found is None
        number += 1
        if given.count is None and number % 20 == 0:
            print(f"{compared} compared, {infeasible} without a cut within their limits", flush=True)
    print(json.dumps({"compared": compared, "infeasible": infeasible}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
