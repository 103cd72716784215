"""The classroom for programs, and for our own pages: JSON in, JSON out, no cookie.

Here a request is checked, once: type, size, meaning. The rules are in store.py.
"""

from __future__ import annotations

import base64
import json
import re
import time
from itertools import chain
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, jsonify, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Row
from werkzeug.http import quote_etag

from app.predict.drawings import Drawing, parse_json
from app.predict.readings import read
from app.rooms import limits, rounds
from app.rooms.addresses import addresses_of
from app.rooms.names import as_code
from app.rooms.service import store
from app.rooms.store import MOST_POINTS, NewDrawing, NoRoom, RoomError, classes_of
from app.rooms.tables import NO_DIGIT
from app.rooms.takeout import pieces_of_zip
from app.web import turns
from app.web.errors import BadJson, BadRequest
from reader.classes import MOST, Classes, as_label
from reader.errors import TooLarge
from reader.strokes import checked_strokes, ink_from_strokes

api = Blueprint("rooms", __name__, url_prefix="/api/rooms")

ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
PAGE = 200  # drawings in one answer to a wall
HERE_S = 40  # since a pupil's page last asked
NOT_A_DIGIT = "not_a_digit"
# The reading of what the network has not learnt.
UNREAD = {
    "verdict": NOT_A_DIGIT,
    "sentence": "Inkling has not learnt these signs yet.",
    **dict.fromkeys(("digit", "label", "confidence", "probabilities", "runner_up")),
}


@api.post("")
def open_room() -> ResponseReturnValue:
    limits.may_open_room()
    sent = _body({"classes": _are_texts})
    code, token = store().open_room(_classes(sent["classes"]) if "classes" in sent else None)
    return jsonify(addresses_of(code, token) | {"teacher_token": token}), 201


@api.get("/<code>")
def room(code: str) -> ResponseReturnValue:
    """The pupil's page asks this every other second."""
    if (token := _token()) is None:
        limits.may_guess()
    found, now, pupil, handed_in = store().seat(_code(code), token)
    return _unless_known(
        {
            "code": found.code,
            "closed": found.closed,
            "round": _round(now),
            "pupil": pupil
            and {
                "pupil": pupil.number,
                "name": pupil.name,
                "tasks": rounds.tasks_of(now.id, pupil.number, len(classes_of(found))),
                "handed_in": handed_in,
            },
        }
    )


@api.patch("/<code>")
def change_room(code: str) -> ResponseReturnValue:
    """Close the room, or show one drawing large."""
    sent = _body({"closed": _is_true, "large": _is_id_or_null})
    if len(sent) != 1:
        raise BadJson('Send {"closed": true}, or {"large": …} with the id of a drawing or null.')
    if "closed" in sent:
        store().close(_code(code), _need_token())
    else:
        store().show_large(_code(code), _need_token(), sent["large"])
    return jsonify({})


@api.delete("/<code>")
def delete_room(code: str) -> ResponseReturnValue:
    store().delete(_code(code), _need_token())
    return jsonify({})


@api.get("/<code>/addresses")
def addresses(code: str) -> ResponseReturnValue:
    """The addresses and QR pictures again, to carry the teacher's seat to a tablet."""
    found, token = store().room(_code(code)), _need_token()
    store().is_teacher(found, token)
    return jsonify(addresses_of(found.code, token))


@api.post("/<code>/pupils")
def join(code: str) -> ResponseReturnValue:
    limits.may_join()
    _body({})
    number, token, name = store().join(_code(code))
    return jsonify(pupil=number, token=token, name=name), 201


@api.get("/<code>/pupils")
def pupils(code: str) -> ResponseReturnValue:
    """For the teacher: the pupils who are here, and the pupils who handed in."""
    now_s = time.time()
    return _unless_known(
        {
            "pupils": [
                {
                    "pupil": row.number,
                    "name": row.name,
                    "muted": row.muted,
                    "here": now_s - row.seen_s < HERE_S,
                    "handed_in": row.in_round,
                    "drawings": row.drawings,
                }
                for row in store().pupils(_code(code), _need_token())
            ]
        }
    )


@api.patch("/<code>/pupils/<int(max=2147483647):number>")
def change_pupil(code: str, number: int) -> ResponseReturnValue:
    sent = _body({"muted": _is_bool}, all_of_them=True)
    store().mute(_code(code), _need_token(), number, sent["muted"])
    return jsonify({})


@api.post("/<code>/rounds")
def start_round(code: str) -> ResponseReturnValue:
    sent = _body({"kind": lambda kind: kind in rounds.KINDS}, all_of_them=True)
    return jsonify(round=store().start_round(_code(code), _need_token(), sent["kind"])), 201


@api.patch("/<code>/rounds/<int(max=2147483647):number>")
def change_round(code: str, number: int) -> ResponseReturnValue:
    sent = _body({"state": lambda state: state in rounds.STATES}, all_of_them=True)
    store().set_round(_code(code), _need_token(), number, sent["state"])
    return jsonify({})


@api.post("/<code>/drawings")
def hand_in(code: str) -> ResponseReturnValue:
    """Read a drawing and keep it. Sent again, it is the same drawing."""
    sent = _body(
        {
            "id": _is_id,
            "strokes": lambda strokes: isinstance(strokes, list),
            "round": _is_whole,
            "task": _is_place,
            "bet": lambda bet: bet == NOT_A_DIGIT or _is_place(bet),
        }
    )
    if not {"id", "strokes"} <= set(sent):
        raise BadJson("A drawing needs an “id” and its “strokes”.")
    room, pupil, kept = store().kept(_code(code), _need_token(), sent["id"])
    if kept is not None:
        return jsonify(_answer(kept.id, json.loads(kept.reading), kept.digit_image))
    classes = classes_of(room)
    _check_place(sent.get("task"), "task", classes)
    _check_place(sent.get("bet"), "bet", classes)
    strokes = [stroke for stroke in checked_strokes(sent["strokes"]) if stroke]
    if sum(map(len, strokes)) > MOST_POINTS:
        raise TooLarge(
            f"A drawing here may have {MOST_POINTS:,} points. Draw it a little simpler.",
            "too_many_points",
        )
    with turns.quick():
        reading = read(Drawing(ink_from_strokes(strokes), as_digit=True)).as_dict()
    if reading["verdict"] == "blank":
        raise BadRequest("Draw something first.", "nothing_sent")
    digit_image = base64.b64decode(reading.pop("digit_image").partition(",")[2])
    if not store().is_read(room):
        reading |= UNREAD
    bet = sent.get("bet")
    new = NewDrawing(
        id=sent["id"],
        strokes=json.dumps(strokes, separators=(",", ":")),
        reading=reading,
        digit_image=digit_image,
        round=sent.get("round"),
        task=sent.get("task"),
        bet=NO_DIGIT if bet == NOT_A_DIGIT else bet,
        classes=classes,
    )
    is_new = store().hand_in(room, pupil, new)
    return jsonify(_answer(new.id, reading, digit_image)), 201 if is_new else 200


@api.patch("/<code>/drawings/<uuid:drawing>")
def change_drawing(code: str, drawing: UUID) -> ResponseReturnValue:
    """Take a drawing off the wall, or bring it back."""
    sent = _body({"hidden": _is_bool}, all_of_them=True)
    store().set_hidden(_code(code), _need_token(), str(drawing), sent["hidden"])
    return jsonify({})


@api.get("/<code>/ballot")
def ballot(code: str) -> ResponseReturnValue:
    """The drawing that this pupil is to read next, or null."""
    found = store().ballot(_code(code), _need_token())
    return jsonify(drawing=found and {"id": found.id, "strokes": json.loads(found.strokes)})


@api.post("/<code>/votes")
def vote(code: str) -> ResponseReturnValue:
    """A pupil's vote on a drawing: the digit that it shows, or null for no digit."""
    fields = {"drawing": _is_id, "digit": lambda digit: digit is None or _is_place(digit)}
    sent = _body(fields, all_of_them=True)
    _check_place(sent["digit"], "digit", classes_of(store().room(_code(code))))
    store().vote(_code(code), _need_token(), sent["drawing"], sent["digit"])
    return jsonify({}), 201


@api.get("/<code>/wall")
def wall(code: str) -> ResponseReturnValue:
    """The drawings that came or changed after a cursor. The teacher sees hidden drawings, too."""
    if (token := _token()) is None:
        limits.may_guess()
    sent = request.args.get("after", "0")
    if not re.fullmatch(r"[0-9]{1,9}", sent):
        raise BadRequest("after must be a cursor that the wall gave.")
    found = store().room(_code(code))
    is_teacher = store().is_teacher(found, token)
    kind = "teacher" if is_teacher else "wall"
    tag = f"{kind}-{found.version}"
    if request.if_none_match.contains_weak(tag):
        return _with_tag(Response(status=304), tag)
    # A cursor from the future is one of a database that was put back: all of it again.
    after = int(sent) if int(sent) <= found.version else 0
    rows = store().since(found, after, PAGE)
    is_all = len(rows) < PAGE
    cursor = found.version if is_all else rows[-1].version
    now = store().newest_round(found)
    ending = store().ending(found, now) if now.state == "ended" else None
    head = {
        "cursor": cursor,
        "more": not is_all,
        "code": found.code,
        "closed": found.closed,
        "large": found.large,
        "round": {**_round(now), "ending": ending},
        "stats": store().figures(found, now.id),
    }
    body = ",".join(_on_wall(row, is_teacher) for row in rows)
    answer = Response(
        f'{json.dumps(head, ensure_ascii=False)[:-1]}, "drawings": [{body}]}}\n',
        mimetype="application/json",
    )
    return _with_tag(answer, f"{kind}-{cursor}")


@api.get("/<code>/export.zip")
def export(code: str) -> ResponseReturnValue:
    found = store().room(_code(code))
    store().is_teacher(found, _need_token())
    pieces = pieces_of_zip(store().database.url, found.code, store().read)
    # The first piece now: where the database is away, it is an error and no broken file.
    answer = Response(chain([next(pieces)], pieces), mimetype="application/zip")
    answer.call_on_close(pieces.close)
    answer.headers["Content-Disposition"] = f"attachment; filename=inkling-{found.code}.zip"
    return answer


def _answer(drawing_id: str, reading: dict[str, Any], digit_image: bytes) -> dict[str, Any]:
    url = "data:image/png;base64," + base64.b64encode(digit_image).decode()
    return {"id": drawing_id, "reading": {**reading, "digit_image": url}}


def _round(its_round: Row[Any]) -> dict[str, Any]:
    return {"round": its_round.id, "kind": its_round.kind, "state": its_round.state}


def _on_wall(row: Row[Any], is_teacher: bool) -> str:
    """A drawing as JSON. Its strokes and its reading are JSON already, and are most of it."""
    fields = {
        "id": row.id,
        "pupil": row.number,
        "name": row.name,
        "round": row.round_id,
        "sent_s": row.sent_s,
        "hidden": not row.is_shown,
        "waiting": row.state == "waiting",
        "task": row.task,
        "said": row.said,
        "bet": NOT_A_DIGIT if row.bet == NO_DIGIT else row.bet,
        "votes": row.votes,
        "votes_right": row.votes_right,
    }
    may_see = is_teacher or row.is_shown
    strokes, reading = (row.strokes, row.reading) if may_see else ("[]", "null")
    return f'{json.dumps(fields)[:-1]}, "reading": {reading}, "strokes": {strokes}}}'


def _unless_known(body: dict[str, Any]) -> Response:
    """The answer; or 304, where the client has it already."""
    answer = jsonify(body)
    answer.add_etag()
    answer.headers["Cache-Control"] = "private, no-cache"
    answer.make_conditional(request)
    return answer


def _with_tag(answer: Response, tag: str) -> Response:
    answer.headers["ETag"] = quote_etag(tag)
    answer.headers["Cache-Control"] = "private, no-cache"
    answer.headers["Vary"] = "Authorization"
    return answer


# What a request may hold


def _code(text: str) -> str:
    code = as_code(text)
    if code is None:
        raise NoRoom
    return code


def _token() -> str | None:
    sent = request.headers.get("Authorization", "")
    scheme, _, token = sent.partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def _need_token() -> str:
    if (token := _token()) is None:
        raise RoomError("Send the header “Authorization: Bearer …” with a token.", "bad_token")
    return token


def _body(fields: dict[str, Any], *, all_of_them: bool = False) -> dict[str, Any]:
    """The JSON object in the body, with these fields at most, each as it must be."""
    sent = request.get_data(cache=False)
    body = parse_json(sent) if sent else {}
    if not isinstance(body, dict) or not set(body) <= set(fields):
        raise BadJson(f"Send a JSON object with {' and '.join(fields) or 'nothing'} in it.")
    for name, value in body.items():
        if not fields[name](value):
            raise BadJson(f"{name} is not as the API document says.")
    if all_of_them and (missing := set(fields) - set(body)):
        raise BadJson(f"{' and '.join(sorted(missing))} is missing.")
    return body


def _is_true(value: Any) -> bool:
    return value is True


def _is_bool(value: Any) -> bool:
    return isinstance(value, bool)


def _is_whole(value: Any) -> bool:
    return type(value) is int and 0 <= value < 2**31


def _are_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(text, str) for text in value)


def _is_place(value: Any) -> bool:
    return type(value) is int and 0 <= value < MOST


def _check_place(value: Any, name: str, classes: Classes) -> None:
    """A task, a bet or a vote names a class of its room."""
    if isinstance(value, int) and value >= len(classes):
        raise BadJson(f"{name} must be 0 to {len(classes) - 1} in this room.")


def _classes(labels: list[str]) -> Classes:
    try:
        return Classes(tuple(map(as_label, labels)))
    except ValueError as error:
        raise BadJson(f"classes: {error}") from error


def _is_id(value: Any) -> bool:
    return isinstance(value, str) and ID.fullmatch(value) is not None


def _is_id_or_null(value: Any) -> bool:
    return value is None or _is_id(value)
