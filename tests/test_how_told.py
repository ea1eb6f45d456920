"""How a message tells of a sign: the words that are the same for every rule."""

import re

import pytest

from index.normalise import normalise
from knowledge.how_told import Told, claimed, how_told
from knowledge.load import Shipped


@pytest.mark.parametrize(
    ("says", "told"),
    [
        ("刚才摔了一跤", Told()),
        ("he just fell and won't stop crying", Told()),
        ("现在好好的 去年抽过", Told(over=True)),
        ("three weeks ago he choked", Told(over=True)),
        ("an hour ago he choked", Told()),
        ("万一噎住了怎么办", Told(supposed=True)),
        ("what does a bad rash look like", Told(supposed=True)),
        ("看新闻有孩子溺水", Told(elsewhere=True)),
        ("my friend's kid had a fit", Told(elsewhere=True)),
        ("邻居家的狗咬了他", Told()),
        ("去年抽过一次 今天又来了", Told()),
        ("我好怕", Told()),
        ("怕他噎着", Told(supposed=True)),
    ],
)
def test_the_words_around_a_sign_say_how_it_is_told(says: str, told: Told, shipped: Shipped) -> None:
    assert how_told(normalise(says), shipped.danger_signs.told) == told


@pytest.mark.parametrize(
    ("says", "sign", "found"),
    [
        ("没有抽搐", "抽搐", False),
        ("没抽搐过 可是今天抽搐了", "抽搐", True),
        ("从来没吐过血", "吐过血", False),
        ("no blood", "blood", False),
        ("she doesn't look blue", "blue", False),
        ("he isn't breathing, lips blue", "lips blue", True),
        ("没有呼吸", "没有呼吸", True),
        ("是不是抽搐了", "抽搐", True),
        ("会不会吞了电池", "吞了电池", True),
        ("该不会中毒了", "中毒", True),
        ("有没有抽搐", "抽搐", True),
        ("喘得特别急", "急", True),
        ("那不是抽搐", "抽搐", False),
        ("别抽", "抽", False),
        ("不会抽了吧", "抽", True),
        ("不会是吞了电池吧", "吞了电池", True),
        ("他不会抽搐", "抽搐", False),
        ("他不会中毒的", "中毒", False),
    ],
)
def test_a_sign_that_is_denied_is_not_claimed(says: str, sign: str, found: bool, shipped: Shipped) -> None:
    assert (claimed(re.compile(sign), normalise(says), shipped.danger_signs.told) is not None) == found


@pytest.mark.parametrize(
    ("says", "read"),
    [
        ("喊伊勿应", "喊他不应"),
        ("抽畜了", "抽搐了"),
        ("血止勿牢", "血止不住"),
        ("cant wake her, isnt moving", "can't wake her, isn't moving"),
        ("i can not", "i can't"),
        ("伊丽莎白圈", "伊丽莎白圈"),
        ("不会游泳", "不会游泳"),
    ],
)
def test_rules_read_dialect_and_typing_errors_in_one_spelling(says: str, read: str, shipped: Shipped) -> None:
    assert shipped.danger_signs.spelled.of(normalise(says)) == read
