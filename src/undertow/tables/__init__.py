"""Floor 2, tables of data: what they hold, where it stands, and parts that share nothing. Needs no torch.

* ``table``: a file or a frame, read. The forms they have: ``delimited``, ``records``, ``parquet``, ``frames``,
  ``indexed`` (pandas'), ``arrays``.
* ``columns`` (what a column holds), ``cells`` (columns of Python values).
* ``times``, ``written_times`` and ``spacing``: timestamps, and what is missing between them.
* ``splits`` (into parts), ``writing`` (to files).
"""
