"""The environment of the processes that tests start."""

import os

ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1", "COLUMNS": "200", "NO_COLOR": "1", "PYTHONUNBUFFERED": "1"}
