"""What the announcements of tests say, and the hidden addresses of their chats; loads nothing, so that memory can be measured."""

import hashlib

TEXTS = {"zh": "周六上午有亲子活动，欢迎来玩。", "en": "There is a play morning on Saturday. Do come."}


def hidden(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()[:32]
