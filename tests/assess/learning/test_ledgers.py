import numpy as np
import pytest

from waymark.assess.items import Items, make_items
from waymark.assess.learning.ledgers import Entry, Ledger, enter, open_ledger, read_ledger
from waymark.assess.learning.recording import Record, make_record
from waymark.errors import BadInput


def rng(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)  # noqa: TID251  tests make their own chance


def make_few() -> Items:
    return make_items(("x", "y", "z"), skills=("s", "t"), skill=np.array([0, 1, 1]))


def draw(count: int, *, bold: float = 1.0, worse: float = 0.0, seed: int = 2) -> Record:
    """Draw answers whose real logits are the stated ones over `bold`, less `worse` for item z."""
    own = rng(seed)
    item, logit = own.integers(0, 3, count), own.normal(0, 1.2, count)
    real = 1 / (1 + np.exp(-(logit / bold - worse * (item == 2))))
    right = (own.random(count) < real).astype(np.int64)
    return make_record(item, right, 1 / (1 + np.exp(-logit)))


def lines(ledger: Ledger) -> dict[tuple[str, str], Entry]:
    return {(entry.kind, entry.name): entry for entry in read_ledger(ledger)}


def test_a_line_says_what_was_foretold_and_what_was_seen() -> None:
    record = make_record(np.array([0, 0, 1]), np.array([1, 0, 1]), np.array([0.6, 0.2, 0.9]))
    found = lines(enter(open_ledger(make_few()), record, period="may"))
    assert set(found) == {
        ("all", ""), ("decile", "0.6 to 0.7"), ("decile", "0.2 to 0.3"), ("decile", "0.9 to 1.0"),
        ("skill", "s"), ("skill", "t"), ("period", "may"), ("item", "x"), ("item", "y"),
    }  # fmt: skip
    line = found["item", "x"]
    assert line.answers == 2
    assert line.foretold == pytest.approx(0.4)
    assert line.seen == pytest.approx(0.5)
    assert line.z == pytest.approx(0.2 / np.sqrt(0.24 + 0.16))
    assert line.ratio == pytest.approx((0.16 + 0.04) / (0.24 + 0.16))
    reach = 1.96 * np.sqrt(0.24 * 0.04 + 0.16 * 0.36) / 0.4
    assert line.low == pytest.approx(line.ratio - reach, abs=1e-4)
    assert line.high == pytest.approx(line.ratio + reach, abs=1e-4)


def test_probabilities_that_are_right_pass() -> None:
    z, within = [], []
    for seed in range(200):
        line = lines(enter(open_ledger(make_few()), draw(400, seed=seed)))["all", ""]
        z.append(line.z)
        within.append(line.low < 1 < line.high)
    assert abs(np.mean(z)) < 0.25
    assert np.std(z) == pytest.approx(1.0, abs=0.15)
    assert np.mean(within) > 0.9


def test_boldness_shows_in_the_ratio_and_in_the_deciles() -> None:
    found = lines(enter(open_ledger(make_few()), draw(8_000, bold=2.0)))
    assert found["all", ""].low > 1.05
    assert found["decile", "0.8 to 0.9"].z < -4
    assert found["decile", "0.1 to 0.2"].z > 4


def test_an_item_that_is_harder_than_stated_shows_in_its_own_line_and_in_its_skill() -> None:
    found = lines(enter(open_ledger(make_few()), draw(6_000, worse=0.5)))
    assert found["item", "z"].p < 1e-6
    assert found["skill", "t"].p < 1e-3
    assert found["item", "x"].p > 0.01
    assert found["skill", "s"].p > 0.01


def test_periods_are_kept_apart_and_the_ledger_goes_on_where_it_was_left() -> None:
    first, second = draw(300, seed=3), draw(200, seed=4)
    ledger = enter(
        enter(enter(open_ledger(make_few()), first, period="may"), second, period="june"), first, period="may"
    )
    assert ledger.names == ("may", "june")
    assert lines(ledger)["period", "may"].answers == 600
    assert lines(ledger)["all", ""].answers == 800
    assert lines(open_ledger(make_few())) == {}


def test_answers_to_other_items_are_refused() -> None:
    with pytest.raises(BadInput, match="does not keep"):
        enter(open_ledger(make_few()), make_record(np.array([3]), np.array([1]), np.array([0.5])))
