"""Read a child's age out of a parent's sentence ("一岁半", "100天", "36周早产现在两个月", "18 months"). Pure.

A length of time is not an age ("烧了两天", "隔三个月再打", "two months ago"): what stands directly before and after a
number decides. Where several ages are named, the youngest is the child that a 0-3 guide is asked about.
Months are completed months; part of a month is dropped, days count 30.4 to the month.
"""

import re
from dataclasses import dataclass

DAYS_PER_MONTH = 30.4375
MONTHS_PER_YEAR = 12


@dataclass(frozen=True)
class AgeMention:
    """What a sentence says about age.

    `age_months`: completed months since birth, None where no age is named (it may be far above 36: a school child,
    an adult). `gestation_weeks`: weeks of pregnancy at birth where a preterm birth is named, otherwise None.
    """

    age_months: int | None = None
    gestation_weeks: int | None = None


_DIGIT = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"两": 2, "俩": 2, "兩": 2, "〇": 0}
_NUMBER_ZH = r"(?:\d+(?:\.\d+)?|[零〇一二两兩俩三四五六七八九十]{1,3})"
_WORDS_EN = {
    word: number
    for number, word in enumerate(
        [
            "zero",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
            "sixteen",
            "seventeen",
            "eighteen",
            "nineteen",
            "twenty",
        ]
    )
} | {"a": 1, "an": 1}
_NUMBER_EN = r"(?:\d+(?:\.\d+)?|" + "|".join(w for w in _WORDS_EN if w not in {"a", "an"}) + ")"

_GESTATION = re.compile(
    rf"(?P<zh>{_NUMBER_ZH})\s*(?:\+\s*\d)?\s*周\s*(?:\+\s*\d\s*)?(?:的)?早[产產]|早[产產][^,,。.\d]{{0,4}}(?P<zh2>{_NUMBER_ZH})\s*周"
    r"|(?:born|preterm|premature|preemie)\s+(?:at\s+|baby\s+)?(?P<en>\d{2})\s*w(?:ee)?ks?"
    r"|(?P<en2>\d{2})[- ]week(?:er| preemie| preterm| premature)",
    re.IGNORECASE,
)
_PREGNANCY = re.compile(
    rf"(?:孕|怀孕|懷孕|怀|胎|孕期)\s*{_NUMBER_ZH}\s*(?:\+\s*\d\s*)?(?:周|個月|个月|月)|{_NUMBER_ZH}\s*(?:周|个月|個月)(?:的)?(?:孕妇|身孕|胎儿)"
    r"|\d+\s*(?:weeks?|months?)\s+pregnant",
    re.IGNORECASE,
)
_LAPSE_BEFORE = re.compile(
    r"(?:隔|每|近|最近|连续|持续|反复|烧了?|咳嗽?了?|拉了?|吐了?|哭了?|停了?|吃了|用了|断奶|断了|过了?|等|再|喂了|腹泻|便秘|湿疹|病了"
    r"|上|前|这|下|提前|推迟|晚了?|超了?|拖了?|差|every|for|last|past|next|in|after|within|another)\s*(?:大概|差不多|about)?\s*$",
    re.IGNORECASE,
)
_LAPSE_AFTER = re.compile(
    r"\s*(?:以?前|之前|没|沒|不拉|不便|未|一次|一顿|来一次|打一次|左右再|内|之内|以内|間隔|间隔|后再|没长|不长|没有|没胖|瘦|ago|later|apart|in a row)"
)
_AGE_BEFORE_DAYS = re.compile(
    r"(?:出生|生下来|宝宝|宝|娃|孩子|小囡|囡囡|崽|儿子|女儿|才|刚|满|今天|现在|新生儿|第|,|,|^)\s*(?:才|刚|满|第|现在|生下)?\s*$"
)
_AGE_AFTER_DAYS = re.compile(r"\s*(?:大|的(?:宝|娃|孩|新生|婴|小)|新生儿|宝宝|婴儿|娃|了(?!还?没|不|都|呢)|$|[,,。  ])")


def _number(text: str) -> float:
    text = text.strip().lower()
    if text in _WORDS_EN:
        return _WORDS_EN[text]
    if re.fullmatch(r"\d+(?:\.\d+)?", text):
        return float(text)
    tens, ten, ones = text.lstrip("零〇").partition("十")
    if ten:
        return 10 * (_digits(tens) if tens else 1) + _digits(ones)
    return _digits(text)


def _digits(text: str) -> int:
    """Chinese digits read one after the other; nothing is 0, and a second ten in "二十十" counts for nothing."""
    value = 0
    for character in text.replace("十", ""):
        value = 10 * value + _DIGIT[character]
    return value


_YEARS_ZH = re.compile(
    rf"(?P<nearly>快|将近|差不多|不到|马上)?\s*(?P<y>{_NUMBER_ZH})\s*(?:周岁|週歲|岁|歲)"
    rf"(?:(?P<half>半)|(?:零|又|加)?\s*(?P<m>{_NUMBER_ZH})\s*(?:个?多?月|個多?月))?\s*(?P<short>不到|差)?"
)
_MONTHS_ZH = re.compile(
    rf"(?P<nearly>快|将近|不到|马上)?\s*(?P<m>{_NUMBER_ZH})\s*(?:个|個)?\s*(?P<half>半)?\s*(?:多)?\s*月(?:龄|齡|大)?"
)
_DAYS_ZH = re.compile(rf"(?P<d>{_NUMBER_ZH}|\d{{2,3}})\s*(?:来|多)?天")
_WEEKS_ZH = re.compile(rf"(?P<w>{_NUMBER_ZH})\s*(?:个?(?:星期|礼拜)|周)(?!岁|歲|年|末|[一二三四五六日]|边|围)")
_FIXED_ZH = (
    (re.compile(r"半岁|半歲"), 6),
    (re.compile(r"(?<![\d一二三四五六七八九十])周岁|抓周"), 12),
    (re.compile(r"满百天|百天|百日|百岁宴"), 3),
    (re.compile(r"满月|滿月|月子里"), 1),
    (re.compile(r"新生儿|刚出生|刚生下来|newborn", re.IGNORECASE), 0),
)
_YEARS_EN = re.compile(
    rf"(?P<nearly>almost|nearly|not yet|turning|under)?\s*(?P<y>{_NUMBER_EN})(?P<half>\s*(?:and\s+a\s+half|½|1/2))?[- ]?\s*"
    r"(?:years?|yrs?|y/?o\b|y(?=\d|\s*\d+\s*m)|yo\b)(?:[- ]?olds?)?"
    rf"(?:\s*(?:and|,)?\s*(?P<m>{_NUMBER_EN})\s*(?:months?|mos?\b|m\b))?",
    re.IGNORECASE,
)
_MONTHS_EN = re.compile(
    rf"(?P<m>{_NUMBER_EN})(?P<half>\s*(?:and\s+a\s+half|½))?[- ]?\s*(?:months?|mths?|mos?\b|m/?o\b|m(?=\s+old|\s*$))(?:[- ]?olds?)?",
    re.IGNORECASE,
)
_WEEKS_EN = re.compile(rf"(?P<w>{_NUMBER_EN})[- ]?\s*(?:weeks?|wks?|w/?o\b)(?P<old>[- ]?olds?)?", re.IGNORECASE)
_DAYS_EN = re.compile(rf"(?P<d>{_NUMBER_EN})[- ]?\s*days?[- ]?(?P<old>olds?)", re.IGNORECASE)
_YEAR_AND_HALF = re.compile(r"\b(?:a|one)\s+year\s+and\s+a\s+half|\beighteen[- ]months?", re.IGNORECASE)


def read_age(text: str) -> AgeMention:
    """The age that a message names, and weeks of gestation where it speaks of a preterm birth."""
    gestation = None
    match = _GESTATION.search(text)
    if match:
        gestation = int(_number(next(group for group in match.groups() if group)))
        if not 22 <= gestation <= 36:  # a preterm birth is one before 37 weeks; below 22 it is another number
            gestation = None
        text = text[: match.start()] + " " + text[match.end() :]
    text = _PREGNANCY.sub(" ", text)
    ages = [*_ages_zh(text), *_ages_en(text)]
    return AgeMention(min(ages) if ages else None, gestation)


def names_pregnancy_weeks(text: str) -> bool:
    """Whether the message counts weeks or months of a pregnancy."""
    return _PREGNANCY.search(text) is not None


def _is_lapse(text: str, start: int, end: int) -> bool:
    return bool(_LAPSE_BEFORE.search(text[:start]) or _LAPSE_AFTER.match(text[end:]))


def _ages_zh(text: str) -> list[int]:
    ages: list[int] = []
    taken: list[tuple[int, int]] = []
    for match in _YEARS_ZH.finditer(text):
        if _LAPSE_AFTER.match(text[match.end() :]) and not match["short"]:
            continue
        months = _number(match["y"]) * MONTHS_PER_YEAR + (6 if match["half"] else 0)
        months += _number(match["m"]) if match["m"] else 0
        ages.append(int(months) - (1 if match["nearly"] or match["short"] else 0))
        taken.append(match.span())
    for match in _MONTHS_ZH.finditer(text):
        if _overlaps(match, taken) or _is_lapse(text, match.start(), match.end()):
            continue
        if not re.search(r"个|個|月龄|月齡|月大|半", match[0]) and not re.match(
            r"\s*的?(?:宝|娃|孩|$)", text[match.end() :]
        ):
            continue  # "3月" is March unless it stands beside the child
        ages.append(max(0, int(_number(match["m"])) - (1 if match["nearly"] else 0)))
        taken.append(match.span())
    for match in _WEEKS_ZH.finditer(text):
        if _overlaps(match, taken) or _is_lapse(text, match.start(), match.end()):
            continue
        after = text[match.end() :]
        if re.match(r"\s*(?:大|的(?:宝|娃|孩|新生|婴)|新生儿|宝宝$|龄)", after) or re.search(
            r"(?:出生|生下来|宝宝|娃)\s*$", text[: match.start()]
        ):
            ages.append(int(_number(match["w"]) * 7 / DAYS_PER_MONTH))
            taken.append(match.span())
    for match in _DAYS_ZH.finditer(text):
        if _overlaps(match, taken) or _LAPSE_AFTER.match(text[match.end() :]):
            continue
        days = _number(match["d"])
        before, after = text[: match.start()], text[match.end() :]
        beside_child = _AGE_BEFORE_DAYS.search(before) and _AGE_AFTER_DAYS.match(after)
        if (
            (days >= 10 and beside_child)
            or re.match(r"\s*(?:大|的(?:宝|娃|孩|新生|婴)|新生儿)", after)
            or before.rstrip().endswith(("出生", "生下来"))
        ):
            ages.append(int(days / DAYS_PER_MONTH))
            taken.append(match.span())
    for pattern, months in _FIXED_ZH:
        match_fixed = pattern.search(text)
        if match_fixed and not _overlaps(match_fixed, taken) and not ages:
            ages.append(months)
    return ages


def _ages_en(text: str) -> list[int]:
    ages: list[int] = []
    taken: list[tuple[int, int]] = []
    half = _YEAR_AND_HALF.search(text)
    if half:
        return [18]
    for match in _YEARS_EN.finditer(text):
        if _is_lapse(text, match.start(), match.end()) or re.match(r"\s*(?:of|grade)", text[match.end() :]):
            continue
        months = _number(match["y"]) * MONTHS_PER_YEAR + (6 if match["half"] else 0)
        months += _number(match["m"]) if match["m"] else 0
        ages.append(int(months) - (1 if match["nearly"] else 0))
        taken.append(match.span())
    for match in _MONTHS_EN.finditer(text):
        if not _overlaps(match, taken) and not _is_lapse(text, match.start(), match.end()):
            ages.append(int(_number(match["m"])))
            taken.append(match.span())
    for match in _WEEKS_EN.finditer(text):
        lapse = _is_lapse(text, match.start(), match.end()) and not match["old"]
        if (
            not _overlaps(match, taken)
            and not lapse
            and (match["old"] or re.match(r"\s*(?:baby|newborn|infant)", text[match.end() :]))
        ):
            ages.append(int(_number(match["w"]) * 7 / DAYS_PER_MONTH))
    ages.extend(int(_number(match["d"]) / DAYS_PER_MONTH) for match in _DAYS_EN.finditer(text))
    return ages


def _overlaps(match: re.Match[str], taken: list[tuple[int, int]]) -> bool:
    return any(match.start() < end and start < match.end() for start, end in taken)
