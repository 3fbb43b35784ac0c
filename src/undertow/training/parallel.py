"""One model on several processes (``torchrun``): what each does for itself, and what they do together.

Every process, a *rank*, holds the whole model and takes its share of each batch; torch's DistributedDataParallel adds
up the gradients (Li et al. 2020, arXiv:2006.15704). A rank's loss is its share of the whole batch's mean, so the sum
is the gradient of that mean, however uneven the shares are. All ranks then make the same update. Rank 0 alone writes,
measures and speaks.

Alone, without ``torchrun``, nothing here does anything.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol, TypeVar

import numpy as np
import torch
from torch import Tensor, distributed, nn
from torch.distributed.rendezvous import rendezvous
from torch.nn.parallel import DistributedDataParallel

from undertow.errors import OptionError, RunError, UndertowError
from undertow.tasks.base import Carried, Measured, Piece, Task
from undertow.training.config import Config
from undertow.training.launched import launched

__all__ = ["ALONE", "Loss", "Ranks", "joined"]

T = TypeVar("T")

#: How long ranks wait for one another: rank 0 may measure a large part meanwhile.
_PATIENCE = timedelta(hours=6)


class Loss(Protocol):
    """The loss of a piece, all ranks together: its value is the whole piece's, its gradient this rank's share of it.

    With ``reduce`` the backward pass that follows ends with the gradient of all ranks, summed up since the last time.
    """

    def __call__(self, piece: Piece, carried: Carried, *, reduce: bool) -> Measured:
        """``carried`` is the state of this rank's samples."""
        ...


@dataclass(frozen=True)
class Ranks:
    """The processes that train a model, seen by the one with number ``rank``."""

    rank: int = 0
    size: int = 1

    @property
    def first(self) -> bool:
        """Whether this is the one that writes, measures and speaks."""
        return self.rank == 0

    def share(self, count: int) -> slice:
        """Which of ``count`` samples are this rank's: equally many, but one more for the first ones."""
        each, more = divmod(count, self.size)
        start = self.rank * each + min(self.rank, more)
        return slice(start, start + each + (self.rank < more))

    def check(self, config: Config) -> None:
        """Whether a model can be trained so by several processes.

        Raises:
            OptionError: there is not a sample for each, or something is measured over a whole batch on its way.
        """
        if self.size == 1:
            return
        batch, normalisation = config.training.batch, config.model.normalisation
        if batch < self.size:
            raise OptionError(
                f"training.batch is {batch}, and {self.size} processes share it: give each at least one sample "
                "(--batch), or start fewer (--nproc-per-node)"
            )
        if "batch" in normalisation:
            raise OptionError(
                f"model.normalisation = {normalisation!r} takes its statistics over a whole batch, of which each of "
                f"{self.size} processes has a share: take 'layer' or 'none', or train in one process"
            )
        for name in config.kind.over_batch:
            if getattr(config.own, name):
                raise OptionError(
                    f"{config.task}.{name} is measured in units of a whole batch, of which each of {self.size} "
                    "processes has a share: leave it 0, or train in one process"
                )

    # ---- together

    def each(self, make: Callable[[], T]) -> T:
        """Do something at every rank; what goes wrong at one of them is raised at all."""
        if self.size == 1:
            return make()
        made, error = _tried(make)
        errors: list[UndertowError | None] = [None] * self.size
        distributed.all_gather_object(errors, error)
        result: T = _done(made, next((e for e in errors if e), None))
        return result

    def told(self, make: Callable[[], T]) -> T:
        """Let rank 0 do something, and tell all what it gives; what goes wrong there is raised at all."""
        if self.size == 1:
            return make()
        outcome: list[Any] = [_tried(make) if self.first else None]
        distributed.broadcast_object_list(outcome)
        result: T = _done(*outcome[0])
        return result

    def gathered(self, value: T) -> list[T]:
        """The values of all ranks in order, at rank 0; elsewhere nothing."""
        if self.size == 1:
            return [value]
        values: list[Any] = [None] * self.size
        distributed.gather_object(value, values if self.first else None)
        return values if self.first else []

    def any(self, asked: bool) -> bool:
        """Whether one of them says so."""
        if self.size == 1:
            return asked
        said = torch.tensor(int(asked))
        distributed.all_reduce(said, distributed.ReduceOp.MAX)
        return bool(said)

    @contextmanager
    def losing(self, advice: str) -> Iterator[None]:
        """Where the others are needed: if one of them is gone,

        Raises:
            RunError: says so, and the ``advice``.
        """
        try:
            yield
        except RuntimeError as error:
            if self.size == 1 or isinstance(error, UndertowError) or not _lost(error):
                raise
            raise RunError(f"a process of the {self.size} that train this model has ended; {advice}") from error

    # ---- training

    def loss(self, task: Task) -> Loss:
        """What computes losses; all ranks go on with the parameters of rank 0."""
        if self.size == 1:
            return lambda piece, carried, *, reduce: task.loss(piece, carried)
        return _Shared(self, task)

    def scatter(self, seed: int, step: int) -> None:
        """Give the other ranks randomness of their own: dropout of one sample is not that of another."""
        if not self.first:
            torch.manual_seed(int(np.random.SeedSequence([seed, step, self.rank]).generate_state(1, np.uint64)[0]))

    def own(self, carried: Carried) -> Carried:
        """This rank's share of the state of all streams, parts of (L D, B, H)."""
        if self.size == 1 or carried is None:
            return carried
        if isinstance(carried, Tensor):
            return carried[:, self.share(carried.shape[1])].contiguous()
        return tuple(self.own(part) for part in carried)

    def whole(self, carried: Carried) -> Carried:
        """The state of all streams, at rank 0; elsewhere None."""
        return carried if self.size == 1 else _joined(self.gathered(carried))


ALONE = Ranks()


@contextmanager
def joined() -> Iterator[Ranks]:
    """The processes that ``torchrun`` has started, connected to one another; alone without it."""
    place = launched()
    if place.size == 1:
        yield ALONE
        return
    if place.here == place.size:
        _stay_here()
    # With --max-restarts the store is still that of the processes before, with addresses at which nobody is any more.
    store, rank, size = next(rendezvous("env://"))
    store = distributed.PrefixStore(f"attempt {place.attempt}", store)  # type: ignore[attr-defined]
    distributed.init_process_group("gloo", store=store, rank=rank, world_size=size, timeout=_PATIENCE)
    try:
        yield Ranks(rank, size)
    finally:
        distributed.destroy_process_group()


def _stay_here() -> None:
    """Speak over the loopback, where all are on one machine."""
    names = [name for _, name in socket.if_nameindex() if name in ("lo", "lo0")]
    if names:
        os.environ.setdefault("GLOO_SOCKET_IFNAME", names[0])


class _Share(nn.Module):
    """A task's loss as a module, which is what DistributedDataParallel wraps."""

    def __init__(self, task: Task) -> None:
        super().__init__()
        self.task, self.model = task, task.model

    def forward(self, piece: Piece, carried: Carried) -> Measured:
        return self.task.loss(piece, carried)


class _Shared:
    """See :class:`Loss`."""

    def __init__(self, ranks: Ranks, task: Task) -> None:
        self._ranks = ranks
        self._module = DistributedDataParallel(_Share(task), forward_sync_buffers=False)
        # By itself it takes the mean over ranks; each rank's loss is a share already.
        self._module.register_comm_hook(None, lambda state, bucket: _summed(bucket.buffer()))

    def __call__(self, piece: Piece, carried: Carried, *, reduce: bool) -> Measured:
        own = piece[self._ranks.share(len(piece))]
        # The last batch of a pass may be too small: who has no sample lends a hand with the first one, which counts 0.
        idle = not len(own)
        with nullcontext() if reduce else self._module.no_sync():
            measured: Measured = self._module(piece[:1] if idle else own, carried)
        weight, count = (0.0, 0) if idle else (measured.divisor, measured.count)
        sums = torch.tensor([measured.loss.item() * weight, weight, count], dtype=torch.float64)
        distributed.all_reduce(sums)
        total, weights, counted = sums.tolist()
        share = measured.loss * (weight / (weights or 1.0))
        return Measured(share - share.detach() + total / (weights or 1.0), int(counted), measured.carried)


def _summed(gradients: Tensor) -> torch.futures.Future[Tensor]:
    """The sum over ranks, to come."""
    future: torch.futures.Future[list[Tensor]] = distributed.all_reduce(gradients, async_op=True).get_future()
    return future.then(lambda done: done.value()[0])


def _joined(shares: list[Carried]) -> Carried:
    """Shares of a state, side by side."""
    if not shares or shares[0] is None:
        return None
    if isinstance(shares[0], Tensor):
        return torch.cat(shares, dim=1)
    return tuple(_joined(list(parts)) for parts in zip(*shares, strict=True))


def _tried(make: Callable[[], T]) -> tuple[T | None, UndertowError | None]:
    try:
        return make(), None
    except UndertowError as error:
        return None, error


def _done(made: Any, error: UndertowError | None) -> Any:
    if error:
        raise error
    return made


def _lost(error: RuntimeError) -> bool:
    """Whether it is the connection that broke."""
    return isinstance(error, distributed.DistError) or "gloo" in str(error)
