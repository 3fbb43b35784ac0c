"""A search from its first step or from where it stopped, to its end: genomes, winner, what was found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from undertow.errors import OptionError
from undertow.training.config import Config
from undertow.training.session import prepared
from undertow.tuning.final import measure
from undertow.tuning.folder import SearchFolder
from undertow.tuning.options import SearchOptions
from undertow.tuning.outcome import outcome, winner_of
from undertow.tuning.search import Listener, run, tracks_of
from undertow.tuning.space import Space
from undertow.tuning.store import open_storage, rooted
from undertow.tuning.workers import Workers

__all__ = ["begin", "finish", "searchable"]


def searchable(config: Config) -> Config:
    """The config as a search can measure it: on a part for validation, and the same parts whatever the seed."""
    if not config.own.validation:
        config = config.replaced({f"{config.task}.validation": 0.1})
    if getattr(config.own, "split_seed", 0) < 0:
        config = config.replaced({f"{config.task}.split_seed": config.training.seed})
    return config


def begin(folder: Path, options: SearchOptions, config: Config, space: Space) -> SearchFolder:
    """A new search in ``folder``, which must not exist.

    Raises:
        OptionError: something is sought that the config does not measure, or the storage cannot be used.
        DataError: the data cannot be used.
        RunError: the folder exists, or the store cannot be reached.
    """
    config = searchable(config)
    if "horizon" in options.sought and config.model.backend == "vendor":
        raise OptionError("search.objectives: the vendor backend shows no horizon; leave model.backend at auto")
    data = Path(config.own.data).expanduser().absolute()
    config = config.replaced({f"{config.task}.data": str(data)})
    prepared(config)  # whether data and config can be used at all, before anything is written
    if options.storage:
        open_storage(options.storage, folder)
        options = replace(options, storage=rooted(options.storage))
    search = SearchFolder.create(folder, options, config, space)
    if options.storage:
        tracks_of(search)  # so that the store knows this search, which a store must that is gone on with
    return search


def finish(
    search: SearchFolder,
    workers: Workers,
    *,
    listen: Listener = lambda event: None,
    interrupted: Callable[[], bool] = lambda: False,
) -> bool:
    """Search, and measure the winner; write ``search.json`` and ``winner.toml``. Returns False if interrupted: what was
    trained is saved, and this goes on from there when it is called again.

    Raises:
        RunError: the disk is full, or the store refuses; no finished training is lost.
        BusyError: another process is at this search.
        DataError: the data is gone.
    """
    with search.held():
        ended = run(search, workers, listen=listen, interrupted=interrupted)
        winner = winner_of(search)
        if winner:
            search.keep_winner(winner)
        if ended and winner and search.options.retrain:
            ended = measure(search, winner, workers, listen=listen, interrupted=interrupted)
        search.keep_outcome(outcome(search))
        return ended
