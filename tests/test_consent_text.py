"""What families agreed to cannot be reworded behind their backs: a changed text needs a new version."""

import hashlib
from pathlib import Path

import yaml

from bot.conversation.phrases import catalogue
from bot.families.consent import CONSENT_VERSION, PURPOSES
from knowledge.topics import LANGUAGES

VERSIONS = yaml.safe_load((Path(__file__).parent / "cases" / "consent_text.yaml").read_text(encoding="utf-8"))
KEYS = ("consent.intro", *(f"consent.text.{purpose}" for purpose in PURPOSES), "consent.guardian")


def test_the_consent_text_is_the_one_of_its_version() -> None:
    shown = "\n".join(catalogue()[language][key] for language in LANGUAGES for key in KEYS)
    fingerprint = hashlib.sha256(shown.encode()).hexdigest()[:16]
    assert VERSIONS.get(CONSENT_VERSION) == fingerprint, f'"{CONSENT_VERSION}": {fingerprint}'


def test_no_version_is_used_for_two_texts() -> None:
    assert len(set(VERSIONS.values())) == len(VERSIONS)
