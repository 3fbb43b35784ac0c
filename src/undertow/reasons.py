"""Why something cannot be told of the gradient: a value, with a kind and its figures.

Programs decide by the kind and the figures. The words are for people: :func:`worded` makes them, last and nowhere else,
and nothing reads them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from undertow.forms import COUNT, fitted

__all__ = ["FORM", "Reason", "Why", "read", "worded"]


class Why(StrEnum):
    """The kinds of reasons, by the names that files have them by."""

    # Of a quantity, in windows that were seen.
    NOT_EXAMINED = "not examined"
    ONE_STEP = "one step"
    NOT_RECORDED = "not recorded"
    NO_GRADIENT = "no gradient"
    NOT_NUMBERS = "not numbers"
    PROBE_INFINITE = "probe infinite"
    INPUT_NOT_FINITE = "input not finite"
    BATCH_STATISTICS = "batch statistics"
    NO_GATES = "no gates"
    NO_FORGET_GATE = "no forget gate"
    NO_SQUARE_MATRIX = "no square matrix"
    PROJECTED = "projected"
    # Of a layer of which nothing was seen.
    NO_BACKWARD = "no backward pass"
    BATCHED = "batched gradients"
    PAST_THE_KERNELS = "past the kernels"
    NOT_PLAIN = "not plain"
    OTHERS_KERNELS = "others' kernels"
    REVERSE_STATISTICS = "reverse statistics"
    #: What another version wrote, and this one does not know.
    OTHER = "other"


#: Those that more windows, or longer ones, or a closer look would do away with.
_TOO_LITTLE = {Why.NOT_EXAMINED, Why.ONE_STEP, Why.NO_BACKWARD}


@dataclass(frozen=True)
class Reason:
    """Why something cannot be told.

    Attributes:
        kind: what programs decide by.
        step, sample: where it was, counted from 0.
        cell: the name of the cell that it is about.
        said: the words of a file that has no more than these (see :func:`read`); shown in place of our own.
    """

    kind: Why
    step: int | None = None
    sample: int | None = None
    cell: str = ""
    said: str = ""

    @property
    def too_little(self) -> bool:
        """Whether there was too little to see, and not something that cannot be seen."""
        return self.kind in _TOO_LITTLE

    def plain(self) -> dict[str, Any]:
        """As files have it: the kind, and the figures that there are."""
        return {"kind": str(self.kind)} | {k: v for k, v in vars(self).items() if k != "kind" and v not in (None, "")}

    def __str__(self) -> str:
        return worded(self)


_WORDS: Mapping[Why, str] = {
    Why.NOT_EXAMINED: "no window was examined",
    Why.ONE_STEP: "windows of one step have no step before",
    Why.NOT_RECORDED: "no backward pass was recorded",
    Why.NO_GRADIENT: "no gradient flowed",
    Why.NOT_NUMBERS: "values of the layer itself are not numbers (NaN)",
    Why.PROBE_INFINITE: "the gradient of a probe is infinite",
    Why.INPUT_NOT_FINITE: "x is not finite",
    Why.BATCH_STATISTICS: "samples depend on each other where batches are normalised at every step",
    Why.NO_GATES: "cell {cell!r} has no gate with a function",
    Why.NO_FORGET_GATE: "cell {cell!r} declares no forget gate between 0 and 1",
    Why.NO_SQUARE_MATRIX: "the layer has no square recurrent matrix",
    Why.PROJECTED: "where the output is projected (proj_size) gradients are not split by way",
    Why.NO_BACKWARD: (
        "no backward pass went through this layer while it was watched; if the loss is made of its output, look for "
        "detach() or no_grad() on the way"
    ),
    Why.BATCHED: "gradients that are batched (is_grads_batched=True) go by unseen",
    Why.PAST_THE_KERNELS: (
        "gradients that are differentiated again (create_graph=True), batched (is_grads_batched=True) or forward-mode "
        "go past the kernels"
    ),
    Why.NOT_PLAIN: "a call whose operations are traced, or whose tensors are not plain, goes by unseen",
    Why.OTHERS_KERNELS: "torch's own kernels do not show what flows inside; use backend='reference'",
    Why.REVERSE_STATISTICS: "the reverse direction of a layer with statistics of each step is not watched",
    Why.OTHER: "a reason that this version does not know",
}


def worded(reason: Reason) -> str:
    """The words of a reason: the one place where they are made."""
    if reason.said:
        return reason.said
    words = _WORDS[reason.kind].format(cell=reason.cell)
    if reason.step is not None and reason.sample is not None:
        words += f" at step {reason.step} of sample {reason.sample} (counted from 0)"
    return words


# ---- files

#: A reason as files have it (:meth:`Reason.plain`); its kind may be another version's.
FORM = {"kind": str, "step?": (COUNT, None), "sample?": (COUNT, None), "cell?": str, "said?": str}

#: Files of versions up to 0.1 have words alone, and these are the words that they have, of today's and of earlier ones.
#: This is about what was written then: it does not follow :data:`_WORDS`. The first that is found counts.
_WRITTEN: tuple[tuple[str, Why], ...] = (
    (r"^x is not finite( at step (?P<step>\d{1,15}) of sample (?P<sample>\d{1,15}))?", Why.INPUT_NOT_FINITE),
    (r"\(NaN\)", Why.NOT_NUMBERS),
    (r"^samples depend on each other", Why.BATCH_STATISTICS),
    (r"^cell '(?P<cell>\w+)' has no gate", Why.NO_GATES),
    (r"^cell '(?P<cell>\w+)' declares no forget gate", Why.NO_FORGET_GATE),
    (r"^the layer has no square recurrent matrix", Why.NO_SQUARE_MATRIX),
    (r"^where the output is projected", Why.PROJECTED),
    (r"^no gradient flowed", Why.NO_GRADIENT),
    (r"^no backward pass was recorded", Why.NOT_RECORDED),
    (r"^no backward", Why.NO_BACKWARD),
    (r"^gradients that are batched", Why.BATCHED),
    (r"^gradients that are differentiated", Why.PAST_THE_KERNELS),
    (r"^a call whose operations are traced", Why.NOT_PLAIN),
    (r"^torch's own kernels", Why.OTHERS_KERNELS),
    (r"^the reverse direction of a layer with statistics", Why.REVERSE_STATISTICS),
    (r"infinite", Why.PROBE_INFINITE),
    (r"examined", Why.NOT_EXAMINED),
    (r"step", Why.ONE_STEP),
)


def read(plain: Any, words: str = "") -> Reason:
    """The reason that a file has, by its plain data, or where it has ``words`` alone (or a kind of another version) by
    these; they are shown then as they stand.

    Raises:
        MisfitError: the plain data has not the form of any version.
    """
    if plain is None:
        return _from_words(words)
    given = fitted(plain, FORM)
    known = {name: given[name] for name in ("step", "sample", "cell", "said") if given.get(name) is not None}
    if given["kind"] in set(Why):
        return Reason(Why(given["kind"]), **known)
    return _from_words(words) if words else Reason(Why.OTHER, said=given["kind"])


def _from_words(words: str) -> Reason:
    """The one reader of words, of files that have nothing else."""
    for pattern, kind in _WRITTEN:
        if found := re.search(pattern, words):
            figures = {name: part for name, part in found.groupdict().items() if part is not None}
            place = {name: int(figures[name]) for name in ("step", "sample") if name in figures}
            return Reason(kind, **place, cell=figures.get("cell", ""), said=words)
    return Reason(Why.OTHER, said=words)
