"""A child as a value, and what may be entered about one. Pure: a refusal names the phrase that says what to do."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from bot.errors import Refusal
from bot.messages import Say
from knowledge.birth_date import completed_months
from knowledge.child_age import FEWEST_WEEKS, PRETERM_BELOW_WEEKS
from knowledge.topics import OLDEST_MONTH

SERVED_UNTIL_MONTHS = 72
"""Vaccinations are followed until the 6th birthday; the guide itself ends at 3."""

MOST_NICKNAME_CHARACTERS = 12
MOST_STREET_CHARACTERS = 20

Sex = Literal["f", "m"]

_ASKS = re.compile(
    r"[?？!！。,，;；:：@#/\\<>]|吗|怎么|怎样|什么|为什么|多少|可以|能不能|要不要|是不是|几个|帮我|请问|谢谢|你好|您好|how|what|why|when|hello|\bhi\b|thank",
    re.IGNORECASE,
)
_WORRIES = re.compile(
    r"发烧|发热|低烧|高烧|咳|呕|吐奶|拉肚|腹泻|便秘|湿疹|黄疸|抽搐|噎|呛|哭闹|不睡|不吃|不喝|不拉|出牙|断奶|长牙|辅食|疫苗|喂|受伤|流血|没反应|叫不醒|睡觉|不动|[烧哭肿血摔烫痛疼痒]|"
    r"fever|cough|rash|vomit|diarrh|constipat|teeth|vaccin|cry|chok|seizure|sleep",
    re.IGNORECASE,
)
_LEADING = re.compile(
    r"^(?:(?:宝宝|孩子|娃|他|她|我家|我们|大宝|小宝)?(?:的)?(?:小名|名字|乳名|昵称)?(?:就)?(?:叫做|叫作|叫|是)|小名|名字|"
    r"(?:(?:his|her|the|my|our)\s+)?(?:nick)?name(?:\s+is|:)|(?:he|she)(?:'s| is)|(?:call(?:ed)?|it's)\s+)\s*",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Child:
    """One child. Days are calendar days of the families' zone.

    `born_approximate`: the date was worked out from an age. `gestation_weeks`: completed weeks at birth of a child
    born early, None at term or not told. `sex`, `district`, `street`: None unless the family wants what needs them.
    """

    id: str
    family_id: str
    nickname: str
    born_on: date
    born_approximate: bool = False
    gestation_weeks: int | None = None
    sex: Sex | None = None
    district: str | None = None
    street: str | None = None

    def months_on(self, today: date) -> int:
        """Completed months of life."""
        return completed_months(self.born_on, today)

    def guide_months_on(self, today: date) -> int | None:
        """The age that the guide's advice is chosen by; None for a child who has grown out of the guide."""
        months = self.months_on(today)
        return months if months <= OLDEST_MONTH else None


def check_born_on(born_on: date, today: date) -> None:
    """Refuse a birth date that no child of ours has.

    Raises: Refusal: it lies in the future, or the child is six or older.
    """
    if born_on > today:
        raise Refusal("child.born_future")
    if completed_months(born_on, today) >= SERVED_UNTIL_MONTHS:
        raise Refusal("child.too_old")


def grown_out(born_on: date, today: date) -> bool:
    """Whether the child is past the guide's three years, so that the family must be told what is still there."""
    return completed_months(born_on, today) >= OLDEST_MONTH


def read_nickname(text: str) -> str | None:
    """The nickname that a text gives; None where it is a question or a sentence."""
    plain = _LEADING.sub("", " ".join(text.split()), count=1).strip(" .,。，!！~\"'“”「」")
    if _ASKS.search(plain) or _WORRIES.search(plain) or len(plain.split()) > 2:
        return None
    return plain if 1 <= len(plain) <= 2 * MOST_NICKNAME_CHARACTERS and any(c.isalnum() for c in plain) else None


def check_nickname(nickname: str) -> str:
    """The nickname as it is kept.

    Raises: Refusal: it is too long, or holds what is no part of a nickname (numbers of people, signs).
    """
    plain = unicodedata.normalize("NFC", nickname).strip()
    if len(plain) > MOST_NICKNAME_CHARACTERS:
        raise Refusal("child.nickname_long", most=MOST_NICKNAME_CHARACTERS)
    letters = [c for c in plain if unicodedata.category(c)[0] in "LMN"]
    signs = [c for c in plain if unicodedata.category(c)[0] not in "LMN" and c not in " -·'"]
    if not letters or signs or sum(c.isdigit() for c in plain) > 3:
        raise Refusal("child.nickname_odd")
    return plain


def read_weeks(text: str) -> int | None:
    """The weeks of gestation that a text names ("34", "34周", "34+2", "三十四周", "34 weeks"); None for anything else."""
    match = re.fullmatch(
        r"\s*(?:孕)?(?P<weeks>\d{1,2}|[一二三四五六七八九十]{1,3})\s*(?:\+\s*\d)?\s*(?:周|w|wks?|weeks?)?\s*(?:\+?\s*\d\s*天?)?\s*(?:早产|生的?|出生的?|born)?\s*",
        text,
        re.IGNORECASE,
    )
    if match is None:
        return None
    digits = {c: n for n, c in enumerate("零一二三四五六七八九")}
    weeks = match["weeks"]
    if weeks.isascii():
        return int(weeks)
    tens, ten, ones = weeks.partition("十")
    if not ten:
        return digits[weeks] if len(weeks) == 1 else None
    return 10 * digits.get(tens, 1) + digits.get(ones, 0)


def check_weeks(weeks: int) -> int:
    """The weeks of gestation of a preterm birth.

    Raises: Refusal: they are not between 22 and 36.
    """
    if not FEWEST_WEEKS <= weeks < PRETERM_BELOW_WEEKS:
        raise Refusal("child.weeks_odd", least=FEWEST_WEEKS, most=PRETERM_BELOW_WEEKS - 1)
    return weeks


def check_street(street: str) -> str:
    """The street or town as it is kept: a name, never an address.

    Raises: Refusal: it is too long or holds a house number.
    """
    plain = " ".join(street.split())
    if not plain or len(plain) > MOST_STREET_CHARACTERS or any(c.isdigit() for c in plain):
        raise Refusal("child.street_odd")
    return plain


def age_say(born_on: date, today: date) -> Say:
    """An age as people say it: days below one month, months below two years, then years and months."""
    months = completed_months(born_on, today)
    if months == 0:
        return Say("age.days", {"days": max(0, (today - born_on) // timedelta(days=1))})
    if months < 24:
        return Say("age.months", {"months": months})
    years, rest = divmod(months, 12)
    return Say("age.years_months", {"years": years, "months": rest}) if rest else Say("age.years", {"years": years})
