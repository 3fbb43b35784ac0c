"""The roof: arguments and printing, nothing else.

``app`` (the commands) · ``training`` (train, resume, demo) · ``diagnosing`` (diagnose, remedy) · ``looking`` (sample,
evaluate, cells, runs, config) · ``reporting`` (report) · ``flags`` (options as flags) · ``live`` (progress) ·
``stopping`` (Ctrl-C) · ``console`` (where printing goes) · ``guarding`` (errors) · ``waiting`` (idle threads).
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
