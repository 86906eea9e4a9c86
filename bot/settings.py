"""The environment, read once, typed; an empty value counts as not set."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.errors import BadSetting


class Settings(BaseSettings):
    """Every setting; `.env.example` says what each is and where to get it."""

    model_config = SettingsConfigDict(
        env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True
    )

    slack_bot_token: SecretStr | None = None
    slack_app_token: SecretStr | None = None
    slack_signing_secret: SecretStr | None = None
    slack_client_id: str = ""
    slack_client_secret: SecretStr | None = None
    slack_api_url: str = ""
    openai_api_key: SecretStr | None = None
    openai_base_url: str = ""
    openai_model: str = "gpt-6-luna"
    openai_fallback_model: str = ""
    redis_url: str = ""
    encryption_keys: SecretStr | None = None
    data_dir: Path = Path(".data")
    port: int = Field(default=3000, ge=1, le=65_535)
    public_url: str = ""
    retention_days: int = Field(default=90, ge=1, le=3_650)
    log_level: str = Field(default="INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$")

    @property
    def has_model(self) -> bool:
        """Whether a language model may be asked: a key, or a server of one's own."""
        return self.openai_api_key is not None or bool(self.openai_base_url)


# What each setting has to be that can be wrong.
_HAS_TO_BE = {
    "port": "a whole number from 1 to 65535",
    "retention_days": "a whole number of days from 1 to 3650",
    "log_level": "DEBUG, INFO, WARNING or ERROR",
}
_ANYTHING_ELSE = "what .env.example says of it"
_LONGEST_SHOWN = 40


def read_settings() -> Settings:
    """Read the environment and `.env`; raises BadSetting that names the variable."""
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0]) if first["loc"] else "a setting"
        # Only what is known to be no secret is shown.
        given = f", not {str(first['input'])[:_LONGEST_SHOWN]!r}" if name in _HAS_TO_BE else ""
        wanted = _HAS_TO_BE.get(name, _ANYTHING_ELSE)
        raise BadSetting(f"{name.upper()} cannot be used: it has to be {wanted}{given}.") from error
