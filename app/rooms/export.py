"""What a teacher takes home: a zip with the drawings, the digits, two tables, a picture, a report.

A drawing that has a task has a label, and goes to the files to learn from, unless the teacher hid
it. The tables have every drawing and every pupil. Runs as a process of its own; takeout.py starts
it.
"""

from __future__ import annotations

import csv
import io
import json
import os
import struct
import sys
import zipfile
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import chain
from typing import Any

import numpy as np
from jinja2 import Environment, FileSystemLoader
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from sqlalchemy import Row

from app.config import ROOT
from app.rooms.database import Database
from app.rooms.store import Room, Store, classes_of
from app.rooms.tables import NO_DIGIT
from reader.classes import Classes
from reader.strokes import ink_from_strokes

TILE_PX = 80
ACROSS = 16
MOST_TILES = 160  # the newest; more would be too small on a printed page
PIECE_BYTES = 64 * 1024
ABOUT = """What is in this folder

drawings.ndjson   the drawings with a task, a line each, to train on:
                  python train.py --start-from models/mnist_model.h5 --drawings drawings.ndjson
unlabelled.ndjson the drawings without a task
digits.npz        the 28×28 pictures of drawings.ndjson as NumPy arrays: images, labels
*-ubyte           the same pictures and labels as MNIST's own files have them (IDX)
drawings.csv      every drawing: whose, when, its task, what the network said
pupils.csv        every pupil, by made-up name
contact-sheet.png the newest drawings on one picture
report.html       one page to print
"""


def room_as_zip(store: Store, room: Room) -> Iterator[bytes]:
    """The zip in pieces: a full room would take 150 MB as a whole, and a disk for it may be full or
    read-only. A drawing that is handed in meanwhile is not in it."""
    zip_pieces = Pieces()
    with zipfile.ZipFile(zip_pieces, "w", zipfile.ZIP_DEFLATED) as folder:
        for name, lines in _files(store, room):
            with folder.open(name, "w") as file:
                for line in lines:
                    file.write(line)
                    yield from zip_pieces.enough()
    yield zip_pieces.rest()


class Pieces(io.RawIOBase):
    """A file that can only be written, and is taken away in pieces."""

    def __init__(self) -> None:
        self.written = bytearray()

    def write(self, data: Any) -> int:
        self.written += data
        return len(data)

    def rest(self) -> bytes:
        taken = bytes(self.written)
        self.written.clear()
        return taken

    def enough(self) -> Iterator[bytes]:
        if len(self.written) >= PIECE_BYTES:
            yield self.rest()


Lines = Iterable[bytes]


def _files(store: Store, room: Room) -> Iterator[tuple[str, Lines]]:
    """Each file by name, made while it is read."""
    labels: dict[str, int] = {}  # of the drawings to learn from, by id
    others: list[str] = []  # shown, without a task
    everything = store.drawing_ids(room)

    def table() -> Iterator[dict[str, Any]]:
        for row in store.drawings_of(room, everything, whole=False):
            if row.is_shown and row.task is not None:
                labels[row.id] = row.task
            elif row.is_shown:
                others.append(row.id)
            yield _as_fields(row, classes_of(room))

    def strokes(ids: Iterable[str]) -> Lines:
        return (_as_line(room, row) for row in store.drawings_of(room, ids, whole=True))

    def images() -> Lines:
        for row in store.drawings_of(room, labels, whole=True):
            yield np.asarray(Image.open(io.BytesIO(row.digit_image))).tobytes()

    pupils = [dict(row._mapping) for row in store.pupils_of(room)]
    yield "README.txt", [ABOUT.encode()]
    yield "drawings.csv", _csv(table())
    digits = np.array(list(labels.values()), np.uint8)
    shape = (len(labels), 28, 28)
    yield "pupils.csv", _csv(pupils)
    yield "drawings.ndjson", strokes(labels)
    yield "unlabelled.ndjson", strokes(others)
    yield "digits-images-idx3-ubyte", chain([_idx_head(shape)], images())
    yield "digits-labels-idx1-ubyte", [_idx_head(digits.shape), digits.tobytes()]
    yield "digits.npz", _npz(chain([_npy_head(shape)], images()), digits.astype(np.int64))
    is_shown = labels.keys() | set(others)
    shown = [drawing for drawing in everything if drawing in is_shown]
    newest = store.drawings_of(room, shown[-MOST_TILES:][::-1], whole=True)
    is_read = store.is_read(room)
    notes = [(row, _note(row, classes_of(room), is_read=is_read)) for row in newest]
    yield "contact-sheet.png", [_contact_sheet(notes)]
    yield "report.html", [_report(store, room, len(everything), len(pupils)).encode()]


def _as_fields(row: Row[Any], classes: Classes) -> dict[str, Any]:
    reading = json.loads(row.reading)
    has_task = row.task is not None
    return {
        "id": row.id,
        "sent": datetime.fromtimestamp(row.sent_s, UTC).isoformat(timespec="seconds"),
        "pupil": row.number,
        "name": row.name,
        "round": row.round_id,
        "kind": row.kind,
        "task": "" if row.task is None else classes.labels[row.task],
        "said": "" if row.said is None else classes.labels[row.said],
        "right": int(row.task == row.said) if has_task else "",
        "verdict": reading["verdict"],
        "confidence": reading["confidence"],
        "bet": _bet(row.bet, classes),
        "votes": row.votes,
        "votes_right": row.votes_right,
        "state": "muted" if row.muted and row.state == "shown" else row.state,
    }


def _bet(bet: int | None, classes: Classes) -> str:
    if bet is None:
        return ""
    return "not_a_digit" if bet == NO_DIGIT else classes.labels[bet]


def _as_line(room: Room, row: Row[Any]) -> bytes:
    """A drawing as training/data/drawings.py reads it. Its strokes are JSON already."""
    fields = {"source": f"room {room.code}", "writer": row.name, "id": row.id}
    label = "" if row.task is None else f'"label": {_label(row.task, classes_of(room))}, '
    return f'{{{label}"strokes": {row.strokes}, {json.dumps(fields)[1:]}\n'.encode()


def _label(task: int, classes: Classes) -> str:
    """As JSON: a digit as a number, as MNIST has it; any other label as a text."""
    return str(task) if classes.are_digits else json.dumps(classes.labels[task], ensure_ascii=False)


def _npz(images: Lines, labels: NDArray[np.int64]) -> Iterator[bytes]:
    """NumPy's own format: a zip of arrays."""
    pieces = Pieces()
    with zipfile.ZipFile(pieces, "w") as arrays:
        with arrays.open("images.npy", "w") as file:
            for image in images:
                file.write(image)
                yield from pieces.enough()
        with arrays.open("labels.npy", "w") as file:
            np.lib.format.write_array(file, labels)
    yield pieces.rest()


def _npy_head(shape: tuple[int, ...]) -> bytes:
    file = io.BytesIO()
    head = {"descr": "|u1", "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(file, head)
    return file.getvalue()


def _idx_head(shape: tuple[int, ...]) -> bytes:
    """The format of MNIST's own files: two zeros, the type, how many axes, how long each is."""
    return struct.pack(f">BBBB{len(shape)}I", 0, 0, 8, len(shape), *shape)


def _csv(rows: Iterable[dict[str, Any]]) -> Iterator[bytes]:
    yield b"\xef\xbb\xbf"  # so that Excel reads it as UTF-8
    line = io.StringIO()
    table = None
    for row in rows:
        if table is None:
            table = csv.DictWriter(line, row)
            table.writeheader()
        table.writerow(row)
        yield line.getvalue().encode()
        line.seek(0), line.truncate()


def _contact_sheet(noted: list[tuple[Row[Any], str]]) -> bytes:
    down = max(1, -(-len(noted) // ACROSS))
    sheet = Image.new("L", (ACROSS * TILE_PX, down * TILE_PX), 255)
    pen = ImageDraw.Draw(sheet)
    for place, (row, note) in enumerate(noted):
        left, top = place % ACROSS * TILE_PX, place // ACROSS * TILE_PX
        ink = ink_from_strokes(json.loads(row.strokes))
        picture = Image.fromarray(255 - np.rint(ink * 255).astype(np.uint8))
        picture.thumbnail((TILE_PX - 16, TILE_PX - 32))
        sheet.paste(picture, (left + (TILE_PX - picture.width) // 2, top + 6))
        pen.text((left + TILE_PX // 2, top + TILE_PX - 12), note, 96, anchor="mm")
    file = io.BytesIO()
    sheet.save(file, "PNG")
    return file.getvalue()


def _note(row: Row[Any], classes: Classes, *, is_read: bool) -> str:
    """The task of a drawing and its reading. Pillow's font has no ☆: such a drawing has no note."""
    task = "" if row.task is None else classes.labels[row.task]
    said = "–" if row.said is None else classes.labels[row.said]
    if not (task + said.strip("–")).isascii():
        return ""
    if not is_read:
        return task
    return f"{task} read as {said}" if task else said


def _report(store: Store, room: Room, drawings: int, pupils: int) -> str:
    rounds = []
    for its_round in store.rounds_of(room):
        stats = store.figures(room, its_round.id)
        rounds.append((its_round.kind, stats, store.ending(room, its_round)["sentences"]))
    day = datetime.fromtimestamp(room.opened_s, UTC)
    templates = Environment(loader=FileSystemLoader(ROOT / "templates"), autoescape=True)
    return templates.get_template("rooms/report.html").render(
        room=room,
        rounds=rounds,
        day=day,
        pupils=pupils,
        drawings=drawings,
        classes=classes_of(room),
    )


def main() -> None:
    """Write the zip to standard output. Standard input has the database, the code, the labels."""
    if hasattr(os, "nice"):
        os.nice(10)  # pupils who hand in go first
    database_url, code, labels = json.loads(sys.stdin.read())
    store = Store(Database(database_url), hours=0, most_rooms=0, read=Classes(tuple(labels)))
    for piece in room_as_zip(store, store.room(code)):
        sys.stdout.buffer.write(piece)


if __name__ == "__main__":
    main()
