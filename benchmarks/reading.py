"""Reading: Waymark and its peers over the same postings, each in a process of its own.

As a program: `reading.py CONTENDER FOLDER PASSES` prints the best pass as JSON. Every contender gets the texts in
memory and the collector set as Waymark sets its own; Waymark itself also opens and parses its input.
"""

import gc
import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import polars as pl

from waymark.actions.demand import Read, read_all
from waymark.actions.workspace import open_workspace
from waymark.demand.phrasing import load_lexicon
from waymark.demand.readings import describe


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A contender made ready: `work` goes once over texts of so many postings and bytes."""

    work: Callable[[], object]
    postings: int
    bytes: int
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Speed:
    """The best pass: CPU seconds for so many postings and bytes; `note` says what was measured."""

    seconds: float
    postings: int
    bytes: int
    note: str


def texts_of(folder: Path) -> list[str]:
    """Return the texts of the postings laid out in a folder."""
    return pl.read_parquet(folder / "postings.parquet", columns=["description"])["description"].to_list()


def forms_of_the_lexicon() -> list[str]:
    """Return every form of the compiled lexicon, folded, plurals included."""
    return sorted({form.strip() for form in load_lexicon().forms})


def _run(work: Callable[[], object], texts: Sequence[str], note: str) -> Run:
    size = sum(len(text.encode("utf-8", "replace")) for text in texts)
    return Run(work=work, postings=len(texts), bytes=size, note=note)


def read_input(folder: Path, *, name: str) -> Run:
    """Make ready the whole of Waymark over one form of the input (a table, text files or pages), read once before."""
    workspace = open_workspace()
    inputs = [str(folder / name)]
    found = list(read_all(workspace, inputs))
    texts = [one.posting.text for one in found if isinstance(one, Read)]
    refused = len(found) - len(texts)
    note = "everything, from the file to the evidence" + (f"; refused {refused} inputs" if refused else "")
    del found

    def quote_everything() -> int:
        """Read, and look at all evidence, since it is quoted only when it is looked at."""
        return sum(len(one.reading.evidence) for one in read_all(workspace, inputs) if isinstance(one, Read))

    return _run(quote_everything, texts, note)


def match_phrases(folder: Path) -> Run:
    """Make ready spaCy: blank English, tokeniser and PhraseMatcher on lower case, no other pipe."""
    from spacy.lang.en import English  # noqa: PLC0415  a peer is imported only where it is measured
    from spacy.matcher import PhraseMatcher  # noqa: PLC0415

    language = English()
    forms = forms_of_the_lexicon()
    matcher = PhraseMatcher(language.vocab, attr="LOWER")
    matcher.add("lexicon", list(language.pipe(forms)))
    texts = texts_of(folder)

    def work() -> None:
        for document in language.pipe(texts):
            matcher(document)

    return _run(work, texts, f"tokens and matches of {len(forms):,} forms, nothing else")


def extract_keywords(folder: Path) -> Run:
    """Make ready flashtext with the same forms."""
    from flashtext import KeywordProcessor  # noqa: PLC0415

    forms = forms_of_the_lexicon()
    processor = KeywordProcessor()
    for form in forms:
        processor.add_keyword(form)
    texts = texts_of(folder)

    def work() -> None:
        for text in texts:
            processor.extract_keywords(text, span_info=True)

    return _run(work, texts, f"matches of {len(forms):,} forms, nothing else")


def classify_words(folder: Path) -> Run:
    """Make ready TF-IDF with logistic regression, fitted to the reader's own roles on every other posting."""
    from sklearn.feature_extraction.text import TfidfVectorizer  # noqa: PLC0415
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415
    from sklearn.pipeline import make_pipeline  # noqa: PLC0415

    texts = texts_of(folder)
    read = read_all(open_workspace(), [str(folder / "postings.parquet")])
    roles = [one.reading.best for one in read if isinstance(one, Read)]
    classifier = make_pipeline(
        TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=2), LogisticRegression(max_iter=50)
    )
    classifier.fit(texts[::2], roles[::2])
    rest = texts[1::2]
    return _run(lambda: classifier.predict_proba(rest), rest, "a role alone: no skills, tasks, spans or findings")


CONTENDERS: dict[str, Callable[[Path], Run]] = {
    "table": partial(read_input, name="postings.parquet"),
    "texts": partial(read_input, name="texts"),
    "pages": partial(read_input, name="pages"),
    "phrase_matcher": match_phrases,
    "flashtext": extract_keywords,
    "tfidf": classify_words,
}


def measure(run: Run, *, passes: int) -> Speed:
    """Return the best of some passes, in CPU time of this process with all its threads."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    best = float("inf")
    for _ in range(passes):
        began = time.process_time()
        run.work()
        best = min(best, time.process_time() - began)
    return Speed(seconds=best, postings=run.postings, bytes=run.bytes, note=run.note)


def print_readings(path: str) -> None:
    """Print the readings of one input, as the command does; for a tree without the command."""
    for one in read_all(open_workspace(), [path]):
        if isinstance(one, Read):
            print(json.dumps(describe(one.reading)))


def main(contender: str, folder: str, passes: str = "3") -> None:
    """Measure one contender and print its speed."""
    if contender == "print":
        print_readings(folder)
    elif contender == "about":
        print(json.dumps(dict(open_workspace().reader().model.about)))
    else:
        print(json.dumps(asdict(measure(CONTENDERS[contender](Path(folder)), passes=int(passes)))))


if __name__ == "__main__":
    main(*sys.argv[1:])
