"""What a teacher takes home: a zip with the drawings, the digits, two tables, a picture, a report.

A drawing that has a task has a label, and goes to the files to learn from, unless the teacher hid
it. The tables have every drawing and every pupil.
"""

from __future__ import annotations

import csv
import io
import json
import struct
import zipfile
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import numpy as np
from flask import render_template
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from sqlalchemy import Row

from app.rooms.store import Room, Store, classes_of
from app.rooms.tables import NO_DIGIT
from reader.classes import Classes
from reader.strokes import ink_from_strokes

TILE_PX = 96
ACROSS = 16
MOST_TILES = 640  # newest first; a sheet of A3 has room for no more
ABOUT = """What is in this folder

drawings.ndjson   the drawings with a task, a line each: python train.py --drawings drawings.ndjson
unlabelled.ndjson the drawings without a task
digits.npz        the 28×28 pictures of drawings.ndjson as NumPy arrays: images, labels
*-ubyte           the same pictures and labels as MNIST's own files have them (IDX)
drawings.csv      every drawing: whose, when, its task, what the network said
pupils.csv        every pupil, by made-up name
contact-sheet.png the newest drawings on one picture
report.html       one page to print
"""


def room_as_zip(store: Store, room: Room) -> bytes:
    """The whole zip. Nothing is written to a disk, which may be full or read-only."""
    file = io.BytesIO()
    images, labels, tiles, rows = [], [], [], []
    lines: dict[bool, list[str]] = {True: [], False: []}
    for row in store.all_drawings(room):
        rows.append(_as_fields(row, classes_of(room)))
        if not row.is_shown:
            continue
        lines[row.task is not None].append(_as_line(room, row))
        tiles.append((row.strokes, row.task, row.said))
        if row.task is not None:
            images.append(np.asarray(Image.open(io.BytesIO(row.digit_image))))
            labels.append(row.task)
    digits = np.array(images, np.uint8).reshape(-1, 28, 28)
    pupils = [dict(row._mapping) for row in store.pupils_of(room)]
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as folder:
        folder.writestr("README.txt", ABOUT)
        folder.writestr("drawings.ndjson", "".join(lines[True]))
        folder.writestr("unlabelled.ndjson", "".join(lines[False]))
        folder.writestr("digits.npz", _npz(images=digits, labels=np.array(labels, np.int64)))
        folder.writestr("digits-images-idx3-ubyte", _idx(digits))
        folder.writestr("digits-labels-idx1-ubyte", _idx(np.array(labels, np.uint8)))
        folder.writestr("drawings.csv", _csv(rows))
        folder.writestr("pupils.csv", _csv(pupils))
        folder.writestr("contact-sheet.png", _contact_sheet(tiles[-MOST_TILES:][::-1]))
        folder.writestr("report.html", _report(store, room, rows, len(pupils)))
    return file.getvalue()


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


def _as_line(room: Room, row: Row[Any]) -> str:
    """A drawing as training/drawings.py reads it. Its strokes are JSON already."""
    fields = {"source": f"room {room.code}", "writer": row.name, "id": row.id}
    label = "" if row.task is None else f'"label": {_label(row.task, classes_of(room))}, '
    return f'{{{label}"strokes": {row.strokes}, {json.dumps(fields)[1:]}\n'


def _label(task: int, classes: Classes) -> str:
    """As JSON: a digit as a number, as MNIST has it; any other label as a text."""
    return str(task) if classes.are_digits else json.dumps(classes.labels[task], ensure_ascii=False)


def _npz(**arrays: NDArray[Any]) -> bytes:
    file = io.BytesIO()
    np.savez_compressed(file, **arrays)  # type: ignore[arg-type]
    return file.getvalue()


def _idx(array: NDArray[np.uint8]) -> bytes:
    """The format of MNIST's own files: two zeros, the type, how many axes, how long each is."""
    head = struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape)
    return head + array.tobytes()


def _csv(rows: Iterable[dict[str, Any]]) -> str:
    rows = list(rows)
    file = io.StringIO()
    if rows:
        table = csv.DictWriter(file, rows[0])
        table.writeheader()
        table.writerows(rows)
    return "\ufeff" + file.getvalue()  # so that Excel reads it as UTF-8


def _contact_sheet(tiles: list[tuple[str, int | None, int | None]]) -> bytes:
    down = max(1, -(-len(tiles) // ACROSS))
    sheet = Image.new("L", (ACROSS * TILE_PX, down * TILE_PX), 255)
    pen = ImageDraw.Draw(sheet)
    for place, (strokes, task, said) in enumerate(tiles):
        left, top = place % ACROSS * TILE_PX, place // ACROSS * TILE_PX
        ink = ink_from_strokes(json.loads(strokes))
        picture = Image.fromarray(255 - np.rint(ink * 255).astype(np.uint8))
        picture.thumbnail((TILE_PX - 16, TILE_PX - 32))
        sheet.paste(picture, (left + (TILE_PX - picture.width) // 2, top + 6))
        word = "–" if said is None else str(said)
        note = word if task is None else f"{task} read as {word}"
        pen.text((left + TILE_PX // 2, top + TILE_PX - 12), note, 96, anchor="mm")
    file = io.BytesIO()
    sheet.save(file, "PNG")
    return file.getvalue()


def _report(store: Store, room: Room, rows: list[dict[str, Any]], pupils: int) -> str:
    rounds = []
    for its_round in store.rounds_of(room):
        stats = store.figures(room, its_round.id)
        rounds.append((its_round.kind, stats, store.ending(room, its_round)["sentences"]))
    day = datetime.fromtimestamp(room.opened_s, UTC)
    return render_template(
        "rooms/report.html",
        room=room,
        rounds=rounds,
        day=day,
        pupils=pupils,
        drawings=len(rows),
        classes=classes_of(room),
    )
