"""Service points for tests, valid by default: a test names only what matters."""

from knowledge.places import Place, read_places


def a_place(name: str, **changes: str) -> Place:
    row = {
        "kind": "station",
        "name": name,
        "district": "静安区",
        "street": "南京西路街道",
        "address": "某路1号",
        "phone": "021-1",
        "hours": "周一至周五 9:00-16:00",
        "latitude": "31.23",
        "longitude": "121.45",
        "verified_on": "2026-11-01",
        "source": "区教育局当年名单",
    }
    (place,), problems = read_places([row | changes], "test.csv")
    assert problems == []
    return place
