"""The training loop, to be read from top to bottom."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import torch

from undertow.errors import DivergedError
from undertow.runs import RunFolder
from undertow.tasks.base import Task
from undertow.training import checkpoint
from undertow.training.checkpoint import Progress, Training
from undertow.training.config import Config, TrainingOptions
from undertow.training.divergence import check_gradients, check_loss, check_parameters, explained
from undertow.training.journal import Journal, Listener
from undertow.training.observation import observe, verdict_of
from undertow.training.optimize import clip, learning_rate, make_optimizer
from undertow.training.parallel import ALONE, Ranks

__all__ = ["train"]


def train(
    task: Task,
    config: Config,
    run: RunFolder,
    *,
    listen: Listener = lambda event: None,
    interrupted: Callable[[], bool] = lambda: False,
    conclude: bool = True,
    ranks: Ranks = ALONE,
) -> str:
    """Train ``task`` in ``run``, from its checkpoint if it has one; each of ``ranks`` does so at the same time.

    ``conclude``: with a closer look at what was learned, in the end.
    Returns why training ended: ``finished``, ``early`` (no more improvement) or ``interrupted`` (saved; can go on).

    Raises:
        DivergedError: NaN or infinity; the last checkpoint is kept.
        RunError: the checkpoint cannot be used, or the disk is full.
    """
    options = config.training
    training = Training(task.model, make_optimizer(task.model.parameters(), options), watch=observe(task.model, config))
    changed = checkpoint.load(run, training, config, ranks)
    loss, progress = ranks.loss(task), training.progress
    journal = Journal(run, progress, task, listen, ranks)
    journal.warn_of(changed)
    pieces = _pieces(task, progress)
    watched = config.own.watched_part
    ended = "finished"
    task.model.train()
    if training.watch:
        training.watch.start()

    try:
        while progress.step < options.steps and not _exhausted(progress, options):
            for group in training.optimizer.param_groups:
                group["lr"] = learning_rate(progress.step, options)
            for window in range(1, options.accumulate + 1):
                measured = loss(next(pieces), training.carried, reduce=window == options.accumulate)
                training.carried = measured.carried
                check_loss(measured.loss, task.model)
                torch.autograd.backward(measured.loss / options.accumulate)
                journal.count_loss(measured.loss.item(), measured.count)
                journal.gather(training.watch)
            norm, clipped = clip(task.model.parameters(), options)
            check_gradients(norm, task.model)
            training.optimizer.step()
            training.optimizer.zero_grad()
            journal.count_update(norm.item(), clipped)
            journal.flow(training.watch)

            last, asked = progress.step == options.steps, ranks.any(interrupted())
            sampling = _due(progress.step, options.sample_every, last and options.sample_every > 0)
            evaluating = bool(watched) and _due(progress.step, options.evaluate_every, last)
            if _due(progress.step, options.log_every, last):
                journal.log(learning_rate(progress.step - 1, options))
            saving = asked or _due(progress.step, options.checkpoint_every, last)
            if sampling or evaluating or saving:
                check_parameters(task.model)
            if sampling:
                journal.sample(options.sample_length, options.seed + progress.step)
            if evaluating and watched and journal.evaluate(watched) and config.choosing:
                journal.keep_model()
            if saving or _exhausted(progress, options):
                if not config.choosing or progress.best is None:
                    journal.keep_model()
                checkpoint.save(run, training, config, ranks)
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

    if ended == "finished" and conclude:
        _conclude(config, journal)
    ended = "early" if ended == "finished" and progress.step < options.steps else ended
    journal.end(ended)
    if ended != "interrupted":
        journal.unseen(training.watch)
        journal.verdict(lambda: verdict_of(run, config))
    return ended


def _conclude(config: Config, journal: Journal) -> None:
    """Measure the model that was chosen, and look at it closely."""
    watched, final = config.own.watched_part, config.own.final_part
    if config.choosing:
        journal.return_to_kept()
    if final:
        journal.evaluate(final)
    if part := final or watched:
        journal.examine(part)


def _pieces(task: Task, progress: Progress) -> Iterator[Any]:
    """The pieces of the data in pass after pass, from where ``progress`` stands, which moves along."""
    plan = task.plan(progress.epoch)
    while True:
        if progress.piece == len(plan):
            progress.epoch, progress.piece = progress.epoch + 1, 0
            plan = task.plan(progress.epoch)
        piece = plan[progress.piece]
        progress.piece += 1
        yield piece


def _due(step: int, every: int, also: bool) -> bool:
    """Whether something that happens every so many steps (0: never but ``also``) happens now."""
    return also or (every > 0 and step % every == 0)


def _exhausted(progress: Progress, options: TrainingOptions) -> bool:
    """Whether early stopping has run out of patience."""
    return 0 < options.patience <= progress.evaluations_since_best
