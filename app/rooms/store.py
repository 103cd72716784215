"""The rules of the classroom: who may do what in a room, and what becomes of a drawing.

Knows no HTTP. Nothing of a room is kept in the process: any worker, on any machine, may answer.
Every change begins with `_change`, which locks the room and counts its version up. So changes of a
room happen one after the other, and whoever has seen version n asks for all that came after it.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from sqlalchemy import (
    Connection,
    Row,
    Select,
    and_,
    bindparam,
    case,
    delete,
    func,
    insert,
    select,
)
from sqlalchemy import update as sql_update
from sqlalchemy.exc import IntegrityError

from app.rooms import names, rounds
from app.rooms.database import Database
from app.rooms.tables import NO_DIGIT, drawings, pupils, rooms, votes
from app.rooms.tables import rounds as rounds_table
from reader.classes import DIGITS, Classes
from reader.errors import InklingError

MOST_PUPILS = 200
MOST_DRAWINGS = 20_000
MOST_A_MINUTE = 60  # that one pupil hands in
MOST_POINTS = 2_000  # in one drawing; a digit has a hundred
PAGE = 100  # drawings that are fetched at once to be taken home
SEEN_EVERY_S = 15  # a pupil who asks is written down as here no more often

Room = Row[Any]
Pupil = Row[Any]


class RoomError(InklingError):
    """What a room does not allow."""


class NoRoom(RoomError):
    """The same for a wrong code and a wrong token, so that nobody finds a room by asking."""

    code = "no_room"

    def __init__(self) -> None:
        super().__init__("There is no room with this code, or it is over.")


class TooFast(InklingError):
    code = "too_fast"
    retry_after_s = 10


@dataclass(frozen=True)
class NewDrawing:
    """A drawing that a pupil hands in, read."""

    id: str
    strokes: str  # JSON
    reading: Mapping[str, Any]
    digit_image: bytes
    round: int | None = None  # the round it was drawn in; None: the one of now
    task: int | None = None
    bet: int | None = None
    classes: Classes = DIGITS

    @property
    def said(self) -> int | None:
        """The place of the network's first guess, or None when it sees none of the classes."""
        is_one = self.reading["verdict"] in ("digit", "unsure")
        return self.classes.place_of(self.reading["label"]) if is_one else None


IS_SHOWN = and_(drawings.c.state == "shown", ~pupils.c.muted)

# What each hand-in and each look at a room asks. To build a statement costs more than SQLite takes
# to answer it, so these are built once: a hand-in takes 6.8 ms of processor time, and took 10.9.
ROOM = select(rooms).where(
    rooms.c.code == bindparam("code"), rooms.c.expires_s > bindparam("now_s")
)
PUPIL = select(pupils).where(
    pupils.c.token_hash == bindparam("token_hash"), pupils.c.room_id == bindparam("room")
)
DRAWING = select(drawings).where(
    drawings.c.room_id == bindparam("room"), drawings.c.id == bindparam("drawing")
)
NEWEST_ROUND = (
    select(rounds_table)
    .where(rounds_table.c.room_id == bindparam("room"))
    .order_by(rounds_table.c.id.desc())
    .limit(1)
)
ROUND = select(rounds_table).where(
    rounds_table.c.room_id == bindparam("room"), rounds_table.c.id == bindparam("round")
)
HANDED_IN = (
    select(func.count())
    .select_from(drawings)
    .where(drawings.c.pupil_id == bindparam("pupil"), drawings.c.round_id == bindparam("round"))
)
HANDED_IN_SINCE = (
    select(func.count())
    .select_from(drawings)
    .where(drawings.c.pupil_id == bindparam("pupil"), drawings.c.sent_s > bindparam("since_s"))
)
ONE_MORE_DRAWING = (
    sql_update(rooms)
    .where(rooms.c.id == bindparam("room"))
    .values(version=rooms.c.version + 1, drawings=rooms.c.drawings + 1)
    .returning(rooms)
)
NEW_DRAWING = insert(drawings)


class Store:
    """`read`: the classes that the network of this Inkling reads."""

    def __init__(
        self, database: Database, hours: int, most_rooms: int, read: Classes = DIGITS
    ) -> None:
        self.database = database
        self.hours = hours
        self.most_rooms = most_rooms
        self.read = read

    def is_read(self, room: Room) -> bool:
        """Whether the network knows what is drawn in the room. Otherwise it keeps silent there."""
        return classes_of(room) == self.read

    # Rooms

    def open_room(self, classes: Classes | None = None) -> tuple[str, str]:
        """A new room, with a free round that runs: its code and the teacher's secret."""
        classes = classes or self.read
        now_s, token = time.time(), names.new_token()
        with self.database.writing() as connection:
            _delete_expired(connection, now_s)
            if (connection.scalar(select(func.count()).select_from(rooms)) or 0) >= self.most_rooms:
                raise RoomError("There are as many rooms as there may be.", "too_many_rooms")
            code = names.new_code()
            while connection.scalar(select(rooms.c.id).where(rooms.c.code == code)) is not None:
                code = names.new_code()
            room_id = connection.scalar(
                insert(rooms)
                .values(
                    code=code,
                    teacher_hash=names.hash_of(token),
                    opened_s=now_s,
                    expires_s=now_s + self.hours * 3600,
                    classes=None if classes.are_digits else json.dumps(classes.labels),
                )
                .returning(rooms.c.id)
            )
            _start(connection, room_id, "free", now_s)
        return code, token

    def delete_expired(self) -> None:
        with self.database.writing() as connection:
            _delete_expired(connection, time.time())

    def room(self, code: str) -> Room:
        with self.database.reading() as connection:
            return _room(connection, code)

    def close(self, code: str, token: str) -> None:
        with self.database.writing() as connection:
            room = _teachers(connection, code, token)
            _change(connection, room, closed=True)

    def delete(self, code: str, token: str) -> None:
        """The room with all that is in it, at once."""
        with self.database.writing() as connection:
            room = _teachers(connection, code, token)
            connection.execute(delete(rooms).where(rooms.c.id == room.id))

    def show_large(self, code: str, token: str, drawing_id: str | None) -> None:
        with self.database.writing() as connection:
            room = _teachers(connection, code, token)
            if drawing_id is not None:
                _drawing(connection, room, drawing_id)
            _change(connection, room, large=drawing_id)

    # Pupils

    def join(self, code: str) -> tuple[int, str, str]:
        """A new pupil: number, secret and made-up name."""
        now_s, token = time.time(), names.new_token()
        with self.database.writing() as connection:
            room = _open(_room(connection, code))
            changed = _change(connection, room, pupils=rooms.c.pupils + 1)
            if changed.pupils > MOST_PUPILS:
                raise RoomError(f"This room has {MOST_PUPILS} pupils, and is full.", "room_full")
            taken = select(pupils.c.name).where(pupils.c.room_id == room.id)
            name = names.new_name(set(connection.scalars(taken)))
            connection.execute(
                insert(pupils).values(
                    room_id=room.id,
                    number=changed.pupils,
                    name=name,
                    token_hash=names.hash_of(token),
                    joined_s=now_s,
                    seen_s=now_s,
                )
            )
        return changed.pupils, token, name

    def seat(self, code: str, token: str | None) -> tuple[Room, Row[Any], Pupil | None, int]:
        """What a pupil's page asks every other second: the room, its round, the pupil, and how
        many drawings of that round are theirs."""
        now_s = time.time()
        with self.database.reading() as connection:
            room = _room(connection, code)
            newest = _newest_round(connection, room)
            if token is None:
                return room, newest, None, 0
            pupil = _pupil(connection, room, token)
            handed_in = _count_in_round(connection, pupil, newest.id)
        if now_s - pupil.seen_s > SEEN_EVERY_S:
            with self.database.writing() as connection:
                _see(connection, pupil, now_s)
        return room, newest, pupil, handed_in

    def pupils(self, code: str, token: str) -> Sequence[Row[Any]]:
        """Who is in the room, for the teacher."""
        with self.database.reading() as connection:
            room = _teachers(connection, code, token)
            newest = _newest_round(connection, room)
            in_round = func.sum(case((drawings.c.round_id == newest.id, 1), else_=0))
            return connection.execute(
                select(
                    pupils.c.number, pupils.c.name, pupils.c.muted, pupils.c.seen_s,
                    func.count(drawings.c.id).label("drawings"),
                    func.coalesce(in_round, 0).label("in_round"),
                )
                .select_from(pupils.outerjoin(drawings, drawings.c.pupil_id == pupils.c.id))
                .where(pupils.c.room_id == room.id)
                .group_by(pupils.c.id)
                .order_by(pupils.c.number)
            ).all()  # fmt: skip

    def mute(self, code: str, token: str, number: int, muted: bool) -> None:
        """Take all drawings of a pupil off the wall, and those to come; or bring them back."""
        with self.database.writing() as connection:
            room = _teachers(connection, code, token)
            is_this = and_(pupils.c.room_id == room.id, pupils.c.number == number)
            pupil_id = connection.scalar(select(pupils.c.id).where(is_this))
            if pupil_id is None:
                raise RoomError("There is no such pupil in this room.", "not_found")
            changed = _change(connection, room)
            connection.execute(sql_update(pupils).where(is_this).values(muted=muted))
            connection.execute(
                sql_update(drawings)
                .where(drawings.c.pupil_id == pupil_id)
                .values(version=changed.version)
            )

    # Rounds

    def start_round(self, code: str, token: str, kind: str) -> int:
        """End the round of now, and start another."""
        with self.database.writing() as connection:
            room = _open(_teachers(connection, code, token))
            if kind in rounds.ASK_THE_NETWORK and not self.is_read(room):
                raise RoomError("The network has not learnt these signs yet.", "bad_request")
            _change(connection, room, large=None)
            _set_state(connection, _newest_round(connection, room).id, "ended")
            return _start(connection, room.id, kind, time.time())

    def set_round(self, code: str, token: str, round_id: int, state: str) -> None:
        with self.database.writing() as connection:
            room = _teachers(connection, code, token)
            if _newest_round(connection, room).id != round_id:
                raise RoomError("This is not the round of now.", "not_found")
            _change(connection, room, large=None)
            _set_state(connection, round_id, state)

    # Drawings

    def kept(self, code: str, token: str, drawing_id: str) -> tuple[Room, Pupil, Row[Any] | None]:
        """The room, the pupil who hands in, and the drawing, if it was handed in before."""
        with self.database.reading() as connection:
            room = _room(connection, code)
            pupil = _pupil(connection, room, token)
            found = _find_drawing(connection, room, drawing_id)
        if found is not None and found.pupil_id != pupil.id:
            raise RoomError("Another pupil's drawing has this id.", "id_taken")
        if found is None:
            _open(room)
        return room, pupil, found

    def hand_in(self, room: Room, pupil: Pupil, new: NewDrawing) -> bool:
        """Keep a drawing, once: whether it is new.

        A round that is paused or over still takes what was drawn in it, late as a bad network may
        bring it. All pupils of a room wait for each other while the room is locked: what can be
        asked before is asked before.
        """
        now_s = time.time()
        with self.database.reading() as connection:
            minute = {"pupil": pupil.id, "since_s": now_s - 60}
            if (connection.scalar(HANDED_IN_SINCE, minute) or 0) >= MOST_A_MINUTE:
                raise TooFast(f"You handed in {MOST_A_MINUTE} drawings in a minute. Wait a little.")
            its_round = _round(connection, room, new.round)
            task, bet = self._task_and_bet(connection, pupil, its_round, new, classes_of(room))
        waits = new.said is None and self.is_read(room)
        drawing = {
            "room_id": room.id,
            "id": new.id,
            "pupil_id": pupil.id,
            "round_id": its_round.id,
            "sent_s": now_s,
            "state": "waiting" if waits else "shown",
            "task": task,
            "said": new.said,
            "bet": bet,
            "reading": json.dumps(new.reading, ensure_ascii=False),
            "digit_image": new.digit_image,
            "strokes": new.strokes,
        }
        try:
            with self.database.writing() as connection:
                changed = connection.execute(ONE_MORE_DRAWING, {"room": room.id}).one_or_none()
                if changed is None:
                    raise NoRoom
                _open(changed)
                if changed.drawings > MOST_DRAWINGS:
                    raise RoomError(
                        f"This room has {MOST_DRAWINGS:,} drawings, and is full.", "room_full"
                    )
                connection.execute(NEW_DRAWING, drawing | {"version": changed.version})
                if now_s - pupil.seen_s > SEEN_EVERY_S:
                    _see(connection, pupil, now_s)
        except IntegrityError:  # it came twice at once
            return False
        return True

    @staticmethod
    def _task_and_bet(
        connection: Connection, pupil: Pupil, its_round: Row[Any], new: NewDrawing, classes: Classes
    ) -> tuple[int | None, int | None]:
        """What of the two has a meaning in this round; a task is given where none was sent."""
        task = new.task
        if its_round.kind == "draw" and task is None:
            done = _count_in_round(connection, pupil, its_round.id)
            task = rounds.tasks_of(its_round.id, pupil.number, len(classes))[done % len(classes)]
        if its_round.kind == "fool" and task is None:
            raise RoomError(f"Say which {classes.noun} it is meant to be: “task”.", "bad_json")
        if its_round.kind == "guess" and new.bet is None:
            raise RoomError("Bet what the network will say: “bet”.", "bad_json")
        has_task = its_round.kind in ("draw", "fool")
        return task if has_task else None, new.bet if its_round.kind == "guess" else None

    def set_hidden(self, code: str, token: str, drawing_id: str, hidden: bool) -> None:
        with self.database.writing() as connection:
            room = _teachers(connection, code, token)
            _drawing(connection, room, drawing_id)
            _set_drawing(connection, room, drawing_id, state="hidden" if hidden else "shown")

    # Votes

    def ballot(self, code: str, token: str) -> Row[str, str] | None:
        """The drawing that this pupil is to look at next: of another pupil, read wrong, and looked
        at least often."""
        with self.database.reading() as connection:
            room = _room(connection, code)
            pupil = _pupil(connection, room, token)
            its_round = _newest_round(connection, room)
            if its_round.kind != "fool":
                return None
            mine = select(votes.c.drawing_id).where(
                votes.c.room_id == room.id, votes.c.pupil_id == pupil.id
            )
            count = (
                select(func.count())
                .where(votes.c.room_id == room.id, votes.c.drawing_id == drawings.c.id)
                .scalar_subquery()
            )
            is_wrong = func.coalesce(drawings.c.said, NO_DIGIT) != drawings.c.task
            return connection.execute(
                select(drawings.c.id, drawings.c.strokes)
                .join(pupils, pupils.c.id == drawings.c.pupil_id)
                .where(drawings.c.round_id == its_round.id, IS_SHOWN, is_wrong)
                .where(drawings.c.pupil_id != pupil.id, drawings.c.id.not_in(mine))
                .order_by(count, drawings.c.version)
                .limit(1)
            ).one_or_none()

    def vote(self, code: str, token: str, drawing_id: str, digit: int | None) -> None:
        """What a pupil reads in another's drawing. The first word counts."""
        with self.database.writing() as connection:
            room = _open(_room(connection, code))
            pupil = _pupil(connection, room, token)
            drawing = _drawing(connection, room, drawing_id)
            if drawing.pupil_id == pupil.id:
                raise RoomError("Nobody votes on their own drawing.", "bad_request")
            _set_drawing(connection, room, drawing_id)  # first: it locks the room
            key = {"room_id": room.id, "drawing_id": drawing_id, "pupil_id": pupil.id}
            is_there = and_(*(votes.c[name] == value for name, value in key.items()))
            if connection.execute(select(votes.c.pupil_id).where(is_there)).first() is None:
                connection.execute(insert(votes).values(**key, digit=digit))

    # The wall

    def is_teacher(self, room: Room, token: str | None) -> bool:
        if token is None:
            return False
        if not names.is_same_secret(token, room.teacher_hash):
            raise NoRoom
        return True

    def since(self, room: Room, after: int, most: int = MOST_DRAWINGS) -> Sequence[Row[Any]]:
        """The drawings that came or changed after a version, the oldest change first."""
        with self.database.reading() as connection:
            return connection.execute(
                _with_people()
                .where(drawings.c.room_id == room.id, drawings.c.version > after)
                .order_by(drawings.c.version, drawings.c.id)
                .limit(most)
            ).all()

    def drawing_ids(self, room: Room) -> Sequence[str]:
        """Of all drawings, the oldest first."""
        of_room = select(drawings.c.id).where(drawings.c.room_id == room.id)
        with self.database.reading() as connection:
            ordered = of_room.order_by(drawings.c.sent_s, drawings.c.id)
            return connection.scalars(ordered).all()

    def drawings_of(self, room: Room, ids: Iterable[str], *, whole: bool) -> Iterator[Row[Any]]:
        """These drawings in this order; with strokes and digit image if `whole`. A page at a time,
        because a room may have many."""
        wanted = (
            _with_people(whole=whole)
            .add_columns(rounds_table.c.kind, pupils.c.muted)
            .join(rounds_table, rounds_table.c.id == drawings.c.round_id)
            .where(drawings.c.room_id == room.id)
        )
        left = iter(ids)
        while page := list(islice(left, PAGE)):
            with self.database.reading() as connection:
                rows = connection.execute(wanted.where(drawings.c.id.in_(page)))
                found = {row.id: row for row in rows}
            if len(found) < len(page):  # the room was deleted meanwhile
                raise NoRoom
            yield from map(found.__getitem__, page)

    def pupils_of(self, room: Room) -> Sequence[Row[Any]]:
        """Every pupil with what they did, for the table that a teacher takes home."""
        is_right = and_(drawings.c.task.is_not(None), drawings.c.task == drawings.c.said)
        with self.database.reading() as connection:
            return connection.execute(
                select(
                    pupils.c.number.label("pupil"),
                    pupils.c.name,
                    func.count(drawings.c.id).label("drawings"),
                    func.count(drawings.c.task).label("with_a_task"),
                    func.sum(case((is_right, 1), else_=0)).label("read_right"),
                )
                .select_from(pupils.outerjoin(drawings, drawings.c.pupil_id == pupils.c.id))
                .where(pupils.c.room_id == room.id)
                .group_by(pupils.c.id)
                .order_by(pupils.c.number)
            ).all()

    def rounds_of(self, room: Room) -> Sequence[Row[Any]]:
        with self.database.reading() as connection:
            of_room = select(rounds_table).where(rounds_table.c.room_id == room.id)
            return connection.execute(of_room.order_by(rounds_table.c.id)).all()

    def newest_round(self, room: Room) -> Row[Any]:
        with self.database.reading() as connection:
            return _newest_round(connection, room)

    def figures(self, room: Room, round_id: int) -> dict[str, Any]:
        """What the wall counts in a round: what is shown, and no more."""
        with self.database.reading() as connection:
            return _figures(connection, room, round_id)

    def ending(self, room: Room, its_round: Row[Any]) -> dict[str, Any]:
        of_round = _with_people(whole=False).where(drawings.c.round_id == its_round.id, IS_SHOWN)
        with self.database.reading() as connection:
            stats = _figures(connection, room, its_round.id)
            rows = connection.execute(of_round.order_by(drawings.c.version)).yield_per(PAGE)
            drawn = [_drawn(row) for row in rows]
        return rounds.ending(its_round.kind, stats, drawn, classes_of(room), self.is_read(room))


def classes_of(room: Room) -> Classes:
    """The classes that the pupils of a room draw."""
    return DIGITS if room.classes is None else Classes(tuple(json.loads(room.classes)))


def _with_people(*, whole: bool = True) -> Select[Any]:
    """Drawings with whose they are, whether the class may see them, and the votes on them."""
    of_this = select(func.count()).where(
        votes.c.room_id == drawings.c.room_id, votes.c.drawing_id == drawings.c.id
    )
    right = of_this.where(votes.c.digit == drawings.c.task)
    long = () if whole else (drawings.c.strokes, drawings.c.digit_image)
    return select(
        *(column for column in drawings.c if column not in set(long)),
        pupils.c.number,
        pupils.c.name,
        IS_SHOWN.label("is_shown"),
        of_this.correlate(drawings).scalar_subquery().label("votes"),
        right.correlate(drawings).scalar_subquery().label("votes_right"),
    ).join(pupils, pupils.c.id == drawings.c.pupil_id)


def _drawn(row: Row[Any]) -> rounds.Drawn:
    confidence = json.loads(row.reading)["confidence"] or 0.0
    return rounds.Drawn(
        row.id, row.name, row.task, row.said, row.bet, confidence, row.votes, row.votes_right
    )


def _figures(connection: Connection, room: Room, round_id: int) -> dict[str, Any]:
    d = drawings.c
    tallies = connection.execute(
        select(d.task, d.said, func.count())
        .join(pupils, pupils.c.id == d.pupil_id)
        .where(d.round_id == round_id, IS_SHOWN)
        .group_by(d.task, d.said)
    )
    count_of = ((task, said, count) for task, said, count in tallies)
    return rounds.figures(count_of, room.pupils, len(classes_of(room)))


def _room(connection: Connection, code: str) -> Room:
    found = connection.execute(ROOM, {"code": code, "now_s": time.time()}).one_or_none()
    if found is None:
        raise NoRoom
    return found


def _teachers(connection: Connection, code: str, token: str) -> Room:
    room = _room(connection, code)
    if not names.is_same_secret(token, room.teacher_hash):
        raise NoRoom
    return room


def _open(room: Room) -> Room:
    if room.closed:
        raise RoomError("This room is closed.", "room_closed")
    return room


def _change(connection: Connection, room: Room, **values: Any) -> Room:
    """Lock the room, count it up, and have it as it is now."""
    return connection.execute(
        sql_update(rooms)
        .where(rooms.c.id == room.id)
        .values(version=rooms.c.version + 1, **values)
        .returning(rooms)
    ).one()


def _pupil(connection: Connection, room: Room, token: str) -> Pupil:
    seat = {"token_hash": names.hash_of(token), "room": room.id}
    found = connection.execute(PUPIL, seat).one_or_none()
    if found is None:
        raise NoRoom
    return found


def _see(connection: Connection, pupil: Pupil, now_s: float) -> None:
    connection.execute(sql_update(pupils).where(pupils.c.id == pupil.id).values(seen_s=now_s))


def _find_drawing(connection: Connection, room: Room, drawing_id: str) -> Row[Any] | None:
    return connection.execute(DRAWING, {"room": room.id, "drawing": drawing_id}).one_or_none()


def _drawing(connection: Connection, room: Room, drawing_id: str) -> Row[Any]:
    found = _find_drawing(connection, room, drawing_id)
    if found is None:
        raise RoomError("There is no such drawing in this room.", "not_found")
    return found


def _set_drawing(connection: Connection, room: Room, drawing_id: str, **values: Any) -> None:
    changed = _change(connection, room)
    connection.execute(
        sql_update(drawings)
        .where(drawings.c.room_id == room.id, drawings.c.id == drawing_id)
        .values(version=changed.version, **values)
    )


def _newest_round(connection: Connection, room: Room) -> Row[Any]:
    return connection.execute(NEWEST_ROUND, {"room": room.id}).one()


def _round(connection: Connection, room: Room, round_id: int | None) -> Row[Any]:
    if round_id is None:
        return _newest_round(connection, room)
    found = connection.execute(ROUND, {"room": room.id, "round": round_id}).one_or_none()
    if found is None:
        raise RoomError("There is no such round in this room.", "bad_json")
    return found


def _start(connection: Connection, room_id: int | None, kind: str, now_s: float) -> int:
    new_id = connection.scalar(
        insert(rounds_table)
        .values(room_id=room_id, kind=kind, state="running", started_s=now_s)
        .returning(rounds_table.c.id)
    )
    return int(new_id or 0)


def _set_state(connection: Connection, round_id: int, state: str) -> None:
    connection.execute(
        sql_update(rounds_table).where(rounds_table.c.id == round_id).values(state=state)
    )


def _count_in_round(connection: Connection, pupil: Pupil, round_id: int) -> int:
    return connection.scalar(HANDED_IN, {"pupil": pupil.id, "round": round_id}) or 0


def _delete_expired(connection: Connection, now_s: float) -> None:
    connection.execute(delete(rooms).where(rooms.c.expires_s < now_s))
