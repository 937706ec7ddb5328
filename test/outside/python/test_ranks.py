"""python/kroncut.py with a launcher, which KRONCUT_LAUNCHER names, for two ranks."""

import os
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent.parent / "python"))

import kroncut  # noqa: E402


class Ranks(unittest.TestCase):
    def test_a_launcher_starts_ranks(self):
        several = kroncut.Kroncut(launcher=os.environ["KRONCUT_LAUNCHER"])
        with tempfile.TemporaryDirectory() as folder:
            os.chdir(folder)
            self.assertEqual(len(several.info()["ranks"]), 2)
            circuit = several.generate("ghz", qubits=6)["qasm"]
            asked = {"max_width": 4, "expect": "Z0 Z5", "full": True}
            here, there = kroncut.run(circuit, **asked), several.run(circuit, **asked)
            self.assertEqual(here["expect"], there["expect"])
            self.assertEqual(list(here["full"]["values"]), list(there["full"]["values"]))
            self.assertEqual(os.listdir(), [])


if __name__ == "__main__":
    unittest.main()
