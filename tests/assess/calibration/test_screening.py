import numpy as np
import pytest
from numpy.typing import NDArray

from waymark.assess.calibration.screening import Screening, count_scores, screen
from waymark.assess.responses import make_responses, make_sparse_responses
from waymark.errors import BadInput

from .drawing import Answers, draw_answers, draw_items, draw_people

ITEMS = 8


def draw(*, people: int = 80) -> Answers:
    return draw_answers(draw_items("2pl", size=ITEMS, seed=2), draw_people(people, seed=2), seed=2)


def look(answers: NDArray[np.int8], *, model: str = "2pl", lenient: bool = False) -> Screening:
    responses = make_responses(answers)
    spare = np.zeros(len(responses.items), dtype=bool)
    return screen(responses, model=model, spare=spare, lenient=lenient)


def test_sound_answers_are_kept_without_a_word() -> None:
    found = look(draw())
    assert len(found.kept) == ITEMS
    assert found.notes == ()


def test_an_item_that_all_got_right_is_left_to_priors() -> None:
    answers = draw()
    answers[:, 1] = 1
    strict, lenient = look(answers), look(answers, lenient=True)
    assert 1 not in strict.kept
    assert 1 in lenient.kept
    assert [note.kind for note in strict.notes] == ["constant"]
    assert strict.notes[0].item == "item2"
    assert strict.notes[0].message != lenient.notes[0].message


def test_an_item_that_nobody_answered_is_never_kept() -> None:
    answers = draw()
    answers[:, 3] = -1
    found = look(answers, lenient=True)
    assert 3 not in found.kept
    assert [note.kind for note in found.notes] == ["unanswered"]


def test_a_copied_column_points_to_the_first() -> None:
    answers = draw()
    answers[:, 5] = answers[:, 2]
    found = look(answers)
    assert found.twin[5] == 2
    assert 5 not in found.kept
    assert "'item3'" in found.notes[0].message


def test_few_people_may_answer_two_items_alike() -> None:
    answers = draw(people=20)
    answers[:, 5] = answers[:, 2]
    assert look(answers).twin.max() == -1


def test_a_score_between_others_that_nobody_has_is_told() -> None:
    answers = draw_answers(draw_items("gpcm", size=ITEMS, seed=2), draw_people(80, seed=2), seed=2)
    answers[answers[:, 0] == 1, 0] = 2
    found = look(answers, model="gpcm")
    assert 0 not in found.kept
    assert [note.kind for note in found.notes] == ["gap"]


def test_people_without_answers_are_counted() -> None:
    answers = draw()
    answers[:3] = -1
    (note,) = look(answers).notes
    assert note.kind == "empty"
    assert note.message.startswith("3 people")


def test_lists_are_counted_as_matrices_are() -> None:
    answers = draw()
    answers[:, 0] = np.where(answers[:, 0] == 1, -1, answers[:, 0])
    person, item = np.nonzero(answers >= 0)
    names = tuple(f"item{number + 1}" for number in range(ITEMS))
    listed = make_sparse_responses(person, item, answers[person, item], items=names, people=len(answers))
    assert np.array_equal(count_scores(listed), count_scores(make_responses(answers)))


@pytest.mark.parametrize(
    ("rows", "columns", "model", "words"),
    [
        (9, 8, "2pl", "9 people"),
        (80, 2, "2pl", "2 items to estimate"),
        (80, 3, "3pl", "3 items to estimate"),
    ],
)
def test_too_little_is_refused(rows: int, columns: int, model: str, words: str) -> None:
    with pytest.raises(BadInput, match=words) as told:
        look(draw()[:rows, :columns], model=model)
    assert told.value.hint


def test_a_score_of_two_is_refused_under_a_binary_model() -> None:
    answers = draw()
    answers[4, 6] = 2
    with pytest.raises(BadInput, match="'item7' has the score 2 under a 2pl"):
        look(answers)
