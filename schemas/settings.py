"""Every setting of the project, read from the environment (`SINERGI_*`), each with a default that works.

Does not belong here: what varies by office, programme or receiver; those are data files.
"""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Settings with their meaning; the environment variable is `SINERGI_` + the name in capitals."""

    model_config = SettingsConfigDict(env_prefix="SINERGI_", env_ignore_empty=True)

    home: Path = Field(Path(".sinergi"), description="where bytes, answers, reports and the embedded database live")
    inbox: Path = Field(Path("inbox"), description="where offices' files land; what `sinergi serve` watches")
    database_url: str | None = Field(None, description="PostgreSQL 15+; unset = the embedded server under the home")
    province: str | None = Field(None, description="Kemendagri province code; unset = the one the inbox's folders name")
    receiver_url: str | None = Field(
        None, description="base URL of the receiving system; unset = drafts and outbox only"
    )
    receiver_token: SecretStr | None = Field(None, description="bearer token of the receiving system")
    pages_url: str | None = Field(
        None, description="address of the report and Data Docs pages, for links; `sinergi serve` sets it"
    )
    time_zone: str = Field(
        "Asia/Jakarta", description="the province's zone: Asia/Jakarta, Asia/Makassar, Asia/Jayapura"
    )
    read_seconds: int = Field(120, description="a file whose reading takes longer is refused")
    read_memory_mb: int = Field(4096, description="address space of the reading child")
    workers: int | None = Field(
        None, ge=1, description="how many files are taken in at the same time; unset = two where there are two cores"
    )
    max_rows: int = Field(1_050_000, description="rows per sheet above which a file is refused")
    max_columns: int = Field(512, description="columns per sheet above which a file is refused")
    max_file_mb: int = Field(512, description="files larger than this are refused")
    max_unpacked_mb: int = Field(
        4096, description="workbooks and zips of lists that inflate to more than this are refused"
    )
    max_swelling: int = Field(
        400, description="what inflates to more than so many times its size, and 64 MB, is refused"
    )
    max_members: int = Field(2000, description="zips of lists with more members than this are refused")

    workbook_rows: Literal["bad", "all"] = Field(
        "bad", description="rows of a correction workbook: those to mend, or all of the list"
    )

    min_precision: float = Field(
        0.99,
        ge=0,
        le=1,
        description="estimated precision of merged persons under which drafts carry a warning and nothing publishes by itself",
    )

    @property
    def vault(self) -> Path:
        """Where received bytes are kept by their SHA-256 (primary data)."""
        return self.home / "vault"

    @property
    def answers(self) -> Path:
        """Receipts and correction workbooks, one folder per regency."""
        return self.home / "answers"

    @property
    def published(self) -> Path:
        """Published lists, one folder per list."""
        return self.home / "published"

    @property
    def reports(self) -> Path:
        """HTML reports."""
        return self.home / "reports"

    @property
    def docs(self) -> Path:
        """Data Docs, one folder per submission."""
        return self.home / "docs"

    @property
    def models(self) -> Path:
        """Models that were trained here, whether promoted or not."""
        return self.home / "models"

    @property
    def keys(self) -> Path:
        """Officers' private keys that this machine holds (mode 600)."""
        return self.home / "keys"


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The settings of this process. Tests clear the cache after changing the environment."""
    return Settings()


def province_today() -> date:
    """Today in the province: the day that a run without `--today` works with."""
    return datetime.now(ZoneInfo(settings().time_zone)).date()
