"""The roof: arguments and printing, nothing else.

``app`` puts the commands together. A file has the commands of one kind:

* ``training``: train, resume, demo
* ``using``: sample, predict, evaluate, embed, recalibrate
* ``diagnosing``: diagnose, remedy
* ``tuning``: tune, with ``searching`` (its progress)
* ``looking``: cells, runs, config
* ``reporting``: report
* ``examples``: data

They share ``flags`` (options as flags), ``live`` (progress of a training), ``stopping`` (Ctrl-C), ``console`` (where
printing goes), ``asking`` (before something is trusted), ``guarding`` (errors) and ``waiting`` (idle threads).
"""

from __future__ import annotations

__all__ = ["main"]


def main() -> None:
    """Run ``undertow``: exit status 0, 2 for a user's mistake, 130 when interrupted."""
    import os

    from undertow.cli.waiting import sleep_when_idle

    sleep_when_idle(os.environ)

    from undertow.cli.app import run

    run()
