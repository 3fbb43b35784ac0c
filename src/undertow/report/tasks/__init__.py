"""The pictures that each task has of its own, one file a task: ``section(evaluation, pictures)``.

``classify`` · ``forecast`` · ``translate`` · ``reconstruct``.
"""
