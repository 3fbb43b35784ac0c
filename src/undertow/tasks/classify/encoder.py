"""The encoder of another run, to start from: its weights, and how it read its samples."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from torch import Tensor, nn

from undertow.documents import fact
from undertow.errors import DamagedError, RunError
from undertow.forms import POSITIVE, MisfitError, fitted
from undertow.runs import RunFolder
from undertow.storage import read_metadata
from undertow.tasks.classify.coding import Coding
from undertow.tasks.files import model_options, tensors
from undertow.tasks.model_options import ModelOptions
from undertow.tasks.tokens import Tokens

__all__ = ["Encoder", "read_encoder"]

#: What of a model's options its encoder is built by; noise and the like are the new run's own.
_BUILT_BY = (
    "cell", "nonlinearity", "hidden", "layers", "widths", "embedding", "normalisation",
    "normalisation_gain", "normalisation_steps", "residual",
)  # fmt: skip
_PARTS = ("embedding.", "ngrams.", "encoder.")


@dataclass(frozen=True)
class Encoder:
    """A trained encoder: ``weights`` by their names in a model that has it as ``encoder`` (and ``embedding``).

    ``ngrams`` are the symbols of the longest n-grams that it reads beside symbols; 1: none.
    """

    folder: Path
    options: ModelOptions
    bidirectional: bool
    ngrams: int
    coding: Coding
    weights: Mapping[str, Tensor]

    def built_into(self, options: ModelOptions) -> ModelOptions:
        """``options`` with what this encoder is built by."""
        return replace(options, **{name: getattr(self.options, name) for name in _BUILT_BY})

    def put_into(self, model: nn.Module) -> None:
        """Give a model the weights.

        Raises:
            RunError: they don't fit: the encoder read steps of another width.
        """
        own = model.state_dict()
        for name, weight in self.weights.items():
            if name not in own or own[name].shape != weight.shape:
                there = f"{tuple(own[name].shape)} here" if name in own else "not there here"
                raise RunError(
                    f"the encoder of {self.folder} does not fit: its {name} is {tuple(weight.shape)}, {there}; "
                    "both runs must read steps with equally many values"
                )
        model.load_state_dict(dict(self.weights), strict=False)


def read_encoder(folder: Path, *, fold_case: bool) -> Encoder:
    """The encoder of a run of reconstruct or classify.

    ``fold_case`` holds where the run itself says nothing of it.

    Raises:
        RunError: the run cannot be read, has no model yet, or is of a task without an encoder of samples.
    """
    run = RunFolder.open(folder)
    data = run.model()
    metadata = read_metadata(data)
    try:
        weights = {k: w for k, w in tensors(data).items() if k.startswith(_PARTS)}
    except RunError as error:
        raise DamagedError(f"{run.model_file}: {error}") from None
    if not any(name.startswith("encoder.") for name in weights) or "bidirectional" not in metadata:
        task = run.document().get("task", "of another kind")
        raise RunError(
            f"{folder} is a run of task {task}, which has no encoder to start from; reconstruct or classify do"
        )
    try:
        options = model_options(metadata, weights)
        bidirectional = fact(metadata, "bidirectional", bool)
        ngrams = fact({"ngrams": "1", **metadata}, "ngrams", POSITIVE)
        coding = _coding(metadata, fold_case=fold_case)
    except (MisfitError, RunError) as error:
        raise RunError(f"{run.model_file} does not tell how its encoder reads samples ({error})") from error
    return Encoder(folder, options, bidirectional, ngrams, coding, weights)


def _coding(metadata: Mapping[str, str], *, fold_case: bool) -> Coding:
    """How the run coded samples: a classifier's own words, or a reconstruction's."""
    if "tokens" in metadata or "mean" in metadata:
        return Coding.from_plain(metadata)
    if symbols := fact({"vocabulary": "[]", **metadata}, "vocabulary", tuple[str, ...]):
        return Coding(Tokens.with_any_specials({"kind": "characters", "symbols": list(symbols)}), fold_case)
    by_series = fact(metadata, "scaling", dict)
    if "" not in by_series:
        raise MisfitError("scales each series apart")
    mean, spread = fitted(by_series[""], tuple[tuple[float, ...], tuple[float, ...]])
    masked = fact(metadata, "shape", {"masked": bool})["masked"]
    return Coding(mean=mean, scale=spread, patchy=tuple(range(len(mean))) if masked else ()).checked()
