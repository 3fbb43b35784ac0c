"""First names to the gender they were listed under, beside logistic regression on n-grams of characters."""

from classification import N_GRAMS, Case, main, n_grams

OPTIONS = {"steps": 2600, "adversarial": 2.0, "label_smoothing": 0.1, "fold_case": True}
WITH = {**OPTIONS, "ngrams": 3, "ngram_dropout": 0.3}

#: The options were tried out on the splits of the first seeds; those of the others were not looked at before.
CASES = [
    Case("names", "Names to gender", "names_gender", OPTIONS, n_grams),
    Case("names, further seeds", "Names to gender, five further seeds", "names_gender", OPTIONS, n_grams, range(5, 10)),
    Case("names, n-grams", "Names to gender, read with n-grams", "names_gender", WITH, beside="names", note=N_GRAMS),
    Case("names, n-grams, further seeds", "Names to gender, read with n-grams, five further seeds", "names_gender",
         WITH, seeds=range(5, 10), beside="names, further seeds", note=N_GRAMS),
]  # fmt: skip

if __name__ == "__main__":
    main(CASES, "names")
