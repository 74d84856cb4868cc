"""Sound plain items, and ways to break them: what an audit must pass, and what it must catch."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

Row = dict[str, Any]
_MIS = "ml.metrics_classification.accuracy_paradox"


def _item(name: str, stem: str, options: list[str], right: str, why: str, **more: Any) -> Row:
    rows = [{"id": letter, "text": text, "misconception": None if letter in right else _MIS}
            for letter, text in zip("abcdef", options, strict=False)]  # fmt: skip
    return {
        "schema": "waymark.item/1", "id": name, "skill": "machine_learning", "topic": "ml.metrics_classification",
        "format": "mcq_single", "band": "developing", "cognitive": "apply", "language": "en", "stem": stem,
        "options": rows, "option_order": "shuffle", "key": list(right), "rationale": why, **more,
    }  # fmt: skip


def _number(name: str, stem: str, value: float, why: str, **more: Any) -> Row:
    return {
        "schema": "waymark.item/1", "id": name, "skill": "data_science", "topic": "ds.probability_basics",
        "format": "numeric", "band": "beginning", "cognitive": "apply", "stem": stem,
        "answer": {"value": value, "tolerance": {"rel": 0.01}}, "rationale": why, **more,
    }  # fmt: skip


SOUND: list[Row] = [
    _item("recall", "A detector finds 45 of 60 faulty parts and flags 15 sound ones. What is its recall?",
          ["0.60", "0.75", "0.80", "0.25"], "b", "Recall is 45 of the 60 faulty parts: 45 / 60 = 0.75.",
          solver={"py": "45 / 60"}),
    _item("precision", "A filter marks 80 mails as spam; 60 of them are. What is its precision?",
          ["60%", "75%", "80%", "133%"], "b", "60 of the 80 marked mails are spam.", solver={"py": "60 / 80"}),
    _item("leak", "A scaler is fitted on all rows before the data are split. What is the trouble with the test score?",
          ["It is too kind, since test rows shaped the features", "It is too harsh, since scaling loses information",
           "It is noisy, since the split is no longer random", "It is fine, since scaling uses no labels"], "a",
          "Statistics of the test rows reached the training; the score leans to the kind side."),
    _item("join", "Table a has 3 rows with key 1, table b has 4 rows with key 1. How many rows has their inner join?",
          ["3", "4", "7", "12"], "d", "Each of the 3 rows meets each of the 4.", solver={"py": "3 * 4"}),
    _item("bigo", "A loop over n items calls a function that itself scans all n items. How does the time grow?",
          ["O(log n)", "O(n)", "O(n log n)", "O(n^2)"], "d", "n calls of n steps each."),
    _item("http", "A client sends a valid token but lacks the right to delete the model. Which status fits?",
          ["401", "403", "404", "409"], "b", "The caller is known and may not: 403 Forbidden."),
    _item("median", "Response times in ms are 12, 15, 11, 90 and 14. What is their median?",
          ["11 ms", "14 ms", "15 ms", "28.4 ms"], "b", "Sorted: 11, 12, 14, 15, 90.",
          solver={"py": "sorted([12, 15, 11, 90, 14])[2]"}),
    _item("overfit", "Training loss falls and validation loss rises after epoch 8. Which step is worth trying first?",
          ["Stop training near epoch 8", "Train for more epochs", "Drop the validation set", "Raise the model's size"],
          "a", "The model has begun to fit noise; early stopping keeps the better weights."),
    _item("halves", "What is the probability of two heads in two tosses of a fair coin?",
          ["1/4", "1/2", "1/3", "3/4"], "a", "Both must be heads: 1/2 x 1/2.", solver={"py": "0.5 ** 2"}),
    _item("python", "What does this print?\n```python\nxs = [3, 1, 2]\nprint(sorted(xs)[-1])\n```",
          ["1", "2", "3", "[1, 2, 3]"], "c", "The last of the sorted list is the largest."),
    _item("sql", "Which clause filters groups after they are aggregated?\n```sql\nSELECT team, COUNT(*) FROM runs "
          "GROUP BY team ...\n```", ["WHERE", "HAVING", "ORDER BY", "LIMIT"], "b",
          "HAVING sees the groups; WHERE sees rows."),
    _item("compare", "For which values of x is 2x < 10 and x > 1, with x a whole number?",
          ["2, 3, 4", "1, 2, 3, 4", "2, 3, 4, 5", "1 to 5"], "a", "x is above 1 and below 5."),
    _item("matrix", "Matrix A is 3 x 4 and B is 4 x 2. What is the shape of AB?",
          ["3 x 2", "4 x 4", "2 x 3", "3 x 4"], "a", "Rows of A by columns of B."),
    _item("git", "You want to undo a pushed commit on a shared branch without rewriting history. Which command?",
          ["git revert", "git reset --hard", "git commit --amend", "git rebase -i"], "a",
          "A revert adds a commit that undoes the earlier one."),
    _item("ab", "An A/B test shows +1.2% conversion, 95% interval -0.4% to +2.8%. What does it support?",
          ["The effect may be zero", "The effect is at least 1.2%", "B is worse", "The test had a bug"], "a",
          "The interval covers zero."),
    _item("multi", "Which of these use labels during training?",
          ["Logistic regression", "k-means", "Random forest", "PCA", "Gradient boosting"], "ace",
          "Classification and regression models learn from labels.", format="mcq_multi"),
    _number("cost", "A job runs 6 hours on 4 machines at 2.50 euros an hour each. What does it cost in euros?", 60,
            "6 x 4 x 2.5 = 60.", solver={"py": "6 * 4 * 2.5"},
            diagnoses=[{"value": 15, "misconception": "machines_ignored"}]),
    _number("prob", "A sensor misses 2% of faults. What is the probability that it finds three of three faults?",
            0.941192, "0.98 cubed.", solver={"py": "0.98 ** 3"}),
    _number("rows", "A table of 1,250,000 rows is split 80/20. How many rows are in the smaller part?", 250000,
            "A fifth of 1,250,000."),
    _item("metric", "Churn is 3%. A model that flags nobody is 97% accurate. Which metric shows that it is useless?",
          ["Recall", "Accuracy", "Specificity", "Training time"], "a", "It finds none of those who leave."),
    _item("index", "Queries filter on `customer_id` and are slow on 40 million rows. What helps most?",
          ["An index on customer_id", "A wider column type", "A second copy of the table", "Sorting the output"], "a",
          "An index avoids scanning every row."),
    _item("html", "Which tag would a scraper look for to find the page's main heading?\n`<h1>` or another?",
          ["`<h1>`", "`<p>`", "`<td>`", "`<li>`"], "a", "Main headings stand in h1."),
    _item("attention", "Doubling the length of the input makes full self-attention cost about how much more?",
          ["Twice", "Four times", "Eight times", "The same"], "b", "Every token looks at every token."),
    _item("bayes", "Prevalence is 1%, sensitivity 90%, specificity 91%. About what share of positives are true?",
          ["About 9%", "About 50%", "About 90%", "About 99%"], "a",
          "0.009 of all are true positives, 0.0891 false ones: 0.009 / 0.0981 is about 9%.",
          solver={"py": "0.0917"}),
    _item("story", "A manager reads one line of your report. What belongs in it?",
          ["The decision it supports and how sure you are", "The name of the algorithm that was used",
           "The number of rows in each table", "The history of the project"], "a",
          "A reader who decides needs the decision and its certainty."),
    _item("ethics", "A team wants to train on support chats. What comes first?",
          ["Check the consent and purpose of the data", "Pick the largest model", "Buy more storage",
           "Publish the chats"], "a", "Use must fit what people agreed to."),
    _item("seed", "Two models differ by 0.3 points on one seed. What is the soundest next step?",
          ["Run several seeds of both and compare", "Report the better one", "Drop the weaker model",
           "Use a smaller test set"], "a", "One seed does not separate a small difference from noise."),
    _item("float", "What does `0.1 + 0.2 == 0.3` give in Python?", ["True", "False", "An error", "None"], "b",
          "Binary fractions cannot hold these numbers exactly."),
    _item("weights", "A layer maps 128 inputs to 10 outputs with bias. How many parameters has it?",
          ["1,280", "1,290", "138", "12,800"], "b", "128 x 10 weights and 10 biases.", solver={"py": "128 * 10 + 10"}),
    _item("payback", "A tool costs 12,000 euros and saves 1,500 a month. After how many months has it paid back?",
          ["6", "8", "10", "12"], "b", "12,000 / 1,500 = 8.", solver={"py": "12000 / 1500"}),
]  # fmt: skip


def pick(name: str) -> Row:
    """Return a copy of a sound item."""
    return deepcopy(next(row for row in SOUND if row["id"] == name))


def _change(name: str, **more: Any) -> Row:
    return {**pick(name), **more}


def _reword(name: str, letter: str, text: str) -> Row:
    row = pick(name)
    for one in row["options"]:
        if one["id"] == letter:
            one["text"] = text
    return row


def _rename(name: str, letter: str, other: str) -> Row:
    row = pick(name)
    for one in row["options"]:
        if one["id"] == letter:
            one["id"] = other
    row["key"] = [other if one == letter else one for one in row["key"]]
    return row


DEFECTS: dict[str, tuple[int, Callable[[], list[Row]]]] = {
    "wrong key, solver": (4, lambda: [_change("recall", key=["a"])]),
    "wrong key, other solver": (4, lambda: [_change("weights", key=["a"])]),
    "wrong key, per cent": (4, lambda: [_change("precision", key=["c"])]),
    "wrong key, fraction": (4, lambda: [_change("halves", key=["b"])]),
    "wrong number": (4, lambda: [_change("cost", answer={"value": 15, "tolerance": {"abs": 0.5}}, diagnoses=[])]),
    "wrong number, reason only": (4, lambda: [_number("x", "What is 6 times 7?", 48, "6 x 7 = 42.")]),
    "wrong key, reason only": (4, lambda: [_change("http", key=["c"])]),
    "no option has the value": (4, lambda: [_reword("join", "d", "11")]),
    "two keys": (6, lambda: [_change("bigo", key=["c", "d"])]),
    "two right options": (6, lambda: [_reword("halves", "d", "0.25")]),
    "two right, in per cent": (6, lambda: [_reword("halves", "d", "25%")]),
    "no key": (6, lambda: [_change("bigo", key=[])]),
    "key that is no option": (6, lambda: [_change("bigo", key=["z"])]),
    "key left out": (6, lambda: [{name: own for name, own in pick("bigo").items() if name != "key"}]),
    "distractor equal to key": (6, lambda: [_reword("git", "b", " Git  revert.")]),
    "two distractors alike": (6, lambda: [_reword("git", "c", "git reset --hard")]),
    "answer without value": (6, lambda: [_change("rows", answer={"value": None})]),
    "duplicate item": (18, lambda: [pick("git"), _change("git", id="git2")]),
    "near duplicate": (18, lambda: [pick("cost"), _change("cost", id="c2", stem=pick("cost")["stem"].replace("6", "7"),
                                                          answer={"value": 70, "tolerance": {"rel": 0.01}},
                                                          rationale="7 x 4 x 2.5 = 70.", solver={"py": "7*4*2.5"})]),
    "repeated id": (1, lambda: [pick("git"), _change("matrix", id="git")]),
    "placeholder": (9, lambda: [_change("cost", stem="A job runs {hours} hours on 4 machines. What does it cost?")]),
    "placeholder, other form": (9, lambda: [_change("git", stem="You want to undo ${commit}. Which command?")]),
    "to do left": (9, lambda: [_reword("git", "d", "TODO")]),
    "nothing shown": (9, lambda: [_reword("median", "a", "nan ms")]),
    "script": (9, lambda: [_change("git", stem=pick("git")["stem"] + "<script>alert(1)</script>")]),
    "handler": (9, lambda: [_reword("git", "b", '<img src=x onerror="alert(1)">')]),
    "script link": (9, lambda: [_change("git", stem=pick("git")["stem"] + " [more](javascript:alert(1))")]),
    "comment with the key": (9, lambda: [_change("git", stem=pick("git")["stem"] + " <!-- git revert -->")]),
    "picture's text with the key": (9, lambda: [_change("git", stem=pick("git")["stem"] + " ![git revert](a.png)")]),
    "id that tells": (9, lambda: [_rename("git", "a", "correct")]),
    "text that tells": (9, lambda: [_reword("git", "a", "git revert (correct)")]),
    "feature that tells": (9, lambda: [_change("git", features={"key": 1.0})]),
    "solver that crashes": (2, lambda: [_change("cost", solver={"py": "6 * 4 / 0"})]),
    "solver that asks for files": (2, lambda: [_change("cost", solver={"py": "open('/etc/passwd').read()"})]),
    "tolerance too wide": (7, lambda: [_change("cost", answer={"value": 60, "tolerance": {"rel": 0.2}})]),
    "diagnosis inside tolerance": (7, lambda: [_change("cost", diagnoses=[{"value": 60.3, "misconception": "m"}])]),
    "out of date": (20, lambda: [_change("git", valid_until="2024-01-01")]),
    "unknown band": (1, lambda: [_change("git", band="hard")]),
    "unknown format": (1, lambda: [_change("git", format="essay")]),
    "no stem": (1, lambda: [_change("git", stem=" ")]),
    "two options": (1, lambda: [_change("git", options=pick("git")["options"][:2])]),
    "all of the above": (14, lambda: [_reword("ethics", "d", "All of the above")]),
    "unmarked negative": (14, lambda: [_change("metric", stem="Which metric does not show that it is useless?")]),
    "nothing asked": (14, lambda: [_change("git", stem="The shared branch and its commits.")]),
    "neither reason nor solver": (20, lambda: [_change("git", rationale="")]),
}  # fmt: skip
