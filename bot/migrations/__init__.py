"""Changes of the tables, oldest first in `versions/`. Every one goes up and down on SQLite and PostgreSQL."""
