"""The fused backend: kernels made from the equations, forward and back through time, on the CPU."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import torch
from torch import Tensor

from undertow.kernels import threads
from undertow.kernels.calls import Extents
from undertow.kernels.host import host
from undertow.nn.engines.fused import operation
from undertow.nn.engines.fused.bridge import train
from undertow.nn.engines.fused.call import Call, infer
from undertow.nn.engines.gate import NotPlain, check_device, differentiated, is_followed, recorded
from undertow.nn.engines.layer import Layer, Outcome, own_steps
from undertow.nn.engines.observe import Observer
from undertow.nn.engines.reference import Reference
from undertow.reasons import Reason, Why

__all__ = ["Fused"]

#: Made here, since a call that is traced makes nothing of the kind.
_NOT_PLAIN = Reason(Why.NOT_PLAIN)


def _share_threads() -> None:
    """Let kernels run on torch's own OpenMP threads."""
    beside = sorted(Path(torch.__file__).parent.glob("lib/lib*omp*"))
    for path in [*beside, None]:
        try:
            if threads.use(ctypes.CDLL(str(path) if path else None)):
                return
        except OSError:
            continue


def _go_on_alone() -> None:
    """In the child of a fork: no thread came along, and torch's own operations would wait for theirs for ever."""
    torch.set_num_threads(1)


_share_threads()
os.register_at_fork(after_in_child=_go_on_alone)


# Asked once: where a compiler traces a model this is a constant.
_RUNS_HERE = host() is not None


class Fused:
    """Runs any cell in float32 or float64 on a CPU with fused multiply-add."""

    name = "fused"

    def refusal(self, layer: Layer, *, states: bool, given: Sequence[Tensor] = ()) -> str | None:
        """Why this backend cannot run ``layer``, or None."""
        if not _RUNS_HERE:
            return "this processor has no fused multiply-add, or is not an x86"
        if layer.sizes.proj:
            return "it does not project outputs (proj_size)"
        if layer.statistics:
            return (
                "normalisation='recurrent batch' ties the samples of every step together, which only 'reference' does"
            )
        if not torch.compiler.is_compiling():
            tensors = (*given, *layer.tensors)
            reason = recorded(tensors) or differentiated(tensors)
            if reason is not None:
                return reason
        first = layer.directions[0].first  # the gate looks at all of them
        if first is not None and not first.is_cpu and (given or not first.is_meta):  # without numbers, it may come yet
            return f"it runs on the CPU, and the weights are on {first.device}"
        if first is not None and first.dtype not in (torch.float32, torch.float64):
            return f"it computes in float32 and float64, and the weights are {first.dtype}"
        if torch.is_autocast_enabled("cpu"):
            return "it does not take part in autocast"
        return None

    def run(
        self,
        layer: Layer,
        x: Tensor,
        state: Mapping[str, Tensor],
        lengths: Tensor | None,
        *,
        states: bool,
        observer: Observer | None = None,
    ) -> Outcome:
        """Run ``x`` (T, B, I) from ``state`` ((D, B, H) by component)."""
        if not x.shape[1]:
            return Reference().run(layer, x, state, lengths, states=states, observer=observer)
        valid = None
        if lengths is not None:
            valid = own_steps(lengths, x)
            x = torch.where(valid, x, 0.0)
        outputs, finals = self._run(layer, x, state, lengths, states, observer)
        if valid is not None:
            outputs = {name: torch.where(valid, output, 0.0) for name, output in outputs.items()}
        return Outcome(outputs[layer.cell.output], finals, outputs if states else None)

    def _run(
        self,
        layer: Layer,
        x: Tensor,
        state: Mapping[str, Tensor],
        lengths: Tensor | None,
        states: bool,
        observer: Observer | None,
    ) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        """Outputs and the final state by component: straight to the kernels, or as an operation that is dispatched."""
        if not (torch.compiler.is_compiling() or is_followed((x, *state.values(), *layer.tensors))):
            steps, batch, inputs = x.shape
            call = Call(layer, Extents(steps, batch, inputs, layer.sizes.hidden), x.dtype, lengths, states, observer)
            with suppress(NotPlain):
                return (train if _needs_gradient(layer, x, state) else infer)(call, x, state)
        if observer:
            observer.refused(_NOT_PLAIN)
        if not torch.compiler.is_compiling():
            check_device((*state.values(), *layer.tensors), x)
        return operation.run(layer, x, state, lengths, states=states)


def _needs_gradient(layer: Layer, x: Tensor, state: Mapping[str, Tensor]) -> bool:
    if not torch.is_grad_enabled():
        return False
    return any(t.requires_grad for t in (x, *layer.tensors, *state.values()))
