"""Floor 4, the tasks: data, model, loss and figures, a folder each.

``base`` (what a task offers to training) · ``kinds`` (which there are) · ``options`` · ``recurrent`` (their layers) ·
``batches`` · ``rest`` (models, used while they are trained) · ``files`` (models, kept). Language models:
``language_model`` with ``text`` (reading it), ``truncation`` (its windows) and ``sampling`` (writing it). Shared by
some: ``tokens``, ``pairs``, ``beam``, ``scale``; by all that read tables: ``header``.
"""
