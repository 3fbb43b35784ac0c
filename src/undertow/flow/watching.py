"""``watch``: see what the gradient does in a model's recurrent layers while it is trained."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import replace
from numbers import Integral
from types import TracebackType
from typing import TYPE_CHECKING, Self

import torch
from torch import Tensor, nn

from undertow.errors import OptionError
from undertow.flow.eye import DIRECTIONS, Eye, Glance, whole
from undertow.flow.finding import Facts, Verdict
from undertow.flow.remedies import Built
from undertow.flow.schedule import Schedule, every
from undertow.flow.verdict import judge
from undertow.flow.window import Window
from undertow.forms import MisfitError
from undertow.nn.engines.observe import Record, Sweep, attach, detach, task
from undertow.nn.sharing import Theirs
from undertow.nn.stack import Stack
from undertow.nn.swapping import how_to_swap
from undertow.reasons import Reason, Why

if TYPE_CHECKING:
    import polars

__all__ = ["Watch", "watch"]


def watch(
    model: nn.Module,
    reach: int | None = None,
    *,
    examine: Schedule | None = None,
    probes: int = 2,
    seed: int = 0,
) -> Watch:
    """Watch the gradient in every recurrent layer of ``model``, backward pass by backward pass.

    >>> import torch, undertow
    >>> model = undertow.LSTM(3, 8)
    >>> with undertow.watch(model, reach=20) as seen:
    ...     for _ in range(3):
    ...         output, _ = model(torch.randn(30, 4, 3))
    ...         output[-1].sum().backward()
    >>> print(seen.verdict.findings[0].kind)
    vanishing

    Each backward pass is a *window*. Of every window the gradient at each step is recorded, which the kernels do
    along the way; the windows that ``examine`` picks are looked at closely: probes, gates, paths, matrices. Training
    itself is the same, to the bit. A backward pass inside another one (torch.utils.checkpoint with
    use_reentrant=True) is a window of its own.

    Args:
        model: any model with layers of ours in it (``undertow.swap(model)`` puts them in the place of torch's).
        reach: how many steps back the task needs memory. If nobody says, the larger of 10 and a tenth of the window is
            reported beside the horizon, and falling short of it is no alarm.
        examine: which windows are looked at closely, by number (:mod:`undertow.flow.schedule`); by default every 100th,
            beginning with the first.
        probes: gradients that are sent back through an examined window, the first one from its last step.
        seed: of the probes; they take nothing from torch's generator.

    Raises:
        OptionError: the model has no recurrent layer that can be watched.
    """
    if reach is not None and (not isinstance(reach, Integral) or reach < 1):
        raise OptionError(f"reach is a number of steps, 1 or more; got {reach!r}")
    if probes < 1:
        raise OptionError(f"probes must be 1 or more; got {probes}")
    layers = {name: module for name, module in model.named_modules() if isinstance(module, Stack)}
    if not layers:
        for name, module in model.named_modules():
            if isinstance(module, Theirs):
                raise OptionError(
                    f"{name or type(module).__name__} is torch's own layer, which does not show its gradients; put "
                    f"ours in its place first: {how_to_swap(name, module)}"
                )
        raise OptionError(f"{type(model).__name__} has no recurrent layer to watch")
    return Watch(layers, reach, examine or every(100), probes, seed)


class Watch:
    """A model under observation; made by :func:`watch`. As a context manager it watches inside the ``with``.

    Attributes:
        history: every :class:`Glance` so far: one for each layer and direction at each window examined, and at the end.
    """

    def __init__(
        self, layers: Mapping[str, Stack], reach: int | None, examine: Schedule, probes: int, seed: int
    ) -> None:
        self._layers, self._reach, self._examine = dict(layers), reach, examine
        self._probes, self._seed = probes, seed
        self._eyes: dict[tuple[str, int], Eye] = {}
        self._number, self._task = -1, -1
        self._examining = False
        self._taken = 0
        self.refusals: dict[str, Reason] = {}
        self.history: list[Glance] = []
        self._observers = {
            name: [_Observer(self, f"{name or type(module).__name__.lower()}.{i}") for i in range(module.num_layers)]
            for name, module in layers.items()
        }

    # ---- beginning and ending

    def start(self) -> Self:
        """Watch from here on: all layers, or none where one is watched already."""
        try:
            for name, module in self._layers.items():
                attach(module, self._observers[name].__getitem__)
        except OptionError:
            self._detach()
            raise
        return self

    def stop(self) -> None:
        """Watch no longer. What was seen stays."""
        self._detach()
        for observers in self._observers.values():
            for observer in observers:
                observer.forget()
        self._look()

    def _detach(self) -> None:
        for name, module in self._layers.items():
            detach(module, self._observers[name].__getitem__)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    # ---- what layers tell

    def _begin_window(self) -> int:
        """The number of the window that the backward pass at hand is, and what is due once it is over."""
        at_hand = task()
        if at_hand == -1 or at_hand != self._task:
            self._task = at_hand
            if self._examining:
                self._look()
            self._number += 1
            self._examining = self._examine(self._number)
        return self._number

    def _eye(self, layer: str, direction: int) -> Eye:
        if (layer, direction) not in self._eyes:
            self._eyes[layer, direction] = Eye(layer, direction)
        return self._eyes[layer, direction]

    # ---- what was seen

    @property
    def step(self) -> int:
        """Windows seen so far."""
        return self._number + 1

    def _look(self) -> None:
        """Add to the history what was seen since the last time."""
        layers = [observer.layer for observers in self._observers.values() for observer in observers]
        for _, eye in sorted(self._eyes.items(), key=lambda item: (layers.index(item[0][0]), item[0][1])):
            if eye.windows:
                self.history.append(eye.glance(self.step, self._reach))
                eye.clear()
        self._examining = False

    @property
    def due(self) -> bool:
        """Whether the last window was examined, and is not in the history yet."""
        return self._examining

    def take(self) -> list[Glance]:
        """What was added to the history since the last call, windows that are still being summed up left out."""
        if self._examining:
            self._look()
        taken, self._taken = self.history[self._taken :], len(self.history)
        return taken

    @property
    def verdict(self) -> Verdict:
        """What it all means (see :mod:`undertow.flow.verdict`), as far as was seen."""
        return self.judged(Facts())

    def judged(self, facts: Facts) -> Verdict:
        """The verdict, knowing also how the model is trained. Where that does not say what its layers are, as a run's
        config does, the layers themselves do."""
        self._look()
        if "model.cell" not in facts.config:
            facts = replace(facts, layers=self._built())
        return judge(self.history, facts, unseen=self.unseen())

    def _built(self) -> dict[str, Built]:
        """How each layer was made, by its name."""
        return {o.layer: _built(module) for name, module in self._layers.items() for o in self._observers[name]}

    def unseen(self) -> dict[str, Reason]:
        """Layers of which nothing was seen, and why."""
        seen = {layer for layer, _ in self._eyes}
        names = [observer.layer for observers in self._observers.values() for observer in observers]
        return {name: self.refusals.get(name, Reason(Why.NO_BACKWARD)) for name in names if name not in seen}

    def to_frame(self) -> polars.DataFrame:
        """Everything in :attr:`history`, one number a row: step, layer, direction, quantity, name, lag, value.

        Raises:
            OptionError: polars is not installed.
        """
        from undertow.flow.frame import to_frame

        return to_frame(self.history)

    # ---- workers and checkpoints

    def state(self) -> dict[str, Tensor]:
        """Sums of windows that are in no glance yet, to go on with later (:meth:`restore`)."""
        found = {"number": torch.tensor(float(self._number)), "examining": torch.tensor(float(self._examining))}
        for (layer, direction), eye in self._eyes.items():
            found |= {f"{layer}/{DIRECTIONS[direction]}/{name}": value for name, value in eye.state().items()}
        return found

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Take up the sums of :meth:`state`.

        Raises:
            MisfitError: they are not what it gives.
        """
        grouped: dict[tuple[str, int], dict[str, Tensor]] = {}
        for name, value in state.items():
            if name in ("number", "examining"):
                continue
            layer, direction, key = [*name.split("/", 2), "", ""][:3]
            if direction not in DIRECTIONS:
                raise MisfitError(f"has {name!r} of the gradient, which is not known here")
            grouped.setdefault((layer, DIRECTIONS.index(direction)), {})[key] = value
        self._number, self._examining = whole("number", state["number"]), bool(whole("examining", state["examining"]))
        for place, sums in grouped.items():
            self._eye(*place).restore(sums)

    def merge(self, other: Watch) -> None:
        """Take in what another worker saw of the same model and is in none of its glances yet: sums are added."""
        for place, eye in other._eyes.items():
            self._eye(*place).merge(eye)

    def take_in(self, state: Mapping[str, Tensor]) -> None:
        """:meth:`merge` what :meth:`state` told of another worker."""
        other = Watch({}, self._reach, self._examine, self._probes, self._seed)
        other.restore(state)
        self.merge(other)


def _built(module: Stack) -> Built:
    shaping = module.shaping.in_config
    options = {f"model.{name}": shaping[name] for name in ("init", "forget_bias", "normalisation", "residual")} | {
        "layers.widths": _widths(module),
        "layer.batch_first": module.batch_first,
        "layer.bias": module.bias,
    }
    return Built(module.cell, options, module.options_code, module.swapped)


def _widths(module: Stack) -> tuple[int, ...]:
    hidden = module.hidden_size
    return (hidden,) * module.num_layers if isinstance(hidden, int) else tuple(hidden)


class _Observer:
    """What one layer tells a watch (see :class:`undertow.nn.engines.observe.Observer`)."""

    def __init__(self, watch: Watch, layer: str) -> None:
        self.watch, self.layer = watch, layer
        self._open: dict[Sweep, Window] = {}

    def before(self, sweep: Sweep) -> Record:
        """Probe, if the window is examined."""
        watch = self.watch
        number = watch._begin_window()
        if not sweep.x.shape[1]:
            return Record.NOTHING
        window = Window(sweep, examined=watch._examining)
        self._open[sweep] = window
        if not window.examined:
            return Record.GRADIENT
        generator = torch.Generator()
        generator.manual_seed(zlib.crc32(f"{watch._seed} {number} {self.layer} {sweep.direction}".encode()))
        for count in range(watch._probes if window.steps > 1 else 0):
            last = window.steps - 1
            step = last if count == 0 else int(torch.randint(last // 2, last, (), generator=generator))
            window.probe(max(step, 1), generator)
        return Record.HIGHWAY

    def after(self, sweep: Sweep, records: Tensor | None) -> None:
        """Take in the window; one without samples has nothing to see."""
        window = self._open.pop(sweep, None)
        if window is None:
            return
        window.records = None if records is None else records.cpu()
        self.watch._eye(self.layer, sweep.direction).see(window, sweep.engine)

    def forget(self) -> None:
        """Let go of windows whose backward pass broke off."""
        self._open.clear()

    def refused(self, reason: Reason) -> None:
        """Remember why nothing is seen."""
        self.watch.refusals[self.layer] = reason
