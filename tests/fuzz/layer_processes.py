"""Ways of using a layer: by several threads at once, on both sides of a fork, and in others' contexts."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable, Iterator
from typing import Any

import torch
from layer_cases import Case
from layer_gradients import differentiate
from layer_inputs import give, named
from layer_modes import CrashedError, Results, mode, plain
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode


def _of_thread(case: Case, number: int) -> Case:
    """The same with more steps, for every second one."""
    return {**case, "T": case["T"] + number // 2}


@mode
def threads(case: Case, layer: Any, which: str) -> Results:
    count = 2 + case["seed"] % 3
    if which != "ours":
        return {f"{n}.{k}": v for n in range(count) for k, v in plain(_of_thread(case, n), layer, which).items()}
    found: dict[int, Results] = {}
    errors: list[BaseException] = []

    def work(number: int) -> None:
        try:
            for _ in range(3):
                found[number] = plain(_of_thread(case, number), layer, which)
        except Exception as error:
            errors.append(error)

    workers = [threading.Thread(target=work, args=(n,)) for n in range(count)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    if errors:
        raise errors[0]
    return {f"{n}.{k}": v for n in range(count) for k, v in found[n].items()}


@mode
def fork(case: Case, layer: Any, which: str) -> Results:
    """A child and its parent compute at once; what lived before stays as it was."""
    before = plain(case, layer, which)
    names = list(before)
    if which != "ours":
        return {f"{n}.{k}": v for n in range(3) for k, v in before.items()}
    kept = {n: None if t is None else t.detach().clone() for n, t in before.items()}
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        with contextlib.suppress(BaseException):
            for _ in range(3):
                torch.manual_seed(case["seed"])
                own = plain(case, layer, which)
            same = [n for n in names if _equal(own[n], kept[n])]
            os.write(writing, f"{len(same)}\n".encode())
            os._exit(0)
        os._exit(3)
    os.close(writing)
    torch.manual_seed(case["seed"])
    after = plain(case, layer, which)
    told = os.read(reading, 100)
    os.close(reading)
    _, status = os.waitpid(child, 0)
    if status and os.waitstatus_to_exitcode(status) != 3:
        raise CrashedError(f"the child of a fork ended with {os.waitstatus_to_exitcode(status)}")
    if not status and int(told) != len(names):
        raise CrashedError(f"the child of a fork has {int(told)} of {len(names)} results as its parent")
    live = {f"0.{k}": v for k, v in before.items()} | {f"1.{k}": v for k, v in kept.items()}
    return live | {f"2.{k}": v for k, v in after.items()}


def _equal(a: Tensor | None, b: Tensor | None) -> bool:
    if a is None or b is None:
        return a is b
    return torch.allclose(a, b, rtol=1e-4, atol=1e-4, equal_nan=True)


class _Seen(TorchDispatchMode):
    """Sees every operation, and changes none."""

    def __torch_dispatch__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return function(*args, **(kwargs or {}))


@contextlib.contextmanager
def _default_dtype() -> Iterator[None]:
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        yield
    finally:
        torch.set_default_dtype(before)


@contextlib.contextmanager
def _deterministic() -> Iterator[None]:
    torch.use_deterministic_algorithms(True)
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(False)


_CONTEXTS: list[Callable[[], Any]] = [
    _Seen, lambda: torch.device("cpu"), lambda: torch.device("meta"), _default_dtype, torch.autograd.detect_anomaly,
    _deterministic, lambda: torch.autograd.set_multithreading_enabled(False), torch.profiler.profile,
]  # fmt: skip


@mode
def contexts(case: Case, layer: Any, which: str) -> Results:
    """In somebody's context, which is none of the layer's business."""
    given = give(case, layer, which)
    if which == "reference":
        return differentiate(case, layer, given)
    with _CONTEXTS[case["seed"] % len(_CONTEXTS)]():
        args, keywords = given.arguments()
        results = named(layer(*args, **keywords))
    return differentiate(case, layer, given, results=lambda: results)
