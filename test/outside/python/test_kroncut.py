"""python/kroncut.py against Qiskit's own simulation. Run by python.test.ts, which says where the program is."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import warnings
from pathlib import Path

import numpy
from qiskit import QuantumCircuit
from qiskit.circuit import Gate, Parameter, ParameterVector
from qiskit.circuit.library import DiagonalGate, LinearFunction, PauliGate, StatePreparation, UnitaryGate
from qiskit.quantum_info import (
    Operator,
    Pauli,
    SparseObservable,
    SparsePauliOp,
    Statevector,
    random_clifford,
    random_unitary,
)
from qiskit_aer.primitives import SamplerV2

ROOT = Path(__file__).resolve().parent.parent.parent.parent
sys.path.insert(0, str(ROOT / "python"))

import kroncut  # noqa: E402

OBSERVABLE = SparsePauliOp(["ZZIIII", "IXYZII"], [0.5, -2])


def chain(qubits=6):
    circuit = QuantumCircuit(qubits)
    circuit.h(0)
    for q in range(qubits - 1):
        circuit.cx(q, q + 1)
        circuit.ry(0.3 * (q + 1), q)
    return circuit


class InFolder(unittest.TestCase):
    """In a folder of its own, in which nothing may be left over."""

    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)
        self.addCleanup(os.chdir, os.getcwd())
        os.chdir(self.folder)


class Runs(InFolder):
    def test_answers_what_qiskit_simulates(self):
        circuit = chain()
        state = Statevector(circuit)
        answer = kroncut.run(circuit, max_width=4, expect=OBSERVABLE, full=True, top=3, samples=20, marginal=[5, 0])
        self.assertAlmostEqual(answer["expect"]["value"], state.expectation_value(OBSERVABLE).real, 12)
        numpy.testing.assert_allclose(answer["full"]["values"], state.probabilities(), atol=1e-12)
        numpy.testing.assert_allclose(answer["marginal"]["probabilities"], state.probabilities([5, 0]), atol=1e-12)
        best = max(state.probabilities_dict().items(), key=lambda item: item[1])
        self.assertAlmostEqual(answer["top"]["outcomes"][0]["probability"], best[1], 12)
        self.assertEqual(answer["samples"]["values"].shape, (20,))
        self.assertTrue(all(state.probabilities_dict().get(bits, 0) > 0 for bits in answer["samples"]["values"]))
        self.assertGreater(len(answer["cut"]["subcircuits"]), 1)
        self.assertNotIn("file", answer["full"])
        self.assertEqual(os.listdir(), [])

    def test_takes_parameters_of_any_name_in_all_their_forms(self):
        theta, odd, pi = ParameterVector("θ", 3), Parameter("a.b c"), Parameter("pi")
        twin = Parameter("a b.c")
        circuit = QuantumCircuit(4)
        for q in range(3):
            circuit.rx(odd, q)
            circuit.rzz(theta[q] / 2 + pi, q, q + 1)
        circuit.ry(twin, 3)
        observable = Pauli("-ZZIX")
        values = {theta: [0.1, 0.2, 0.3], odd: 0.4, pi: -0.5, twin: 0.6}
        bound = circuit.assign_parameters(values)
        expected = Statevector(bound).expectation_value(observable).real
        in_order = [float(dict(zip(theta, values[theta])).get(each, values.get(each))) for each in circuit.parameters]
        others = {"a.b c": 0.4, "pi": -0.5, "a b.c": 0.6}
        by_name = {"θ[0]": 0.1, "θ[1]": 0.2, "θ[2]": 0.3, **others}
        for form in (values, in_order, numpy.array(in_order), by_name, {"θ": [0.1, 0.2, 0.3], **others}):
            answer = kroncut.run(circuit, max_width=3, expect=observable, parameters=form)
            self.assertAlmostEqual(answer["expect"]["value"], expected, 12)

    def test_a_run_directory_answers_new_values_with_the_same_cuts(self):
        theta = Parameter("theta")
        circuit = QuantumCircuit(4)
        circuit.h(range(4))
        for q in range(3):
            circuit.rzz(theta, q, q + 1)
        circuit.rx(theta * 2, range(4))
        for number, value in enumerate((0.3, 0.7)):
            answer = kroncut.run(circuit, max_width=3, expect="ZZII", directory="run", parameters={theta: value})
            bound = circuit.assign_parameters({theta: value})
            self.assertAlmostEqual(answer["expect"]["value"], Statevector(bound).expectation_value(Pauli("ZZII")).real, 12)
            self.assertEqual(answer["reused"]["cut"], number == 1)

    def test_measured_bits_are_those_of_the_circuit(self):
        circuit = QuantumCircuit(4, 3)
        circuit.x(0)
        circuit.h(1)
        circuit.cx(1, 2)
        circuit.measure([2, 0, 1], [0, 1, 2])
        answer = kroncut.run(circuit, max_width=3, full=True)
        numpy.testing.assert_allclose(answer["full"]["values"], [0, 0, 0.5, 0, 0, 0, 0, 0.5], atol=1e-12)

    def test_maps_what_a_run_directory_keeps(self):
        answer = kroncut.run(chain(), max_width=4, directory="run", full=True)
        self.assertIsInstance(answer["full"]["values"], numpy.memmap)
        self.assertTrue(Path("run", answer["full"]["file"]).is_file())
        again = kroncut.reconstruct("run", probability=["000000", "111111"], samples=4, samples_format="npy")
        probabilities = Statevector(chain()).probabilities()
        self.assertAlmostEqual(again["probability"]["111111"], probabilities[63], 12)
        self.assertEqual(again["samples"]["values"].dtype, numpy.uint64)
        self.assertTrue(kroncut.verify("run")["passed"])
        self.assertFalse(kroncut.verify("run", tolerance=1e-300)["passed"])

    def test_shots_have_error_bars(self):
        answer = kroncut.run(chain(), max_width=4, expect=OBSERVABLE, shots=1e5, seed=3)["expect"]
        error = abs(answer["value"] - Statevector(chain()).expectation_value(OBSERVABLE).real)
        self.assertLess(error, 5 * answer["standardError"])
        self.assertEqual(answer["interval"].shape, (2,))

    def test_takes_gates_that_qiskit_does_not_export(self):
        gates = [
            (DiagonalGate([1, 1j, -1, 1]), [0, 1]),
            (UnitaryGate(random_unitary(2, seed=1)).control(1), [0, 1]),
            (UnitaryGate(random_unitary(2, seed=1)).control(1, annotated=True), [1, 0]),
            (PauliGate("XYZ"), [0, 1, 2]),
            (LinearFunction([[1, 1], [0, 1]]), [2, 1]),
            (random_clifford(3, seed=1), [0, 1, 2]),
            (StatePreparation([0.5, 0.5j, 0.5, -0.5]), [2, 3]),
        ]
        for gate, places in gates:
            circuit = QuantumCircuit(4)
            circuit.append(gate, places)
            circuit.cx(0, 1)
            circuit.h(2)
            values = kroncut.run(circuit, full=True)["full"]["values"]
            numpy.testing.assert_allclose(values, Statevector(circuit).probabilities(), atol=1e-12)

    def test_takes_sums_in_all_their_forms(self):
        circuit = chain(4)
        expected = 0.5 * Statevector(circuit).expectation_value(Pauli("ZIIX")).real
        forms = (
            SparsePauliOp(["ZIIX"], [0.5 + 1e-17j]),
            SparseObservable.from_list([("ZIIX", 0.5)]),
            {"ZIIX": 0.5},
            {Pauli("-ZIIX"): -0.5},
            [("ZIIX", 0.5)],
            [("XZ", [0, 3], 0.5)],
            [{"pauli": "X0 Z3", "coefficient": 0.5}],
            "0.5*X0 Z3",
        )
        for form in forms:
            self.assertAlmostEqual(kroncut.run(circuit, expect=form)["expect"]["value"], expected, 12)

    def test_probabilities_are_in_the_order_asked_for(self):
        asked = ["0001", "1000", "0110"]
        self.assertEqual(list(kroncut.run(chain(4), probability=asked)["probability"]), asked)

    def test_reads_text_and_paths(self):
        text = "OPENQASM 3; qubit[2] q; bit[2] c; U(pi, 0, pi) q[1]; c = measure q;"
        Path("one.qasm").write_text(text)
        for circuit in (text, "one.qasm", Path("one.qasm")):
            self.assertEqual(kroncut.run(circuit)["top"]["outcomes"][0]["bits"], "10")

    def test_long_sums_and_lists_go_by_way_of_files(self):
        labels = [format(i, "012b").replace("0", "I").replace("1", "Z") for i in range(4000)]
        circuit = chain(12)
        coefficients = [1 / 4000] * 4000
        value = kroncut.run(circuit, max_width=8, expect=dict(zip(labels, coefficients)))["expect"]["value"]
        expected = Statevector(circuit).expectation_value(SparsePauliOp(labels, coefficients)).real
        self.assertAlmostEqual(value, expected, 10)
        strings = [format(i, "012b") for i in range(4096)] * 2
        answer = kroncut.run(circuit, max_width=8, probability=strings)["probability"]
        self.assertEqual(len(answer), 4096)


class Refusals(InFolder):
    def refused(self, kind, pattern, function, *arguments, **options):
        with self.assertRaisesRegex(kind, pattern) as caught:
            function(*arguments, **options)
        self.assertEqual(os.listdir(), [])
        return caught.exception

    def test_what_is_wrong_is_an_exception_with_the_sentence(self):
        usage = kroncut.UsageError
        theta = Parameter("θ")
        free = QuantumCircuit(2)
        free.rx(theta, 0)
        self.assertEqual(self.refused(usage, r"^standard input:1:20: ';' is expected", kroncut.run, "OPENQASM 3; qubit q").exit_code, 2)
        self.refused(ValueError, "nowhere.qasm cannot be read", kroncut.run, "nowhere.qasm")
        self.refused(usage, "did you mean --max-width|Did you mean --max-width", kroncut.run, chain(), max_wdth=3)
        self.refused(usage, "not int", kroncut.run, 3)
        self.refused(usage, "parameters θ of the circuit have no value", kroncut.run, free)
        self.refused(usage, "no parameter x; it has θ", kroncut.run, free, parameters={theta: 1, "x": 3})
        self.refused(usage, "2 values for the 1 parameters", kroncut.run, free, parameters=[1, 2])
        self.refused(usage, "need real ones", kroncut.run, chain(), expect=SparsePauliOp(["ZZIIII"], [1j]))
        self.refused(usage, "no term of a sum", kroncut.run, chain(), expect=["ZZIIII"])
        self.refused(usage, "int is no sum", kroncut.run, chain(), expect=3)
        for value in (1j, "abc", None, numpy.nan):
            self.refused(usage, "the value of θ is .*a real number", kroncut.run, free, parameters={theta: value})
        self.refused(usage, "report: .*run directory", kroncut.run, chain(), report=True)
        self.refused(usage, "'--top <k>' argument missing", kroncut.run, chain(), top=True)
        mystery = QuantumCircuit(2)
        mystery.append(Gate("mystery", 2, []), [0, 1])
        self.refused(usage, "apart into plain gates.*mystery", kroncut.run, mystery)
        self.refused(kroncut.KroncutError, "gave no JSON", kroncut.Kroncut("true").info)
        self.refused(usage, "SamplerV2 is needed", kroncut.measure, "run", 42, shots=3)
        self.refused(usage, "a number is needed", kroncut.run, chain(), expect=SparsePauliOp(["ZZIIII"], numpy.array([theta])))
        cut = self.refused(kroncut.NoSuchCut, "max-width", kroncut.run, chain(), max_width=1, wire_cuts_only=True)
        self.assertEqual(cut.exit_code, 3)
        self.refused(kroncut.KroncutError, "not found", kroncut.Kroncut("no-such-program").info)
        self.refused(kroncut.KroncutError, "a command such as", kroncut.Kroncut(__file__).info)

    def test_remarks_are_warnings(self):
        with warnings.catch_warnings(record=True) as heard:
            warnings.simplefilter("always")
            kroncut.run("OPENQASM 3; qubit[1] q; U(3/2, 0, 0) q[0];", top=1)
        self.assertRegex(str(heard[0].message), r"^standard input:1:\d+: 3/2 is 1")
        self.assertEqual(heard[0].filename, __file__)

    def test_an_interrupt_stops_the_program_which_keeps_what_it_has(self):
        big = kroncut.generate("random", qubits=26, depth=20)["qasm"]

        def interrupt():
            while not Path("run", "lock.json").exists():
                time.sleep(0.05)
            os.kill(os.getpid(), signal.SIGINT)

        threading.Thread(target=interrupt, daemon=True).start()
        with self.assertRaises(KeyboardInterrupt):
            kroncut.run(big, max_width=24, full=True, directory="run")
        self.assertFalse(Path("run", "lock.json").exists())


class Compiles(InFolder):
    def test_gives_a_circuit_for_a_circuit(self):
        circuit = QuantumCircuit(3)
        for _ in range(4):
            circuit.cx(0, 1)
            circuit.rz(0.2, 1)
            circuit.cx(0, 1)
            circuit.ccx(0, 1, 2)
        answer = kroncut.compile(circuit)
        overlap = numpy.trace(Operator(circuit).data.conj().T @ Operator(answer["circuit"]).data) / 8
        self.assertLess(1 - abs(overlap), 1e-6)
        self.assertLess(answer["after"]["gates"]["cx"], answer["before"]["gates"]["cx"])
        kroncut.compile(answer["qasm"], output="short.qasm", work="work")
        self.assertEqual(sorted(os.listdir()), ["short.qasm", "work"])

    def test_synthesizes_a_matrix(self):
        matrix = random_unitary(4, seed=2).data
        answer = kroncut.synthesize(matrix)
        found = Operator(QuantumCircuit.from_qasm_str(answer["qasm"])).data
        self.assertLess(1 - abs(numpy.trace(matrix.conj().T @ found)) / 4, 1e-8)


class Processors(InFolder):
    def test_a_sampler_measures_the_pieces(self):
        circuit = chain()
        kroncut.cut(circuit, "run", max_width=4)
        first = kroncut.measure("run", SamplerV2(seed=1), shots=100_000, for_expect=OBSERVABLE, job_circuits=4)
        self.assertEqual(first["shots"], 100_000)
        second = kroncut.measure("run", SamplerV2(seed=2), shots=100_000, for_expect=OBSERVABLE, round=2)
        self.assertEqual(second["totalShots"], 200_000)
        answer = kroncut.reconstruct("run", expect=OBSERVABLE)["expect"]
        error = abs(answer["value"] - Statevector(circuit).expectation_value(OBSERVABLE).real)
        self.assertLess(error, 5 * answer["standardError"])
        self.assertEqual(answer["data"], "imported")


class Pools(InFolder):
    def setUp(self):
        super().setUp()
        self.pool_folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.pool_folder)
        self.server = self.serve()

    def serve(self):
        words = [*os.environ["KRONCUT"].split(), "serve", "--pool", self.pool_folder, "--teams", "1", "--ranks", "1"]
        server = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.addCleanup(server.stdout.close)
        self.addCleanup(server.wait)
        self.addCleanup(server.terminate)
        self.assertTrue(json.loads(server.stdout.readline())["ready"])
        return server

    def test_answers_as_the_program_does(self):
        pool = kroncut.Pool(self.pool_folder)
        asked = {"max_width": 4, "expect": OBSERVABLE, "full": True}
        here, there = kroncut.run(chain(), **asked), pool.run(chain(), **asked)
        self.assertEqual(here["expect"], there["expect"])
        numpy.testing.assert_array_equal(here["full"]["values"], there["full"]["values"])
        with self.assertRaisesRegex(kroncut.UsageError, "is expected"):
            pool.run("OPENQASM 3; qubit q")
        self.assertEqual(os.listdir(), [])

    def test_jobs_are_handed_over_followed_and_cancelled(self):
        pool = kroncut.Pool(self.pool_folder)
        big = kroncut.generate("random", qubits=24, depth=20)["qasm"]
        long = pool.submit("run", big, max_width=22, time_limit=600, top=1)
        job = pool.submit("run", chain(), max_width=4, top=1, id="night")
        with self.assertRaisesRegex(TimeoutError, "goes on"):
            long.result(timeout=0.5)
        self.assertEqual(job.state, "queued")
        with self.assertRaisesRegex(kroncut.UsageError, "another job"):
            pool.submit("run", chain(), max_width=4, top=2, id="night")
        long.cancel()
        with self.assertRaises(kroncut.Interrupted):
            long.result()
        self.assertEqual(len(job.result()["top"]["outcomes"]), 1)
        same = pool.submit("run", chain(), max_width=4, top=1, id="night")
        self.assertEqual(len(same.result()["top"]["outcomes"]), 1)
        self.assertEqual([each["state"] for each in pool.jobs()], ["cancelled", "done"])
        self.assertEqual(os.listdir(), [])

    def test_a_server_that_comes_back_is_found(self):
        pool = kroncut.Pool(self.pool_folder)
        job = pool.submit("run", chain(), max_width=4, top=1, directory="run")
        self.server.kill()
        self.server.wait()
        self.serve()
        self.assertEqual(len(job.result()["top"]["outcomes"]), 1)

    def test_no_pool_is_said(self):
        with self.assertRaisesRegex(kroncut.PoolUnreachable, "no pool is running in"):
            kroncut.Pool(self.folder)


if __name__ == "__main__":
    unittest.main()
