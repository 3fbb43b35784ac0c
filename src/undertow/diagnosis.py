"""Watch a model of somebody's own for some updates, in a run folder that reports can be made from."""

from __future__ import annotations

import importlib
import math
import sys
import sysconfig
import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from importlib.machinery import ModuleSpec, PathFinder
from itertools import chain, cycle, islice
from pathlib import Path
from typing import Any

import tomlkit
import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from undertow.documents import present
from undertow.errors import OptionError, RunError, UndertowError, nearest
from undertow.flow import Verdict, schedule, watch
from undertow.nn import swap
from undertow.nn.stack import Stack
from undertow.runs import OWN_MODEL, RunFolder
from undertow.training.config import OWN_OPTIONS, OWN_TRAINING, TrainingOptions
from undertow.training.observation import with_events
from undertow.training.optimize import clip, make_optimizer

__all__ = ["diagnose", "find", "load", "origin"]


def find(path: str) -> Callable[..., Any]:
    """What ``module:name`` says, imported; modules in the current folder are found too.

    Raises:
        OptionError: there is no such module, it fails when it is imported, nothing in it has that name, or what has it
            cannot be called.
    """
    module, colon, name = path.partition(":")
    if not colon or not module or not name:
        raise OptionError(f"{path!r} must be module:function, as in mymodels:make_model")
    if module.endswith(".py"):
        raise OptionError(f"{path!r} names a file; name the module: {module.removesuffix('.py')}:{name}")
    folder = str(Path.cwd())
    if folder not in sys.path:
        sys.path.insert(0, folder)
    try:
        found = importlib.import_module(module)
    except Exception as error:
        raise OptionError(f"cannot import {module!r}: {_what(error)}") from error
    if not hasattr(found, name):
        raise OptionError(f"there is no {name!r} in {module}{nearest(name, [n for n in vars(found) if n[0] != '_'])}")
    value: Callable[..., Any] = getattr(found, name)
    if not callable(value):
        raise OptionError(f"{path} is {type(value).__name__}, which cannot be called")
    return value


def origin(path: str) -> str:
    """The file that :func:`find` would import ``module:name`` from, found without running anything of it; nothing where
    there is none, or it cannot be told."""
    module, places, here, spec = "", None, "", None
    for part in path.partition(":")[0].split("."):
        module = f"{module}.{part}" if module else part
        if not part.isidentifier() or (here and places is None):
            return ""
        known = sys.modules.get(module)
        spec = known.__spec__ if known else _spec(part, places)
        if spec is None:
            return str(getattr(known, "__file__", None) or "")
        places = spec.submodule_search_locations and [*spec.submodule_search_locations]
        here = spec.origin or ", ".join(places or [])
    return str(Path(here).absolute()) if present(Path(here)) else here


def _spec(name: str, places: list[str] | None) -> ModuleSpec | None:
    """Where a module is, in folders, or where modules are looked for that are in no package."""
    if places is not None:
        return PathFinder.find_spec(name, places)
    here = str(Path.cwd())
    path = sys.path if here in sys.path else [here, *sys.path]
    found = (f.find_spec(name, path if f is PathFinder else None) for f in sys.meta_path)
    return next(filter(None, found), None)


def load(model: str, data: str, loss: str | None) -> tuple[nn.Module, Iterable[Any], Callable[..., Any] | None]:
    """The model, the batches and the loss that somebody's own functions give, each called ``module:function``.

    Raises:
        OptionError: one of them cannot be found, fails, or gives something else.
    """
    make, give, measure = find(model), find(data), find(loss) if loss else None
    with _calling(model):
        made = make()
    if not isinstance(made, nn.Module):
        raise OptionError(f"{model} gives {type(made).__name__}, where a torch.nn.Module is wanted")
    with _calling(data):
        batches = give()
    if not isinstance(batches, Iterable):
        raise OptionError(f"{data} gives {type(batches).__name__}, where batches are wanted, one after the other")
    return made, batches, measure


def diagnose(
    model: nn.Module,
    batches: Iterable[Any],
    folder: Path,
    *,
    loss: Callable[[nn.Module, Any], Tensor] | None = None,
    training: TrainingOptions = OWN_TRAINING,
    reach: int | None = None,
    made: str = "",
    given: Mapping[str, str] | None = None,
    listen: Callable[[], None] = lambda: None,
    interrupted: Callable[[], bool] = lambda: False,
) -> Verdict:
    """Train ``model`` for some updates while watching; leave a run folder with what was seen.

    Args:
        model: any model; torch's own recurrent layers in it are replaced by ours meanwhile.
        batches: of inputs and a target each, ``(x, target)`` or ``(x, lengths, target)``: what stands before the
            target is what the model is called with. Gone through again if there are fewer than updates.
        folder: of the run; must not exist.
        loss: from the model and a batch; by default the model's output (its first value, if it gives several) against
            the target: cross entropy where targets are whole numbers, else the mean squared error.
        training: updates and optimizer: of its options those in :data:`OWN_OPTIONS` count.
        reach: how many steps back the task needs memory.
        made, given: what the config says of where the model is from, and the batches and the loss (``from``, ``loss``).
        listen: called after every update.
        interrupted: asked after every update; once it says so, the verdict is on what was seen until then.

    Raises:
        OptionError: no recurrent layers, no batches, a loss that is no single number, or model, batches or loss fail
            on the way.
        RunError: the folder exists.
    """
    if present(folder):
        raise RunError(f"{folder} exists already; choose another with --out")
    steps, used = training.steps, {name: getattr(training, name) for name in OWN_OPTIONS}
    optimizer = make_optimizer(model.parameters(), training)
    losses, ended = _losses(model, batches, loss or _loss), "finished"
    looks = schedule.at([*range(0, steps, max(1, min(50, steps // 4))), steps - 1])
    with swap(model), watch(model, reach, examine=looks) as seen:
        began = time.perf_counter()
        first = next(losses)  # before there is a folder, which a mistake would leave behind
        document = tomlkit.document()
        document.add("task", OWN_MODEL)
        document.add("model", tomlkit.item({"from": made or type(model).__name__, **_layers(model)}))
        if given:
            document.add("data", tomlkit.item(dict(given)))
        document.add("flow", tomlkit.item({"reach": reach or 0}))
        document.add("training", tomlkit.item(used))
        run = RunFolder.create(folder, document, {"torch": str(torch.__version__)})
        for step, value in enumerate(chain([first], islice(losses, steps - 1)), 1):
            optimizer.zero_grad()
            value.backward()  # type: ignore[no-untyped-call]
            norm, clipped = clip(model.parameters(), training)
            optimizer.step()
            for glance in seen.take():
                run.record_flow(glance.line() | {"step": step})
            seconds = round(time.perf_counter() - began, 3)
            facts = {"loss": _number(value), "gradient_norm": _number(norm), "clipped": float(clipped)}
            run.record({"event": "train", "step": step, **facts, "seconds": seconds})
            listen()
            if facts["loss"] is None:
                ended = "diverged"
                break
            if interrupted():
                ended = "interrupted"
                break
    why = {"text": f"the loss was no number any more at update {step}"} if ended == "diverged" else {}
    run.record({"event": "end", "step": step, "reason": ended, **why})
    verdict = seen.judged(with_events({f"training.{name}": value for name, value in used.items()}, run.events()))
    for line in verdict.lines():
        run.record_flow(line)
    return verdict


def _layers(model: nn.Module) -> dict[str, str]:
    """Cells and widths of the recurrent layers, as ``[model]`` of a run tells them."""
    layers = [module for module in model.modules() if isinstance(module, Stack)]
    cells = dict.fromkeys(layer.cell.name for layer in layers)
    widths = chain.from_iterable(
        [layer.hidden_size] * layer.num_layers if isinstance(layer.hidden_size, int) else layer.hidden_size
        for layer in layers
    )
    return {"cell": ", ".join(cells), "widths": ",".join(map(str, widths))}


def _number(value: Tensor) -> float | None:
    number = float(value.detach())
    return number if math.isfinite(number) else None


def _losses(model: nn.Module, batches: Iterable[Any], measure: Callable[[nn.Module, Any], Tensor]) -> Iterator[Tensor]:
    """The loss of one batch after the other, without end."""
    turns = _turns(batches)
    while True:
        with _calling("the diagnosis"):
            value = measure(model, next(turns))
        _check(value)
        yield value


def _turns(batches: Iterable[Any]) -> Iterator[Any]:
    """Batches again and again; those of an iterator, which can be gone through once, are kept for that."""
    turn = cycle(batches) if isinstance(batches, Iterator) else batches
    while True:
        empty = True
        for batch in turn:
            empty = False
            yield batch
        if empty:
            raise OptionError("there are no batches to diagnose with")


@contextmanager
def _calling(what: str) -> Iterator[None]:
    """What goes wrong in somebody's own code, as one message with its place.

    Raises:
        OptionError: anything but an error of our own was raised inside.
    """
    try:
        yield
    except UndertowError:
        raise
    except Exception as error:
        raise OptionError(f"{what} failed: {_what(error)}") from error


def _what(error: Exception) -> str:
    """An error of somebody's own code: its kind, its text, and the last line that is theirs."""
    others = {Path(__file__).parent, *(Path(sysconfig.get_path(name)) for name in ("stdlib", "purelib", "platlib"))}
    frames = [f for f in traceback.extract_tb(error.__traceback__) if not f.filename.startswith("<")]
    theirs = [f for f in frames if others.isdisjoint(Path(f.filename).parents)]
    text = f"{type(error).__name__}: {error}"
    return f"{text}\n  at {theirs[-1].filename}:{theirs[-1].lineno}: {theirs[-1].line}" if theirs else text


def _check(value: Any) -> None:
    if not isinstance(value, Tensor) or value.numel() != 1:
        shape = tuple(value.shape) if isinstance(value, Tensor) else type(value).__name__
        raise OptionError(f"the loss must be a tensor with one number, got {shape}")
    if not value.requires_grad:
        raise OptionError(
            "the loss has no gradient: all parameters are frozen (requires_grad=False), or it was made with detach(), "
            "no_grad() or item() on the way"
        )


def _loss(model: nn.Module, batch: Any) -> Tensor:
    if not isinstance(batch, tuple | list) or len(batch) < 2 or not isinstance(batch[-1], Tensor):
        came = type(batch).__name__
        if isinstance(batch, tuple | list):
            came = f"{came} of {', '.join(type(part).__name__ for part in batch) or 'nothing'}"
        raise OptionError(
            f"each batch must be input and target, as tensors, got {came}; or say how to get a loss with --loss"
        )
    *given, target = batch
    output = model(*given)
    output = output[0] if isinstance(output, tuple) else output
    if target.dtype.is_floating_point:
        return F.mse_loss(output.squeeze() if output.dim() != target.dim() else output, target)
    scores, target = output.flatten(0, -2), target.flatten().long()
    if len(target) and int(target.max()) >= scores.shape[-1]:
        raise OptionError(
            "targets are whole numbers, so the loss is taken to be cross entropy; but the model's output has "
            f"{scores.shape[-1]} classes (its last dimension), and targets go up to {int(target.max())}: say how to "
            "get a loss with --loss"
        )
    return F.cross_entropy(scores, target)
