import pytest

from waymark import errors
from waymark.errors import KINDS, BadInput, TooLarge, UnknownTerm, WaymarkError
from waymark.web.refusing import REFUSALS, STATUSES, refusal_of, status_of


def test_the_table_answers_every_kind_of_error() -> None:
    assert set(KINDS) <= set(STATUSES)


def test_every_error_there_is_has_a_status_with_a_page() -> None:
    leaves = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, WaymarkError)]
    for leaf in leaves:
        if leaf is not WaymarkError:
            assert status_of(leaf("x")) in REFUSALS


@pytest.mark.parametrize(("error", "status"), [(UnknownTerm("x"), 404), (BadInput("x"), 422), (TooLarge("x"), 413)])
def test_an_error_is_told_with_its_own_status(error: WaymarkError, status: int) -> None:
    assert status_of(error) == status


@pytest.mark.parametrize(("status", "told_as"), [(404, 404), (418, 400), (502, 500)])
def test_a_status_without_a_page_is_told_as_its_family(status: int, told_as: int) -> None:
    assert refusal_of(status).status == told_as


def test_every_refusal_is_one_sentence_and_says_what_to_do() -> None:
    for refusal in REFUSALS.values():
        assert refusal.title.endswith(".")
        assert refusal.title.count(".") == 1
        assert refusal.advice.endswith(".")
