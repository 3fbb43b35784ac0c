"""A trained model as a file: safetensors, and as JSON in its metadata all that is needed to use it. Runs no code."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any, TypeVar

import safetensors
import safetensors.torch
import torch
from torch import Tensor, nn

from undertow import __version__
from undertow.documents import fact
from undertow.errors import BackendError, DamagedError, OptionError, RunError
from undertow.forms import MisfitError
from undertow.options import read
from undertow.storage import read_metadata, seal
from undertow.tasks.model_options import ModelOptions

__all__ = ["fill", "model_options", "opened", "own_options", "rebuilt", "restored", "tensors", "written"]

M = TypeVar("M", bound=nn.Module)
T = TypeVar("T")


def written(format: str, model: nn.Module, options: ModelOptions, facts: Mapping[str, str]) -> bytes:
    """A model as a sealed file of ``format``, with its options and ``facts``, each of them JSON."""
    metadata = {"format": format, "undertow": __version__, "model": json.dumps(asdict(options)), **facts}
    return seal(safetensors.torch.save(dict(model.state_dict()), metadata))


def opened(data: bytes, format: str) -> tuple[dict[str, str], ModelOptions, dict[str, Tensor]]:
    """Metadata, options and weights of what :func:`written` wrote.

    Raises:
        RunError: it is of another format: another kind of model, or another version's; or it is damaged.
    """
    metadata = read_metadata(data)
    if metadata.get("format") != format:
        raise RunError(f"the model is {metadata.get('format', 'of no known format')}, not {format}")
    weights = tensors(data)
    return metadata, model_options(metadata, weights), weights


def tensors(data: bytes) -> dict[str, Tensor]:
    """The tensors of safetensors bytes.

    Raises:
        DamagedError: their kinds, shapes and places do not go together.
    """
    try:
        return safetensors.torch.load(data)
    except (safetensors.SafetensorError, KeyError, TypeError, ValueError, RuntimeError) as error:
        raise DamagedError(f"its tensors are not where its header says ({error})") from None


def model_options(metadata: Mapping[str, str], weights: Mapping[str, Tensor]) -> ModelOptions:
    """The options of a model, whose ``weights`` are of the sizes that they say.

    Raises:
        DamagedError: they are no options, or of a far larger model than there are weights of.
    """
    try:
        options = read(ModelOptions(), fact(metadata, "model", dict), "model.")
    except (MisfitError, OptionError) as error:
        raise DamagedError(f"the options of the model are damaged: {error}") from None
    widest = max((size for weight in weights.values() for size in weight.shape), default=0)
    listed = options.widths.split(",") if options.widths else [options.hidden]
    if max(map(int, listed)) > widest or max(options.layers, len(listed)) > len(weights):
        raise DamagedError("the options of the model are damaged: they are of a larger one than its weights")
    return options


def own_options(base: T, said: Mapping[str, Any], where: str) -> T:
    """The options of a task that a file says.

    Raises:
        DamagedError: they are no options.
    """
    try:
        return read(base, said, where)
    except OptionError as error:
        raise DamagedError(f"the options of its task are damaged: {error}") from None


def rebuilt(make: Callable[[], M], weights: Mapping[str, Tensor]) -> M:
    """The model that ``make`` makes of what a file says, with its weights, at rest.

    Raises:
        DamagedError: what the file says makes no model, or another one than its weights are of.
    """
    try:
        with torch.device("meta"):  # where tensors have shapes, and take no memory
            _check(make(), weights)
        model = make()
    except BackendError:
        raise
    except (OptionError, ValueError, RuntimeError) as error:
        raise DamagedError(f"what it says of the model makes none: {error}") from None
    fill(model, weights)
    return model.eval()


def fill(model: nn.Module, weights: Mapping[str, Tensor]) -> None:
    """Give a model its weights.

    Raises:
        DamagedError: they are not its own, by name, shape or kind of number.
    """
    _check(model, weights)
    model.load_state_dict(dict(weights))


def _check(model: nn.Module, weights: Mapping[str, Tensor]) -> None:
    own = model.state_dict()
    for name in sorted(own.keys() | weights.keys()):
        here, there = (_words(each.get(name)) for each in (own, weights))
        if here != there:
            raise DamagedError(f"its weights are not those of its model: {name!r} should be {here}, and is {there}")


def _words(weight: Tensor | None) -> str:
    if weight is None:
        return "absent"
    kind = "numbers" if weight.is_floating_point() else str(weight.dtype).removeprefix("torch.")
    return f"{kind} {tuple(weight.shape)}"


def restored(model: nn.Module, data: bytes) -> None:
    """Give a model the weights of what :func:`written` wrote of it."""
    fill(model, tensors(data))
