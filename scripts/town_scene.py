"""A made-up town behind the staff pages, for the pictures that need many families: indicators, visits, service points."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from bot.admin.page_call import House
from bot.clock import SystemClock
from bot.database import Database
from bot.demo_town import fill_town, written_wordings
from bot.indicators.counting import Beside
from bot.indicators.nightly_count import count_indicators
from bot.questions.asking import Asking
from knowledge.load import Shipped
from knowledge.topics import Language
from scripts.staff_scene import STAFF
from tests.conftest import KEYS
from tests.staff_browser import a_house, someone

FAMILIES, EVENTS = 900, 60
_PLACES = """kind,name,district,street,address,phone,hours,latitude,longitude,verified_on,source,sample
station,示例：花木科学育儿指导站,浦东新区,花木街道,示例路100号,021-0000 0000,周一至周五 9:00-16:00,31.21,121.54,{fresh},示例：电话核实,
nursery,示例：社区宝宝屋,静安区,示例街道,示例路3号,,周一至周五 8:00-17:00,31.228,121.447,{fresh},示例：上门核实,
clinic,示例：社区卫生服务中心儿保门诊,徐汇区,示例街道,示例路8号,,周二、周四 8:00-11:00,31.19,121.43,{stale},示例：电话核实,
"""


def a_town(folder: Path, language: Language, sampled: Shipped, asking: Asking) -> House:
    """The office of a town of made-up families, counted, on a database of its own in `folder`."""
    clock = SystemClock("Asia/Shanghai")
    database = Database(f"sqlite:///{folder}/town-{language}.sqlite3")
    database.upgrade()
    fill_town(database, KEYS, clock.now(), written_wordings(), FAMILIES, EVENTS)
    count_indicators(database, KEYS, clock.now(), Beside(clock.zone))
    places = folder / f"places-{language}.csv"
    today = clock.today()
    days = {"fresh": today - timedelta(days=12), "stale": today - timedelta(days=140)}
    places.write_text(_PLACES.format(**days), encoding="utf-8")
    house = replace(a_house(database, clock, sampled, asking, {}), places_file=places)
    with database.transaction() as session:
        for login, role, name in STAFF[language]:
            someone(session, house, login, role, name)
    return house
