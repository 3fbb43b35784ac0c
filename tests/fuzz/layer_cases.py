"""What the campaign over layers draws: a case is a few named choices, written as one line of JSON.

A choice that is not named has its default, so a case says what is odd about it and nothing else. A case is made smaller
by giving choices their defaults back, one by one.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from itertools import product
from typing import Any

from undertow import cells

Case = dict[str, Any]

DEFAULTS: Case = {
    "layer": "LSTM", "H": 3, "I": 2, "B": 2, "T": 3, "L": 1, "widths": None, "dtype": "float64", "backend": "auto",
    "bidirectional": False, "bias": True, "batch_first": False, "dropout": 0.0, "proj": 0, "residual": False,
    "normalisation": "none", "zoneout": 0.0, "recurrent_dropout": 0.0, "candidate_dropout": 0.0, "training": False,
    "made": "new", "form": "3D", "states": False, "x": "plain", "x_grad": True, "state": "none", "numbers": "plain",
    "weights": "plain", "hooks": "none", "mode": "plain", "edit": "none", "loss": "all", "wrt": "all", "again": "once",
    "threads": 1, "seed": 0,
}  # fmt: skip

_SIZES = ("H", "I", "B", "T")

TORCH = {"LSTM": "LSTM", "GRU": "GRU", "RNN": "RNN", "relu": "RNN"}

LAYOUTS = ["transposed", "strided", "expanded", "offset", "neg", "imag", "zero", "readonly", "flip", "windows"]
STATES = ["given"] * 10 + [
    "wrong_dtype", "wrong_shape", "half", "integers", "shared", "chunks", "makes_x", "from_numpy", *LAYOUTS,
]  # fmt: skip
WEIGHTS = [
    "parametrized", "dropped", "data_dtype", "data_shape", "data_layout", "data_offset", "tied", "frozen", "no_grad",
    "pruned", "replaced", "resized", "buffer_weight", "shared_memory", "assigned",
]  # fmt: skip
MODES = {
    "plain": 30, "no_grad": 8, "inference": 4, "autocast": 4, "compile_eager": 0.3, "compile_aot": 0.3, "vmap": 3,
    "vmap_no_grad": 2, "vmap_grad": 3, "ensemble": 2, "func_grad": 3, "jacrev": 2, "jacfwd": 1, "jvp": 3, "hessian": 1,
    "dual": 4, "dual_no_grad": 2, "dual_back": 2, "jacobian": 2, "functionalize": 2, "checkpoint": 3, "reentrant": 3,
    "functional_call": 3, "make_fx": 2, "jit_trace": 2, "fake": 2, "fork": 2, "threads": 3, "deepcopy": 2,
    "safetensors": 2, "stream": 6, "watch": 4, "reuse": 4, "steps": 4, "handing_on": 4, "subclass": 2, "two_tensor": 1,
    "inference_then_grad": 1, "contexts": 5, "export": 0.3, "moved": 2,
}  # fmt: skip
EDITS = ["output", "final", "x", "weight", "state", "output_part", "output_detach", "final_part"]


def draw(rng: random.Random) -> Case:
    """A case that is odd in a few ways at once."""
    case = dict(DEFAULTS, seed=rng.randrange(10**6), mode=rng.choices([*MODES], [*MODES.values()])[0])
    case["layer"] = rng.choice([*TORCH, rng.choice([*cells.CELLS]), rng.choice([*cells.CELLS])])
    case["H"] = rng.choice([1, 2, 3, 4, 5, 7, 8, 9, 12, 15, 16, 17, 23, 31, 33, 40])
    case["I"], case["T"] = rng.choice([1, 2, 3, 5, 8, 11]), rng.choice([1, 2, 3, 5, 8, 12])
    case["B"] = rng.choice([1, 1, 2, 3, 4, 5, 8, 9, rng.choice([0, 6])])
    case["L"] = rng.choice([1, 1, 1, 2, 3])
    case["dtype"] = rng.choice(["float32", "float64"])
    case["training"] = rng.random() < 0.5
    case["threads"] = rng.choice([1, 1, 2])

    def maybe(chance: float, **choices: list[Any]) -> None:
        for name, of in choices.items():
            if rng.random() < chance:
                case[name] = rng.choice(of)

    maybe(0.3, bidirectional=[True], batch_first=[True], loss=["output", "final", "first", "last", "end"])
    maybe(0.15, bias=[False], states=[True], backend=["fused", "vendor"], numbers=NUMBERS, hooks=HOOKS, edit=EDITS)
    maybe(0.1, residual=[True], normalisation=["layer", "batch", "recurrent batch"], zoneout=[0.3])
    maybe(
        0.1, recurrent_dropout=[0.4], candidate_dropout=[0.2], dropout=[0.5], proj=[1, 2], made=["from_torch", "swap"]
    )
    maybe(0.4, form=["2D", "packed", "packed_sorted", "lengths"], state=STATES, x=LAYOUTS)
    maybe(0.25, weights=WEIGHTS, wrt=["x", "weights", "some", "state", "x_state"])
    maybe(0.25, again=["twice_retained", "twice", "create_graph", "batched", "backward"], x_grad=[False])
    if rng.random() < 0.12:
        case["made"] = rng.choice(["cell", "cell", "cell_from_torch", "cell_swap"])
    if rng.random() < 0.1:
        case["widths"] = [rng.choice([1, 3, 8, 13]) for _ in range(case["L"])]
    return tidied(case)


NUMBERS = ["nan", "inf", "denormal", "large", "zero"]
_OURS_ALONE = ("plain", "no_grad", "inference", "watch", "reuse", "stream")
HOOKS = ["transpose", "save_on_cpu", "clone", "forward", "pre", "tensor", "full_backward"]


def tidied(case: Case) -> Case:
    """Without choices that can only be refused, of which a few are kept to see the refusal."""
    name = case["layer"]
    cell = None if name in TORCH else cells.CELLS[name]
    rare = case["seed"] % 50 == 0
    if cell is not None:
        case["made"] = "cell" if case["made"].startswith("cell") else "new"
    if not rare:
        if name != "LSTM":
            case["proj"] = 0
        if cell is not None:
            case["H"] = max(1, case["H"] // cell.heads) * cell.heads
            if cell.heads > 1:
                case["widths"] = None
            if not cell.recurrent_gates:
                case["recurrent_dropout"] = 0.0
            if "candidate" not in cell.roles:
                case["candidate_dropout"] = 0.0
        if case["proj"] >= case["H"]:
            case["proj"] = 0
        if case["mode"] == "stream":
            case["bidirectional"] = False
        if case["residual"]:
            case |= {"proj": 0, "widths": None, "L": max(case["L"], 2)}
        if name == "sru":
            case |= {"I": case["H"], "L": 1 if case["bidirectional"] else case["L"], "widths": None}
        if name == "slstm":
            case["zoneout"] = 0.0
        if not case["B"] and case["form"].startswith("packed"):
            case["form"] = "3D"
    _with_an_answer(case)
    if case["made"] != "new":
        case["widths"] = None
    if case["made"].startswith("cell"):
        plain = ("L", "bidirectional", "dropout", "proj", "residual", "zoneout", "recurrent_dropout",
                 "candidate_dropout", "states")  # fmt: skip
        case |= {name: DEFAULTS[name] for name in plain}
        case["form"] = case["form"] if case["form"] in ("3D", "2D") else "3D"
        case["mode"] = "plain" if case["mode"] == "stream" else case["mode"]
        case["normalisation"] = case["normalisation"] if case["normalisation"] == "layer" else "none"
    if case["normalisation"] != "none":
        case["made"] = "cell" if case["made"].startswith("cell") else "new"
    if case["made"].endswith("swap"):  # with the options that torch has, on whatever backend is best
        case |= {name: DEFAULTS[name] for name in ("residual", "zoneout", "recurrent_dropout", "candidate_dropout")}
        case |= {"states": False, "backend": "auto", "form": "3D" if case["form"] == "lengths" else case["form"]}
    if case["widths"]:
        case["L"] = len(case["widths"])
    return case


def _with_an_answer(case: Case) -> None:
    """Without choices for which there is no one right answer."""
    mode, masks = case["mode"], ("zoneout", "recurrent_dropout", "candidate_dropout", "dropout")
    if mode in ("threads", "jit_trace", "two_tensor"):  # masks: of one generator for all, drawn once, of each half
        case |= dict.fromkeys(masks, 0.0)
    if mode == "two_tensor" and "batch" in case["normalisation"]:
        case["normalisation"] = "none"  # each half is remembered as a batch of its own
    if mode in ("threads", "fork") and case["edit"] in ("weight", "x", "state"):
        case["edit"] = "none"
    if mode == "threads" and case["again"] == "backward":
        case["again"] = "once"  # threads would add to the same .grad
    if mode == "threads" and case["hooks"] not in ("transpose", "clone", "save_on_cpu"):
        case["hooks"] = "none"  # nor are those of a module or a tensor a thread's own
    if mode == "reentrant" and case["again"] == "once":
        case["again"] = "backward"  # the only way that it has
    if mode == "dual_back":  # which is about gradients
        case |= {"x": "plain", "x_grad": True, "state": "none"}
    if mode in ("autocast", "fake") and case["weights"].startswith("data"):
        case["weights"] = "plain"  # what would not fit is cast, or never read
    if mode == "autocast" and case["state"] in ("wrong_dtype", "half", "integers"):
        case["state"] = "given"
    if case["weights"] == "resized" and (case["backend"] == "vendor" or mode not in _OURS_ALONE):
        case["weights"] = "plain"  # torch's own operations read what is not there, and say nothing
    # The sum of min_lstm's gates is 0 in torch's sigmoid and 1e-305 in the kernels'. Training on such is chaotic:
    # the last bit of the first step is a figure of the third.
    if case["numbers"] == "large" and (case["layer"] == "min_lstm" or mode == "steps"):
        case["numbers"] = "plain"
    if case["edit"] in ("weight", "x", "state") and (case["hooks"] in ("transpose", "clone") or mode == "autocast"):
        case["edit"] = "none"  # what was saved is a copy or is none, as it happens
    if case["numbers"] == "denormal" and case["layer"] in ("relu", "indrnn"):
        case["numbers"] = "zero"  # they count as zero in the kernels, where the derivative is another


def line(case: Case) -> str:
    """A case in one line: what differs from the defaults."""
    return json.dumps({k: v for k, v in case.items() if v != DEFAULTS[k]})


def read(text: str) -> Case:
    """The case of a line."""
    given = json.loads(text)
    unknown = [name for name in given if name not in DEFAULTS]
    if unknown:
        raise SystemExit(f"a case has no choice {unknown[0]!r}; there are {', '.join(DEFAULTS)}")
    return {**DEFAULTS, **given}


def smaller(case: Case) -> Iterator[Case]:
    """Cases with one choice less that is odd."""
    for name, default in DEFAULTS.items():
        small = name in _SIZES and case[name] < default
        if case[name] != default and name != "mode" and not small:
            yield {**case, name: default}
    for name, size in product(_SIZES, (1, 2)):
        if size < case[name]:
            yield {**case, name: size}
