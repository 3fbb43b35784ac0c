"""The whole state of training in one file: written atomically, sealed, and read back without running code.

One safetensors file holds the weights, the optimizer's state, the carried state, what was summed up of the gradient
and the random state; its metadata, as JSON, the progress, the config and how long the growing files were. So a run that
is killed at any moment goes on from the last checkpoint to the same bits.

Of several processes the first one writes what all of them hold; what each has of its own (its random state, what it has
seen of the gradient) stands under its rank. The carried state is that of all streams, for any number of processes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import safetensors.torch
import torch
from torch import Tensor, nn

from undertow import __version__
from undertow.documents import fact, present
from undertow.errors import DamagedError, RunError
from undertow.flow import Watch
from undertow.forms import COUNT, POSITIVE, MisfitError, fitted
from undertow.runs import SIZES, RunFolder
from undertow.storage import read_metadata, seal, unseal, write_atomically
from undertow.tasks.base import Carried, Carrying
from undertow.tasks.files import fill, tensors
from undertow.training.config import Config, config_from, difference
from undertow.training.optimize import STATE
from undertow.training.parallel import ALONE, Ranks
from undertow.words import command

__all__ = ["Progress", "load", "save"]

_FORMAT = "undertow-checkpoint/2"


def _count() -> Any:
    return field(default=0, metadata={"form": COUNT})


@dataclass
class Progress:
    """Where training is. Everything here is a number, so that it goes into JSON and comes back the same."""

    step: int = _count()
    epoch: int = _count()
    piece: int = _count()
    symbols: int = _count()
    seconds: float = 0.0
    best: float | None = None
    evaluations_since_best: int = _count()
    # Since the last line of the log:
    loss_sum: float = 0.0
    loss_count: int = _count()
    norm_sum: float = 0.0
    clipped: int = _count()
    updates: int = _count()


_FACTS = {
    "progress": Progress,
    "optimizer": dict[str, float],
    "carried": Any,
    "sizes": SIZES,
    "config": dict,
    "made_by": {"processes?": POSITIVE, "undertow": str, "torch": str, "numpy": str, "threads": int, "cpu": str},
}
_FIX = "put it back from a copy, or delete it: then training begins anew"


@dataclass
class Training:
    """What a checkpoint saves and restores, in place."""

    model: nn.Module
    optimizer: torch.optim.Optimizer
    progress: Progress = field(default_factory=Progress)
    carried: Carried = None
    watch: Watch | None = None


def save(run: RunFolder, training: Training, config: Config, ranks: Ranks = ALONE) -> None:
    """Write the checkpoint.

    Raises:
        RunError: it cannot be written; the one before is untouched.
    """
    own, carried = ranks.gathered(_own(training)), ranks.whole(training.carried)
    ranks.told(lambda: _write(run, training, config, own, carried))


def _own(training: Training) -> dict[str, Tensor]:
    """What a process has for itself."""
    seen = {f"flow.{name}": tensor for name, tensor in training.watch.state().items()} if training.watch else {}
    return seen | {"random.torch": torch.get_rng_state()}


def _write(
    run: RunFolder, training: Training, config: Config, own: Sequence[Mapping[str, Tensor]], whole: Carried
) -> None:
    tensors = {f"model.{k}": v for k, v in training.model.state_dict().items()}
    numbers: dict[str, float] = {}
    for index, state in training.optimizer.state_dict()["state"].items():
        for key, value in state.items():
            if isinstance(value, Tensor):
                tensors[f"optimizer.{index}.{key}"] = value
            elif value is not None:
                numbers[f"{index}.{key}"] = value
    carried, shape = _flattened(whole)
    tensors |= {f"carried.{i}": t for i, t in enumerate(carried)}
    for rank, state in enumerate(own):
        tensors |= {_of(rank) + name: tensor for name, tensor in state.items()}
    metadata = {
        "format": _FORMAT,
        "facts": json.dumps(
            {
                "progress": asdict(training.progress),
                "optimizer": numbers,
                "carried": shape,
                "sizes": run.sizes(),
                "config": config.plain(),
                "made_by": environment(len(own)),
            }
        ),
    }
    contiguous = {name: tensor.detach().contiguous() for name, tensor in tensors.items()}
    write_atomically(run.checkpoint_file, seal(safetensors.torch.save(contiguous, metadata)))


def load(run: RunFolder, training: Training, config: Config, ranks: Ranks = ALONE) -> list[str]:
    """Restore the checkpoint, if there is one, and cut the growing files back to it. Rank 0 reads it, for all.

    Returns what is not as it was when the checkpoint was written, so that the same bits cannot be promised.

    Raises:
        RunError: the checkpoint is damaged or changed, or the config was edited since.
    """
    data = ranks.told(lambda: _read(run))
    if data is None:
        ranks.scatter(config.training.seed, 0)
        return []
    facts = _checked(run, data, config)
    ranks.told(lambda: run.check_lines(facts["sizes"]))
    sizes = ranks.told(run.sizes)
    try:
        _restore(training, tensors(data), facts, config.training.batch, ranks)
    except (MisfitError, RunError) as error:
        raise DamagedError(f"{run.checkpoint_file}: {error}; {_FIX}") from error
    if ranks.first:
        run.cut_back(facts["sizes"])
    was, now = {"processes": 1} | facts["made_by"], environment(ranks.size)
    if was["processes"] != ranks.size:
        ranks.scatter(config.training.seed, training.progress.step)
    short = [f"{k} was {v:,} bytes, is {sizes[k]:,}" for k, v in facts["sizes"].items() if sizes[k] < v]
    return short + [f"{k} was {v}, is {now[k]}" for k, v in was.items() if now[k] != v]


def _read(run: RunFolder) -> bytes | None:
    """The checkpoint's bytes; where there is none, what was written meanwhile is cleared away."""
    if present(run.checkpoint_file):
        return unseal(run.checkpoint_file)
    run.cut_back(dict.fromkeys(run.sizes(), 0))
    return None


def _checked(run: RunFolder, data: bytes, config: Config) -> dict[str, Any]:
    """What a checkpoint says beside its tensors, if it is of this config."""
    metadata = read_metadata(data)
    if metadata.get("format") != _FORMAT:
        raise RunError(f"{run.checkpoint_file} is of another version: {metadata.get('format')}, not {_FORMAT}")
    try:
        facts: dict[str, Any] = fact(metadata, "facts", _FACTS)
    except MisfitError as error:
        raise DamagedError(f"{run.checkpoint_file} {error}; {_FIX}") from None
    changed = difference(config_from(facts["config"], str(run.checkpoint_file)), config)
    if changed:
        raise RunError(
            f"{run.config_file} was changed after this run began ({changed}); put it back, or start a new run with it: "
            + command("train", config.task, "--config", run.config_file)
        )
    return facts


def _of(rank: int) -> str:
    """Before the names of what a rank has for itself."""
    return f"rank.{rank}." if rank else ""


def _restore(
    training: Training, saved: Mapping[str, Tensor], facts: Mapping[str, Any], streams: int, ranks: Ranks
) -> None:
    def under(prefix: str) -> dict[str, Tensor]:
        return {k.removeprefix(prefix): v for k, v in saved.items() if k.startswith(prefix)}

    fill(training.model, under("model."))
    _fill_optimizer(training.optimizer, {**under("optimizer."), **facts["optimizer"]})
    carried = under("carried.")
    if carried.keys() != {str(i) for i in range(len(carried))}:
        raise MisfitError("has not all of the carried state")
    whole = _unflattened([carried[str(i)] for i in range(len(carried))], facts["carried"])
    _check_carried(training.model, whole, streams)
    training.carried = ranks.own(whole)
    training.progress = facts["progress"]
    size, rank = facts["made_by"].get("processes", 1), ranks.rank
    if training.watch:
        seen = [under(f"{_of(n)}flow.") for n in range(size)]
        _take_up(training.watch, seen, ranks)
    _set_random(saved.get(_of(rank if rank < size else 0) + "random.torch"))


def _check_carried(model: nn.Module, carried: Carried, streams: int) -> None:
    """Whether a state is one that the model can go on from."""
    if carried is None:
        return
    if not isinstance(model, Carrying):
        raise MisfitError("has a carried state, and its model carries none")
    try:
        model.check_state(carried, streams)
    except (ValueError, RuntimeError, TypeError, LookupError) as error:
        raise MisfitError(f"has a carried state that its model cannot go on from: {error}") from None


def _fill_optimizer(optimizer: torch.optim.Optimizer, saved: Mapping[str, Any]) -> None:
    """Give an optimizer its state: of each weight that has one, numbers and tensors of the weight's own shape."""
    weights = [weight for group in optimizer.param_groups for weight in group["params"]]
    state: dict[int, dict[str, Any]] = {}
    for name, value in saved.items():
        index, _, key = name.partition(".")
        if not (index.isascii() and index.isdecimal() and int(index) < len(weights)):
            raise MisfitError(f"has the optimizer's {name!r}, of a weight that there is not")
        shape = value.shape if isinstance(value, Tensor) else ()
        if shape not in ((), weights[int(index)].shape) or (
            isinstance(value, Tensor) and not value.is_floating_point()
        ):
            raise MisfitError(f"has the optimizer's {name!r} in another shape than its weight")
        state.setdefault(int(index), {})[key] = value
    wanted = STATE[type(optimizer).__name__]
    if any(not wanted <= kept.keys() for kept in state.values()):
        raise MisfitError(f"has not all of the optimizer's state, {', '.join(sorted(wanted))}")
    groups = optimizer.state_dict()["param_groups"]
    optimizer.load_state_dict({"state": state, "param_groups": groups})


def _set_random(state: Tensor | None) -> None:
    now = torch.get_rng_state()
    if state is None or state.shape != now.shape or state.dtype != now.dtype:
        raise MisfitError("has not the state of the random numbers")
    try:
        torch.set_rng_state(state)
    except RuntimeError as error:
        raise MisfitError(f"has no state of random numbers: {error}") from None


def _take_up(watch: Watch, seen: Sequence[Mapping[str, Tensor]], ranks: Ranks) -> None:
    """Each rank goes on with what it has seen itself; the first one with what is left of those that are no more."""
    if not {"number", "examining"} <= seen[0].keys():
        raise MisfitError("has not what was seen of the gradient")
    numbers = {name: seen[0][name] for name in ("number", "examining")}
    watch.restore(seen[ranks.rank] if ranks.rank < len(seen) else numbers)
    for state in seen[ranks.size :] if ranks.first else ():
        watch.take_in(state)


def environment(processes: int = 1) -> dict[str, Any]:
    """What must be equal for a resumed run to give the same bits."""
    return {
        "processes": processes,
        "undertow": __version__,
        "torch": torch.__version__,
        "numpy": np.__version__,
        "threads": torch.get_num_threads(),
        "cpu": torch.backends.cpu.get_cpu_capability(),
    }


def _flattened(carried: Carried) -> tuple[list[Tensor], Any]:
    """The tensors of a nested state, and its shape with their numbers in their places."""
    tensors: list[Tensor] = []

    def visit(part: Carried) -> Any:
        if part is None:
            return None
        if isinstance(part, Tensor):
            tensors.append(part)
            return len(tensors) - 1
        return [visit(p) for p in part]

    return tensors, visit(carried)


def _unflattened(tensors: list[Tensor], shape: Any) -> Carried:
    if shape is None:
        return None
    if isinstance(shape, int):
        if not 0 <= shape < len(tensors):
            raise MisfitError("has not all of the carried state")
        return tensors[shape]
    return tuple(_unflattened(tensors, part) for part in fitted(shape, list, "carried"))
