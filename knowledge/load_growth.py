"""Read the growth standard, its words and the milestones from the data folder, each when it is first asked for.

Apart from `load`, because answering a question needs none of it.
"""

from functools import cache
from pathlib import Path

from knowledge.csv_table import read_table
from knowledge.data_folder import DATA, read_yaml
from knowledge.faults import GuideFault, Problem
from knowledge.growth_standard import TABLE_NAMES, GrowthStandard, Sex, Table, TableName
from knowledge.growth_tables import read_growth_table
from knowledge.growth_words import GrowthWords, read_growth_words
from knowledge.load import read_sources, read_topics
from knowledge.milestones import Milestones, read_milestones
from knowledge.topics import Language


@cache
def load_growth_standard(data: Path = DATA) -> GrowthStandard:
    """The WHO tables.

    Raises: GuideFault: a table is missing or damaged.
    """
    tables: dict[tuple[TableName, Sex], Table] = {}
    for name in TABLE_NAMES:
        path = data / "growth" / f"{name}.csv"
        if not path.is_file():
            missing = Problem(f"growth/{name}.csv", 0, "the file is missing; restore it from the repository")
            raise GuideFault([missing])
        tables |= read_growth_table(name, read_table(path), f"growth/{name}.csv")
    return GrowthStandard(tables)


@cache
def load_growth_words(data: Path = DATA) -> dict[Language, GrowthWords]:
    """What is said about growth, by language.

    Raises: GuideFault: the file is malformed, or the languages differ.
    """
    return read_growth_words(read_yaml(data / "growth" / "words.yaml", data), "growth/words.yaml")


@cache
def load_milestones(data: Path = DATA) -> Milestones:
    """What many children do at which age, what to play, and the warning signs.

    Raises: GuideFault: the file is malformed, or names a source or topic that does not exist.
    """
    raw = read_yaml(data / "milestones.yaml", data)
    return read_milestones(raw, "milestones.yaml", set(read_sources(data)), set(read_topics(data)))
