"""Calls that come at bad moments: scenes, each for a process of its own (:func:`processes.alone`)."""

import gc
import signal
import sys
import threading
import time
from contextlib import contextmanager

import numpy as np
import torch

from undertow import LSTM, Recurrent
from undertow.kernels import arena
from undertow.kernels.once import once

SIZES = [1, 4096, 4097, 20_000, 65_536, 100_000, 300_000, 1_000_000]


@contextmanager
def interrupted(handler, seconds=0.0003):
    """``handler`` is called again and again, in the middle of whatever the main thread does."""
    on = True

    def call(*_):
        try:
            handler()
        finally:
            if on:
                signal.setitimer(signal.ITIMER_VIRTUAL, seconds)

    signal.signal(signal.SIGVTALRM, call)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        on = False
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)


def lying_idle():
    return sum(pages.size for stack in arena._idle.values() for pages in stack)


class Taker:
    """Takes blocks and lets go of them; each is checked, written full, and must still be as it was when it goes."""

    def __init__(self, seed):
        self.random, self.held, self.count = np.random.default_rng(seed), [], 0

    def check(self, block, nbytes, mark):
        assert block.nbytes >= nbytes
        assert block._pages.size >= nbytes, "smaller than asked"
        assert len(block._pages.memory) >= nbytes
        if mark is not None:
            array = block.array((nbytes,), "uint8")
            assert (array[0], array[-1]) == (mark, mark), "somebody else has written here"

    def __call__(self):
        self.count += 1
        nbytes, mark = int(self.random.choice(SIZES)), self.count % 251
        block = arena.take(nbytes)
        self.check(block, nbytes, None)
        array = block.array((nbytes,), "uint8")
        array[0] = array[-1] = mark
        self.held.append((block, nbytes, mark))
        if len(self.held) > 6:
            self.check(*self.held.pop(int(self.random.integers(6))))


def whole_account(*takers):
    """Nothing is held any more, and what lies idle is what is said."""
    for taker in takers:
        for one in taker.held:
            taker.check(*one)
        taker.held.clear()
    gc.collect()
    assert arena.idle() == lying_idle()
    arena.release()
    assert arena.idle() == lying_idle() == 0


def a_handler_takes_blocks_too(seconds=3.0):
    outer, inner = Taker(1), Taker(2)
    end = time.monotonic() + seconds
    with interrupted(inner):
        while time.monotonic() < end:
            outer()
    assert inner.count > 50, inner.count
    whole_account(outer, inner)


def threads_take_blocks(seconds=3.0):
    sys.setswitchinterval(1e-6)
    takers, wrong = [Taker(n) for n in range(6)], []
    end = time.monotonic() + seconds

    def run(taker):
        try:
            while time.monotonic() < end:
                taker()
        except BaseException as error:
            wrong.append(error)

    threads = [threading.Thread(target=run, args=(taker,)) for taker in takers]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        arena.limit(int(takers[0].random.integers(1 << 24)))
        arena.idle()
    arena.limit(1 << 30)
    assert not wrong, wrong[0]
    whole_account(*takers)


def others_come_between_any_two_steps(turns=150):
    """What a handler, a finalizer or a thread may do, at every step of the interpreter inside, now and then."""
    outer, inner = Taker(5), Taker(6)
    draw = np.random.default_rng(7)

    def look(frame, event, _):
        if frame.f_code.co_filename != arena.__file__:
            return None
        frame.f_trace_opcodes = True
        if event == "opcode" and draw.random() < 0.1:
            inner()
        return look

    sys._getframe().f_trace_opcodes = True  # Python 3.12 heeds the frames' wish only if one had it before
    sys.settrace(look)
    try:
        for _ in range(turns):
            outer()
            if draw.random() < 0.05:
                arena.limit(int(draw.integers(1 << 23)))
    finally:
        sys.settrace(None)
    arena.limit(1 << 30)
    assert inner.count > turns
    whole_account(outer, inner)


class Cycle:
    """Goes when the garbage collector comes, with a block."""

    def __init__(self):
        self.block, self.itself = arena.take(100_000), self


def the_garbage_collector_gives_back(seconds=2.0):
    gc.set_threshold(7, 2, 2)
    taker = Taker(3)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        Cycle()
        taker()
    whole_account(taker)


class Stop(Exception):  # noqa: N818
    pass


def exceptions_in_the_middle(seconds=3.0):
    """A handler raises wherever the main thread is: what lies idle is still what is said."""
    sys.unraisablehook = lambda *_: None
    taker, stops = Taker(4), 0

    def stop():
        raise Stop

    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            with interrupted(stop, 0.0002):
                while True:
                    block = arena.take(int(taker.random.choice(SIZES)))
                    assert block._pages.size >= block.nbytes
                    del block
        except Stop:
            stops += 1
        assert arena.idle() == lying_idle()
    assert stops > 50, stops
    whole_account(taker)


def a_handler_runs_the_layer(seconds=3.0):
    """In the middle of the very same call, forward and back."""
    torch.set_num_threads(1)
    layer, xs = LSTM(8, 64), [torch.randn(40, 16, 8) for _ in range(2)]

    @torch.enable_grad()  # a handler may come where autograd has switched it off
    def results(x):
        output, _ = layer(x)
        return [output, *torch.autograd.grad(output.pow(2).sum(), list(layer.parameters()))]

    expected, wrong, inner = [results(x) for x in xs], [], []

    def same(number):
        return all(map(torch.equal, results(xs[number]), expected[number]))

    def handler():
        inner.append(1)
        if not same(1):
            wrong.append("inner")

    end = time.monotonic() + seconds
    with interrupted(handler, 0.005):
        while time.monotonic() < end:
            if not same(0):
                wrong.append("outer")
    assert len(inner) > 20
    assert not wrong, wrong


def first_calls_at_once(kinds="lstm gru peephole_lstm layer_norm_lstm"):
    """Sixteen threads make the first calls there are, of a few cells, forward and back."""
    torch.set_num_threads(1)
    sys.setswitchinterval(1e-5)
    torch.manual_seed(0)
    layers = [Recurrent(kind, 3, 8, dtype=torch.float64) for kind in kinds.split()]
    x = torch.randn(5, 2, 3, dtype=torch.float64)
    barrier, found, wrong = threading.Barrier(16), {}, []

    def results(layer):
        output, _ = layer(x)
        return [output, *torch.autograd.grad(output.pow(2).sum(), list(layer.parameters()))]

    def run(number):
        barrier.wait()
        try:
            found[number] = results(layers[number % len(layers)])
        except BaseException as error:
            wrong.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong, wrong[0]
    for layer in layers:
        layer.backend = "reference"
    expected = [results(layer) for layer in layers]
    for number, mine in found.items():
        for a, b in zip(mine, expected[number % len(layers)], strict=True):
            torch.testing.assert_close(a, b)


def own_layers_at_once(kinds="gru lstm peephole_lstm layer_norm_lstm rnn mgu indrnn gru_reset_before", threads=16):
    """Sixteen threads make a layer each, whose first calls, forward and back, are the first of the process."""
    sys.setswitchinterval(1e-5)
    barrier, found, wrong = threading.Barrier(threads), {}, []
    kinds = (kinds.split() * threads)[:threads]

    def results(layer, x):
        output, _ = layer(x)
        return [output, *torch.autograd.grad(output.pow(2).sum(), [x, *layer.parameters()])]

    def run(number):
        x = torch.randn(6, 3, 5, generator=torch.Generator().manual_seed(number)).requires_grad_()
        barrier.wait()
        try:
            layer = Recurrent(kinds[number], 5, 7)
            found[number] = layer, x, results(layer, x)
        except BaseException as error:
            wrong.append(error)

    running = [threading.Thread(target=run, args=(number,)) for number in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    assert not wrong, wrong[0]
    assert len(found) == threads
    for layer, x, mine in found.values():
        layer.backend = "reference"
        for a, b in zip(mine, results(layer, x), strict=True):
            torch.testing.assert_close(a, b, rtol=1e-3, atol=1e-4)


def one_is_made(threads=16):
    """By :func:`once`, however many ask first at the same moment."""
    made, barrier = [], threading.Barrier(threads)

    @once
    def make(name):
        made.append(name)
        time.sleep(0.05)
        return object()

    found = []

    def run():
        barrier.wait()
        found.append(make("this"))

    running = [threading.Thread(target=run) for _ in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    assert made == ["this"]
    assert len(found) == threads
    assert len(set(map(id, found))) == 1
