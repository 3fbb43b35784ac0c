"""Digits of 8 x 8 pixels, read pixel by pixel (64 steps) and row by row (8 steps of 8), beside logistic regression."""

from classification import Case, main, pixels

SHARED = {"label": "column_65", "layers": 2, "hidden": 64, "dropout": 0.3, "learning_rate": 0.006, "adversarial": 1.0}

CASES = [
    Case("digits, 8 steps of 8", "Digits, row by row: 8 steps of 8 pixels", "digits_8x8",
         {**SHARED, "features": 8, "steps": 1000}, pixels),
    Case("digits, 64 steps", "Digits, pixel by pixel: 64 steps", "digits_8x8",
         {**SHARED, "steps": 1500}, pixels),
]  # fmt: skip

if __name__ == "__main__":
    main(CASES, "digits")
