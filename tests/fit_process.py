"""What `qihui index build --published` does, on the small index of the tests: `python -m tests.fit_process URL FOLDER`."""

import sys
from datetime import date
from pathlib import Path

from bot.database import Database
from bot.guide_wiring import published_guide
from index.assemble import index_folder
from index.build import build
from index.hashing_encoder import HashingEncoder
from knowledge.load import load
from tests.conftest import sample_of


def main(url: str, root: Path) -> None:
    """Prepare the index of what is published in the database."""
    files = sample_of(load())
    shipped, encoder = published_guide(Database(url), files, files), HashingEncoder()
    folder = index_folder(root, shipped.guide.edition, encoder)
    build(shipped, encoder, folder, root / "vectors.npz", lambda _message: None, date(2026, 11, 24))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
