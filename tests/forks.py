"""What happens to layers in the children of a fork: scenes, each for a process of its own (:func:`processes.alone`).

A scene ends by itself, or fails: nobody waits for a child that hangs.
"""

import faulthandler
import os
import signal
import threading
import time
import traceback
from contextlib import contextmanager

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset

from undertow import GRU, LSTM, Recurrent  # here: a child cannot finish what another thread imports
from undertow.cells import CELLS
from undertow.kernels.once import MAKING

SECONDS = 12
XS = [torch.randn(50, 16, 8, generator=torch.Generator().manual_seed(n)) for n in range(3)]


def child(work):
    """The process id of a child that ends with 0 if ``work`` gives something true."""
    pid = os.fork()
    if pid:
        return pid
    faulthandler.dump_traceback_later(SECONDS - 5)
    status = 2
    try:
        status = 0 if work() else 1
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(status)


def ended(*pids):
    """Wait for children; all were right."""
    end = time.monotonic() + SECONDS
    for pid in pids:
        while not (found := os.waitpid(pid, os.WNOHANG))[0]:
            if time.monotonic() > end:
                os.kill(pid, signal.SIGKILL)
                raise AssertionError("a child hangs")
            time.sleep(0.005)
        assert os.waitstatus_to_exitcode(found[1]) == 0


def warm(threads):
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    layer = LSTM(8, 128)
    outputs(layer)
    gradients(layer)
    return layer


@torch.no_grad()
def outputs(layer):
    return [layer(x)[0].clone() for x in XS]


def gradients(layer):
    layer.zero_grad()
    layer(XS[0])[0].pow(2).sum().backward()
    return [p.grad.clone() for p in layer.parameters()]


def equal(found, expected):
    return all(torch.equal(a, b) for a, b in zip(found, expected, strict=True))


def again(times, work, *arguments, expected):
    return all(equal(work(*arguments), expected) for _ in range(times))


# ---- scenes


def all_call_one_layer(threads):
    layer = warm(threads)
    expected = outputs(layer)
    children = [child(lambda: again(60, outputs, layer, expected=expected)) for _ in range(2)]
    assert again(60, outputs, layer, expected=expected)
    ended(*children)


def a_child_lets_go_of_an_output(threads):
    layer = warm(threads)
    with torch.no_grad():
        live = {"output": layer(XS[0])[0]}
    before = live["output"].clone()

    def work():
        live.clear()
        return [outputs(layer) for _ in range(20)]

    ended(child(work))
    assert torch.equal(live["output"], before)


def a_graph_from_before_the_fork(threads):
    """What the forward half left is there for both."""
    layer = warm(threads)
    expected = gradients(layer)
    layer.zero_grad()
    loss = layer(XS[0])[0].pow(2).sum()

    def work():
        loss.backward()
        right = equal([p.grad for p in layer.parameters()], expected)
        outputs(layer)
        return right

    pid = child(work)
    assert work()
    ended(pid)


def the_parent_trains_while_a_child_infers(threads):
    layer = warm(threads)
    expected, inferred = gradients(layer), outputs(layer)
    pid = child(lambda: again(60, outputs, layer, expected=inferred))
    assert again(60, gradients, layer, expected=expected)
    ended(pid)


def a_child_trains(threads):
    layer = warm(threads)
    expected = gradients(layer)
    ended(child(lambda: torch.get_num_threads() == 1 and again(5, gradients, layer, expected=expected)))
    assert torch.get_num_threads() == threads
    assert equal(gradients(layer), expected)


def a_child_asks_for_threads(threads):
    """It may, and the kernels go on alone."""
    layer = warm(threads)
    expected = outputs(layer)

    def work():
        torch.set_num_threads(2)
        with torch.no_grad():  # torch's own operations on many numbers would wait for threads that are not there
            found = [layer(x)[0].numpy() for x in XS]
        return torch.get_num_threads() == 2 and all(map(np.array_equal, found, [e.numpy() for e in expected]))

    ended(child(work))


def a_grandchild(threads):
    layer = warm(threads)
    expected = gradients(layer)

    def work():
        right = again(2, gradients, layer, expected=expected)
        ended(child(lambda: again(2, gradients, layer, expected=expected)))
        return right

    ended(child(work))


class Encoded(Dataset):
    def __init__(self, layer):
        self.layer = layer

    def __len__(self):
        return 24

    def __getitem__(self, number):
        with torch.no_grad():
            return self.layer(XS[number % 3])[0]


def a_data_loader_whose_dataset_runs_a_layer(threads):
    layer = warm(threads)
    expected = outputs(layer)
    for turn in range(2):
        loader = DataLoader(Encoded(layer), batch_size=4, num_workers=2, multiprocessing_context="fork")
        found = torch.cat(list(loader))
        assert equal(found, [expected[n % 3] for n in range(24)]), turn
        gradients(layer)


def a_stream_goes_on_in_both(threads):
    layer = warm(threads)
    with torch.no_grad():
        expected = layer(XS[0][:, :1])[0][:, 0]
    stream = layer.stream(1, threads=threads)
    for x_t in XS[0][:10, 0]:
        stream.step(x_t)

    def work():
        found = torch.stack([stream.step(x_t) for x_t in XS[0][10:, 0]])
        return torch.allclose(found, expected[10:], rtol=1e-5, atol=1e-6)

    pids = [child(work), child(work)]
    assert work()
    ended(*pids)


def masks_are_those_of_torchs_generator(threads):
    """A child draws what the parent draws, until one of them is seeded anew: so does torch's dropout."""
    torch.set_num_threads(threads)
    layer, drop = LSTM(8, 128, zoneout=0.3), torch.nn.Dropout(0.5)
    layer(XS[0])
    reader, writer = os.pipe()

    def drawn():
        return [f"{layer(XS[0])[0].double().sum():.6f} {drop(XS[0]).double().sum():.6f}" for _ in range(2)]

    state = torch.get_rng_state()
    first = drawn()
    torch.set_rng_state(state)

    def work():
        same = drawn() == first
        torch.manual_seed(17)
        return same and os.write(writer, drawn()[0].encode())

    ended(child(work))
    assert drawn() == first
    torch.manual_seed(17)
    assert drawn()[0].encode() == os.read(reader, 100)


@contextmanager
def meanwhile(work):
    """``work`` is done again and again by another thread."""
    stop = threading.Event()

    def run():
        while not stop.is_set():
            work()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def another_thread_runs_the_layer(threads):
    layer = warm(threads)
    expected, trained = outputs(layer), gradients(layer)
    with meanwhile(lambda: outputs(layer)):
        for _ in range(10):
            ended(child(lambda: again(2, outputs, layer, expected=expected)))
        ended(child(lambda: equal(gradients(layer), trained)))


def another_thread_compiles(threads):
    """Kernels of cells that nobody met before, in the parent and in each child."""
    torch.set_num_threads(threads)
    kinds = iter([n for n in CELLS if n not in ("sru", "gru", "lstm")])

    def compiles():
        kind = next(kinds, None)
        if kind is None:
            time.sleep(0.01)
            return
        layer = Recurrent(kind, 3, 4)
        layer(torch.randn(5, 2, 3))[0].sum().backward()

    def work():
        layer = GRU(3, 4)
        theirs = layer.to_torch()
        x = torch.randn(5, 2, 3)
        return torch.allclose(layer(x)[0], theirs(x)[0], atol=1e-6)

    with meanwhile(compiles):
        for pause in range(6):
            time.sleep(0.05 * pause)
            ended(child(work))


def a_fork_waits_for_what_is_being_made(threads):
    held = threading.Event()

    def makes():
        with MAKING:
            held.set()
            time.sleep(0.3)

    thread = threading.Thread(target=makes)
    thread.start()
    held.wait()
    begin = time.monotonic()
    pid = child(lambda: MAKING.acquire(timeout=1))
    assert time.monotonic() - begin > 0.2
    ended(pid)
    thread.join()
    assert MAKING.acquire(timeout=1)
