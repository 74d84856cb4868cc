import numpy as np
import pytest

from waymark.assess import Bank, Misfit, Rules, draw_takers, make_bank, make_items, simulate
from waymark.assess.simulation.detecting import detect_misfit

RULES = Rules(target_sd=0.3, most_items=30)


@pytest.fixture(scope="module")
def bank() -> Bank:
    rng = np.random.default_rng(3)  # noqa: TID251  the seed of the made-up bank
    a, b = rng.lognormal(0.0, 0.3, 300), rng.normal(size=300)
    return make_bank(make_items(tuple(f"i{place}" for place in range(300)), a=a, b=b))


def find_kinds(bank: Bank, seed: int, misfit: str) -> set[str]:
    rng = np.random.default_rng(seed)  # noqa: TID251  the seed of the case
    sat = simulate(bank, RULES, rng=rng, people=1_000, misfit=Misfit(kind=misfit))
    return {sign.kind for sign in detect_misfit(sat) if sign.found}


def test_people_who_answer_as_the_model_says_are_hardly_ever_called_misfits(bank: Bank) -> None:
    alarms = [find_kinds(bank, seed, "none") for seed in range(40)]
    assert sum(map(bool, alarms)) <= 2


@pytest.mark.parametrize(("misfit", "kind"), [("guessing", "flat"), ("careless", "flat"), ("speeded", "late")])
def test_guessing_slips_and_haste_are_found(bank: Bank, misfit: str, kind: str) -> None:
    assert sum(kind in find_kinds(bank, seed, misfit) for seed in range(6)) >= 5


def test_too_few_answers_give_no_verdict(bank: Bank) -> None:
    rng = np.random.default_rng(1)  # noqa: TID251  the seed of the case
    sat = simulate(bank, RULES, rng=rng, takers=draw_takers(bank, 5, rng=rng))
    assert detect_misfit(sat) == ()
