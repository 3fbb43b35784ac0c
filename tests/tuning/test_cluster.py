"""A search on a real Ray cluster of two nodes: one of them is killed, the search is stopped; what stays is the same."""

import importlib
import signal
import socket
import time

import pytest

from tuning import searching
from tuning.nodes import two_nodes
from undertow.errors import OptionError, RunError
from undertow.tuning import cluster
from undertow.tuning.cluster import RayWorkers
from undertow.tuning.trial import Job


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("cluster")


@pytest.fixture(scope="module")
def undisturbed(place):
    """The same search on this machine, with nothing happening to it."""
    process = searching.start(place / "local", "2", place / "local-steps")
    _, err = process.communicate(timeout=240)
    assert process.returncode == 0, err
    return place / "local"


@pytest.fixture(scope="module")
def nodes(place):
    with two_nodes(place / "steps") as nodes:
        yield nodes
    assert nodes.alive() == []


def wait_for(steps, count, process):
    """Until trainings have made so many steps together."""
    deadline = time.monotonic() + 120
    while searching.trained(steps) < count:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.05)


def ended(process, status):
    out, err = process.communicate(timeout=240)
    assert process.returncode == status, err
    assert all(line.startswith("{") for line in out.splitlines()), "Ray speaks among what the search says"
    assert err == ""


def assert_same(folder, undisturbed, steps):
    left = searching.left(folder, steps)
    assert (left.lost, left.repeated) == (0, 0)
    assert left.needed == searching.BUDGET * searching.STEPS
    assert searching.store(folder) == searching.store(undisturbed)
    assert searching.losses(folder) == searching.losses(undisturbed)
    return left


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_node_is_killed_and_a_search_stopped(place, undisturbed, nodes):
    """In one test: the cluster is that of one life."""
    steps = place / "steps"
    killed = searching.start(place / "killed", nodes.address, steps)
    wait_for(steps, 1.5 * searching.STEPS, killed)
    nodes.kill(nodes.other)
    ended(killed, 0)
    left = assert_same(place / "killed", undisturbed, steps)
    assert left.trained <= left.needed + searching.CHECKPOINT_EVERY, "it goes on from its checkpoint"
    assert len(searching.noted(steps)) == searching.BUDGET

    for file in steps.iterdir():
        file.unlink()
    nodes.other = nodes.add()
    stopped = searching.start(place / "stopped", nodes.address, steps)
    wait_for(steps, 1.5 * searching.STEPS, stopped)
    stopped.send_signal(signal.SIGTERM)
    ended(stopped, 130)
    ended(searching.start(place / "stopped", "2", steps), 0)
    left = assert_same(place / "stopped", undisturbed, steps)
    assert left.trained == left.needed, "what is stopped saves itself: no step is done twice"


@pytest.mark.slow
@pytest.mark.parametrize("step", [7, searching.STEPS])
def test_a_process_dies_after_a_step_and_before_its_checkpoint(tmp_path, undisturbed, step):
    ended(searching.start(tmp_path / "s", "2", tmp_path / "steps", dies_at=step), 0)
    left = assert_same(tmp_path / "s", undisturbed, tmp_path / "steps")
    assert left.trained == left.needed + min(step, searching.CHECKPOINT_EVERY)


def test_nobody_at_the_address():
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{closed.getsockname()[1]}"
        with pytest.raises(OptionError, match=rf"no Ray cluster answers at {address} .*ray start --head"):
            RayWorkers(address)


@pytest.mark.parametrize("address", ["here", "ray://127.0.0.1:10001", "127.0.0.1:port", ":6379", "127.0.0.1:99999"])
def test_what_is_no_address(address):
    with pytest.raises(OptionError, match="is not HOST:PORT"):
        RayWorkers(address)


@pytest.mark.slow
def test_who_answers_is_not_ray(monkeypatch):
    monkeypatch.setattr(cluster, "_ENTRY", 3.0)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        with pytest.raises(OptionError, match="let nobody in for 3 s"):
            RayWorkers(f"127.0.0.1:{silent.getsockname()[1]}")


def test_ray_is_not_installed(monkeypatch):
    def missing(name):
        raise ModuleNotFoundError(f"No module named {name!r}")

    monkeypatch.setattr(importlib, "import_module", missing)
    with pytest.raises(OptionError, match=r"needs ray: pip install 'undertow\[cluster\]'"):
        RayWorkers("auto")


def test_a_node_that_does_not_see_the_folder(tmp_path, small, monkeypatch):
    monkeypatch.setattr(cluster, "_here", lambda: "node 10.0.0.7 (seven)")
    job = Job(tmp_path / "search" / "trials" / "key", small)
    with pytest.raises(RunError, match=r"node 10.0.0.7 \(seven\) does not see the search's folder .*search; put it"):
        cluster._train(job, cluster.__version__)
    with pytest.raises(RunError, match=r"has Undertow .*, the search 0\.0; install the same"):
        cluster._train(job, "0.0")
