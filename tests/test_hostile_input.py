"""Whatever is sent, a polite reply comes back and nothing breaks: 2,000 generated inputs and the known bad ones."""

import random
import string

import pytest

from bot.conversation.conversation import Conversation
from bot.database import Database
from bot.messages import Inbound
from bot.questions.asking import Asking
from bot.rendered import RenderedReply
from bot.wiring import Knowing
from tests.conftest import KEYS, FixedClock

GENERATED = 2000
KNOWN = [
    "", " ", "\n\n\t", "\x00", "\x00\x01\x02\xff", "😀", "👶🏽🍼" * 50, "?", "。。。", "0", "-1", "99999999999999999999", "/", "//", "/start" * 50,
    "/" + "a" * 300, "/unknown_command", "@@@@", "<b>未闭合", "</script><script>alert(1)</script>", "&lt;&amp;&#x0;", "*_`[]()~>#+-=|{}.!",
    "'; DROP TABLE question; --", "{{7*7}} ${jndi:ldap://x} %s %n {0} {name}", "{", "}", "{answer}", "שלום مرحبا 宝宝发烧 ‮gnirts‬",
    "\u202e\u2066\u200b\u200d\ufeff", "a" * 100_000, "宝" * 100_000, "발열 아기", "Ребёнок кашляет", "ｆｅｖｅｒ ３９度", "\ud83d", "9" * 5000, "个月" * 900,
    "1岁" * 500, "烧到" + "9" * 400, "(" * 1500, "a" * 1999 + "宝", "\r\n" * 1000, "𠀀𠀁𪚥", "Z̸̢̛̗a̴l̶g̷o̵" * 40, "null", "None", "undefined", "NaN", "true",
]  # fmt: skip


def hostile(random_: random.Random) -> str:
    """One random message: pieces of many alphabets, control characters, markup, half of a sentence."""
    pieces = [
        lambda: "".join(random_.choices(string.printable, k=random_.randint(1, 40))),
        lambda: "".join(chr(random_.randint(1, 0xD7FF)) for _ in range(random_.randint(1, 30))),
        lambda: "".join(chr(random_.randint(0xE000, 0x10FFFF)) for _ in range(random_.randint(1, 8))),
        lambda: random_.choice(KNOWN)[:200],
        lambda: random_.choice(
            [
                "宝宝",
                "发烧",
                "8个月",
                "一岁半",
                "help",
                "my baby",
                "120",
                "39度",
                "不吃奶",
                "<b>",
                "&",
                "\\",
                "\u202e",
                "\x00",
            ]
        ),
        lambda: random_.choice(string.punctuation) * random_.randint(1, 60),
        lambda: chr(random_.randint(0, 31)) * random_.randint(1, 5),
    ]
    return "".join(random_.choice(pieces)() for _ in range(random_.randint(1, 6)))


def is_polite(replies: list[RenderedReply]) -> bool:
    return len(replies) >= 1 and all(
        reply.lines and reply.plain_text.strip() and "Traceback" not in reply.plain_text and "{" not in reply.plain_text
        for reply in replies
    )


@pytest.fixture
def quick(database: Database, quick_asking: Asking, clock: FixedClock) -> Conversation:
    return Conversation(database, quick_asking, clock, b"secret", KEYS)


@pytest.mark.parametrize("text", KNOWN, ids=[f"{n}-{text[:12]!r}" for n, text in enumerate(KNOWN)])
def test_known_bad_messages_get_a_polite_reply(quick: Conversation, text: str) -> None:
    assert is_polite(quick.handle(Inbound("test", "bad", "1", "text", text)))


def test_two_thousand_generated_messages_get_a_polite_reply(quick: Conversation) -> None:
    random_ = random.Random(20261124)
    for number in range(GENERATED):
        text = hostile(random_)
        kind = "button" if number % 10 == 0 else "text"
        replies = quick.handle(Inbound("test", f"chat-{number % 50}", str(number), kind, text))
        assert is_polite(replies), f"number {number}: {text!r}"


def test_the_real_encoder_survives_hostile_messages_too(
    database: Database, knowing: Knowing, clock: FixedClock
) -> None:
    conversation = Conversation(database, knowing.asking, clock, b"secret", KEYS)
    random_ = random.Random(7)
    for number in range(150):
        text = hostile(random_)
        assert is_polite(conversation.handle(Inbound("test", "real", str(number), "text", text))), repr(text)


def test_buttons_that_nobody_made_change_nothing(quick: Conversation) -> None:
    for number, data in enumerate(
        [
            "",
            ":",
            "t:",
            "t:no.such",
            "y:1",
            "y:-1",
            "y:²",
            "y:" + "9" * 60,
            "m:../../etc",
            "l:xx",
            "none",
            "forget:",
            "zzz",
        ]
    ):
        assert is_polite(quick.handle(Inbound("test", "buttons", str(number), "button", data))), data
