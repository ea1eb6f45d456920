"""Near-duplicate wordings are found, all of them, and only them."""

from hypothesis import given
from hypothesis import strategies as st

from knowledge.sameness import bare, near_duplicates, trigrams


def jaccard(one: str, other: str) -> float:
    first, second = trigrams(one), trigrams(other)
    return len(first & second) / len(first | second) if first | second else 0.0


def test_marks_spaces_and_case_do_not_make_a_wording_new() -> None:
    texts = ["宝宝发烧了，怎么办？", "my baby has a FEVER", "宝宝发烧了怎么办", "My baby has a fever!"]
    assert [(a, b) for a, b, _ in near_duplicates(texts)] == [(0, 2), (1, 3)]
    assert bare(texts[0]) == bare(texts[2])


def test_one_frame_with_another_noun_is_near_and_another_sentence_is_not() -> None:
    texts = [
        "我家孩子两岁半了晚上睡觉总是要抱着香蕉枕头",
        "我家孩子两岁半了晚上睡觉总是要抱着苹果枕头",
        "囡囡夜里醒三趟",
    ]
    assert [(a, b) for a, b, _ in near_duplicates(texts, 0.6)] == [(0, 1)]


@given(st.lists(st.text("宝发烧吃睡ab ", min_size=1, max_size=12), max_size=12))
def test_every_pair_at_the_limit_is_found(texts: list[str]) -> None:
    found = {(a, b) for a, b, _ in near_duplicates(texts, 0.6)}
    expected = {(a, b) for b in range(len(texts)) for a in range(b) if jaccard(texts[a], texts[b]) >= 0.6}
    assert found == expected
