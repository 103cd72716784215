"""The classroom's part of the OpenAPI document."""

from __future__ import annotations

from typing import Any

from app.predict.openapi import (
    STROKES,
    Part,
    error,
    error_for_now,
    json_body,
    nullable,
    object_of,
    reference,
)  # fmt: skip
from app.rooms.rounds import KINDS, STATES
from app.rooms.store import MOST_A_MINUTE, MOST_POINTS
from reader.classes import FEWEST, LONGEST_LABEL, MOST

_TEXT = {"type": "string"}
_WHOLE = {"type": "integer", "minimum": 0, "maximum": 2**31 - 1}
_BOOL = {"type": "boolean"}
_UUID = {"type": "string", "format": "uuid", "pattern": "^[0-9a-f-]{36}$"}
_CLASS = reference("Class")
_BET = {"anyOf": [_CLASS, {"const": "not_a_digit"}]}
_NEW_ROOM = {
    **object_of(
        classes={
            "type": "array",
            "minItems": FEWEST,
            "maxItems": MOST,
            "uniqueItems": True,
            "items": {"type": "string", "minLength": 1, "maxLength": LONGEST_LABEL},
            "description": "What is drawn in the room; without it, what the model reads.",
        }
    ),
    "required": [],
}
_CODE = {"name": "code", "in": "path", "required": True, "schema": _TEXT}


def part() -> Part:
    return {
        "paths": _paths(),
        "schemas": _schemas(),
        "securitySchemes": {
            "token": {
                "type": "http",
                "scheme": "bearer",
                "description": "The pupil's token, or the teacher's.",
            }
        },
    }


def _schemas() -> dict[str, Any]:
    strokes = {**STROKES, "description": f"As in Strokes, with {MOST_POINTS:,} points at most."}
    reading_on_wall = {
        "type": "object",
        "description": "As in Reading, without its digit_image.",
        "required": ["verdict", "sentence", "digit", "confidence", "probabilities"],
    }
    its_round: dict[str, Any] = {
        "round": _WHOLE, "kind": {"enum": list(KINDS)}, "state": {"enum": list(STATES)},
    }  # fmt: skip
    return {
        "Opened": object_of(
            code=_TEXT, join_url=_TEXT, wall_url=_TEXT, teacher_url=_TEXT, join_qr=_TEXT,
            teacher_qr=_TEXT, only_here=_BOOL, teacher_token=_TEXT,
        ),
        "Joined": object_of(pupil=_WHOLE, token=_TEXT, name=_TEXT),
        "Round": object_of(**its_round),
        "RoundOnWall": object_of(
            **its_round,
            ending=nullable(
                object_of(
                    sentences={"type": "array", "items": _TEXT},
                    drawings={"type": "array", "items": _UUID},
                )
            ),
        ),
        "Seat": object_of(
            code=_TEXT,
            closed=_BOOL,
            round=reference("Round"),
            pupil=nullable(
                object_of(
                    pupil=_WHOLE,
                    name=_TEXT,
                    tasks={"type": "array", "items": _CLASS},
                    handed_in=_WHOLE,
                )
            ),
        ),
        "HandIn": {
            **object_of(id=_UUID, strokes=strokes, round=_WHOLE, task=_CLASS, bet=_BET),
            "required": ["id", "strokes"],
        },
        "HandedIn": object_of(id=_UUID, reading=reference("Reading")),
        "OnWall": object_of(
            id=_UUID, pupil=_WHOLE, name=_TEXT, round=_WHOLE, sent_s={"type": "number"},
            hidden=_BOOL, waiting=_BOOL, task=nullable(_CLASS), said=nullable(_CLASS),
            bet=nullable(_BET), votes=_WHOLE, votes_right=_WHOLE,
            reading=nullable(reading_on_wall),
            strokes={key: value for key, value in STROKES.items() if key != "examples"},
        ),
        "Stats": object_of(
            pupils=_WHOLE, drawings=_WHOLE, labelled=_WHOLE, right=_WHOLE,
            said=_row(), confusion={"type": "array", "items": _row()},
        ),
        "Wall": object_of(
            cursor=_WHOLE, more=_BOOL, code=_TEXT, closed=_BOOL, large=nullable(_UUID),
            round=reference("RoundOnWall"), stats=reference("Stats"),
            drawings={"type": "array", "items": reference("OnWall")},
        ),
        "Pupils": object_of(
            pupils={
                "type": "array",
                "items": object_of(
                    pupil=_WHOLE, name=_TEXT, muted=_BOOL, here=_BOOL, handed_in=_WHOLE,
                    drawings=_WHOLE,
                ),
            }
        ),
        "Ballot": object_of(drawing=nullable(object_of(id=_UUID, strokes=STROKES))),
    }  # fmt: skip


def _row() -> dict[str, Any]:
    most = MOST + 1
    return {"type": "array", "minItems": FEWEST + 1, "maxItems": most, "items": _WHOLE}


def _paths() -> dict[str, Any]:
    room, pupil = "/api/rooms/{code}", _in_path("number", _WHOLE)
    drawing = _in_path("drawing", _UUID)
    change_room = {"anyOf": [object_of(closed={"const": True}), object_of(large=nullable(_UUID))]}
    return {
        "/api/rooms": {
            "post": _operation(
                "open_room", "Open a room.", answer="Opened", created=True, body=_NEW_ROOM,
                room=False, token=False,
            )
        },
        room: {
            "get": _operation("seat", "The round of now; with a pupil's token, their tasks.",
                              answer="Seat", is_known=True),
            "patch": _operation("change_room", "Teacher: close the room, or show one drawing "
                                "large.", body=change_room),
            "delete": _operation("delete_room", "Teacher: delete the room and all in it."),
        },
        f"{room}/addresses": {
            "get": _operation("addresses", "Teacher: the room's addresses and QR pictures.")
        },
        f"{room}/pupils": {
            "post": _operation("join", "Join the room.", answer="Joined", created=True,
                               body=object_of(), token=False),
            "get": _operation("pupils", "Teacher: who is here, and who handed in.",
                              answer="Pupils", is_known=True),
        },
        f"{room}/pupils/{{number}}": {
            "patch": _operation("mute", "Teacher: take all drawings of a pupil off the wall, or "
                                "bring them back.", body=object_of(muted=_BOOL), also=pupil)
        },
        f"{room}/rounds": {
            "post": _operation("start_round", "Teacher: end this round, and start another.",
                               body=object_of(kind={"enum": list(KINDS)}), created=True)
        },
        f"{room}/rounds/{{number}}": {
            "patch": _operation("change_round", "Teacher: pause, go on, or end the round.",
                                body=object_of(state={"enum": list(STATES)}), also=pupil)
        },
        f"{room}/drawings": {
            "post": {
                **_operation("hand_in", "Pupil: hand in a drawing: 201 the first time, 200 "
                             f"after. At most {MOST_A_MINUTE} a minute.", answer="HandedIn",
                             created=True, body=reference("HandIn")),
            }
        },
        f"{room}/drawings/{{drawing}}": {
            "patch": _operation("change_drawing", "Teacher: take a drawing off the wall, or bring "
                                "it back.", body=object_of(hidden=_BOOL), also=drawing)
        },
        f"{room}/ballot": {
            "get": _operation("ballot", "Pupil: the drawing to read next, when the class tries to "
                              "fool the network.", answer="Ballot")
        },
        f"{room}/votes": {
            "post": _operation("vote", "Pupil: what you read in a drawing; null for nothing.",
                               body=object_of(drawing=_UUID, digit=nullable(_CLASS)), created=True)
        },
        f"{room}/wall": {
            "get": _operation("wall", "What came or changed after a cursor. With the teacher's "
                              "token, what is hidden, too.", answer="Wall", is_known=True,
                              also={"name": "after", "in": "query", "schema":
                                    {"type": "integer", "minimum": 0, "maximum": 999_999_999}})
        },
        f"{room}/export.zip": {
            "get": {
                **_operation("export", "Teacher: everything, to take home."),
                "responses": {
                    "200": {"description": "A zip.", "content": {"application/zip": {}}},
                    **_errors(),
                },
            }
        },
    }  # fmt: skip


def _in_path(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": schema}


def _operation(
    name: str,
    summary: str,
    *,
    answer: str | None = None,
    created: bool = False,
    is_known: bool = False,
    body: dict[str, Any] | None = None,
    also: dict[str, Any] | None = None,
    room: bool = True,
    token: bool = True,
) -> dict[str, Any]:
    schema = reference(answer) if answer else {"type": "object"}
    said = {"description": summary, "content": json_body(schema)}
    # A drawing that was handed in before is answered with 200.
    done = {"201": said} if created else {}
    if not created or name == "hand_in":
        done["200"] = said
    if is_known:
        done["304"] = {"description": "As the client has it already (If-None-Match)."}
    return {
        "operationId": name,
        "summary": summary,
        "parameters": [*([_CODE] if room else []), *([also] if also else [])],
        **({"requestBody": {"content": json_body(body), "required": True}} if body else {}),
        **({"security": [{"token": []}, {}]} if token else {}),
        "responses": {**done, **_errors()},
    }


def _errors() -> dict[str, Any]:
    return {
        "400": error("Not what the document says; the message says what."),
        "401": error("No token."),
        "404": error("No such room, or no such thing in it, or the token is not of this room."),
        "409": error("The room is closed or full."),
        "413": error("Too many strokes or points."),
        "429": error_for_now("Too many, from one pupil or from one network."),
        "503": error_for_now("The database does not answer, or there are too many rooms."),
        "507": error_for_now("The disk is full."),
    }
