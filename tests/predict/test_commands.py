"""`flask --app app read`: pictures read at the command line."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from flask import Flask

from app.config import ROOT
from tests.paper import canvas, file, hands, photo, picture, side_by_side


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """seven.png, photo.jpg of an 8, number.png of 42, blank.png and notes.txt."""
    drawn = dict(hands(10))
    (tmp_path / "seven.png").write_bytes(file(picture(canvas(drawn[7]))))
    (tmp_path / "photo.jpg").write_bytes(file(photo(canvas(drawn[8])), "JPEG"))
    (tmp_path / "number.png").write_bytes(file(picture(canvas(side_by_side("42")))))
    (tmp_path / "blank.png").write_bytes(file(picture(canvas(drawn[7]) * 0)))
    (tmp_path / "notes.txt").write_text("a shopping list")
    return tmp_path


def run(app: Flask, folder: Path, *arguments: str) -> tuple[int, str]:
    paths = [a if a.startswith("-") else str(folder / a) for a in arguments]
    result = app.test_cli_runner().invoke(args=["read", *paths])
    return result.exit_code, result.output


def test_files_are_read_into_a_table(app: Flask, folder: Path) -> None:
    """One row a file: its digit, how sure, and the sentence; exit code 0."""
    code, output = run(app, folder, "seven.png", "photo.jpg", "number.png", "blank.png")
    header, seven, eight, number, blank = output.strip().splitlines()
    assert code == 0
    assert header.split()[:3] == ["file", "number", "sure"]
    assert seven.split()[1] == "7"
    assert eight.split()[1] == "8"
    assert number.split()[1] == "42"
    assert "No ink found here" in blank


def test_json_is_the_reading_of_the_api(app: Flask, folder: Path) -> None:
    """--json prints a list of readings with their file's name."""
    code, output = run(app, folder, "--json", "seven.png", "photo.jpg")
    seven, eight = json.loads(output)
    assert code == 0
    assert seven["file"].endswith("seven.png")
    assert (seven["digit"], eight["digit"]) == (7, 8)
    assert len(seven["probabilities"]) == 10


def test_one_bad_file_costs_the_exit_code_and_nothing_else(app: Flask, folder: Path) -> None:
    """The good ones are still read; the bad ones say why; exit code 1."""
    code, output = run(app, folder, "notes.txt", "seven.png", "missing.png", ".")
    assert code == 1
    assert "not a picture" in output
    assert "No such file" in output
    assert "Is a directory" in output
    assert "7, " in output
    code, output = run(app, folder, "--json", "notes.txt", "seven.png")
    assert code == 1
    assert json.loads(output)[0]["error"]["code"] == "not_an_image"


def test_a_file_that_never_ends_is_too_large(app: Flask) -> None:
    """No more is read of a device than of the largest picture."""
    result = app.test_cli_runner().invoke(args=["read", "/dev/zero"])
    assert result.exit_code == 1
    assert "larger than 4 MB" in result.output


def test_a_picture_may_come_through_a_pipe(folder: Path) -> None:
    """As in `cat seven.png | flask --app app read /dev/stdin`."""
    command = [sys.executable, "-m", "flask", "--app", "app", "read", "/dev/stdin"]
    seven = (folder / "seven.png").read_bytes()
    done = subprocess.run(command, cwd=ROOT, input=seven, capture_output=True, check=True)
    assert b"7, " in done.stdout


def test_the_command_works_as_the_readme_has_it(folder: Path) -> None:
    """`flask --app app read` in a fresh process."""
    command = [sys.executable, "-m", "flask", "--app", "app", "read", str(folder / "seven.png")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "7, " in done.stdout
