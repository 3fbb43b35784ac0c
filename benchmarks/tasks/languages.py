"""The language of a sentence, of five, beside logistic regression on n-grams of characters."""

from classification import N_GRAMS, Case, main, n_grams

OPTIONS = {"steps": 600, "adversarial": 5.0, "label_smoothing": 0.1}
WITH = {**OPTIONS, "ngrams": 3, "ngram_dropout": 0.3}

CASES = [
    Case("language", "Language of a sentence", "language_id", OPTIONS, n_grams),
    Case("language, n-grams", "Language of a sentence, read with n-grams", "language_id", WITH,
         beside="language", note=N_GRAMS),
]  # fmt: skip

if __name__ == "__main__":
    main(CASES, "languages")
