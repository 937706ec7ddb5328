"""Two-qubit gates that other compilers leave of a circuit: OpenQASM 2 on standard input, JSON on standard output.

Names of compilers are arguments. Each entry is { cx, seconds }; a program that is not installed, or fails, is left out.
Circuits keep their qubits: no layout, no routing; `tket, swaps` may leave a permutation at the end.
"""

import json
import sys
import time

GATES = ["u3", "cx"]


def without_measurements(circuit):
    circuit.remove_final_measurements()
    return circuit


def qiskit_level_3(text):
    from qiskit import qasm2, transpile

    circuit = without_measurements(qasm2.loads(text, custom_instructions=qasm2.LEGACY_CUSTOM_INSTRUCTIONS))
    return transpile(circuit, basis_gates=GATES, optimization_level=3, seed_transpiler=1).count_ops().get("cx", 0)


def tket(text, swaps):
    from pytket import OpType
    from pytket.passes import DecomposeBoxes, FullPeepholeOptimise, RemoveBarriers
    from pytket.qasm import circuit_from_qasm_str

    circuit = circuit_from_qasm_str(text)
    RemoveBarriers().apply(circuit)
    DecomposeBoxes().apply(circuit)
    FullPeepholeOptimise(allow_swaps=swaps).apply(circuit)
    return circuit.n_gates_of_type(OpType.CX)


def pyzx_then_qiskit(text, teleport):
    import pyzx
    from qiskit import qasm2

    circuit = without_measurements(qasm2.loads(text, custom_instructions=qasm2.LEGACY_CUSTOM_INSTRUCTIONS))
    from qiskit import transpile

    plain = qasm2.dumps(transpile(circuit, basis_gates=["cx", "rz", "h"], optimization_level=0))
    graph = pyzx.Circuit.from_qasm(plain).to_graph()
    if teleport:
        found = pyzx.Circuit.from_graph(pyzx.teleport_reduce(graph))
    else:
        pyzx.full_reduce(graph)
        found = pyzx.extract_circuit(graph.copy())
    return qiskit_level_3(found.to_basic_gates().to_qasm())


def bqskit_level_2(text):
    from bqskit import compile as compiled
    from bqskit.compiler import Compiler
    from bqskit.ir.gates import CNOTGate
    from bqskit.ir.lang.qasm2 import OPENQASM2Language

    circuit = OPENQASM2Language().decode(text)
    circuit.remove_all_measurements()
    with Compiler(num_workers=2) as compiler:
        return compiled(circuit, optimization_level=2, compiler=compiler, seed=1).count(CNOTGate())


RIVALS = {
    "Qiskit": qiskit_level_3,
    "tket": lambda text: tket(text, False),
    "tket, swaps": lambda text: tket(text, True),
    "PyZX phases": lambda text: pyzx_then_qiskit(text, True),
    "PyZX": lambda text: pyzx_then_qiskit(text, False),
    "BQSKit": bqskit_level_2,
}

# BQSKit's workers import this file again.
if __name__ == "__main__":
    TEXT = sys.stdin.read()
    results = {}
    for name in sys.argv[1:]:
        begin = time.perf_counter()
        try:
            results[name] = {"cx": RIVALS[name](TEXT), "seconds": time.perf_counter() - begin}
        except Exception as error:
            print(f"{name}: {error}", file=sys.stderr)
    json.dump(results, sys.stdout)
