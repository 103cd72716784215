"""`flask --app app read …`: read picture files at the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
from flask import Flask
from flask.cli import with_appcontext

from app.services import services
from app.web.errors import as_body
from reader.decoding import MAX_IMAGE_BYTES
from reader.errors import InklingError
from reader.pictures import ink_from_image
from reader.reading import percent


def init_app(app: Flask) -> None:
    app.cli.add_command(read)


@click.command("read")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="One JSON object a file, as the API gives.")
@click.pass_context
@with_appcontext
def read(context: click.Context, files: tuple[Path, ...], as_json: bool) -> None:
    """Say which digit or number is in each of FILES. Exit code 1 if any could not be read."""
    answers = {file: _answer(file) for file in files}
    if as_json:
        named = [{"file": str(file), **answer} for file, answer in answers.items()]
        click.echo(json.dumps(named, indent=2, ensure_ascii=False))
    else:
        click.echo(_table(answers))
    if any("error" in answer for answer in answers.values()):
        context.exit(1)


def _answer(file: Path) -> dict[str, Any]:
    try:
        with file.open("rb") as source:  # a device or a pipe may never end
            ink = ink_from_image(source.read(MAX_IMAGE_BYTES + 1))
    except InklingError as error:
        return as_body(error.code, error.message)
    except OSError as error:
        return as_body("file_not_read", error.strerror or str(error))
    answer: dict[str, Any] = services().recognizer.read_number(ink).as_dict()
    return answer


def _table(answers: dict[Path, dict[str, Any]]) -> str:
    rows = [("file", "number", "sure", "what it says")]
    for file, answer in answers.items():
        if "error" in answer:
            rows.append((str(file), "–", "–", answer["error"]["message"]))
        elif answer["confidence"] is None:
            rows.append((str(file), "–", "–", answer["sentence"]))
        else:
            sure = percent(answer["confidence"])
            number = answer.get("number", answer["label"])
            rows.append((str(file), str(number), sure, answer["sentence"]))
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    return "\n".join(
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[3]])
        for row in rows
    )
