import pytest

from waymark.framework import Edition
from waymark.web.verdicts import disagrees, state_verdict

from .conftest import make_reading


def test_a_clear_reading_against_its_title_says_so(edition: Edition) -> None:
    verdict = state_verdict(make_reading(edition), edition=edition, blind=False)
    assert verdict.headline == "This is a data analyst, whatever its title says."
    assert not verdict.close


def test_a_blind_reading_says_nothing_of_the_title(edition: Edition) -> None:
    verdict = state_verdict(make_reading(edition), edition=edition, blind=True)
    assert verdict.headline == "This is a data analyst."


def test_a_title_that_agrees_is_not_spoken_against(edition: Edition) -> None:
    reading = make_reading(edition, data_scientist=0.9, data_analyst=0.1)
    verdict = state_verdict(reading, edition=edition, blind=False)
    assert verdict.headline == "This is a data scientist."


def test_two_roles_within_ten_points_are_too_close_to_call(edition: Edition) -> None:
    reading = make_reading(edition, ml_engineer=0.45, ml_researcher=0.36, none=0.19)
    verdict = state_verdict(reading, edition=edition, blind=False)
    assert verdict.close
    assert verdict.headline == ("Too close to call: a machine learning engineer or a machine learning researcher.")


def test_foreign_work_is_named_as_such(edition: Edition) -> None:
    verdict = state_verdict(make_reading(edition, none=0.97, data_analyst=0.03), edition=edition, blind=False)
    assert verdict.headline == "This is not one of the roles of an AI team."
    assert "97" in verdict.certainty


def test_the_certainty_is_stated_as_a_share_of_readings(edition: Edition) -> None:
    verdict = state_verdict(make_reading(edition), edition=edition, blind=False)
    assert verdict.certainty == (
        "Likely, at 80%. Of 100 postings read with this probability, about 80 prove to be a data analyst. "
        "Next comes data scientist, at 15%."
    )


def test_the_guesses_hold_every_role_and_none_best_first(edition: Edition) -> None:
    guesses = state_verdict(make_reading(edition), edition=edition, blind=False).guesses
    assert {guess.role for guess in guesses} == {*edition.roles, "none"}
    assert [guess.probability for guess in guesses] == sorted((guess.probability for guess in guesses), reverse=True)


@pytest.mark.parametrize(
    ("title", "role", "against"),
    [
        ("Senior Data Scientist, Risk", "data_analyst", True),
        ("Senior Data Scientist, Risk", "data_scientist", False),
        ("ML Engineer", "software_engineer_ml", True),
        ("Data Engineer (m/f/d)", "software_engineer", False),
        ("Data Engineer (m/f/d)", "data_analyst", True),
        ("Software Engineer - Machine Learning", "software_engineer_ml", False),
        ("Ninja", "data_analyst", False),
        ("HTML engineer", "data_analyst", False),
        ("", "data_analyst", False),
    ],
)
def test_a_title_disagrees_only_where_it_names_another_role(
    edition: Edition, title: str, role: str, *, against: bool
) -> None:
    assert disagrees(title, role, edition=edition) is against
