"""Names to gender: the genetic search beside TPE and chance, and a published recipe: ``benchmarks/search/names.py``.

The recipe, of several tutorials: one LSTM layer of 2/3 (inputs + outputs) units, dropout 0.2, Adam at its default rate.
With about 40 symbols (one-hot there, an embedding of their width here) and two classes that is 28 units.
"""

from searching import Case, main

from undertow import examples
from undertow.training.config import Config

CONFIG = Config.of("classify").replaced(
    {"data": str(examples.path("names_gender")), "text": "name", "label": "gender", "steps": 300, "evaluate_every": 50}
)
RECIPE = {
    "model.cell": "lstm", "model.layers": 1, "model.hidden": 28, "model.embedding": 40, "model.dropout": 0.2,
    "classify.bidirectional": False, "classify.pooling": "last", "training.optimizer": "adam",
    "training.learning_rate": 0.001, "training.weight_decay": 0.0, "training.schedule": "constant",
    "training.warmup": 0, "training.batch": 32,
}  # fmt: skip

if __name__ == "__main__":
    main(Case("names", CONFIG, {"recipe": RECIPE}))
