import numpy as np
import pytest
from scipy.sparse import csr_matrix

from waymark.demand.features import (
    CONCEPT_WEIGHT,
    Counts,
    Understanding,
    aggregate,
    count,
    design,
    understand,
    weigh_rows,
)
from waymark.demand.models import Model
from waymark.demand.phrasing import load_cues, load_lexicon
from waymark.demand.reader import Reader
from waymark.demand.scanning import scan


def look(model: Model, *texts: str) -> Understanding:
    seen = scan(texts, lexicon=load_lexicon(), cues=load_cues())
    return understand(seen, vocabulary=model.vocabulary, sentences=model.sentences)


def names(seen: Understanding) -> list[str]:
    return [load_lexicon().concepts[concept].id for concept in seen.scan.concept.tolist()]


@pytest.mark.parametrize(
    ("text", "levels"),
    [
        ("Familiarity with Kafka and an expert in Java.", {"kafka": 1, "java": 3}),
        ("Experience with Docker, advanced Java", {"docker": 2, "java": 3}),
        ("Java (advanced), Kafka (basic)", {"java": 3, "kafka": 1}),
        ("Expert in Java. Kafka.", {"java": 3, "kafka": 0}),
        ("Java and Kafka", {"java": 0, "kafka": 0}),
    ],
)
def test_a_level_word_says_how_well_the_names_behind_it_are_to_be_known(
    model: Model, text: str, levels: dict[str, int]
) -> None:
    seen = look(model, text)
    assert dict(zip(names(seen), seen.level.tolist(), strict=True)) == levels


@pytest.mark.parametrize(
    ("text", "taken_back"),
    [
        ("No Java needed.", {"java"}),
        ("Java is not required, Kafka of course.", {"java"}),
        ("Not only Java.", set()),
        ("No fear of Java.", set()),
        ("No. Java.", set()),
        ("No one of us has ever found it hard to learn Java.", set()),
    ],
)
def test_negations_take_back_what_stands_near(model: Model, text: str, taken_back: set[str]) -> None:
    seen = look(model, text)
    assert {name for name, negated in zip(names(seen), seen.negated, strict=True) if negated} == taken_back


def counts_of(reader: Reader, *texts: str) -> Counts:
    return count(look(reader.model, *texts), vocabulary=reader.model.vocabulary, members=reader.members)


def test_counts_hold_a_row_a_text_and_tell_asked_from_preferred(reader: Reader) -> None:
    counts = counts_of(reader, "Requirements:\n- Strong SQL\n- A bit of SQL is a plus", "", "Requirements:\n- SQL")
    skill = reader.schema.skills.index("domain_specific_languages")
    assert counts.words.shape[0] == counts.concepts.shape[0] == 3
    assert counts.asked[:, skill].tolist() == [1, 0, 1]
    assert counts.preferred[:, skill].tolist() == [1, 0, 0]
    assert counts.strong[:, skill].tolist() == [1, 0, 0]
    assert counts.words[1].nnz == 0


def test_what_is_taken_back_counts_neither_as_mention_nor_as_words(reader: Reader) -> None:
    counts = counts_of(reader, "Requirements:\n- no Java needed", "Requirements:\n- Java needed")
    word = reader.model.vocabulary.words[b"java"]
    assert counts.words[:, [word]].toarray().ravel().tolist() == [0, 1]
    assert (counts.asked.sum(axis=1) > 0).tolist() == [False, True]


def test_rows_are_damped_weighed_and_scaled_to_one_length() -> None:
    counts = csr_matrix(np.array([[1, 0, 3], [0, 0, 0]], np.float32))
    idf = np.array([2, 1, 1], np.float32)
    rows = weigh_rows(counts, idf, 0.5).toarray()
    raw = np.array([2, 0, 1 + np.log(3)])
    assert rows[0] == pytest.approx(0.5 * raw / np.hypot(raw[0], raw[2]))
    assert rows[1].tolist() == [0, 0, 0]


def test_aggregates_are_five_numbers_a_skill() -> None:
    one, none = np.array([[3, 1]], np.float32), np.zeros((1, 2), np.float32)
    counts = Counts(
        words=csr_matrix((1, 1)),
        concepts=csr_matrix((1, 1)),
        asked=one,
        preferred=none,
        strong=one,
        light=none,
        subtasks=none,
    )
    assert aggregate(counts)[0] == pytest.approx([np.log(4), np.log(2), 0, 0, 1, 1, 0, 0, 0.75, 0.25])


def test_the_design_has_a_column_a_weight(reader: Reader) -> None:
    model = reader.model
    rows = design(
        counts_of(reader, "Requirements:\n- Strong SQL", ""),
        vocabulary=model.vocabulary,
        scale=model.aggregate_scale,
    )
    words, concepts = len(model.vocabulary.words), len(model.concepts)
    assert rows.shape == (2, model.weights.shape[0]) == (2, words + concepts + 5 * len(model.skills))
    assert np.linalg.norm(rows[0, words : words + concepts].toarray()) == pytest.approx(CONCEPT_WEIGHT)
    assert rows[1].nnz == 0
