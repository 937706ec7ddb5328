"""What Qiskit, Aer and pytket make of exported subexperiments.

    subexperiments.py read FOLDER...         reads the circuits of exports; prints what came of each, by folder and name
    subexperiments.py run SEED FOLDER OUT [FOLDER OUT]...    runs exports on Aer; writes the results into folders

Circuits give OUT/counts.json, { ID: counts }, and OUT/list.json, the same in the order of the manifest. Jobs give a result
of SamplerV2 each, under the names of the jobs, and OUT/encoded/, the same results as Qiskit's encoder of results writes them.
"""

import base64
import io
import json
import sys
import warnings
import zlib
from pathlib import Path

import numpy
import qiskit.qasm2
import qiskit.qasm3
from pytket.qasm import circuit_from_qasm_str
from qiskit_aer import AerSimulator
from qiskit_aer.primitives import SamplerV2

warnings.filterwarnings("ignore")


def facts(circuit):
    """Registers, width, depth, and what is measured before its qubit goes on."""
    last = {}
    for place, item in enumerate(circuit.data):
        for qubit in item.qubits:
            last[qubit] = place
    middle = sum(
        item.operation.name == "measure" and last[item.qubits[0]] != place
        for place, item in enumerate(circuit.data)
    )
    return {
        "registers": [{"name": register.name, "bits": register.size} for register in circuit.cregs],
        "width": circuit.num_qubits,
        "depth": circuit.depth(),
        "middle": middle,
        "gates": sum(item.operation.name != "measure" for item in circuit.data),
    }


def facts_of_tket(circuit):
    return {
        "registers": [{"name": register.name, "bits": register.size} for register in circuit.c_registers],
        "width": circuit.n_qubits,
    }


READERS = {
    "qasm2": {
        "qiskit": lambda text: facts(qiskit.qasm2.loads(text)),
        "qiskit strict": lambda text: facts(qiskit.qasm2.loads(text, strict=True)),
        "pytket": lambda text: facts_of_tket(circuit_from_qasm_str(text)),
    },
    "qasm3": {"qiskit": lambda text: facts(qiskit.qasm3.loads(text))},
}


def read(folder):
    manifest = json.loads((folder / "manifest.json").read_text())
    seen = {}
    for experiment in manifest["experiments"]:
        text = (folder / experiment["file"]).read_text()
        seen[experiment["id"]] = {}
        for name, reader in READERS[manifest["format"]].items():
            try:
                seen[experiment["id"]][name] = reader(text)
            except Exception as error:
                seen[experiment["id"]][name] = {"error": repr(error)}
    return seen


def run_circuits(folder, out, manifest, seed):
    load = qiskit.qasm2.loads if manifest["format"] == "qasm2" else qiskit.qasm3.loads
    simulator = AerSimulator(seed_simulator=seed)
    counts = {}
    for experiment in manifest["experiments"]:
        circuit = load((folder / experiment["file"]).read_text())
        seed += 1
        result = simulator.run(circuit, shots=experiment["shots"], seed_simulator=seed).result()
        counts[experiment["id"]] = result.get_counts()
    (out / "counts.json").write_text(json.dumps(counts))
    (out / "list.json").write_text(json.dumps(list(counts.values())))


def run_jobs(folder, out, manifest, seed):
    for file in sorted({experiment["file"] for experiment in manifest["experiments"]}):
        job = json.loads((folder / file).read_text())
        pubs = (job["parameters"] if manifest["format"] == "qrmi" else job)["pubs"]
        results = []
        for text, parameters, shots in pubs:
            # One seed for all would give alike circuits alike shots.
            seed += 1
            sampler = SamplerV2(seed=seed)
            results += list(sampler.run([(qiskit.qasm3.loads(text), parameters, shots)]).result())
        content = {"results": [{"data": registers(one.data), "metadata": {}} for one in results], "metadata": {}}
        (out / Path(file).name).write_text(json.dumps(content))
        (out / "encoded").mkdir(exist_ok=True)
        pubs = [wrapped("SamplerPubResult", {"data": encoded(one.data), "metadata": {}}) for one in results]
        content = wrapped("PrimitiveResult", {"pub_results": pubs, "metadata": {"version": 2}})
        (out / "encoded" / Path(file).name).write_text(json.dumps(content))


def wrapped(name, value):
    return {"__type__": name, "__value__": value}


def encoded(data):
    """As qiskit-ibm-runtime's RuntimeEncoder writes a DataBin of BitArrays."""
    fields = {}
    for name in data:
        buffer = io.BytesIO()
        numpy.save(buffer, data[name].array, allow_pickle=False)
        array = wrapped("ndarray", base64.standard_b64encode(zlib.compress(buffer.getvalue())).decode())
        fields[name] = wrapped("BitArray", {"array": array, "num_bits": data[name].num_bits})
    return wrapped("DataBin", {"field_names": list(fields), "shape": [], "fields": fields})


def registers(data):
    """As the service writes them: a hexadecimal number a shot."""
    return {
        name: {
            "samples": [hex(int.from_bytes(shot.tobytes(), "big")) for shot in data[name].array],
            "num_bits": data[name].num_bits,
        }
        for name in data
    }


def main(command, *arguments):
    if command == "read":
        print(json.dumps({folder: read(Path(folder)) for folder in arguments}))
        return
    seed, *folders = arguments
    for number, (folder, out) in enumerate(zip(folders[::2], folders[1::2])):
        manifest = json.loads((Path(folder) / "manifest.json").read_text())
        run = run_jobs if manifest["format"] in ("sampler", "qrmi") else run_circuits
        Path(out).mkdir(parents=True, exist_ok=True)
        run(Path(folder), Path(out), manifest, int(seed) + 1000000 * number)


main(*sys.argv[1:])
