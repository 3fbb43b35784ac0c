"""First names to the gender they were listed under, beside logistic regression on n-grams of characters."""

from classification import Case, main, n_grams

CASES = [
    Case("names", "Names to gender", "names_gender",
         {"steps": 1300, "adversarial": 1.5, "fold_case": True}, n_grams),
]  # fmt: skip

if __name__ == "__main__":
    main(CASES, "names")
