"""The operator's register of service points while processes run: what staff take in is served within seconds."""

from pathlib import Path

from knowledge.near_places import served_places
from knowledge.place_files import read_place_files
from knowledge.places import Place


class PlaceRegister:
    """Looks whether the register's file was written anew since it was last read. `demo`: made-up samples are served too."""

    def __init__(self, file: Path, *, demo: bool) -> None:
        self.file = file
        self._demo = demo
        self._seen = self._stamp()

    def changed(self) -> tuple[Place, ...] | None:
        """Every place that families may see now; None where nothing was written since the last look."""
        stamp = self._stamp()
        if stamp == self._seen:
            return None
        places, _problems = read_place_files(self.file)
        self._seen = stamp
        return served_places(places, demo=self._demo)

    def _stamp(self) -> tuple[int, int] | None:
        try:
            found = self.file.stat()
        except FileNotFoundError:
            return None
        return found.st_mtime_ns, found.st_ino
