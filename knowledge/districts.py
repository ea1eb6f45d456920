"""The 16 districts of Shanghai, so that a family taps one instead of spelling it."""

DISTRICTS: tuple[tuple[str, str], ...] = (
    ("黄浦区", "Huangpu"),
    ("徐汇区", "Xuhui"),
    ("长宁区", "Changning"),
    ("静安区", "Jing'an"),
    ("普陀区", "Putuo"),
    ("虹口区", "Hongkou"),
    ("杨浦区", "Yangpu"),
    ("闵行区", "Minhang"),
    ("宝山区", "Baoshan"),
    ("嘉定区", "Jiading"),
    ("浦东新区", "Pudong"),
    ("金山区", "Jinshan"),
    ("松江区", "Songjiang"),
    ("青浦区", "Qingpu"),
    ("奉贤区", "Fengxian"),
    ("崇明区", "Chongming"),
)
"""Chinese and English name, in the city's own order."""


def slug_of(district: str) -> str:
    """The short name of a district, by its Chinese name, as phrase keys spell it."""
    return next(en for zh, en in DISTRICTS if zh == district).lower().replace("'", "")


def district_named(text: str) -> str | None:
    """The Chinese name of the district that the text names, None for another text ("浦东", "Xuhui District")."""
    plain = (
        text.strip()
        .lower()
        .replace("上海市", "")
        .replace("上海", "")
        .replace("district", "")
        .replace("new area", "")
        .strip()
    )
    for zh, en in DISTRICTS:
        if plain in {zh, zh.removesuffix("区"), zh.removesuffix("新区"), en.lower()}:
            return zh
    return None
