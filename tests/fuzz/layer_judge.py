"""What became of a case: the same numbers as the oracle, an error of both, a refusal, or something bad."""

from __future__ import annotations

import linecache
import traceback
import warnings
from dataclasses import dataclass
from pathlib import Path

import layer_faults  # noqa: F401
import layer_processes  # noqa: F401
import layer_transforms  # noqa: F401
import torch
from layer_build import dtype_of, has_torch
from layer_cases import Case
from layer_modes import CrashedError, Results, run
from torch import Tensor

import undertow

VERDICTS = ("same", "both raised", "refused", "wrong", "crashed", "hung", "traceback")
BAD = VERDICTS[3:]

_HOME = str(Path(undertow.__file__).parent)
#: What a mistake of a user never raises.
_INTERNAL = (AssertionError, AttributeError, IndexError, KeyError, TypeError, UnboundLocalError, NameError,
             ZeroDivisionError)  # fmt: skip


@dataclass
class Outcome:
    """What one layer did: numbers or an error."""

    results: Results | None = None
    error: Exception | None = None

    @classmethod
    def of(cls, case: Case, which: str) -> Outcome:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return cls(run(case, which))
        except Exception as error:
            return cls(None, error)

    @property
    def told(self) -> str:
        return f"{type(self.error).__name__}: {str(self.error).splitlines()[0][:300] if str(self.error) else ''}"


def judge(case: Case) -> tuple[str, str]:
    """The verdict of a case and what there is to say of it."""
    ours = Outcome.of(case, "ours")
    if isinstance(ours.error, CrashedError):
        return "wrong", str(ours.error)
    oracles = {"reference": Outcome.of(case, "reference")}
    if has_torch(case):
        oracles["torch"] = Outcome.of(case, "torch")
    if ours.error is not None:
        return _of_an_error(case, ours, oracles)
    return _of_numbers(case, ours, oracles)


def _of_an_error(case: Case, ours: Outcome, oracles: dict[str, Outcome]) -> tuple[str, str]:
    assert ours.error is not None
    raised = [o for o in oracles.values() if o.error is not None]
    like = any(type(o.error) is type(ours.error) for n, o in oracles.items() if n == "torch")
    if _is_internal(ours.error) and not like:
        last = traceback.extract_tb(ours.error.__traceback__)[-1]
        return "traceback", f"{ours.told} at {Path(last.filename).name}:{last.lineno}"
    torch_too = oracles.get("torch", oracles["reference"]).error is not None
    if torch_too and raised:
        return "both raised", ours.told
    return "refused", ours.told


def _is_internal(error: Exception) -> bool:
    if not isinstance(error, _INTERNAL):
        if str(error).startswith("zip() argument"):
            return True
        return not isinstance(error, RuntimeError | ValueError | undertow.UndertowError | NotImplementedError)
    frames = traceback.extract_tb(error.__traceback__)
    within = [f for f in frames if f.filename.startswith(_HOME)]
    if not within:
        return isinstance(error, AssertionError | KeyError | UnboundLocalError)
    last = frames[-1]
    said = linecache.getline(last.filename, last.lineno or 0).strip().startswith("raise ")
    return not (said and last.filename.startswith(_HOME))


def _of_numbers(case: Case, ours: Outcome, oracles: dict[str, Outcome]) -> tuple[str, str]:
    assert ours.results is not None
    said = []
    for name, other in oracles.items():
        if other.results is None:
            said.append(f"{name} raised {other.told}")
            continue
        different = _difference(case, ours.results, other.results)
        if different is None:
            return "same", ""
        said.append(f"{name}: {different}")
    if _is_ill(case, ours.results, oracles):
        return "same", "ill-conditioned"
    truth = Outcome.of({**case, "mode": "plain", "hooks": "none", "edit": "none", "again": "once"}, "reference")
    if truth.results is not None and all(o.error for o in oracles.values()):
        known = {n: t for n, t in ours.results.items() if n in truth.results}
        if known and _difference(case, known, {n: truth.results[n] for n in known}) is None:
            return "same", "where the oracle raises"
    return "wrong", "; ".join(said)


def _is_ill(case: Case, ours: Results, oracles: dict[str, Outcome]) -> bool:
    """Whether the reference in the case's own format is as far from the oracle."""
    wide = oracles["reference"].results
    if wide is None or dtype_of(case, "reference") == dtype_of(case, "ours"):
        return False
    narrow = _narrow(case)
    if narrow is None:
        return False
    return all(
        _error(ours[n], wide[n]) <= 20 * _error(narrow[n], wide[n]) + _tolerance(case)
        for n in wide
    )  # fmt: skip


def _narrow(case: Case) -> Results | None:
    import layer_build

    held = dict(layer_build._SAME_DTYPE)
    try:
        layer_build._SAME_DTYPE["dtype"] = {"float32"}
        return Outcome.of(case, "reference").results
    finally:
        layer_build._SAME_DTYPE.clear()
        layer_build._SAME_DTYPE.update(held)


def _tolerance(case: Case) -> float:
    if case["mode"] == "autocast":
        return 0.15
    if case["numbers"] == "large" and case["dtype"] == "float32":
        return 5e-3
    if case["dtype"] == "float64" and case["mode"] != "moved":
        return 1e-8
    return 5e-3 if case["layer"] == "slstm" else 2e-4  # slstm divides by a state, which may be given as nearly nothing


def _error(a: Tensor | None, b: Tensor | None, *, strict: bool = True) -> float:
    """The largest difference, by the largest number; with ``strict``, what is not finite must be so in both."""
    if a is None or b is None:
        some = a if b is None else b
        if some is None or not some.numel():
            return 0.0
        some = some.detach()
        return float((some if strict else some.nan_to_num(0, 0, 0)).abs().max())
    if a.shape != b.shape:
        return float("inf")
    if not a.numel():
        return 0.0
    a, b = a.detach().double(), b.detach().double()
    finite = a.isfinite() & b.isfinite()
    if strict and not torch.equal(a.isfinite(), b.isfinite()):
        return float("inf")
    a, b = torch.where(finite, a, 0.0), torch.where(finite, b, 0.0)
    return float((a - b).abs().max() / b.abs().max().clamp(min=1))


def _difference(case: Case, ours: Results, other: Results) -> str | None:
    """The first thing that is different, or None."""
    if ours.keys() != other.keys():
        return f"results {sorted(ours.keys() ^ other.keys())[:5]} are there of one alone"
    wanted = dtype_of(case, "ours")
    for name, tensor in ours.items():
        # What times zero is not a number is a matter of which products are taken at all.
        forward = "output" in name or "final" in name or case["numbers"] not in ("nan", "inf", "large")
        error = _error(tensor, other[name], strict=forward)
        if not error <= _tolerance(case):
            shapes = [None if t is None else tuple(t.shape) for t in (tensor, other[name])]
            what = f"{name} is off by {error:.2g}"
            return what if shapes[0] == shapes[1] else f"{what}, shapes {shapes[0]} and {shapes[1]}"
        if name == "output" and tensor is not None and case["mode"] == "plain" and tensor.dtype != wanted:
            return f"{name} is {tensor.dtype}"
    return None
