from waymark.demand.batching import BATCH, BATCH_CHARACTERS, make_batches


def test_items_keep_their_order_and_none_is_lost() -> None:
    items = list(range(3 * BATCH + 5))
    batches = list(make_batches(items, size_of=lambda _: 1))
    assert [item for batch in batches for item in batch] == items
    assert [len(batch) for batch in batches] == [BATCH, BATCH, BATCH, 5]


def test_long_texts_make_short_batches() -> None:
    batches = list(make_batches(range(6), size_of=lambda _: BATCH_CHARACTERS // 2))
    assert [len(batch) for batch in batches] == [2, 2, 2]


def test_nothing_makes_no_batch() -> None:
    assert list(make_batches([], size_of=len)) == []
