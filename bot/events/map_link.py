"""A link to a map that families in China can open: an address only, nothing is loaded from it here."""

from urllib.parse import urlencode

from knowledge.places import Place


def map_link(place: Place) -> str:
    """An address that opens a map at the place, in an app or a browser in China; it needs no key.

    Without a position of its own the map looks for the name and address.
    """
    if place.latitude is None or place.longitude is None:
        return map_search(place.district, place.address)
    query = {
        "position": f"{place.longitude},{place.latitude}",
        "name": place.name,
        "coordinate": "wgs84",  # as the register's positions are; the map shifts them to its own grid
        "src": "qihui",
        "callnative": "1",
    }
    return f"https://uri.amap.com/marker?{urlencode(query, safe=',')}"


def map_search(district: str, address: str) -> str:
    """An address that looks for a road or a name on the map."""
    query = {"keyword": f"{district}{address}", "city": "上海", "src": "qihui", "callnative": "1"}
    return f"https://uri.amap.com/search?{urlencode(query)}"
