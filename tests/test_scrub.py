"""What could name a person does not reach the question log."""

import pytest

from bot.questions.scrub import MOST_CHARACTERS, scrub


@pytest.mark.parametrize(
    ("said", "gone"),
    [
        ("打我电话13812345678问", "13812345678"),
        ("电话 138 1234 5678", "1234 5678"),
        ("座机021-62345678", "62345678"),
        ("身份证310101202301011234", "310101202301011234"),
        ("我叫王小明 孩子发烧", "王小明"),
        ("孩子名字叫李天一", "李天一"),
        ("邮箱 mama@example.com", "mama@example.com"),
        ("微信号 abc_12345", "abc_12345"),
        ("住在南京西路123弄5号", "南京西路123弄"),
        ("my name is Alice Wong and my son", "Alice"),
        ("see https://example.com/x?id=1", "example.com"),
    ],
)
def test_what_names_a_person_is_taken_out(said: str, gone: str) -> None:
    assert gone not in scrub(said)


@pytest.mark.parametrize(
    "said", ["8个月 发烧38.5度 两天了", "一天喝1100毫升奶", "9 months, 3 meals a day", "2026年11月打的针"]
)
def test_what_the_worry_is_stays(said: str) -> None:
    assert scrub(said) == said


def test_long_texts_are_cut() -> None:
    assert len(scrub("长" * 5000)) == MOST_CHARACTERS
