"""Floor 4, the tasks: data, model, loss and figures, one file each.

``base`` (what a task offers to training) · ``options`` · ``language_model`` with ``text`` (reading it) and ``sampling``
(writing it).
"""
