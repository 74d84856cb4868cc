import asyncio
from threading import Event

import pytest

from waymark.errors import Unavailable
from waymark.web import seating
from waymark.web.seating import Warmth, run_seated


def wait_for(release: Event) -> None:
    release.wait(60)


def test_work_is_done_in_a_seat_that_is_free_again_afterwards() -> None:
    async def work_twice() -> list[int]:
        seats = asyncio.Semaphore(1)
        return [await run_seated(seats, lambda value: value + 1, value) for value in (1, 2)]

    assert asyncio.run(work_twice()) == [2, 3]


def test_a_seat_is_free_again_after_a_failure() -> None:
    async def fail_then_work() -> str:
        seats = asyncio.Semaphore(1)
        with pytest.raises(ZeroDivisionError):
            await run_seated(seats, lambda: 1 / 0)
        return await run_seated(seats, str, 5)

    assert asyncio.run(fail_then_work()) == "5"


def test_without_a_free_seat_for_long_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seating, "SEAT_SECONDS", 0.01)

    async def find_no_seat() -> None:
        await run_seated(asyncio.Semaphore(0), lambda: None)

    with pytest.raises(Unavailable, match="right now"):
        asyncio.run(find_no_seat())


def test_what_was_never_begun_counts_as_warm() -> None:
    asyncio.run(Warmth(lambda: None).demand())


def test_one_waits_until_it_is_warm() -> None:
    done = []
    warmth = Warmth(lambda: done.append(True))
    warmth.begin()
    asyncio.run(warmth.demand())
    assert done == [True]


def test_while_it_is_not_warm_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seating, "WARM_SECONDS", 0.01)
    release = Event()
    warmth = Warmth(lambda: wait_for(release))
    warmth.begin()
    try:
        with pytest.raises(Unavailable, match="made ready"):
            asyncio.run(warmth.demand())
    finally:
        release.set()


def test_a_failure_while_warming_is_logged_and_nobody_waits_for_ever(caplog: pytest.LogCaptureFixture) -> None:
    def fail() -> None:
        raise RuntimeError("no compiler")

    warmth = Warmth(fail)
    warmth.begin()
    asyncio.run(warmth.demand())
    assert "could not be warmed up" in caplog.text
