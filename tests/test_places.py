"""Addresses that families walk to: every row has a source and a day, samples stay samples, imports are all or nothing."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from knowledge.csv_table import read_table
from knowledge.load import Shipped, load
from knowledge.place_files import import_places
from knowledge.places import FRESH_DAYS, near_first, read_places

HEAD = "kind,name,district,street,address,phone,hours,latitude,longitude,verified_on,source,sample\n"
ROW = "station,甲站,静安区,南京西路街道,某路1号,021-0,周一至周五,31.2,121.4,2026-11-01,区卫健委网站,\n"


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "table.csv"
    path.write_text(text, encoding="utf-8-sig")
    return path


def test_a_row_is_read_with_its_types(tmp_path: Path) -> None:
    (place,), problems = read_places(read_table(written(tmp_path, HEAD + ROW)), "t.csv")
    assert problems == []
    assert (place.kind, place.latitude, place.verified_on, place.sample) == ("station", 31.2, date(2026, 11, 1), False)
    assert place.is_fresh(place.verified_on + timedelta(days=FRESH_DAYS))
    assert not place.is_fresh(place.verified_on + timedelta(days=FRESH_DAYS + 1))


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("区卫健委网站", "", "source is empty"),
        ("2026-11-01", "", "verified_on is empty"),
        ("2026-11-01", "last week", "is no date"),
        ("station", "shop", "kind 'shop' is not one of"),
        ("31.2", "51.2", "is not in Shanghai"),
        ("121.4", "east", "is not in Shanghai"),
        (",\n", ",maybe\n", "sample is true, false or empty"),
        (",\n", ",,extra\n", "unknown column"),
    ],
)
def test_a_wrong_row_is_refused_and_changes_nothing(tmp_path: Path, old: str, new: str, says: str) -> None:
    register = tmp_path / "places.csv"
    assert import_places(written(tmp_path, HEAD + ROW), register) == (1, [])
    before = register.read_bytes()
    bad = ROW.replace("甲站", "乙站").replace(old, new)
    count, problems = import_places(written(tmp_path, HEAD + ROW.replace("甲站", "丙站") + bad), register)
    assert count == 0
    assert any(says in str(problem) and "table.csv:3" in str(problem) for problem in problems), problems
    assert register.read_bytes() == before


def test_the_later_check_of_a_place_wins(tmp_path: Path) -> None:
    register = tmp_path / "places.csv"
    import_places(written(tmp_path, HEAD + ROW.replace("021-0", "new").replace("2026-11-01", "2026-11-20")), register)
    assert import_places(written(tmp_path, HEAD + ROW), register) == (1, [])
    assert [place.phone for place in load(own_places=register).places if not place.sample] == ["new"]


def test_the_same_street_comes_first_and_other_districts_not_at_all(tmp_path: Path) -> None:
    rows = [
        ROW.replace("甲站", name).replace("静安区,南京西路街道", where)
        for name, where in (("远", "静安区,彭浦镇"), ("近", "静安区,南京西路街道"), ("外", "徐汇区,南京西路街道"))
    ]
    places, _ = read_places(read_table(written(tmp_path, HEAD + "".join(rows))), "t.csv")
    assert [place.name for place in near_first(places, "静安区", "南京西路街道")] == ["近", "远"]


def test_nothing_shipped_pretends_to_be_a_real_address(shipped: Shipped) -> None:
    assert shipped.places
    assert all(place.sample and "演示" in place.address for place in shipped.places)
