"""Floor 4, the tasks: data, model, loss and figures, a folder each: ``text``, ``classify``, ``forecast``,
``translate``, ``reconstruct``.

``base`` (what a task offers to training) · ``kind`` (what the rest knows of one) and ``kinds`` (which there are) ·
``given`` (data, a file or in memory) · ``recurrent`` (their layers) and ``model_options`` (of these) · ``samples`` (of
tasks over samples) · ``batches`` · ``rest`` (models, used while they are trained) · ``files`` (models, kept). Shared by
some: ``tokens``, ``pairs``, ``beam``, ``scale``.

Each folder has the same rooms: ``kind``, ``options``, ``reading`` (of the data), ``model``, ``examining`` (figures and
pictures), ``task`` (in training), ``trained`` (in use), ``space.toml`` (for a search), and such as it alone needs.
"""
