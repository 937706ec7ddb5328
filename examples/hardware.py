"""From a circuit to answers with error bars, by way of a small processor.

The circuit is cut into pieces that fit the processor, these are exported as jobs for SamplerV2, run, and what was counted is
imported. Here Aer stands in for the processor, with gates, connections and noise like those of one; the lines for a real one
are in docs/hardware.md.

    pip install qiskit qiskit-aer qiskit-qasm3-import
    python examples/hardware.py --shots 400000
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import qiskit.qasm3
from qiskit.transpiler import CouplingMap, generate_preset_pass_manager
from qiskit_aer.noise import NoiseModel, ReadoutError, depolarizing_error
from qiskit_aer.primitives import SamplerV2

KRONCUT = ["node", str(Path(__file__).resolve().parent.parent / "dist" / "main.js")]
QUBITS = 5
OBSERVABLE = "Z0 Z1 + Z3 Z4 + 0.5*Z6 Z7"
BASIS = ["rz", "sx", "x", "cx"]


def kroncut(*arguments):
    """Runs a command; gives its answer."""
    done = subprocess.run([*KRONCUT, *arguments, "--json"], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(done.stderr)
    return json.loads(done.stdout) if done.stdout.startswith(("{", "[")) else done.stdout


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


def run_job(job, noise, seed):
    """What the processor makes of a job: circuits become its own gates on its own connections, and are run."""
    to_device = generate_preset_pass_manager(
        optimization_level=1, basis_gates=BASIS, coupling_map=CouplingMap.from_line(2 * QUBITS), seed_transpiler=seed
    )
    results = []
    for number, (text, _, shots) in enumerate(job["pubs"]):
        # With one seed for all, circuits that are alike would get the same shots.
        sampler = SamplerV2(seed=seed + number, options={"backend_options": {"noise_model": noise}})
        circuit = to_device.run(qiskit.qasm3.loads(text))
        data = sampler.run([(circuit, None, shots)]).result()[0].data
        registers = {
            name: {
                "samples": [hex(int.from_bytes(shot.tobytes(), "big")) for shot in data[name].array],
                "num_bits": data[name].num_bits,
            }
            for name in data
        }
        results.append({"data": registers, "metadata": {}})
    return {"results": results, "metadata": {"backend": "Aer with noise"}}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--shots", type=int, default=400000, help="in all (default: %(default)s)")
    parser.add_argument("--noise", type=float, default=1, help="times that of a good processor; 0: none (default: 1)")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        circuit, run, jobs = (str(Path(folder) / name) for name in ("circuit.qasm", "run", "jobs"))
        Path(circuit).write_text(kroncut("generate", "hwea", "--qubits", "8", "--depth", "1", "--seed", "5")["qasm"])

        cut = kroncut("cut", circuit, "-o", run, "--max-width", str(QUBITS), "--objective", "sampling")
        exported = kroncut(
            "export", run, "-o", jobs, "--format", "sampler", "--shots", str(options.shots), "--capabilities", "none"
        )
        results = []
        for number, file in enumerate(sorted(Path(jobs, "jobs").iterdir())):
            result = run_job(json.loads(file.read_text()), noise_model(options.noise), 1000000 * options.seed + 1000 * number)
            results.append(Path(folder) / f"result-{file.name}")
            results[-1].write_text(json.dumps(result))
        imported = kroncut("import", run, *map(str, results))

        measured = kroncut("reconstruct", run, "--expect", OBSERVABLE)["expect"]
        exact = kroncut("run", circuit, "-o", str(Path(folder) / "exact"), "--expect", OBSERVABLE)["expect"]["value"]

    low, high = measured["interval"]
    print(f"8 qubits in {len(cut['subcircuits'])} pieces of at most {cut['width']}, {exported['experiments']} circuits")
    print(f"{imported['shots']} shots: {measured['value']:.4f}, between {low:.4f} and {high:.4f} with 95%")
    print(f"exact: {exact:.4f}; {abs(measured['value'] - exact) / measured['standardError']:.1f} standard errors apart")


if __name__ == "__main__":
    main()
