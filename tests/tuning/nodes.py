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
        self._started, self._seen = [], set()
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
        said, begun = Path(self.folder) / "said", time.monotonic()
        while said.read_text().count("Ray runtime started") < len(self._started):
            assert process.poll() is None, said.read_text()
            assert time.monotonic() < begun + 90, said.read_text()
            time.sleep(0.1)
        return process

    def raylet(self, node):
        """The number of the process that is the node."""
        return next(pid for pid in descendants(node.pid) if name_of(pid) == "raylet")

    def kill(self, node):
        """Kill a node's raylet by SIGKILL."""
        self._seen |= set(descendants(node.pid))
        os.kill(self.raylet(node), signal.SIGKILL)

    def close(self):
        """Kill whatever is left, and wait until it is gone."""
        for process in self._started:
            self._seen |= {process.pid, *descendants(process.pid)}
        for pid in self._seen:
            if self._is_ours(pid):
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
        return [pid for pid in self._seen if self._is_ours(pid)]

    def _is_ours(self, pid):
        """Whether it is no other's by now: all of them have our folder in their environment."""
        try:
            return self.folder.encode() in Path(f"/proc/{pid}/environ").read_bytes() and name_of(pid, "State")[0] != "Z"
        except OSError:
            return False


def name_of(pid, field="Name"):
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return "Z"
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
        yield nodes
    finally:
        nodes.close()
