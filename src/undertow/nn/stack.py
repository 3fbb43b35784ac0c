"""What a stack of recurrent layers of one cell is: options, weights by name, and how a sequence runs through it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Unpack

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from undertow import cells
from undertow.lang import Cell
from undertow.nn.arguments import Nested
from undertow.nn.engines.backends import check_backend, choose
from undertow.nn.engines.layer import Layer, Outcome, Sizes, Weights
from undertow.nn.engines.observe import observer_of
from undertow.nn.engines.remembered import Remembered
from undertow.nn.engines.seeds import draw_seed
from undertow.nn.engines.steps_watched import step_watched
from undertow.nn.shaping.batch_norm import InputBatch
from undertow.nn.shaping.initialise import check_initialisation, initialise
from undertow.nn.shaping.noise import NO_NOISE, Noise
from undertow.nn.shaping.normalise import NO_NORMALISATION, Find, Normalisation
from undertow.nn.shaping.options import Options, Shaping, Takes
from undertow.nn.shaping.variants import Variants
from undertow.nn.sizes import Plan, check_cell
from undertow.nn.torch_surface import TorchSurface

__all__ = ["Stack"]


class Stack(TorchSurface):
    """Layers of one cell with their weights; :class:`undertow.nn.recurrent.Recurrent` explains the arguments.

    What a call is given and gives back is its children's business: a sequence, or one step.
    """

    #: Whether bias_hh has a row for every recurrent gate, as torch.nn's layers have it.
    _torch_biases = False
    #: Whether its description says which cell it is of.
    _tells_cell = True
    #: The code that gives such a layer further options, ``{}`` in their place: what advice is worded by.
    options_code = "Recurrent(..., {})"
    #: Whether a swap has put it in the place of one of torch's, so that its options are a swap's.
    swapped = False

    _takes = Takes(Shaping.names())

    @_takes
    def __init__(
        self,
        cell: str | Cell,
        input_size: int,
        hidden_size: int | Sequence[int],
        num_layers: int | None = None,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        proj_size: int = 0,
        device: Any = None,
        dtype: torch.dtype | None = None,
        *,
        backend: str = "auto",
        **options: Unpack[Options],
    ) -> None:
        shaping = Stack._takes.asked(options)
        plan = Plan(input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional, proj_size)
        self._make(cell, plan, shaping, backend, device, dtype)

    def _make(
        self, cell: str | Cell, plan: Plan, shaping: Shaping, backend: str, device: Any, dtype: torch.dtype | None
    ) -> None:
        """Be such a layer: what every constructor ends with."""
        super().__init__()
        widths = plan.widths()
        self.cell = cells.get(cell)
        self.input_size, self.num_layers = plan.input_size, len(widths)
        self.hidden_size = plan.hidden_size if isinstance(plan.hidden_size, int) else widths
        self.bias, self.batch_first, self.bidirectional = plan.bias, plan.batch_first, plan.bidirectional
        self.dropout, self.proj_size = float(plan.dropout), plan.proj_size
        self._keep(shaping)
        self.noise, self.normalisation = Noise.of(self.cell, shaping), Normalisation.of(self.cell, shaping)
        self.backend = check_backend(backend)
        self._sizes = plan.stacked(widths)
        #: Units of each component of the state, by layer.
        self.state_widths: list[Mapping[str, int]] = [
            {n: s.output if n == self.cell.output else s.hidden for n in self.cell.state} for s in self._sizes
        ]
        self._variants = Variants(self.cell, self.noise, self.normalisation, plan.bias, self._bias_hh_gates)
        self._remembered = Remembered()
        check_cell(self.cell, self._sizes, shaping)
        names = list(self._parameter_shapes())
        count = len(names) // self.num_layers
        self._names = [names[i : i + count] for i in range(0, len(names), count)]
        for name, shape in self._parameter_shapes().items():
            self.register_parameter(name, nn.Parameter(torch.empty(shape, device=device, dtype=dtype)))
        for name, buffer in self._each(partial(self.normalisation.buffers, self._variants.plain)).items():
            self.register_buffer(name, buffer.to(device=device, dtype=dtype if buffer.is_floating_point() else None))
        for index in range(self.num_layers if backend != "auto" else 0):
            choose(backend, self.layer(index), states=False)
        check_initialisation(shaping, self.layer(0), bias=plan.bias)
        self.reset_parameters()

    def _keep(self, shaping: Shaping) -> None:
        self._shaping = shaping
        self.residual, self.init = shaping.residual, shaping.init
        self.forget_bias, self.memory = shaping.forget_bias, shaping.memory

    @property
    def shaping(self) -> Shaping:
        """The options beside torch's, as they are now."""
        return self._shaping.overlaid(vars(self))

    # ---- parameters

    @property
    def _suffixes(self) -> tuple[str, ...]:
        return ("", "_reverse") if self.bidirectional else ("",)

    @property
    def _bias_hh_gates(self) -> tuple[str, ...]:
        every = self._torch_biases and not self.normalisation.in_equations
        return self.cell.recurrent_gates if every else self.cell.recurrent_bias_gates

    def _parameter_shapes(self) -> dict[str, torch.Size]:
        shapes = partial(self.normalisation.parameter_shapes, self._variants.plain)
        return self._each(lambda sizes: shapes(sizes, self.bias, self._bias_hh_gates))

    def _each(self, of: Callable[[Sizes], Mapping[str, Any]]) -> dict[str, Any]:
        """What ``of`` says of one direction's sizes, for every layer and direction, by name."""
        return {
            self._name(name, index, suffix): value
            for index, sizes in enumerate(self._sizes)
            for suffix in self._suffixes
            for name, value in of(sizes).items()
        }

    @staticmethod
    def _name(name: str, index: int, suffix: str) -> str:
        """What a tensor of layer ``index`` is called in this module, as in torch's."""
        return f"{name}_l{index}{suffix}"

    def _tensor(self, index: int, direction: int, name: str) -> Tensor | None:
        return getattr(self, self._name(name, index, self._suffixes[direction]), None)

    @property
    def _some(self) -> Tensor | None:
        """One of the weights, if there are any."""
        names = self._names[0]
        if not names:
            return None
        found: Tensor | None = self._parameters.get(names[0])
        return getattr(self, names[0]) if found is None else found

    def weights(self, index: int, direction: int = 0) -> Weights:
        """The tensors of layer ``index`` in one direction (1: the reverse one)."""
        find = partial(self._tensor, index, direction)
        p = {name: t for name in self._variants.plain.weights if (t := find(f"p_{name}")) is not None}
        return Weights(find("weight_ih"), find("weight_hh"), find("bias_ih"), find("bias_hh"), find("weight_hr"), p)

    def layer(
        self, index: int, seed: int | Tensor | None = None, batch: InputBatch | None = None, first: int = 0
    ) -> Layer:
        """Layer ``index`` as backends see it: with ``seed`` as it is trained, noise included; with ``batch``, its input
        in training from step ``first`` on, normalised by the statistics of that, which are remembered."""
        make = partial(self._layer, index, batch, first, training=seed is not None)
        if torch.compiler.is_compiling() or self.normalisation.by_batch:
            layer = make()
        else:
            found: dict[str, Any] = self._parameters
            tensors = [found[n] if n in found else getattr(self, n) for n in self._names[index]]
            layer = self._remembered.get((index, seed is None), tensors, make)
        return layer if seed is None else dataclasses.replace(layer, seed=seed)

    def _layer(self, index: int, batch: InputBatch | None, first: int, *, training: bool) -> Layer:
        normal, finds = self.normalisation, [partial(self._tensor, index, d) for d in range(len(self._suffixes))]
        directions = tuple(normal.folded(self.weights(index, d), find, batch) for d, find in enumerate(finds))
        cell, kind = self._variants.of(training=training)
        statistics = normal.statistics(cell, finds, training=batch is not None, first=first)
        return Layer(
            cell, self._sizes[index], self._bias_hh_gates, directions, statistics=statistics, kind=kind,
            passes=self._remembered.passes[index],
        )  # fmt: skip

    def _places(self) -> Iterator[tuple[Layer, Weights, Find]]:
        """Of every direction of every layer: the layer as it is initialised, the weights, and its tensors by name."""
        for index, sizes in enumerate(self._sizes):
            directions = tuple(self.weights(index, d) for d in range(len(self._suffixes)))
            layer = Layer(self._variants.plain, sizes, self._bias_hh_gates, directions)
            for direction, weights in enumerate(directions):
                yield layer, weights, partial(self._tensor, index, direction)

    def reset_parameters(self) -> None:
        """Initialise every parameter again, as the options say, and forget what normalisation remembers."""
        shaping = self.shaping
        for layer, weights, find in self._places():
            initialise(shaping, layer, weights)
            self.normalisation.reset(find)

    # ---- running

    def _run(
        self,
        x: Tensor,
        start: Nested,
        lengths: Tensor | None,
        *,
        states: bool,
        first: int = 0,
    ) -> tuple[Tensor, list[Outcome]]:
        """The output (T, B, D H), and what each layer gave. ``first`` numbers the first step, for its statistics."""
        outcomes = []
        for index, state in enumerate(start):
            seed = draw_seed() if self.training and self.noise.is_some else None
            layer = self.layer(index, seed, InputBatch(x, lengths) if self.training else None, first)
            observer = None if torch.compiler.is_compiling() else observer_of(self, index)
            backend = choose(self.backend, layer, states=states, given=(x, *state.values()))
            alone = x.shape[0] == 1 and lengths is None and not states and self._steps_follow
            if observer and alone:
                outcome = step_watched(observer, layer, self.backend, x, state, backend.run)
            else:
                outcome = backend.run(layer, x, state, lengths, states=states, observer=observer)
            outcomes.append(outcome)
            x = outcome.output + x if self.residual and index else outcome.output
            if self.dropout and index < self.num_layers - 1:
                x = F.dropout(x, self.dropout, self.training)
        return x, outcomes

    @property
    def _steps_follow(self) -> bool:
        """Whether calls of one step each, one after the other, are what a call of all steps is."""
        return not (self.bidirectional or self.normalisation.by_batch or (self.training and self.noise.is_some))

    # ---- description

    def extra_repr(self) -> str:
        """The options that differ from their defaults, and the backend in use."""
        missing = [name for name in self._flat_weights_names if not hasattr(self, name)]
        layers = [] if missing else [self.layer(index) for index in range(self.num_layers)]
        chosen = sorted({choose(self.backend, layer, states=False).name for layer in layers})
        told = {"noise": (self.noise, NO_NOISE), "normalisation": (self.normalisation, NO_NORMALISATION)}
        described = {
            "bias": (self.bias, True), "batch_first": (self.batch_first, False), "dropout": (self.dropout, 0.0),
            "bidirectional": (self.bidirectional, False), "proj_size": (self.proj_size, 0),
        } | {part: told.get(part, values) for part, values in self.shaping.parts().items()}  # fmt: skip
        shown = [f"{self.input_size}, {self.hidden_size}"]
        if isinstance(self.hidden_size, int) and self.num_layers != 1:
            shown.append(f"num_layers={self.num_layers}")
        shown += [f"{name}={value!r}" for name, (value, default) in described.items() if value != default]
        backend = "+".join(chosen) or f"{', '.join(missing)} missing"
        shown.append(f"backend={backend}" if self.backend != "auto" else f"backend=auto: {backend}")
        return ", ".join([f"cell={self.cell.name}", *shown] if self._tells_cell else shown)
