import json
from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest

from waymark.demand.models import STEP, Model, decode_model, encode_model, quantize
from waymark.errors import BadData
from waymark.framework.tables import open_data


def test_a_model_survives_its_bytes_to_the_byte(model: Model) -> None:
    data = encode_model(model)
    again = decode_model(data, name="x")
    assert encode_model(again) == data
    assert list(again.vocabulary.words) == list(model.vocabulary.words)
    assert np.array_equal(again.weights, model.weights)
    assert np.array_equal(again.sentences.word, model.sentences.word)
    assert again.about == model.about


def test_the_shipped_file_is_what_encoding_gives(model: Model) -> None:
    assert encode_model(model) == open_data("models/reader.npz").read_bytes()


def test_the_shipped_model_is_a_few_megabytes_at_most() -> None:
    assert len(open_data("models/reader.npz").read_bytes()) < 4_000_000


def test_shapes_agree_with_the_names(model: Model) -> None:
    inputs = len(model.vocabulary.words) + len(model.concepts) + len(model.aggregate_scale)
    outputs = len(model.roles) + len(model.tasks) + len(model.skills) + len(model.subtasks)
    assert model.weights.shape == (inputs, outputs)
    assert model.bias.shape == (outputs,)
    assert model.task_weights.shape == (len(model.tasks) + len(model.roles), len(model.tasks))
    assert model.skill_sd.shape == (len(model.skills), 4)
    assert model.subtask_own.shape == (len(model.subtasks), 2)
    assert model.title_weights.shape == (
        len(model.roles) + len(model.title_words) + len(model.concepts),
        len(model.roles),
    )
    assert model.sentences.word.shape == (len(model.vocabulary.words), 6)


@pytest.mark.parametrize("data", [b"", b"not a model", b"PK\x03\x04" + bytes(40), b"\x93NUMPY\x01\x00"])
def test_bytes_that_hold_no_model_are_refused(data: bytes) -> None:
    with pytest.raises(BadData, match="x is no fitted reader") as caught:
        decode_model(data, name="x")
    assert caught.value.hint


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.999])
def test_a_file_cut_short_is_refused(model: Model, share: float) -> None:
    data = encode_model(model)
    with pytest.raises(BadData):
        decode_model(data[: int(len(data) * share)], name="x")


def test_a_flipped_byte_is_refused(model: Model) -> None:
    data = bytearray(encode_model(model))
    data[len(data) // 2] ^= 0xFF
    with pytest.raises(BadData):
        decode_model(bytes(data), name="x")


def packed(**names: object) -> bytes:
    out = BytesIO()
    np.savez(out, names=np.frombuffer(json.dumps(names).encode(), np.uint8))
    return out.getvalue()


def test_a_file_without_the_parts_or_of_another_format_is_refused() -> None:
    with pytest.raises(BadData, match="no fitted reader"):
        decode_model(packed(format=1), name="x")
    with pytest.raises(BadData, match="format 99"):
        decode_model(packed(format=99), name="x")
    with pytest.raises(BadData, match="no fitted reader"):
        decode_model(packed(), name="x")


def test_weights_are_whole_steps() -> None:
    assert quantize(np.array([0.014, -0.016, 2.0])).tolist() == pytest.approx([0.01, -0.02, 2.0])


def test_a_weight_too_large_to_keep_is_refused(model: Model) -> None:
    huge = replace(model, bias=np.full_like(model.bias, 40_000 * STEP))
    with pytest.raises(BadData, match="too large"):
        encode_model(huge)
