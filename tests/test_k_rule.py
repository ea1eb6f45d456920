"""Nothing about fewer than ten: the table of cases, and the law that nothing follows by subtraction."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bot.indicators.k_rule import K, Shown, Tally, guarded

CASES = yaml.safe_load((Path(__file__).parent / "cases" / "k_rule.yaml").read_text(encoding="utf-8"))


def tally(written: list[int]) -> Tally:
    whole, *halves = written
    return Tally(whole, whole, *(() if not halves else (halves[0], halves[0], halves[1])))


def total(parts: list[Tally]) -> Tally:
    shares = [one.part for one in parts if one.part is not None]
    return Tally(
        sum(one.whole for one in parts),
        sum(one.whole_people for one in parts),
        sum(shares) if shares else None,
        sum(one.part_people for one in parts),
        sum(one.rest_people for one in parts),
    )


def written(shown: Shown, *, share: bool) -> Any:
    if shown.whole is None:
        return "-"
    return f"{'-' if shown.part is None else shown.part}/{shown.whole}" if share else shown.whole


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_a_cell_is_shown_or_empty(case: dict[str, Any]) -> None:
    parts = {name: tally(one) for name, one in case["parts"].items()}
    share = any(one.part is not None for one in parts.values())
    of_all, of_each = guarded(total(list(parts.values())), parts)
    found = {name: written(one, share=share) for name, one in of_each.items()}
    assert found | {"total": written(of_all, share=share)} == case["expect"]


SPLITS = st.dictionaries(st.text("abcdefgh", min_size=1, max_size=2), st.tuples(st.integers(0, 25), st.integers(0, 25)))


@given(SPLITS)
def test_what_is_left_out_never_follows_by_subtraction(splits: dict[str, tuple[int, int]]) -> None:
    parts = {name: tally([one + rest, one, rest]) for name, (one, rest) in splits.items()}
    of_all, of_each = guarded(total(list(parts.values())), parts)
    for pick, size in (
        (lambda s: s.whole, lambda p: (p.whole,)),
        (lambda s: s.part, lambda p: (p.part, p.rest_people)),
    ):
        for name, shown in of_each.items():
            if pick(shown) is not None:
                assert min(size(parts[name])) >= K
        if pick(of_all) is None:
            continue
        closed = [parts[name] for name, shown in of_each.items() if pick(shown) is None]
        if closed:
            assert len(closed) > 1
            assert all(sum(side) >= K for side in zip(*(size(one) for one in closed), strict=True))
