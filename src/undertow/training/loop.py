"""The training loop, to be read from top to bottom."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import safetensors.torch
import torch

from undertow.errors import DivergedError
from undertow.runs import RunFolder
from undertow.storage import unseal, write_atomically
from undertow.tasks.base import Span, Task
from undertow.training import checkpoint
from undertow.training.checkpoint import Progress, Training
from undertow.training.config import Config, TrainingOptions
from undertow.training.divergence import check_gradients, check_loss, check_parameters, explained
from undertow.training.journal import Journal, Listener
from undertow.training.observation import observe, verdict_of
from undertow.training.optimize import clip, learning_rate, make_optimizer
from undertow.training.truncation import spans

__all__ = ["train"]


def train(
    task: Task,
    config: Config,
    run: RunFolder,
    *,
    listen: Listener = lambda event: None,
    interrupted: Callable[[], bool] = lambda: False,
) -> str:
    """Train ``task`` in ``run``, from its checkpoint if it has one.

    Returns why training ended: ``finished``, ``early`` (no more improvement) or ``interrupted`` (saved; can go on).

    Raises:
        DivergedError: NaN or infinity; the last checkpoint is kept.
        RunError: the checkpoint cannot be used, or the disk is full.
    """
    options = config.training
    training = Training(task.model, make_optimizer(task.model.parameters(), options), watch=observe(task.model, config))
    changed = checkpoint.load(run, training, config)
    progress = training.progress
    journal = Journal(run, progress, task.unit, listen)
    for change in changed:
        journal.warn(f"{change}; the same bits as without a break cannot be promised")
    windows = _windows(task.length, options, progress)
    watched = config.watched_part
    ended = "finished"
    task.model.train()
    if training.watch:
        training.watch.start()

    try:
        while progress.step < options.steps and not _exhausted(progress, options):
            for group in training.optimizer.param_groups:
                group["lr"] = learning_rate(progress.step, options)
            for _ in range(options.accumulate):
                span = next(windows)
                loss, training.carried = task.loss(span, training.carried)
                check_loss(loss, task.model)
                torch.autograd.backward(loss / options.accumulate)
                journal.count_loss(loss.item(), task.batch * (span.stop - span.start - span.scored))
            norm, clipped = clip(task.model.parameters(), options)
            check_gradients(norm, task.model)
            training.optimizer.step()
            training.optimizer.zero_grad()
            journal.count_update(norm.item(), clipped)
            journal.flow(training.watch)

            last, asked = progress.step == options.steps, interrupted()
            sampling = _due(progress.step, options.sample_every, last and options.sample_every > 0)
            evaluating = bool(watched) and _due(progress.step, options.evaluate_every, last)
            if _due(progress.step, options.log_every, last):
                journal.log(learning_rate(progress.step - 1, options))
            saving = asked or _due(progress.step, options.checkpoint_every, last)
            if sampling or evaluating or saving:
                check_parameters(task.model)
            if sampling:
                journal.sample(task, options.sample_length, options.seed + progress.step)
            if evaluating and watched and journal.evaluate(task, watched) and options.patience:
                write_atomically(run.model_file, task.serialise())
            if saving or _exhausted(progress, options):
                if not options.patience:
                    write_atomically(run.model_file, task.serialise())
                checkpoint.save(run, training, config)
            if asked and not last:
                ended = "interrupted"
                break
    except DivergedError as error:
        told = explained(error, progress.step, options)
        journal.diverged(str(told))
        raise told from error
    finally:
        if training.watch:
            training.watch.stop()

    if ended == "finished" and watched == "validation" and config.text.held_out:
        task.model.load_state_dict(safetensors.torch.load(unseal(run.model_file)))
        journal.evaluate(task, "held_out")
    if ended == "finished" and progress.step < options.steps:
        ended = "early"
    journal.end(ended)
    if ended != "interrupted":
        journal.unseen(training.watch)
        journal.verdict(verdict_of(run, config))
    return ended


def _windows(length: int, options: TrainingOptions, progress: Progress) -> Iterator[Span]:
    """Windows of pass after pass, from where ``progress`` stands, which moves along."""
    plan = list(spans(length, options.window, options.bptt))
    while True:
        if progress.window == len(plan):
            progress.epoch, progress.window = progress.epoch + 1, 0
        span = plan[progress.window]
        progress.window += 1
        yield span


def _due(step: int, every: int, also: bool) -> bool:
    """Whether something that happens every so many steps (0: never but ``also``) happens now."""
    return also or (every > 0 and step % every == 0)


def _exhausted(progress: Progress, options: TrainingOptions) -> bool:
    """Whether early stopping has run out of patience."""
    return 0 < options.patience <= progress.evaluations_since_best
