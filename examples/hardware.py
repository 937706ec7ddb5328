"""From a circuit to answers with error bars, by way of a small processor.

The circuit is cut into pieces that fit the processor, these are run as jobs of a SamplerV2, and what was counted is imported. Here Aer
stands in for the processor, with gates, connections and noise like those of one; the lines for a real one are in docs/hardware.md.

    pip install qiskit qiskit-aer
    python examples/hardware.py --shots 400000
"""

import argparse
import sys
import tempfile
from pathlib import Path

from qiskit.transpiler import CouplingMap, generate_preset_pass_manager
from qiskit_aer.noise import NoiseModel, ReadoutError, depolarizing_error
from qiskit_aer.primitives import SamplerV2

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "python"))

import kroncut  # noqa: E402

QUBITS = 5
OBSERVABLE = "Z0 Z1 + Z3 Z4 + 0.5*Z6 Z7"
BASIS = ["rz", "sx", "x", "cx"]


def noise_model(scale):
    """Depolarising gates and readout that errs, by the figures of a good superconducting processor, times `scale`."""
    model = NoiseModel(basis_gates=BASIS)
    if scale == 0:
        return model
    model.add_all_qubit_quantum_error(depolarizing_error(2e-4 * scale, 1), ["sx", "x"])
    model.add_all_qubit_quantum_error(depolarizing_error(3e-3 * scale, 2), ["cx"])
    wrong = 8e-3 * scale
    model.add_all_qubit_readout_error(ReadoutError([[1 - wrong, wrong], [wrong, 1 - wrong]]))
    return model


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--shots", type=int, default=400000, help="in all (default: %(default)s)")
    parser.add_argument("--noise", type=float, default=1, help="times that of a good processor; 0: none (default: 1)")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    # The processor: what it samples, and what makes circuits of its own gates on its own connections.
    sampler = SamplerV2(seed=options.seed, options={"backend_options": {"noise_model": noise_model(options.noise)}})
    to_device = generate_preset_pass_manager(
        optimization_level=1, basis_gates=BASIS, coupling_map=CouplingMap.from_line(2 * QUBITS), seed_transpiler=options.seed
    )
    circuit = kroncut.generate("hwea", qubits=8, depth=1, seed=5)["qasm"]
    with tempfile.TemporaryDirectory() as run:
        cut = kroncut.cut(circuit, run, max_width=QUBITS, objective="sampling")
        counted = kroncut.measure(run, sampler, shots=options.shots, pass_manager=to_device, capabilities="none")
        measured = kroncut.reconstruct(run, expect=OBSERVABLE)["expect"]
    exact = kroncut.run(circuit, expect=OBSERVABLE)["expect"]["value"]

    low, high = measured["interval"]
    print(f"8 qubits in {len(cut['subcircuits'])} pieces of at most {cut['width']}, {counted['experiments']} circuits")
    print(f"{counted['shots']} shots: {measured['value']:.4f}, between {low:.4f} and {high:.4f} with 95%")
    print(f"exact: {exact:.4f}; {abs(measured['value'] - exact) / measured['standardError']:.1f} standard errors apart")


if __name__ == "__main__":
    main()
