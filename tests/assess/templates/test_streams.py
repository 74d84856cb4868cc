from collections import Counter
from statistics import mean, pstdev

import pytest

from waymark.assess.templates.streams import Stream


def test_a_stream_gives_these_numbers_for_ever() -> None:
    stream = Stream("ml.metrics.counts", 7, 1)
    assert [stream.randint(1, 100) for _ in range(6)] == [61, 96, 2, 1, 54, 7]
    assert stream.sample("abcdefg", 7) == list("gebdfac")
    assert stream.random() == 0.7289496153515792
    assert stream.gauss(10.0, 2.0) == pytest.approx(10.076322570651866)


def test_names_make_streams_of_their_own() -> None:
    assert [Stream("a", 1).random() for _ in range(2)] == [Stream("a", 1).random()] * 2
    assert Stream("a", 1).random() != Stream("a", 2).random()


def test_draws_are_even_and_stay_in_their_range() -> None:
    stream = Stream("even")
    found = Counter(stream.randbelow(5) for _ in range(20_000))
    assert set(found) == set(range(5))
    assert max(found.values()) - min(found.values()) < 400
    assert {stream.randrange(2, 9, 3) for _ in range(100)} == {2, 5, 8}
    assert {stream.randrange(3) for _ in range(100)} == {0, 1, 2}
    assert all(2.0 <= stream.uniform(2.0, 3.0) < 3.0 for _ in range(100))


def test_normal_numbers_have_their_mean_and_spread() -> None:
    stream = Stream("normal")
    drawn = [stream.gauss(3.0, 2.0) for _ in range(20_000)]
    assert mean(drawn) == pytest.approx(3.0, abs=0.06)
    assert pstdev(drawn) == pytest.approx(2.0, abs=0.05)


def test_weights_are_kept() -> None:
    stream = Stream("weights")
    found = Counter(stream.choices("abc", [1, 0, 3], k=8_000))
    assert found["b"] == 0
    assert found["c"] / 8_000 == pytest.approx(0.75, abs=0.02)


def test_every_order_of_a_shuffle_is_as_likely() -> None:
    stream = Stream("orders")
    found = Counter("".join(stream.sample("abc", 3)) for _ in range(6_000))
    assert len(found) == 6
    assert min(found.values()) > 880


def test_nothing_to_choose_from_is_an_error() -> None:
    with pytest.raises(ValueError, match="nothing to choose from"):
        Stream("x").choice([])
    with pytest.raises(ValueError, match="cannot be sampled"):
        Stream("x").sample([1, 2], 3)
