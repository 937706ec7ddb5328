"""Kroncut for Python: cut a circuit, ask for its outcomes, get dictionaries and NumPy arrays.

    import kroncut
    answer = kroncut.run(circuit, max_width=12, expect=observable, top=5)

A circuit is a Qiskit `QuantumCircuit`, OpenQASM text, or a path. Every command of the program `kroncut` is a function here, and
every option a keyword: `--max-width 12` is `max_width=12`, `--wire-cuts-only` is `wire_cuts_only=True`. The answer is the JSON
that the command prints with `--json`, as a dictionary in which lists of numbers are NumPy arrays. What the command refuses is
an exception with its sentence. `Pool` has the same functions for a pool that `kroncut serve` keeps, `Kroncut` for another
program, or one under `srun` or `mpirun`.

Needs Python 3.9, NumPy and Node; Qiskit only where its circuits, operators or samplers are given. The program is found by the variable
KRONCUT (`node /path/to/dist/main.js`), beside this file in the package, or on PATH.
"""

from __future__ import annotations

import collections
import http.client
import json
import os
import re
import shlex
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import uuid
import warnings
from pathlib import Path

import numpy

__all__ = [
    "Job", "Kroncut", "KroncutError", "Interrupted", "NoSuchCut", "OutOfResources", "Pool", "PoolUnreachable", "RankFailed", "UsageError",
    "call", "compile", "cut", "evaluate", "export", "generate", "import_counts", "info", "measure", "reconstruct", "report",
    "run", "subexperiments", "synthesize", "verify",
]  # fmt: skip


class KroncutError(Exception):
    """What a command ended with: its sentence, and its exit code as `exit_code`."""

    exit_code = 1


class UsageError(KroncutError, ValueError):
    """Bad usage or bad input: the sentence names the file and line, or the option, and what would be right."""

    exit_code = 2


class NoSuchCut(KroncutError):
    """No cut satisfies the limits, or none was found in time; the sentence says which."""

    exit_code = 3


class OutOfResources(KroncutError):
    """Not enough memory or disk, mostly said before work starts."""

    exit_code = 4


class RankFailed(KroncutError):
    """A rank, a device or MPI failed, or a device that was asked for is absent."""

    exit_code = 5


class Interrupted(KroncutError):
    """A signal ended the command, or the job was cancelled. What was finished is kept: the same call goes on from there."""

    exit_code = 128


_ERRORS = {each.exit_code: each for each in (UsageError, NoSuchCut, OutOfResources, RankFailed)}


def _error(exit_code: int, stderr: str) -> KroncutError:
    """The exception for what a command wrote last."""
    at = stderr.rfind("kroncut: ")
    said = stderr[at + len("kroncut: ") :] if at >= 0 else stderr
    kind = Interrupted if exit_code >= 128 or exit_code < 0 else _ERRORS.get(exit_code, KroncutError)
    error = kind(said.rstrip() or f"kroncut ended with exit code {exit_code} and said nothing")
    error.exit_code = exit_code
    return error


# Circuits, sums and values as the program reads them


def _is_qiskit(circuit) -> bool:
    return any(each.__module__.startswith("qiskit.") and each.__name__ == "QuantumCircuit" for each in type(circuit).__mro__)


def _is_text(circuit) -> bool:
    return isinstance(circuit, str) and any(mark in circuit for mark in "\n;{")


def _parameter_names(parameters) -> dict:
    """Identifiers of OpenQASM for Qiskit's parameters, whose names may be anything: theta[3] is p_theta_3, and pi is p_pi."""
    names: dict = {}
    for parameter in parameters:
        stem = "p_" + re.sub(r"\W+", "_", parameter.name).strip("_")
        name, number = stem, 2
        while name in names.values():
            name, number = f"{stem}_{number}", number + 1
        names[parameter] = name
    return names


_KNOWN = set(
    """u u1 u2 u3 p x y z h s sdg t tdg sx sxdg r rx ry rz cx cy cz ch cp cu cu1 cu3 cs csdg csx crx cry crz swap iswap dcx ecr rxx
    ryy rzz rzx xx_minus_yy xx_plus_yy ccx ccz cswap id measure barrier reset delay""".split()  # noqa: SIM905
)
"""Instructions that Qiskit writes as OpenQASM 3 that everybody reads. Others are first made of some of these."""

_BASIS = "u p x y z h s sdg t tdg sx rx ry rz cx cy cz ch cp crx cry crz swap ccx cswap rxx ryy rzz rzx".split()  # noqa: SIM905


def _export(circuit) -> tuple[str, dict]:
    """OpenQASM 3 of a Qiskit circuit, and the name there of each of its parameters."""
    from qiskit import qasm3, transpile
    from qiskit.circuit import Parameter

    names = _parameter_names(circuit.parameters)
    renamed = circuit.assign_parameters({old: Parameter(new) for old, new in names.items()}) if names else circuit
    # What flows by measured bits has its own refusal, by its true name.
    known = _KNOWN | {"if_else", "while_loop", "for_loop", "switch_case", "break_loop", "continue_loop", "store", "box"}
    try:
        if any(each.operation.name not in known for each in renamed.data):
            renamed = transpile(renamed, basis_gates=_BASIS, optimization_level=0)
        return qasm3.dumps(renamed), names
    except Exception as error:
        raise UsageError(f"Qiskit cannot take the circuit apart into plain gates: {error}") from error


_FORMS = "a SparsePauliOp, a Pauli, {'ZZI': 0.5}, [('ZZI', 0.5)], [('ZX', [0, 3], 0.5)], or text"


def _sum(expect):
    """Pauli terms as `--expect` reads them: text, or lists for a file."""
    if isinstance(expect, str):
        return expect
    if type(expect).__name__ == "SparseObservable":
        from qiskit.quantum_info import SparsePauliOp

        expect = SparsePauliOp.from_sparse_observable(expect)
    if type(expect).__name__ == "SparsePauliOp":
        terms = expect.to_list()
    elif hasattr(expect, "to_label"):
        terms = [(expect, 1)]
    elif isinstance(expect, dict):
        terms = list(expect.items())
    elif isinstance(expect, (list, tuple)):
        terms = list(expect)
    else:
        raise UsageError(f"expect: {type(expect).__name__} is no sum of Pauli strings; give {_FORMS}")
    return [_term(each) for each in terms]


def _term(term) -> list:
    """A string of Paulis, perhaps the qubits that it is on, and a real coefficient."""
    if isinstance(term, dict) and {"pauli", "coefficient"} >= term.keys() and "pauli" in term:
        term = (term["pauli"], term.get("coefficient", 1))
    if not isinstance(term, (list, tuple)) or len(term) not in (2, 3):
        raise UsageError(f"expect: {term!r} is no term of a sum; give {_FORMS}")
    pauli, *qubits, value = term
    sign: complex = 1
    if hasattr(pauli, "to_label"):
        phase, pauli = re.fullmatch(r"(-?i?)([IXYZ]*)", pauli.to_label()).groups()
        sign = {"": 1, "-": -1, "i": 1j, "-i": -1j}[phase]
    if not isinstance(pauli, str):
        raise UsageError(f"expect: {pauli!r} is no string of Paulis; give {_FORMS}")
    try:
        whole = complex(value) * sign
    except (TypeError, ValueError):
        raise UsageError(f"expect: the coefficient of {pauli} is {value}; a number is needed") from None
    # Arithmetic leaves imaginary parts of the size of rounding.
    if not numpy.isfinite(whole) or abs(whole.imag) > 1e-12 * max(1, abs(whole.real)):
        raise UsageError(f"expect: the coefficient of {pauli} is {value}; expectation values need real ones")
    return [pauli, *([int(each) for each in part] for part in qubits), whole.real]


def _number(name: str, value) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = numpy.nan
    if not numpy.isfinite(number):
        raise UsageError(f"parameters: the value of {name} is {value!r}; a real number is needed")
    return number


def _elements(key, value) -> list[tuple[str, object]]:
    """A parameter with its value, or the elements of a vector, which a list of values tells, with theirs."""
    names = [each.name for each in key.params] if hasattr(key, "params") else None
    name = getattr(key, "name", key)
    if names is None and not isinstance(value, (list, tuple, numpy.ndarray)):
        return [(name, value)]
    values = list(numpy.asarray(value, dtype=object).ravel())
    if names is None:
        names = [f"{name}[{i}]" for i in range(len(values))]
    if len(values) != len(names):
        raise UsageError(f"parameters: {len(values)} values for the {len(names)} elements of {name}")
    return list(zip(names, values))


def _values(parameters, names: dict):
    """Values of parameters for `--params`: by name, or in the order of Qiskit, or of the declarations."""
    if not isinstance(parameters, dict):
        values = [_number(f"parameter {i}", each) for i, each in enumerate(numpy.asarray(parameters, dtype=object).ravel())]
        if not names:
            return values
        if len(values) != len(names):
            raise UsageError(f"parameters: {len(values)} values for the {len(names)} parameters of the circuit")
        return dict(zip(names.values(), values))
    by_name = {parameter.name: name for parameter, name in names.items()}
    found: dict[str, float] = {}
    for key, value in parameters.items():
        is_vector = hasattr(key, "params") or isinstance(value, (list, tuple, numpy.ndarray))
        for name, number in _elements(key, value):
            # A circuit may use some elements of a vector alone.
            if names and name not in by_name and not is_vector:
                raise UsageError(f"parameters: the circuit has no parameter {name}; it has {', '.join(by_name)}")
            if not names or name in by_name:
                found[by_name.get(name, str(name))] = _number(str(name), number)
    return found


def _require_values(circuit, parameters) -> None:
    """Refuses a Qiskit circuit without values in its own names."""
    if not _is_qiskit(circuit) or not (parameters is None or isinstance(parameters, dict)):
        return
    names = {each: each.name for each in circuit.parameters}
    given = _values(parameters or {}, names) if names else {}
    missing = [name for name in names.values() if name not in given]
    if missing:
        raise UsageError(f"the parameters {', '.join(missing)} of the circuit have no value; give them in parameters=...")


_LONGEST = 50_000
"""Characters of an option's value that a command line takes; longer ones go by way of a file."""

_FILES = {"parameters": "params", "params": "params", "cuts": "cuts", "noise": "noise"}
"""Options that name a file, for which what it would hold may be given."""


class _Work:
    """A folder for the files of one call, deleted with it, and the flags and inputs that lead there."""

    def __init__(self, shared: bool, name: str | None = None):
        # Ranks on other nodes see the current folder, as they see the files that are named there.
        self._is_own = True
        if name is not None:
            self.folder = Path(os.getcwd(), f".kroncut-{name}")
            self._is_own = not self.folder.exists()
            self.folder.mkdir(exist_ok=True)
        else:
            self.folder = Path(tempfile.mkdtemp(prefix=".kroncut-" if shared else "kroncut-", dir=os.getcwd() if shared else None))
        self.input: str | None = None
        self.names: dict = {}

    def close(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)

    def leave(self) -> None:
        """After a failure: an earlier call of the name keeps what it has."""
        if self._is_own:
            self.close()

    def circuit(self, circuit) -> str:
        """The command's argument for a circuit."""
        if _is_qiskit(circuit):
            self.input, self.names = _export(circuit)
            return "-"
        if _is_text(circuit):
            self.input = circuit
            return "-"
        if isinstance(circuit, (str, os.PathLike)):
            return os.fspath(circuit)
        raise UsageError(f"a circuit is a QuantumCircuit, OpenQASM text or a path, not {type(circuit).__name__}")

    def flags(self, options: dict) -> list[str]:
        flags: list[str] = []
        for name, value in options.items():
            if value is None or value is False:
                continue
            flag = f"--{_FILES.get(name, name).replace('_', '-')}"
            if value is True or isinstance(value, numpy.bool_):
                flags += [flag] if value else []
            else:
                # One word, so that what begins with a dash is no flag.
                flags.append(f"{flag}={self._value(name, value)}")
        return flags

    def _value(self, name: str, value) -> str:
        if name in ("expect", "for_expect"):
            value = _sum(value)
            return self._text(name, value if isinstance(value, str) else json.dumps(value))
        if name in _FILES and not isinstance(value, (str, os.PathLike)):
            return str(self._file(name, json.dumps(_values(value, self.names) if _FILES[name] == "params" else value)))
        if isinstance(value, (list, tuple, set, frozenset, range, numpy.ndarray)):
            return self._text(name, ",".join(str(each) for each in value) or ("none" if name == "capabilities" else ""))
        if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
            value = int(value)  # of 1e6 shots
        return os.fspath(value) if isinstance(value, os.PathLike) else str(value)

    def _text(self, name: str, text: str) -> str:
        return text if len(text) < _LONGEST else f"@{self._file(name, text)}"

    def _file(self, name: str, text: str) -> Path:
        file = self.folder / f"{name}.json"
        file.write_text(text, encoding="utf-8")
        return file


# Answers


def _arrays(value):
    """Lists of numbers, also of lists of them, as arrays; null becomes nan there."""
    if isinstance(value, dict):
        return {key: _arrays(each) for key, each in value.items()}
    if not isinstance(value, list):
        return value
    if value and _is_numbers(value):
        return numpy.array(value, dtype=float if _has_null(value) else None)
    return [_arrays(each) for each in value]


def _is_numbers(value: list) -> bool:
    """Whether a list, not empty, holds numbers and null alone, or lists of one length that do."""
    if isinstance(value[0], list):
        return all(isinstance(each, list) and len(each) == len(value[0]) > 0 and _is_numbers(each) for each in value)
    return all(each is None or type(each) in (int, float) for each in value)


def _has_null(value: list) -> bool:
    return any(_has_null(each) if isinstance(each, list) else each is None for each in value)


def _reader(folder, keep: bool, options: dict):
    """Adds what the files of an answer hold, as `values`; of a folder that stays, distributions are mapped and not read."""
    asked = options.get("probability")

    def finish(answer: dict) -> dict:
        if isinstance(asked, (list, tuple)) and "probability" in answer:
            found = answer["probability"]
            answer["probability"] = {bits: found[bits] for bits in asked if bits in found}
        for key in ("full", "samples"):
            part = answer.get(key)
            if not isinstance(part, dict) or "file" not in part:
                continue
            file = Path(folder, part["file"])
            if not keep and not file.is_file():
                raise KroncutError("what the job wrote was removed when its answer was read first; give it a directory")
            if file.suffix == ".npy":
                part["values"] = numpy.load(file, mmap_mode="r" if keep else None)
            else:
                part["values"] = numpy.array(file.read_text(encoding="ascii").split())
            if not keep:
                del part["file"]
        return answer

    return finish


class _Answer:
    """One call: what it asks the program, and how it reads the answer."""

    def __init__(self, work: _Work, argv: list[str], finish=None):
        self.work = work
        self.argv = argv
        self._finish = finish

    def read(self, exit_code: int, stdout: str, stderr: str):
        for line in stderr.splitlines():
            if line.startswith("warning: "):
                warnings.warn(line[len("warning: ") :], stacklevel=5)
        # verify ends with 1 where it found a difference, which is an answer.
        if exit_code != 0 and not (exit_code == 1 and stdout.startswith("{")):
            raise _error(exit_code, stderr)
        if not stdout.startswith(("{", "[")):
            raise KroncutError(f"{' '.join(self.argv[:2])} gave no JSON; is what KRONCUT names the program kroncut?")
        answer = _arrays(json.loads(stdout))
        return answer if self._finish is None else self._finish(answer)


class _Commands:
    """The commands of the program as functions."""

    _shared = False
    """Whether files of a call must be seen by other nodes."""

    def _perform(self, answer: _Answer, progress: bool):
        raise NotImplementedError

    def _ask(self, prepare, progress: bool = False):
        work = _Work(self._shared)
        try:
            return self._perform(prepare(work), progress)
        finally:
            work.close()

    def call(self, command: str, *arguments, progress: bool = False, **options):
        """Any command, with its arguments and options. `progress=True` passes the program's lines on to standard error."""
        return self._ask(lambda work: _plain(work, command, arguments, options), progress)

    def run(self, circuit, *, max_width=None, expect=None, top=None, shots=None, directory=None, progress=False, **options):
        """Cuts a circuit, evaluates the pieces, and answers questions about the outcomes of the whole.

        Args:
            circuit: a `QuantumCircuit`, OpenQASM text, or a path.
            max_width: most qubits of a piece; left out, the widest that memory allows, so that nothing is cut without need.
            expect: a `SparsePauliOp`, a `Pauli`, `{"ZZI": 0.5}`, `[("ZZI", 0.5)]` or text; qubit 0 last.
            top: how many of the most likely outcomes.
            shots: draw the pieces with so many shots in all, as a quantum processor would; answers get error bars.
            directory: the run directory, which keeps what was computed for further questions; left out, nothing is kept.
            progress: pass the program's lines on to standard error.
            options: those of `cut` and `reconstruct`, such as `full=True`, `marginal=[0, 1]`, `samples=1000`, `seed=7`, and
                `parameters`: values by name or `Parameter`, or in the order of `circuit.parameters`.

        Returns:
            The JSON of `kroncut run` as a dictionary: `answer["expect"]["value"]`, `answer["top"]["outcomes"]`,
            `answer["marginal"]["probabilities"]`. `answer["full"]["values"]` has shape (2^n,), float64, bit i of the index being
            outcome bit i (of a run directory it is mapped, not read); `answer["samples"]["values"]` holds strings of bits.
            Without a question it is the ten most likely outcomes, and `full` below 1 GiB.

        Raises:
            KroncutError: one of its kinds, with the program's sentence.
        """
        options = {"max_width": max_width, "expect": expect, "top": top, "shots": shots, **options}
        _require_values(circuit, options.get("parameters"))
        return self._ask(lambda work: _stage(work, "run", work.circuit(circuit), directory, options), progress)

    def cut(self, circuit, directory, *, progress=False, **options):
        """Finds where to cut a circuit, and writes the pieces into a run directory. Gives the JSON of `kroncut cut`."""
        return self._ask(lambda work: _stage(work, "cut", work.circuit(circuit), directory, options), progress)

    def evaluate(self, directory, *, progress=False, **options):
        """Computes the tensors of the pieces of a run directory. Gives the JSON of `kroncut evaluate`."""
        return self.call("evaluate", directory, progress=progress, **options)

    def reconstruct(self, directory, *, progress=False, **options):
        """Answers questions from a run directory: the queries of `run`, with arrays as it gives them."""
        return self._ask(
            lambda work: _plain(work, "reconstruct", [directory], options, _reader(os.path.abspath(directory), True, options)), progress
        )

    def verify(self, directory, *, progress=False, **options):
        """Compares a run with the uncut simulation. `answer["passed"]` is False where they differ."""
        return self.call("verify", directory, progress=progress, **options)

    def report(self, directory, *, output=None, progress=False, **options):
        """Writes a page about a run, `report.html` in its directory or `output`."""
        return self.call("report", directory, progress=progress, output=output, **options)

    def subexperiments(self, directory, *, progress=False, **options):
        """Lists what a quantum processor would run in place of `evaluate`."""
        return self.call("subexperiments", directory, progress=progress, **options)

    def export(self, directory, output, *, format, shots, progress=False, **options):
        """Writes the subexperiments of a run directory as circuits or jobs into the folder `output`."""
        return self.call("export", directory, output=output, format=format, shots=shots, progress=progress, **options)

    def import_counts(self, directory, results, *, progress=False, **options):
        """Brings results back, in place of `evaluate`: a path, several, or `{subexperiment: {bits: count}}`."""

        def prepare(work: _Work) -> _Answer:
            if isinstance(results, dict):
                file = work.folder / "results.json"
                file.write_text(json.dumps(results), encoding="utf-8")
                files = [file]
            else:
                files = [results] if isinstance(results, (str, os.PathLike)) else list(results)
            return _plain(work, "import", [directory, *files], options)

        return self._ask(prepare, progress)

    def measure(self, directory, sampler, *, shots, pass_manager=None, job_circuits=300, progress=False, **options):
        """Has the pieces of a run directory measured by a Qiskit `SamplerV2`, in place of `evaluate`.

        Args:
            directory: the run directory that `cut` made.
            sampler: a `SamplerV2` of a device, of Aer, or of anybody; a job has at most `job_circuits` circuits.
            shots: how many in all.
            pass_manager: makes circuits fit the device, by `pass_manager.run(circuits)`.
            options: `capabilities`, `for_expect`, `round`, `seed`, as in `export`.

        Returns:
            The JSON of `kroncut import`. `reconstruct` then answers with error bars.
        """
        if not hasattr(sampler, "run"):
            raise UsageError(f"a SamplerV2 is needed to measure, not {type(sampler).__name__}")
        shared = {name: options[name] for name in ("for_expect", "round", "seed") if name in options}
        with tempfile.TemporaryDirectory(prefix="kroncut-") as folder:
            jobs = Path(folder, "jobs")
            self.export(directory, jobs, format="qasm2", shots=shots, progress=progress, **options)
            manifest = json.loads((jobs / "manifest.json").read_text(encoding="utf-8"))
            counts = _sampled(jobs, manifest["experiments"], sampler, pass_manager, job_circuits)
        named = {"cut": manifest["cut"], "backend": type(sampler).__name__, "counts": counts}
        return self.import_counts(directory, named, progress=progress, **shared)

    def compile(self, circuit, *, output=None, progress=False, **options):
        """Makes a circuit shorter, within an error that is stated.

        Returns:
            The JSON of `kroncut compile`, with the circuit as OpenQASM 2 in `answer["qasm"]`, and as a `QuantumCircuit` in
            `answer["circuit"]` where one was given. `answer["permutation"]` says where qubits end (with `permute_output`).
        """

        def prepare(work: _Work) -> _Answer:
            file = Path(output) if output is not None else work.folder / "compiled.qasm"
            finish = _read_circuit(file, _is_qiskit(circuit))
            return _plain(work, "compile", [work.circuit(circuit)], {"output": file, **options}, finish)

        return self._ask(prepare, progress)

    def synthesize(self, target, *, output=None, progress=False, **options):
        """Finds a circuit for a unitary matrix of up to 4 qubits or a state of up to 6, from an array, a circuit or a path.

        Returns:
            The JSON of `kroncut synthesize`, with the circuit as OpenQASM 2 in `answer["qasm"]`.
        """

        def prepare(work: _Work) -> _Answer:
            if isinstance(target, (str, os.PathLike)) or _is_qiskit(target):
                given = work.circuit(target)
            else:
                given = str(work.folder / "target.npy")
                numpy.save(given, numpy.asarray(target, dtype=complex))
            file = Path(output) if output is not None else work.folder / "circuit.qasm"
            finish = _read_circuit(file, False)
            return _plain(work, "synthesize", [given], {"output": file, **options}, finish)

        return self._ask(prepare, progress)

    def generate(self, family, *, qubits, **options):
        """A benchmark circuit; its text is `answer["qasm"]`."""
        return self.call("generate", family, qubits=qubits, **options)

    def info(self):
        """What this build and this machine, or allocation, can do."""
        return self.call("info")


def _plain(work: _Work, command: str, arguments, options: dict, finish=None) -> _Answer:
    # --json first: an option that lacks its value takes the next word for it.
    return _Answer(work, [command, "--json", *(str(each) for each in arguments), *work.flags(options)], finish)


def _stage(work: _Work, command: str, circuit: str, directory, options: dict) -> _Answer:
    if directory is None and options.get("report"):
        raise UsageError("report: the page is written into a run directory; name one in directory")
    folder = work.folder / "run" if directory is None else os.path.abspath(directory)
    return _plain(work, command, [circuit], {"output": folder, **options}, _reader(folder, directory is not None, options))


def _read_circuit(file: Path, qiskit: bool):
    def finish(answer: dict) -> dict:
        if file.is_file():
            answer["qasm"] = file.read_text(encoding="utf-8")
            if qiskit:
                from qiskit import qasm2

                answer["circuit"] = qasm2.loads(answer["qasm"], custom_instructions=qasm2.LEGACY_CUSTOM_INSTRUCTIONS)
        return answer

    return finish


def _sampled(folder: Path, experiments: list, sampler, pass_manager, job_circuits: int) -> dict:
    """Counts by subexperiment, `sign` before `outcome`, of exported circuits that a sampler runs in jobs."""
    from qiskit import qasm2

    counts = {}
    for start in range(0, len(experiments), job_circuits):
        part = experiments[start : start + job_circuits]
        circuits = [qasm2.load(folder / each["file"], custom_instructions=qasm2.LEGACY_CUSTOM_INSTRUCTIONS) for each in part]
        if pass_manager is not None:
            circuits = pass_manager.run(circuits)
        result = sampler.run([(circuit, None, each["shots"]) for circuit, each in zip(circuits, part)]).result()
        for each, pub in zip(part, result):
            registers = [name for name in ("sign", "outcome") if any(one["name"] == name for one in each["registers"])]
            shots = zip(*(pub.data[name].get_bitstrings() for name in registers))
            counts[each["id"]] = dict(collections.Counter(" ".join(words) for words in shots))
    return counts


# The program as a process


def _find_program() -> list[str]:
    given = os.environ.get("KRONCUT")
    if given:
        return shlex.split(given)
    main = Path(__file__).resolve().parent.parent / "dist" / "main.js"
    if main.is_file():
        return ["node", str(main)]
    found = shutil.which("kroncut")
    if found is None:
        raise KroncutError(
            "the program kroncut is not found: put it on PATH, or set KRONCUT to the command that starts it, such as "
            "'node /path/to/kroncut/dist/main.js'"
        )
    return [found]


class Kroncut(_Commands):
    """The commands as processes of a program.

    Args:
        command: what starts it, as text or words; by default it is found as the module says.
        launcher: what starts its ranks, such as `"mpirun -n 4"` or `"srun -n 8"`. Files of calls then go to the current folder,
            which all nodes must see.
    """

    def __init__(self, command=None, *, launcher=()):
        self._command = shlex.split(command) if isinstance(command, str) else command
        self._launcher = shlex.split(launcher) if isinstance(launcher, str) else list(launcher)
        self._shared = bool(self._launcher)

    def _perform(self, answer: _Answer, progress: bool):
        words = [*self._launcher, *(self._command or _find_program()), *answer.argv]
        return answer.read(*_run_process(words, answer.work.input, progress))


def _run_process(words: list[str], text: str | None, progress: bool) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of a process that is interrupted with this one."""
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as printed:
        given.write((text or "").encode())
        given.seek(0)
        try:
            process = subprocess.Popen(words, stdin=given, stdout=printed, stderr=subprocess.PIPE, encoding="utf-8", errors="replace")
        except FileNotFoundError:
            raise KroncutError(f"the program {words[0]} is not found; install it, or set PATH") from None
        except OSError as error:
            raise KroncutError(
                f"{words[0]} cannot be started ({error.strerror}); a command such as 'node {words[0]}' may be meant"
            ) from None
        lines: list[str] = []
        reader = threading.Thread(target=_collect, args=(process.stderr, lines, progress), daemon=True)
        reader.start()
        try:
            process.wait()
        except BaseException:
            _stop(process, lines)
            raise
        finally:
            reader.join()
            process.stderr.close()
        printed.seek(0)
        return process.returncode, printed.read().decode(), "".join(lines)


def _collect(stream, lines: list[str], progress: bool) -> None:
    for line in stream:
        lines.append(line)
        if progress:
            sys.stderr.write(line)


def _stop(process: subprocess.Popen, lines: list[str]) -> None:
    """Lets a program that is interrupted keep what it has.

    A terminal, and Jupyter, interrupt the whole group of processes, so the program has heard it. A second signal would end it
    at once, so it gets one of its own only where it does not stop.
    """
    for _ in range(20):
        if process.poll() is not None or any("kroncut: stopping" in line for line in lines):
            break
        time.sleep(0.1)
    else:
        process.send_signal(signal.SIGINT)
    process.wait()


# A pool


class Pool(_Commands):
    """The commands as jobs of a pool that `kroncut serve` keeps: no process starts for a call.

    Args:
        folder: that of the pool; by default `~/.kroncut/pool`.
        client: whose turns the jobs take; by default this object's.

    A pool on another machine is reached where it was started with `--listen`, which takes Python 3.13. Files of calls go to the
    current folder there, which all nodes must see.
    """

    def __init__(self, folder=None, *, client=None):
        self.folder = Path(folder) if folder is not None else Path.home() / ".kroncut" / "pool"
        self._client = client or f"python:{os.getpid()}.{uuid.uuid4().hex[:8]}"
        self._shared = True
        self._access()

    def submit(self, command: str, *arguments, id=None, **options) -> Job:
        """Gives a command to the pool, and does not wait. `run`, `cut`, `compile` and `synthesize` take circuits as their functions do.

        `id` names the job: submitting it twice is one job.
        """
        recorder = _Recorder(id)
        if command in ("run", "cut", "reconstruct", "compile", "synthesize"):
            asked = getattr(recorder, command)(*arguments, **options)
        else:
            asked = recorder.call(command, *arguments, **options)
        try:
            return Job(self, self._submit(asked, id), asked)
        except BaseException:
            asked.work.leave()
            raise

    def jobs(self) -> list[dict]:
        """All jobs of the pool, as `kroncut jobs --json` lists them."""
        return self._request("GET", "/jobs")

    def _perform(self, answer: _Answer, progress: bool):
        job = Job(self, self._submit(answer, None), answer, owns=False)
        try:
            return job.result(progress=progress)
        except KeyboardInterrupt:
            job.cancel()
            raise

    def _submit(self, answer: _Answer, id) -> str:
        work = {"folder": os.getcwd(), "argv": answer.argv}
        if answer.work.input is not None:
            work["input"] = answer.work.input
        body = {"client": self._client, "work": work}
        if id is not None:
            body["id"] = id
        return self._request("POST", "/jobs", body)["id"]

    def _request(self, method: str, path: str, body=None):
        connection = self._connect()
        try:
            text = None if body is None else json.dumps(body)
            connection.request(method, path, text, {} if text is None else {"content-type": "application/json"})
            response = connection.getresponse()
            answer = json.loads(response.read())
        except (OSError, http.client.HTTPException) as error:
            raise self._away(error) from error
        finally:
            connection.close()
        if response.status != 200:
            refused = answer.get("error", {})
            raise _REFUSALS.get(refused.get("code"), KroncutError)(refused.get("message", str(answer)))
        return answer

    def _away(self, error: Exception) -> KroncutError:
        cure = f"its jobs are kept: start it again with kroncut serve --pool {self.folder}"
        return PoolUnreachable(f"the pool in {self.folder} does not answer ({error}); {cure}")

    def _access(self) -> dict:
        file = self.folder / "access.json"
        try:
            status = file.stat()
            access = json.loads(file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise PoolUnreachable(f"no pool is running in {self.folder}: start one with kroncut serve --pool {self.folder}") from None
        if status.st_uid != os.getuid() or status.st_mode & 0o077:
            raise UsageError(f"{file} belongs to another user, or is open to others; a pool is for its owner alone")
        return access

    def _connect(self) -> http.client.HTTPConnection:
        access = self._access()
        path = access["address"][len("unix:") :]
        if os.path.exists(path):
            return _UnixConnection(path)
        if "remote" not in access:
            raise PoolUnreachable(f"the pool in {self.folder} runs on {access['host']} and serves that machine alone; start it with --listen")
        place = urllib.parse.urlsplit(access["remote"])
        return _SecureConnection(place.hostname, place.port, access["key"])


class PoolUnreachable(UsageError):
    """The server has ended, or cannot be reached; it may come back."""


_REFUSALS = {
    **dict.fromkeys(("usage", "input"), UsageError),
    "infeasible": NoSuchCut,
    **dict.fromkeys(("memory", "disk"), OutOfResources),
    **dict.fromkeys(("rank", "device", "mpi"), RankFailed),
    "cancelled": Interrupted,
}


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: str):
        super().__init__("localhost", timeout=60)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


class _SecureConnection(http.client.HTTPConnection):
    """TLS 1.2 by a key that both sides have; without certificates."""

    def __init__(self, host: str, port: int, key: str):
        super().__init__(host, port, timeout=60)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        if not hasattr(context, "set_psk_client_callback"):
            raise UsageError("a pool on another machine takes Python 3.13 or newer, or kroncut submit")
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers("ECDHE-PSK-CHACHA20-POLY1305:PSK-AES256-GCM-SHA384")
        context.set_psk_client_callback(lambda hint: ("kroncut-pool", bytes.fromhex(key)))
        self._context = context

    def connect(self) -> None:
        super().connect()
        self.sock = self._context.wrap_socket(self.sock)


class _Recorder(_Commands):
    """Gives what a function asks, and asks nobody."""

    def __init__(self, id: str | None):
        self._id = id

    def _ask(self, prepare, progress: bool = False) -> _Answer:
        # Jobs of one name must have one command, so also files of one name.
        work = _Work(True, self._id)
        try:
            return prepare(work)
        except BaseException:
            work.leave()
            raise


_AWAY_SECONDS = 60
"""How long a server that has ended may take to come back before who waits for a job gives up."""


class Job:
    """A job of a pool; `Pool.submit` makes them. `id` is its name."""

    def __init__(self, pool: Pool, id: str, answer: _Answer, *, owns: bool = True):
        self.id = id
        self._pool = pool
        self._answer = answer
        self._owns = owns
        self._result = None

    def detail(self) -> dict:
        """What the pool knows of it: `state`, `attempts`, `reason` and more."""
        return self._pool._request("GET", self._path())

    @property
    def state(self) -> str:
        """One of queued, running, done, failed, cancelled."""
        return self.detail()["state"]

    def cancel(self) -> None:
        """Ends it; what it has finished is kept in its run directory."""
        self._pool._request("POST", self._path("/cancel"))

    def result(self, *, timeout: float | None = None, progress: bool = False):
        """Waits for the end, and gives the answer, or raises the exception, of the command's function.

        Raises:
            TimeoutError: it has not ended after `timeout` seconds, and goes on.
        """
        if self._result is None:
            self._wait(timeout, progress)
            outcome = self._pool._request("GET", self._path("/outcome"))
            try:
                self._result = (self._answer.read(outcome["exitCode"], outcome["stdout"], outcome["stderr"]), None)
            except KroncutError as error:
                self._result = (None, error)
            if self._owns:
                self._answer.work.close()
        answer, error = self._result
        if error is not None:
            raise error
        return answer

    def _path(self, rest: str = "") -> str:
        return f"/jobs/{urllib.parse.quote(self.id, safe='')}{rest}"

    def _wait(self, timeout: float | None, progress: bool) -> None:
        """Follows the job, also on a server that is started again meanwhile."""
        until = None if timeout is None else time.monotonic() + timeout
        seen = time.monotonic()
        while True:
            try:
                for event in self._events(until):
                    seen = time.monotonic()
                    if progress and "progress" in event:
                        sys.stderr.write(f"{json.dumps(event['progress'])}\n")
                    if event["state"] not in ("queued", "running"):
                        return
            except (PoolUnreachable, OSError, http.client.HTTPException) as error:
                if not isinstance(error, TimeoutError) and time.monotonic() - seen > _AWAY_SECONDS:
                    raise (error if isinstance(error, KroncutError) else self._pool._away(error)) from error
            if until is not None and time.monotonic() >= until:
                raise TimeoutError(f"job {self.id} has not ended after {timeout} s; it goes on")
            time.sleep(0.2)

    def _events(self, until: float | None):
        connection = self._pool._connect()
        try:
            connection.timeout = 30 if until is None else max(0.01, min(30, until - time.monotonic()))
            connection.request("GET", self._path("/events"))
            response = connection.getresponse()
            if response.status != 200:
                raise KroncutError(f"the pool in {self._pool.folder} does not know job {self.id}")
            for line in response:
                yield json.loads(line)
        finally:
            connection.close()


_default = Kroncut()
call, run, cut, evaluate, reconstruct = _default.call, _default.run, _default.cut, _default.evaluate, _default.reconstruct
verify, report, subexperiments, export = _default.verify, _default.report, _default.subexperiments, _default.export
import_counts, measure, compile, synthesize = _default.import_counts, _default.measure, _default.compile, _default.synthesize
generate, info = _default.generate, _default.info
