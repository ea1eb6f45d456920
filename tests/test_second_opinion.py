"""The optional helpers choose among topics, never more; whatever they do wrong, our own decision stands."""

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from bot.errors import Misconfigured
from bot.questions.asking import Asking, Question
from bot.questions.second_opinion import EndpointOpinion, wants_opinion, with_opinion
from bot.settings import Settings
from bot.wiring import open_opinion
from index.cross_encoder import CrossEncoderOpinion
from index.result import Finding, Ranked

TITLES = {"a.one": "第一个", "a.two": "第二个", "a.three": "第三个"}


class Endpoint:
    """A chat endpoint of the tests' own: says `content` after `wait_s`, and remembers what it was asked."""

    def __init__(self) -> None:
        self.content, self.status, self.wait_s = '{"number": 2}', 200, 0.0
        self.asked: list[dict[str, Any]] = []
        self.headers: list[str | None] = []
        here = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                here.asked.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                here.headers.append(self.headers["Authorization"])
                time.sleep(here.wait_s)
                body = json.dumps({"choices": [{"message": {"content": here.content}}]}).encode()
                self.send_response(here.status)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                return

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def opinion(self, timeout_s: float = 2.0) -> EndpointOpinion:
        return EndpointOpinion(f"http://127.0.0.1:{self.server.server_port}/v1", "small", "key", timeout_s)


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    one = Endpoint()
    yield one
    one.server.shutdown()
    one.server.server_close()


def finding(confidence: float, *ids: str) -> Finding:
    kinds = {"question": 1.0, "out_of_scope": 0.0, "dose": 0.0, "smalltalk": 0.0}
    return Finding(tuple(Ranked(i, 1.0) for i in ids), confidence, kinds, 1.0, 0.0, 0.0, "emergency.choking", {})


def test_the_endpoint_sees_titles_and_a_question_without_names_and_numbers(endpoint: Endpoint) -> None:
    assert endpoint.opinion().choose("我叫王小明，电话13812345678，宝宝不肯睡", TITLES) == "a.two"
    sent = endpoint.asked[0]["messages"][1]["content"]
    assert "13812345678" not in sent
    assert "宝宝不肯睡" in sent
    assert "2. 第二个" in sent
    assert endpoint.headers == ["Bearer key"]


def test_the_familys_nicknames_stay_here_however_they_are_written(endpoint: Endpoint, quick_asking: Asking) -> None:
    helped = Asking(quick_asking.shipped, quick_asking._retriever, 0.5, endpoint.opinion())
    vague = ("寶寶豆這樣正常嗎", "MIA怎么办才好", "mia老是这样", "要不要紧啊宝宝豆", "宝宝豆一直这样好不好")
    names = ("寶寶豆", "Mia")
    for text in vague:
        helped.ask(Question(text, "zh", names=names))
    assert endpoint.asked
    told = json.dumps(
        [one["messages"][1]["content"].split("Message:")[1] for one in endpoint.asked], ensure_ascii=False
    )
    assert "[name]" in told
    assert "豆" not in told
    assert "mia" not in told.lower()


def test_what_may_be_a_nickname_or_a_record_leaves_this_machine_for_nobody(
    endpoint: Endpoint, quick_asking: Asking
) -> None:
    helped = Asking(quick_asking.shipped, quick_asking._retriever, 0.5, endpoint.opinion())
    for text in ("宝宝这样正常吗", "宝宝怎么办才好", "乙肝 2026-01-15"):
        helped.ask(Question(text, "zh", private=True))
    assert endpoint.asked == []


@pytest.mark.parametrize(
    "content", ["", "the second", '{"number": 9}', '{"number": 0}', '{"number": "x"}', "{}", "[1]"]
)
def test_an_answer_that_names_no_topic_is_no_opinion(endpoint: Endpoint, content: str) -> None:
    endpoint.content = content
    assert endpoint.opinion().choose("宝宝不肯睡", TITLES) is None


def test_an_answer_with_words_around_it_is_understood(endpoint: Endpoint) -> None:
    endpoint.content = 'Sure!\n```json\n{"number": 3}\n```'
    assert endpoint.opinion().choose("宝宝不肯睡", TITLES) == "a.three"


def test_an_error_or_a_slow_answer_is_no_opinion(endpoint: Endpoint) -> None:
    endpoint.status = 500
    assert endpoint.opinion().choose("宝宝不肯睡", TITLES) is None
    endpoint.status, endpoint.wait_s = 200, 0.6
    assert endpoint.opinion(timeout_s=0.1).choose("宝宝不肯睡", TITLES) is None
    assert EndpointOpinion("http://127.0.0.1:9", "m", "", 0.5).choose("宝宝不肯睡", TITLES) is None


def test_an_opinion_reorders_and_an_unknown_one_changes_nothing() -> None:
    unsure = finding(0.3, "a", "b", "c")
    assert wants_opinion(unsure)
    assert not wants_opinion(finding(0.95, "a", "b"))
    assert [r.topic_id for r in with_opinion(unsure, "c").ranked] == ["c", "a", "b"]
    assert with_opinion(unsure, "c").confidence == 0.75
    assert with_opinion(unsure, "a").confidence == 0.9
    assert with_opinion(unsure, "z") is unsure
    assert with_opinion(unsure, None) is unsure


def test_the_helper_is_asked_only_when_unsure_and_never_about_danger(quick_asking: Asking) -> None:
    asked: list[str] = []

    class Second:
        def choose(self, text: str, titles: dict[str, str], names: tuple[str, ...] = ()) -> str | None:
            assert names == ()
            asked.append(text)
            return list(titles)[1]

    helped = Asking(quick_asking.shipped, quick_asking._retriever, 0.5, Second())
    assert helped.ask(Question("孩子噎住了脸发紫，咳不出来", "zh")).decision == "urgent"
    assert asked == []
    vague = ("宝宝这样正常吗", "宝宝怎么办才好", "孩子老是这样", "要不要紧啊宝宝", "一直这样好不好")
    outcomes = [quick_asking.ask(Question(text, "zh")) for text in vague]
    before = next(outcome for outcome in outcomes if outcome.decision == "choices")
    after = helped.ask(before.question)
    assert len(asked) == 1
    assert after.topic_ids[0] == before.finding.ranked[1].topic_id


def test_a_cross_encoder_from_a_folder_chooses_a_title(tmp_path: Path) -> None:
    """A tiny random model stands in for a large one: the way there is the same."""
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *"宝不肯睡第一二三个"]
    (tmp_path / "vocab.txt").write_text("\n".join(words), encoding="utf-8")
    config = BertConfig(
        vocab_size=len(words),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        num_labels=1,
    )
    BertForSequenceClassification(config).save_pretrained(tmp_path)
    BertTokenizerFast(vocab_file=str(tmp_path / "vocab.txt")).save_pretrained(tmp_path)
    opinion = CrossEncoderOpinion(str(tmp_path))
    assert opinion.choose("宝宝不肯睡", TITLES) in TITLES
    assert opinion.choose("宝宝不肯睡", {}) is None


def test_two_helpers_or_a_missing_model_are_named_to_the_operator(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert open_opinion(Settings(_env_file=None)) is None
    with pytest.raises(Misconfigured, match="not both"):
        open_opinion(Settings(_env_file=None, cross_encoder="x", chooser_url="http://127.0.0.1:1"))
    with pytest.raises(Misconfigured, match="QIHUI_CROSS_ENCODER=no/such"):
        open_opinion(Settings(_env_file=None, cross_encoder="no/such"))
