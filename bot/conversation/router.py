"""What a delivery asks of us, from its content alone. Pure: values in, a value out."""

import re
from dataclasses import dataclass
from typing import Literal

from bot.care.record_table import MOST_BYTES, is_record_table
from bot.families.invitation_code import code_in
from bot.messages import Inbound
from knowledge.near_places import Position, read_position
from knowledge.topics import Language

MOST_CHARACTERS = 2000

CommandName = Literal[
    "start",
    "help",
    "language",
    "privacy",
    "forget",
    "calendar",
    "growth",
    "milestones",
    "events",
    "bookings",
    "children",
    "invite",
    "consent",
    "mydata",
    "export",
    "display",
    "places",
    "visit",
    "nudges",
    "messages",
    "ask",
]
COMMANDS: tuple[CommandName, ...] = (
    "calendar",
    "growth",
    "milestones",
    "places",
    "visit",
    "events",
    "bookings",
    "ask",
    "children",
    "invite",
    "consent",
    "mydata",
    "export",
    "display",
    "nudges",
    "messages",
    "help",
    "language",
    "privacy",
    "forget",
    "start",
)

_CHINESE = re.compile(r"[\u3400-\u9fff]")
_LATIN = re.compile(r"[A-Za-z]{2,}")
_SWITCH_TO: dict[Language, re.Pattern[str]] = {
    "en": re.compile(
        r"^(?:换成?|切换成?|改成?)?\s*(?:英文|英语|english)(?:版)?(?: please)?$|^(?:speak|in) english(?: please)?$",
        re.IGNORECASE,
    ),
    "zh": re.compile(
        r"^(?:换成?|切换成?|改成?)?\s*(?:中文|汉语|普通话|chinese)(?:版)?(?: please)?$|^(?:speak|in) chinese(?: please)?$",
        re.IGNORECASE,
    ),
}
_WORDS_FOR: dict[CommandName, re.Pattern[str]] = {
    "ask": re.compile(
        r"^(?:问人|找人|找人工|人工|转人工|人工(?:客服|服务)|问(?:真人|老师|专家|咨询老师)|找(?:真人|老师|专家|咨询老师)|我的提问|我要问人|"
        r"(?:ask|talk to|speak to) (?:a |an )?(?:person|human|counsellor|counselor|expert)|my questions)[?\uff1f。!！]?$",
        re.IGNORECASE,
    ),
    "help": re.compile(r"^(?:help|帮助|怎么用|使用说明|菜单|menu)[?\uff1f]?$", re.IGNORECASE),
    "forget": re.compile(
        r"^(?:forget me|delete my data|删除我的(?:数据|记录)|忘记我|忘了我|清除记录|注销)$", re.IGNORECASE
    ),
    "privacy": re.compile(r"^(?:privacy|隐私|你记了什么|what do you keep)[?\uff1f]?$", re.IGNORECASE),
    "calendar": re.compile(
        r"^(?:日历|宝宝日历|我的日历|打疫苗了|该打什么(?:疫苗)?了?|疫苗日历|接种记录|记(?:打过的|疫苗|接种|打针)|(?:打)?疫苗记录|my calendar|calendar|vaccine calendar)[?\uff1f。!！]?$",
        re.IGNORECASE,
    ),
    "growth": re.compile(
        r"^(?:生长曲线|看生长曲线|身高体重|记身高体重|量身高体重|生长记录|(?:体重|身高|身长)记录|记(?:体重|身高|身长)|growth|growth chart|growth curves?)[?\uff1f。!！]?$",
        re.IGNORECASE,
    ),
    "milestones": re.compile(
        r"^(?:发育里程碑|里程碑|发育(?:筛查|评估|自查)|预警征象|宝宝该会什么了?|milestones?|warning signs)[?\uff1f。!！]?$",
        re.IGNORECASE,
    ),
    "events": re.compile(
        r"^(?:活动|附近的?活动|(?:有什么|看|找)(?:线下|亲子|附近的?)?活动|亲子活动|线下活动|报名活动|育儿加油站|亲子嘉年华|events?|nearby events|events near me)[?\uff1f。!！]?$",
        re.IGNORECASE,
    ),
    "bookings": re.compile(r"^(?:我的报名|我的活动|我报的名|my bookings?)[?\uff1f。!！]?$", re.IGNORECASE),
    "children": re.compile(
        r"^(?:我的(?:宝宝|孩子)|(?:我(?:要|想))?(?:再)?(?:加|添加|登记)(?:一?个)?(?:宝宝|孩子)|my (?:child|children|baby)|add (?:my |a )?(?:child|baby))$",
        re.IGNORECASE,
    ),
    "invite": re.compile(r"^(?:邀请(?:家人|家里人)?|invite(?: family)?)$", re.IGNORECASE),
    "consent": re.compile(r"^(?:同意书?|授权|撤回同意|consent)$", re.IGNORECASE),
    "mydata": re.compile(r"^(?:我的数据|我的资料|查看我的数据|my data|see my data)$", re.IGNORECASE),
    "export": re.compile(r"^(?:导出(?:数据|我的数据)?|export(?: my data)?)$", re.IGNORECASE),
    "nudges": re.compile(
        r"^(?:提醒|提醒设置|消息设置|设置提醒|恢复提醒|nudges|reminders|reminder settings)[?\uff1f。!！]?$",
        re.IGNORECASE,
    ),
    "display": re.compile(
        r"^(?:大字|大字版|字大一点|字太小(?:了)?|简短|说短一点|large type|bigger letters|short answers)$", re.IGNORECASE
    ),
    "places": re.compile(
        r"^(?:附近(?:的)?(?:服务点?|指导站|社区医院|托育|宝宝屋)?|服务点|找(?:附近的)?服务点|near ?me|nearby|places|services nearby|service points?)[?\uff1f。!！]?$",
        re.IGNORECASE,
    ),
    "visit": re.compile(
        r"^(?:预?约?上门(?:指导|访视)?|约家访|家访|我的上门|(?:book |ask for )?(?:a )?home visits?)[?\uff1f。!！]?$",
        re.IGNORECASE,
    ),
}
_SHARED_EVENT = re.compile(r"^event_([0-9a-f]{16})$")
_STOP = re.compile(
    r"^(?:停|停止|停了吧|停掉|退订|TD|T|不要再发了?|别再?发了|别再?提醒了?|不要再?提醒了?|取消订阅|取消提醒|unsubscribe|stop|stop all|stop messages|stop reminders|opt ?out)[。.!！~\s]*$",
    re.IGNORECASE,
)
"""The message as a whole; "停" inside a question is a question."""

_UNKNOWN = {"voice": "voice", "audio": "voice", "video_note": "voice", "photo": "photo", "video": "photo"}
_UNKNOWN |= {
    "animation": "sticker",
    "sticker": "sticker",
    "dice": "sticker",
    "location": "location",
    "venue": "location",
}


@dataclass(frozen=True)
class Command:
    """One of our commands."""

    name: CommandName


@dataclass(frozen=True)
class StopSending:
    """The whole message is 停, STOP or 退订: nothing more is sent unasked."""

    word: str


@dataclass(frozen=True)
class SwitchLanguage:
    """The person chooses a language; it stays until chosen otherwise."""

    language: Language


@dataclass(frozen=True)
class Pressed:
    """A button: `action` is its letter, `argument` what follows the colon."""

    action: str
    argument: str


@dataclass(frozen=True)
class Ask:
    """Free text: a question."""

    text: str


@dataclass(frozen=True)
class Pick:
    """A number in answer to choices, from 1."""

    number: int


@dataclass(frozen=True)
class CannotRead:
    """Something other than text; `phrase` is the kind sentence for it."""

    phrase: str


@dataclass(frozen=True)
class Located:
    """Where the person is now; used for one answer."""

    position: Position


@dataclass(frozen=True)
class Join:
    """An invitation code, typed or from a link."""

    code: str


@dataclass(frozen=True)
class Records:
    """A table of records: pasted, or a file that may be one."""

    sent: str | bytes


Intent = Command | StopSending | SwitchLanguage | Pressed | Ask | Pick | Join | Located | Records | CannotRead


def route(inbound: Inbound, *, choices_open: bool) -> Intent:
    """What a delivery asks of us. `choices_open`: our last reply offered numbered choices."""
    if inbound.kind == "unknown":
        return CannotRead(f"unknown.{_UNKNOWN.get(inbound.content, 'other')}")
    if inbound.kind == "location":
        position = read_position(inbound.content)
        return CannotRead("unknown.location") if position is None else Located(position)
    if inbound.kind == "button":
        action, _, argument = inbound.content.partition(":")
        return Pressed(action, argument)
    if inbound.kind == "file":
        return Records(inbound.file)
    text = inbound.content.strip()
    if len(text) <= MOST_BYTES and is_record_table(text):
        return Records(text)
    if len(text) > MOST_CHARACTERS:
        return CannotRead("too_long")
    parts = text.split(maxsplit=1)
    linked = text.startswith(("/start", "/join")) and len(parts) == 2
    shared = _SHARED_EVENT.match(parts[1]) if linked else None
    if shared is not None:
        return Pressed("event", f"card:{shared[1]}")
    code = code_in(parts[1] if linked else text)
    if code is not None:
        return Join(code)
    if text.startswith("/"):
        name = re.split(r"[\s@]", text[1:], maxsplit=1)[0].lower()
        for command in COMMANDS:
            if name == command:
                return Command(command)
        if name in {"lang", "zh", "en"}:
            return Command("language") if name == "lang" else SwitchLanguage("zh" if name == "zh" else "en")
        if re.fullmatch(r"[a-z_]{1,32}", name):
            return Command("help")
    if _STOP.match(text):
        return StopSending(text)
    for language, pattern in _SWITCH_TO.items():
        if pattern.match(text):
            return SwitchLanguage(language)
    for command, pattern in _WORDS_FOR.items():
        if pattern.match(text):
            return Command(command)
    if choices_open and re.fullmatch(r"[1-3\uff11-\uff13一二三]", text):
        return Pick("1\uff11一2\uff12二3\uff13三".index(text) // 3 + 1)
    return Ask(text)


def language_of(text: str) -> Language | None:
    """The language that a message is written in; None when it shows none (numbers, emoji)."""
    if _CHINESE.search(text):
        return "zh"
    return "en" if _LATIN.search(text) else None


def language_from_hint(hint: str | None) -> Language:
    """The language for someone who has not written yet: Chinese unless the app speaks another."""
    return "zh" if hint is None or hint.lower().startswith("zh") else "en"
