"""The labels by reading: sound, enough, balanced, and agreeing where postings were read twice."""

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest

from waymark.demand.cues import SECTIONS
from waymark.demand.labels import Label, parse_labels, parse_sentence_labels
from waymark.demand.scoring import weighted_kappa
from waymark.framework import load_edition
from waymark.framework.tables import open_data

ROLES = (*load_edition().roles, "none")


def table(name: str) -> list[Label]:
    return parse_labels(open_data(f"labels/{name}.tsv").read_text(encoding="utf-8"), name=f"labels/{name}.tsv")


POSTINGS, REPEATS = table("postings"), table("repeats")


def test_ids_are_unique() -> None:
    assert [name for name, count in Counter(label.id for label in POSTINGS).items() if count > 1] == []


@pytest.mark.parametrize("labels", [POSTINGS, REPEATS], ids=["postings", "repeats"])
def test_labels_name_what_the_edition_holds(labels: list[Label]) -> None:
    edition = load_edition()
    for label in labels:
        assert label.role in ROLES, label.id
        assert label.second is None or label.second in ROLES, label.id
        assert label.second != label.role, label.id
        assert label.tasks <= set(edition.tasks), label.id
        assert (label.subtasks or frozenset()) <= set(edition.subtasks), label.id
        assert len(label.skills) == len(label.need) == len(edition.skills), label.id
        assert set(label.need) <= set("rp."), label.id
        assert label.drawn in {"stratified", "chosen"}, label.id


@pytest.mark.parametrize("labels", [POSTINGS, REPEATS], ids=["postings", "repeats"])
def test_a_skill_has_a_level_just_where_it_is_asked(labels: list[Label]) -> None:
    odd = [
        label.id
        for label in labels
        if any((level > 0) != (need != ".") for level, need in zip(label.skills, label.need, strict=True))
    ]
    assert odd == []


def test_there_are_enough_labels_of_every_role_and_of_none() -> None:
    counts = Counter(label.role for label in POSTINGS)
    assert len(POSTINGS) >= 600
    assert {role: counts[role] for role in ROLES if counts[role] < 60} == {}


def test_labels_come_from_several_sources_by_id_alone() -> None:
    sources = Counter(label.id.split(":", 1)[0] for label in POSTINGS)
    assert len(sources) >= 3
    assert all(":" in label.id and " " not in label.id for label in POSTINGS)


def pairs() -> list[tuple[Label, Label]]:
    first = {label.id: label for label in POSTINGS}
    return [(first[label.id], label) for label in REPEATS if label.id in first]


def test_postings_read_twice_were_read_once_before() -> None:
    assert len(pairs()) == len(REPEATS) >= 60


def test_two_readings_agree_on_the_role() -> None:
    both = [(one.role, other.role) for one, other in pairs()]
    accuracy = sum(one == other for one, other in both) / len(both)
    first, second = Counter(one for one, _ in both), Counter(other for _, other in both)
    by_chance = sum(first[role] * second[role] for role in ROLES) / len(both) ** 2
    kappa = (accuracy - by_chance) / (1 - by_chance)
    figures = f"accuracy {accuracy:.3f}, Cohen's kappa {kappa:.3f} over {len(both)} postings"
    assert accuracy >= 0.85, figures
    assert kappa >= 0.8, figures


def test_two_readings_agree_on_the_skills() -> None:
    first = np.array([one.skills for one, _ in pairs()])
    second = np.array([other.skills for _, other in pairs()])
    skills = tuple(load_edition().skills)
    kappas = {name: weighted_kappa(first[:, k], second[:, k]) for k, name in enumerate(skills)}
    mean = float(np.mean(list(kappas.values())))
    figures = f"mean {mean:.3f}: " + ", ".join(f"{name} {kappa:.2f}" for name, kappa in kappas.items())
    assert mean >= 0.8, figures


def test_sentence_labels_are_spans_of_labelled_postings() -> None:
    text = open_data("labels/sentences.tsv").read_text(encoding="utf-8")
    labels = parse_sentence_labels(text, name="labels/sentences.tsv", sections=SECTIONS)
    assert sum(map(len, labels.values())) >= 500
    for name, own in labels.items():
        assert all(one.start < one.end for one in own), name
        spans = sorted((one.start, one.end) for one in own)
        assert all(end <= start for (_, end), (start, _) in pairwise(spans)), name
    assert {one.section for own in labels.values() for one in own} == set(SECTIONS)
