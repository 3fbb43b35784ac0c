"""What experiments, benchmarks and notes share: ``spreads`` (many measures in a few words), ``tables`` (Markdown),
``figures`` (SVG for light and dark pages), ``keeping`` (results that are kept as they come), ``machine`` (on what).

It lies at the top of the repository, outside of the package. The shared module of each folder (``publishing``,
``notebook``, ``measure``, ``seeds``) puts that folder on the path and hands these on to its scripts.
"""
