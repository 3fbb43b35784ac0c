"""A trained model as a file: safetensors, and as JSON in its metadata all that is needed to use it. Runs no code."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict

import safetensors.torch
from torch import Tensor, nn

from undertow import __version__
from undertow.errors import RunError
from undertow.storage import read_metadata, seal
from undertow.tasks.options import ModelOptions

__all__ = ["opened", "restored", "written"]


def written(format: str, model: nn.Module, options: ModelOptions, facts: Mapping[str, str]) -> bytes:
    """A model as a sealed file of ``format``, with its options and ``facts``, each of them JSON."""
    metadata = {"format": format, "undertow": __version__, "model": json.dumps(asdict(options)), **facts}
    return seal(safetensors.torch.save(dict(model.state_dict()), metadata))


def opened(data: bytes, format: str) -> tuple[dict[str, str], ModelOptions, dict[str, Tensor]]:
    """Metadata, options and weights of what :func:`written` wrote.

    Raises:
        RunError: it is of another format: another kind of model, or another version's.
    """
    metadata = read_metadata(data)
    if metadata.get("format") != format:
        raise RunError(f"the model is {metadata.get('format', 'of no known format')}, not {format}")
    return metadata, ModelOptions(**json.loads(metadata["model"])), safetensors.torch.load(data)


def restored(model: nn.Module, data: bytes) -> None:
    """Give a model the weights of what :func:`written` wrote of it."""
    model.load_state_dict(safetensors.torch.load(data))
