"""The language of a sentence, of five, beside logistic regression on n-grams of characters."""

from classification import Case, main, n_grams

CASES = [
    Case("language", "Language of a sentence", "language_id",
         {"steps": 600, "adversarial": 5.0, "label_smoothing": 0.1}, n_grams),
]  # fmt: skip

if __name__ == "__main__":
    main(CASES, "languages")
