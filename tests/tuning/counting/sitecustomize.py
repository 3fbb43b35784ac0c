"""On the path of a process, this notes every step that it trains: a line ``RUN STEP`` in $UNDERTOW_STEPS/PID.

Python imports it when it starts; torch is not imported for it.
"""

import importlib.util
import os
import sys

TARGET = "undertow.training.journal"


class Watcher:
    """Finds the journal as it is found without it, and has its steps noted."""

    def find_spec(self, name, path=None, target=None):
        if name != TARGET:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        execute = spec.loader.exec_module

        def exec_module(module):
            execute(module)
            note(module.Journal)

        spec.loader.exec_module = exec_module
        return spec


def note(journal):
    count = journal.count_update

    def counted(self, norm, clipped):
        count(self, norm, clipped)
        with open(os.path.join(os.environ["UNDERTOW_STEPS"], str(os.getpid())), "a") as file:
            file.write(f"{self._run.path.name} {self._progress.step}\n")

    journal.count_update = counted


if "UNDERTOW_STEPS" in os.environ:
    sys.meta_path.insert(0, Watcher())
