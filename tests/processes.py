"""The environment of the tests, and of the processes that they start."""

import atexit
import os
import shutil
import tempfile

# Kernels that tests compile do not stay in the user's folder; processes that tests start share them.
os.environ["UNDERTOW_CACHE"] = tempfile.mkdtemp(prefix="undertow-kernels-")
atexit.register(shutil.rmtree, os.environ["UNDERTOW_CACHE"], ignore_errors=True)

ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1", "COLUMNS": "200", "NO_COLOR": "1", "PYTHONUNBUFFERED": "1"}
