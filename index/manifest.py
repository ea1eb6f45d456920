"""What a prepared index was made from. A mismatch is refused, with the command that mends it."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

FORMAT = 15
"""Raised whenever the layout of the prepared files changes."""


class IndexStale(Exception):
    """The prepared index is missing or was made from something else; the message names the command that mends it."""


@dataclass(frozen=True)
class Manifest:
    """The origin of a prepared index: layout, edition of the data, encoder, and its size for people who look.

    `tuned_for`: the encoder that the weights and probabilities were chosen with; `held_out`: their figures then.
    """

    format: int
    edition: str
    encoder: str
    topics: int
    entries: int
    wordings: int
    passages: int
    made_on: str
    tuned_for: str
    held_out: dict[str, float]

    def write(self, folder: Path) -> None:
        """Write it last: a folder without a manifest is an unfinished one."""
        (folder / "manifest.json").write_text(json.dumps(asdict(self), indent=2) + "\n", encoding="utf-8")


def read_manifest(folder: Path, edition: str, encoder: str) -> Manifest:
    """The manifest of a prepared index.

    Raises: IndexStale: there is none, or it belongs to another edition, encoder or layout.
    """
    path = folder / "manifest.json"
    if not path.is_file():
        message = f"no prepared index in {folder}; run `qihui index build`"
        raise IndexStale(message)
    raw = json.loads(path.read_text(encoding="utf-8"))
    if (raw.get("format"), raw.get("edition"), raw.get("encoder")) != (FORMAT, edition, encoder):
        message = f"the prepared index in {folder} was made from other data; run `qihui index build`"
        raise IndexStale(message)
    return Manifest(**raw)
