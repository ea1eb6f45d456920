"""The folder of the guide's data: where things lie in it, how its YAML is read, and what tells one edition from another."""

import hashlib
from pathlib import Path
from typing import Any

import yaml

from knowledge.faults import GuideFault, Problem

DATA = Path(__file__).parent / "data"
"""The shipped edition."""

OWN_TOPICS = "own_topics.yaml"
"""Topics that an installation added to those of `topics.yaml`; the shipped edition has none."""

_SafeLoader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the C one reads ten times faster where it exists


def fingerprint(data: Path, *, only_signed: bool = False) -> str:
    """Twelve hex digits that change when any file changes that answers are found in or made of."""
    digest = hashlib.sha256(b"signed" if only_signed else b"all")
    of_guide = [
        *data.glob("*.yaml"),
        *data.glob("*.jsonl"),
        *(data / "guide").rglob("*"),
        *(data / "wordings").rglob("*"),
    ]
    for path in sorted(p for p in of_guide if p.is_file()):
        digest.update(path.relative_to(data).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def read_yaml(path: Path, data: Path) -> dict[str, Any]:
    """A YAML file of the data folder whose top level is a mapping.

    Raises: GuideFault: with the line where the YAML breaks.
    """
    name = path.relative_to(data).as_posix()
    try:
        raw = yaml.load(path.read_text(encoding="utf-8"), Loader=_SafeLoader)  # noqa: S506 - it is a safe loader
    except FileNotFoundError as error:
        raise GuideFault([Problem(name, 0, "the file is missing; restore it from the repository")]) from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = Problem(name, mark.line + 1 if mark else 0, f"not valid YAML: {getattr(error, 'problem', error)}")
        raise GuideFault([problem]) from error
    if not isinstance(raw, dict):
        raise GuideFault([Problem(name, 1, "the file must be a mapping of names to values")])
    return raw


def entry_path(data: Path, topic_id: str) -> Path:
    """Where the entry of a topic lives."""
    domain, rest = topic_id.split(".", 1)
    return data / "guide" / domain / f"{rest}.md"
