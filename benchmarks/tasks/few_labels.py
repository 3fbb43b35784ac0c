"""Two hundred labelled names: a classifier from nothing, and one whose encoder first rebuilt all names without labels.

The encoder is trained by reconstruction on the names of the training part, whose labels it never sees; neither run sees
the test part. Both classifiers have the same options and the same two hundred names.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import torch
from classification import Case, record
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from undertow import examples
from undertow.tables.splits import by_key
from undertow.tables.table import table_of
from undertow.tasks.given import Given
from undertow.training.config import Config
from undertow.training.session import begin, trained

LABELLED = 200
SHAPE = {"hidden": 128, "embedding": 64, "flow.watch": False}
REBUILDING = {**SHAPE, "text": "name", "bidirectional": True, "steps": 1500, "test": 0.0}
CLASSIFYING = {**SHAPE, "text": "name", "label": "gender", "validation": 0.0, "test": 0.0, "batch": 32, "steps": 300,
               "learning_rate": 0.001, "adversarial": 1.5}  # fmt: skip


def _trained(task: str, options: Mapping[str, Any], frame: pl.DataFrame, folder: Path, seed: int) -> Any:
    config = Config.of(task).replaced({**options, "seed": seed})
    begin(config, folder, Given(memory=frame)).train(listen=lambda event: None)
    return trained(folder)[0]


def measured(case: Case, seed: int) -> dict[str, Any]:
    """Both classifiers and a regression on n-grams, of the same labelled names, on the test part."""
    torch.set_num_threads(1)
    frame = examples.frame("names_gender").with_columns(pl.col("name").str.to_lowercase())
    labels = frame["gender"].to_list()
    parts = by_key(frame["name"].to_list(), 0.1, 0.2, seed, stratify=labels)
    few = by_key(parts.train.tolist(), 0.0, LABELLED / len(parts.train), seed,
                 stratify=[labels[i] for i in parts.train])  # fmt: skip
    labelled, test = frame[parts.train[few.test]], table_of(frame[parts.test])
    began = time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        encoder = Path(folder) / "encoder"
        _trained("reconstruct", REBUILDING, frame[parts.train].select("name"), encoder, seed)
        options = {**CLASSIFYING, "encoder": str(encoder)}
        ours = _trained("classify", options, labelled, Path(folder) / "started", seed)
        nothing = _trained("classify", CLASSIFYING, labelled, Path(folder) / "nothing", seed)
    seconds = time.process_time() - began
    regression = make_pipeline(
        TfidfVectorizer(analyzer="char", ngram_range=(1, 4), sublinear_tf=True), LogisticRegression(C=10, max_iter=1000)
    )
    regression.fit([f"^{n}$" for n in labelled["name"]], labelled["gender"].to_list())
    said = regression.predict([f"^{n}$" for n in test.frame["name"]])
    return {
        "case": case.name,
        "seed": seed,
        "seconds": round(seconds, 1),
        "samples": {"train": len(labelled), "validation": 0, "test": len(test)},
        "network": ours.evaluate(test).figures["accuracy"],
        "baselines": {
            "the same from nothing": nothing.evaluate(test).figures["accuracy"],
            "n-gram regression": float(np.mean(said == test.frame["gender"].to_numpy())),
        },
    }


CASE = Case("few labels", "Two hundred labelled names, encoder trained by reconstruction", "names_gender", {})

if __name__ == "__main__":
    record([CASE], "few_labels", measured)
