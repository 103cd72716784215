"""Every setting, read from the environment once, with a default that works."""

from __future__ import annotations

import contextlib
import os
import secrets
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


class SettingError(RuntimeError):
    """A setting has a value that cannot be used; the message names it."""


@dataclass(frozen=True)
class Settings:
    """What a deployer can set. README.md says the same; a test compares them."""

    secret_key: str  # SECRET_KEY: signs the session cookie; the same for every worker and start
    model_path: Path  # MODEL_PATH: the model to serve, .tflite (or .h5 where TensorFlow is)

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> Settings:
        model_path = Path(environ.get("MODEL_PATH") or ROOT / "models" / "mnist_model.tflite")
        if model_path.suffix not in (".tflite", ".h5", ".keras"):
            raise SettingError(f"MODEL_PATH must name a .tflite, .h5 or .keras, not {model_path}.")
        return cls(environ.get("SECRET_KEY") or _kept_secret(ROOT / "instance"), model_path)


def _kept_secret(folder: Path) -> str:
    """A secret of this machine's own, made at the first start and shared by all workers since."""
    path = folder / "secret_key"
    if not path.exists():
        try:
            folder.mkdir(exist_ok=True)
            # Written aside, then linked: the first of several workers wins, whole or not at all.
            with tempfile.NamedTemporaryFile("w", dir=folder) as draft:
                draft.write(secrets.token_hex(32))
                draft.flush()
                with contextlib.suppress(FileExistsError):
                    os.link(draft.name, path)
        except OSError as error:
            raise SettingError(
                f"SECRET_KEY is not set, and none can be kept in {folder}: {error}. Set it to the "
                "output of: python -c 'import secrets; print(secrets.token_hex(32))'"
            ) from error
    return path.read_text()


# A 4 MB picture as base64 in JSON is 5.4 MB; larger bodies are refused before they are read.
MAX_BODY_BYTES = 6 * 1024 * 1024

FLASK_CONFIG = {
    "MAX_CONTENT_LENGTH": MAX_BODY_BYTES,
    "MAX_FORM_MEMORY_SIZE": 2 * 1024 * 1024,  # 20,000 points take under 0.8 MB
    "MAX_FORM_PARTS": 10,
    "SESSION_COOKIE_HTTPONLY": True,
    "SESSION_COOKIE_SAMESITE": "Lax",
    "WTF_CSRF_TIME_LIMIT": 8 * 60 * 60,  # a school day; the page renews a stale token by itself
}
