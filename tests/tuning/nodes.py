"""A Ray cluster of two nodes on loopback, of real processes, that can be killed."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager, suppress
from pathlib import Path

from tuning.searching import environment

HEAD, OTHER = "127.0.0.2", "127.0.0.3"


class Nodes:
    """Two nodes of one processor each; ``address`` is the head's."""

    def __init__(self, steps):
        with socket.socket() as free:
            free.bind((HEAD, 0))
            self.address = f"{HEAD}:{free.getsockname()[1]}"
        # Sockets lie in here, and the path of a socket has some hundred letters at most.
        self.folder = tempfile.mkdtemp(prefix="ur-", dir="/tmp")
        self._environment = {**environment(steps), "RAY_TMPDIR": self.folder}
        self._started, self._seen = [], {}

    def begin(self):
        """Start both."""
        port = self.address.rpartition(":")[2]
        self._start("--head", f"--port={port}", "--include-dashboard=false", f"--temp-dir={self.folder}", ip=HEAD)
        self.other = self.add()

    def add(self):
        """Start the second node (again)."""
        return self._start(f"--address={self.address}", ip=OTHER)

    def _start(self, *options, ip):
        command = [
            sys.executable, "-m", "ray.scripts.scripts", "start", *options, f"--node-ip-address={ip}", "--num-cpus=1",
            "--object-store-memory=80000000", "--min-worker-port=0", "--max-worker-port=0", "--block",
        ]  # fmt: skip
        with open(Path(self.folder) / "said", "a") as said:
            process = subprocess.Popen(
                command, env=self._environment, stdout=said, stderr=said, stdin=subprocess.DEVNULL,
                start_new_session=True,
            )  # fmt: skip
        self._started.append(process)
        said, until = Path(self.folder) / "said", time.monotonic() + 90
        while said.read_text().count("Ray runtime started") < len(self._started):
            assert process.poll() is None, said.read_text()
            assert time.monotonic() < until, said.read_text()
            time.sleep(0.1)
        return process

    def raylet(self, node):
        """The number of the process that is the node."""
        return next(pid for pid in descendants(node.pid) if name_of(pid) == "raylet")

    def kill(self, node):
        """Kill a node's raylet by SIGKILL."""
        self._see()
        os.kill(self.raylet(node), signal.SIGKILL)

    def _see(self):
        """Note the processes that there are, with the time of their start: numbers are given again."""
        for process in self._started:
            if process.poll() is None:
                for pid in (process.pid, *descendants(process.pid)):
                    self._seen[pid] = begun(pid)

    def close(self):
        """Kill whatever is left, and wait until it is gone."""
        self._see()
        for pid in self.alive():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        for process in self._started:
            process.wait(30)
        until = time.monotonic() + 30
        while self.alive() and time.monotonic() < until:
            time.sleep(0.1)
        shutil.rmtree(self.folder, ignore_errors=True)

    def alive(self):
        """The cluster's processes that still run."""
        return [pid for pid, start in self._seen.items() if start and begun(pid) == start]


def begun(pid):
    """When a process began, in ticks since the machine did; None if it is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] in "ZX" else fields[19]


def name_of(pid, field="Name"):
    """A line of what the system says of a process; empty if it is gone."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return ""
    return next(line.split(":", 1)[1].strip() for line in lines if line.startswith(f"{field}:"))


def descendants(pid):
    """The processes that come from one."""
    parents = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit() and (parent := name_of(folder.name, "PPid")).isdigit():
            parents[int(folder.name)] = int(parent)
    found = [pid]
    for one in found:
        found += [child for child, parent in parents.items() if parent == one]
    return found[1:]


@contextmanager
def two_nodes(steps):
    """A cluster whose trainings note their steps; nothing of it is left afterwards."""
    nodes = Nodes(steps)
    try:
        nodes.begin()
        yield nodes
    finally:
        nodes.close()
