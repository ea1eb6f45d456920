"""Take names, numbers and addresses out of a question before it is stored.

What is kept is for editors who mend the guide: the worry, not the person. Rather too much is taken than too little.
"""

import re

MOST_CHARACTERS = 300

_RULES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+"), "[email]"),
    (re.compile(r"https?://\S+|www\.\S+"), "[link]"),
    (re.compile(r"(?<!\d)\d{17}[\dXx](?!\d)"), "[id]"),
    (re.compile(r"(?<!\d)(?:\+?86[- ]?)?1\d{2}[- ]?\d{4}[- ]?\d{4}(?!\d)"), "[phone]"),
    (re.compile(r"(?<!\d)0\d{2,3}[- ]?\d{7,8}(?!\d)|(?<!\d)\d{7,}(?!\d)"), "[number]"),
    (re.compile(r"(?:微信|wechat|qq|vx)\s*(?:号|:|:|id)?\s*[a-z0-9_-]{5,}", re.IGNORECASE), "[contact]"),
    (
        re.compile(r"(?<=我叫)[\u4e00-\u9fff]{2,4}|(?<=名字叫)[\u4e00-\u9fff]{2,4}|(?<=姓名)[::]?[\u4e00-\u9fff]{2,4}"),
        "[name]",
    ),
    (re.compile(r"(?i)(?<=my name is )\w+(?: [A-Z]\w+)?|(?<=named )[A-Z]\w+|(?<=called )[A-Z]\w+"), "[name]"),
    (
        re.compile(r"[\u4e00-\u9fff]{2,8}(?:路|街|弄|巷|村)\s*\d+\s*(?:号|弄|室|栋)?(?:\s*\d+\s*(?:号|室|栋|楼))*"),
        "[address]",
    ),
)


def scrub(text: str, names: tuple[str, ...] = ()) -> str:
    """The question without what could name a person, cut to `MOST_CHARACTERS`. `names`: the family's own nicknames."""
    text = without_names(text, names)
    for pattern, stand_in in _RULES:
        text = pattern.sub(stand_in, text)
    return text[:MOST_CHARACTERS]


def without_names(text: str, names: tuple[str, ...]) -> str:
    """The text with a stand-in for each of these names."""
    for name in sorted(names, key=len, reverse=True):
        text = re.sub(re.escape(name), "[name]", text, flags=re.IGNORECASE)
    return text
