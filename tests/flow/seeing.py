"""An observer that keeps everything: windows, and of the unrolled loop the gradients themselves."""

from __future__ import annotations

from contextlib import contextmanager

import torch
from torch import Tensor

from undertow.flow.eye import Eye
from undertow.flow.window import Window
from undertow.nn.engines.observe import Record, attach, detach
from undertow.reasons import Reason


class Seeing:
    """Keeps every window, looked at closely."""

    def __init__(self, probes: int = 2) -> None:
        self._seen: list[tuple[Window, Tensor | None]] = []
        self.refusals: list[Reason] = []
        self._probes, self._open = probes, {}

    def before(self, sweep) -> Record:
        window = self._open[sweep] = Window(sweep, examined=True)
        generator = torch.Generator().manual_seed(5 + sweep.direction)
        for step in [window.steps - 1, max(1, window.steps // 2)][: self._probes]:
            window.probe(step, generator)
        return Record.HIGHWAY

    def after(self, sweep, records) -> None:
        window = self._open.pop(sweep)
        window.records = records
        vectors = None
        if sweep.engine == "reference":
            run = sweep.run
            rows = [
                torch.stack([run.carried.get((t, n), torch.zeros_like(v)) for n, v in state.items()], 1)
                for t, state in enumerate(run.onward)
            ]
            vectors = torch.stack(rows).detach()
        self._seen.append((window, vectors))

    @property
    def windows(self) -> list[Window]:
        """The forward direction's first; which is told first is the engine's own affair."""
        return [window for window, _ in self._sorted()]

    @property
    def vectors(self) -> list[Tensor]:
        """(T, B, C, H) carried gradients of each window, which the unrolled loop has."""
        return [vectors for _, vectors in self._sorted()]

    def _sorted(self):
        return sorted(self._seen, key=lambda pair: pair[0].sweep.direction)

    def refused(self, reason: Reason) -> None:
        self.refusals.append(reason)

    @torch.no_grad()
    def _glance(self, window: Window):
        eye = Eye("layer", window.sweep.direction)
        eye.see(window, window.sweep.engine)
        return eye.glance(1, lambda steps: 5)

    def summaries(self):
        """What all quantities make of each window."""
        for window in self.windows:
            glance = self._glance(window)
            yield {**glance.quantities, "unavailable": dict(glance.unavailable)}


@contextmanager
def watched(module, *observers):
    """One observer a layer."""
    attach(module, observers.__getitem__)
    try:
        yield
    finally:
        detach(module, observers.__getitem__)
