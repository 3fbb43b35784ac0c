"""A layer fed one step at a time: for sampling, servers and sensors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import Parameter

from undertow.errors import OptionError
from undertow.kernels.arguments import Symbolic
from undertow.kernels.calls import Extents, view
from undertow.kernels.stepper import Stepper
from undertow.lang import Cell
from undertow.nn.arguments import BATCHED, Nested, read_input, read_state, write_state
from undertow.nn.engines.fused.compiled import steps_of
from undertow.nn.engines.fused.engine import Fused
from undertow.nn.engines.fused.passes import parameters_at
from undertow.nn.engines.gate import Expected, addresses, side_by_side, there, traces
from undertow.nn.engines.layer import Layer, Outcome
from undertow.nn.shaping.normalise import Normalisation
from undertow.nn.shaping.options import Shaping

__all__ = ["Stream", "Streamed"]


class Streamed(Protocol):
    """What a stream asks of the layer whose steps it takes: :class:`undertow.nn.stack.Stack` is one."""

    training: bool
    cell: Cell
    input_size: int
    num_layers: int
    bidirectional: bool
    backend: str
    state_widths: list[Mapping[str, int]]
    normalisation: Normalisation
    #: A module's own tables: looked at in every step, so without a walk through the module.
    _parameters: dict[str, Parameter | None]
    _buffers: dict[str, Tensor | None]

    @property
    def shaping(self) -> Shaping:
        """Its options."""
        ...

    @property
    def _some(self) -> Tensor | None:
        """One of the weights, if there are any."""

    def layer(self, index: int) -> Layer:
        """Layer ``index`` as engines see it, in evaluation."""
        ...

    def train(self, mode: bool = True) -> Any:
        """Training or evaluation, for what differs there."""
        ...

    def _run(
        self, x: Tensor, start: Nested, lengths: Tensor | None, *, states: bool, first: int = 0
    ) -> tuple[Tensor, list[Outcome]]: ...


class Stream:
    """What ``Recurrent.stream`` returns. It holds a state, which every :meth:`step` moves on; no gradients.

    The weights are the layer's own: when they are replaced or changed (by an optimizer, ``load_state_dict`` or in
    place) the next step computes with the new ones. After an edit of numbers through ``.data``, which leaves no trace,
    call :meth:`refresh`.
    """

    def __init__(self, layer: Streamed, batch: int, threads: int) -> None:
        if layer.bidirectional:
            raise OptionError("stream(): a bidirectional layer needs the end of the sequence before its first step")
        if batch < 1 or threads < 1:
            raise OptionError(f"stream(): batch and threads are 1 or more, got {batch} and {threads}")
        self._layer, self._batch = layer, batch
        first = layer._some
        self._dtype = first.dtype if first is not None else torch.get_default_dtype()
        quick = layer.backend in ("auto", "fused") and not layer.shaping.residual
        quick = quick and all(Fused().refusal(one, states=False) is None for one in _layers(layer))
        self._steps: _Prepared | _Any
        self._steps = _Prepared(layer, batch, threads, self._dtype) if quick else _Any(layer, batch)

    @property
    def state(self) -> Any:
        """The state after the last step, in the shape that the layer's ``hx`` has; a copy."""
        return self._steps.state(self._layer)

    def reset(self, hx: Any = None) -> None:
        """Begin again, from the declared initial state or from ``hx``, as the layer's ``hx``."""
        self._steps.reset(self._layer, hx)

    def refresh(self) -> None:
        """Take the weights as they are now."""
        self._steps.refresh()

    def step(self, x_t: Tensor | NDArray[Any], out: Tensor | NDArray[Any] | None = None) -> Any:
        """Move on by one step.

        Args:
            x_t: (B, I), or (I,) for a batch of one; a tensor or a NumPy array.
            out: (B, H) or (H,), where the output is to be written.

        Returns:
            the output (B, H), or (H,) for x (I,), of the kind of ``x_t``; ``out`` if it is given.

        Raises:
            ValueError: the input's shape does not fit.
        """
        return self._steps.step(x_t, out)


@torch.no_grad()
def _layers(layer: Streamed) -> list[Layer]:
    return [layer.layer(i) for i in range(layer.num_layers)]


class _Prepared:
    """Kernels with everything prepared."""

    def __init__(self, layer: Streamed, batch: int, threads: int, dtype: torch.dtype) -> None:
        layers = _layers(layer)
        self._source, self._layers, self._turn, self._dtype = layer, layers, 0, dtype
        name = str(dtype).removeprefix("torch.")
        self._x = np.zeros((batch, layers[0].sizes.inputs), name)
        places = (self._x.ctypes.data,) * 2
        self._steppers = []
        for one in layers:
            steps = steps_of(one.cell, dtype, padded=False)
            sizes = Extents(1, batch, one.sizes.inputs, one.sizes.hidden)
            weights = parameters_at(one, 0, dtype.itemsize)(Symbolic)
            stepper = Stepper(steps, list(one.directions[0].named), weights, sizes, places, threads)
            places = tuple(stepper.state(one.cell.output, 1 - turn) for turn in range(2))  # type: ignore[assignment]
            self._steppers.append(stepper)
        output, shape = layers[-1].cell.output, (batch, layers[-1].sizes.hidden)
        self._outputs = [view(self._steppers[-1].state(output, 1 - turn), shape, name) for turn in range(2)]
        self._name, self._batch = name, batch
        # What is computed anew whenever it is asked for (weight drop, parametrizations) leaves no trace of a change.
        self._computed = any(not isinstance(t, Parameter) for one in layers for t in one.tensors)
        self._computed = self._computed and not layer.normalisation.by_batch
        self._traces: list[tuple[Any, ...]] = []
        self.refresh()
        self.reset(None, None)

    def refresh(self) -> None:
        self._traces = self._now()
        for stepper, one in zip(self._steppers, _layers(self._source), strict=True):
            weights = one.directions[0]
            expected = Expected([(name, one.shapes[name]) for name in weights.named], self._dtype)
            tensors = side_by_side(weights.tensors)
            stepper.refresh(*addresses(tensors, expected))

    def _now(self) -> list[tuple[Any, ...]]:
        """What tells whether weights have changed."""
        return traces([*self._source._parameters.values(), *self._source._buffers.values()])

    def reset(self, layer: Streamed | None, hx: Any) -> None:
        self._turn = 0
        given = None if hx is None or layer is None else _read(layer, hx, self._like())
        for index, one in enumerate(self._layers):
            for name, value in one.cell.state.items():
                own = self._place(index, name)
                own[...] = value if given is None else there(given[index][name][0]).numpy(force=True)

    def _like(self) -> Tensor:
        """An input of no numbers, of the form that inputs have."""
        return torch.empty(1, self._batch, 0, dtype=self._dtype, device="cpu")

    def state(self, layer: Streamed) -> Any:
        final = [
            {name: torch.from_numpy(self._place(index, name).copy())[None] for name in one.cell.state}
            for index, one in enumerate(self._layers)
        ]
        return write_state(final, BATCHED)

    def _place(self, index: int, name: str) -> NDArray[Any]:
        shape = (self._batch, self._layers[index].sizes.hidden)
        return view(self._steppers[index].state(name, self._turn), shape, self._name)

    def step(self, x_t: Any, out: Any) -> Any:
        if self._computed or self._now() != self._traces:
            self.refresh()
        tensor = isinstance(x_t, Tensor)
        if tensor and x_t.dtype is not self._dtype:
            raise ValueError(f"step(): the input is {x_t.dtype}, the weights are {self._dtype}: x_t.to({self._dtype})")
        array = there(x_t).numpy(force=True) if tensor else np.asarray(x_t)
        own = self._x
        if array.shape != own.shape and array.shape != own.shape[(len(own) == 1) :]:
            raise ValueError(_wrong_shape(own.shape, array.shape))
        own[...] = array
        turn = self._turn
        for stepper in self._steppers:
            stepper.step(turn)
        self._turn = 1 - turn
        result = self._outputs[turn]
        if array.ndim == 1:
            result = result[0]
        if out is not None:
            target = out.detach().numpy() if isinstance(out, Tensor) else out
            target[...] = result
            return out
        return torch.from_numpy(result.copy()) if tensor else result.copy()


class _Any:
    """Any layer on any backend: a sequence of one step at a time."""

    def __init__(self, layer: Streamed, batch: int) -> None:
        self._layer, self._batch, self._count = layer, batch, 0
        self._hx: Any = None

    def refresh(self) -> None:
        """Nothing is prepared."""

    def reset(self, layer: Streamed, hx: Any) -> None:
        self._hx, self._count = hx, 0

    def state(self, layer: Streamed) -> Any:
        if self._hx is None:
            some = layer._some
            like = torch.empty(0) if some is None else some
            return write_state(_read(layer, None, like.new_empty(1, self._batch, 0)), BATCHED)
        return self._hx

    def step(self, x_t: Any, out: Any) -> Any:
        tensor = isinstance(x_t, Tensor)
        x = x_t if tensor else torch.from_numpy(np.asarray(x_t))
        wanted = (self._batch, self._layer.input_size)
        if tuple(x.shape) != wanted and tuple(x.shape) != wanted[(self._batch == 1) :]:
            raise ValueError(_wrong_shape(wanted, tuple(x.shape)))
        training = self._layer.training
        self._layer.train(False)
        try:
            with torch.no_grad():
                name, size, some = type(self._layer).__name__, self._layer.input_size, self._layer._some
                whole, _, _ = read_input(name, x.reshape(wanted)[None], batch_first=False, input_size=size, like=some)
                state = _read(self._layer, self._hx, whole)
                output, outcomes = self._layer._run(whole, state, None, states=False, first=self._count)
                self._hx = write_state([outcome.final for outcome in outcomes], BATCHED)
                self._count += 1
        finally:
            self._layer.train(training)
        result = output.reshape(self._batch, -1)
        result = result[0] if x.dim() == 1 else result
        if out is not None:
            target = out if isinstance(out, Tensor) else torch.from_numpy(out)
            target.copy_(result)
            return out
        return result if tensor else result.numpy()


def _read(layer: Streamed, hx: Any, x: Tensor) -> Any:
    """A state by layer, direction and component; the declared one for None."""
    state, widths = layer.cell.state, layer.state_widths
    return read_state(hx, initial=state, widths=widths, directions=1, x=x, form=BATCHED)


def _wrong_shape(wanted: tuple[int, ...], got: tuple[int, ...]) -> str:
    alone = f" or {wanted[1:]}" if wanted[0] == 1 else ""
    return f"step(): expected an input of shape {wanted}{alone}, got {got}"
