"""The tables of the classroom. Whoever changes them writes a migration, and names it in REVISION.

Times are seconds since 1970. A drawing's `version` is the room's at the time of its last change,
so that a wall asks for all after the version it has seen.
"""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    Double,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

REVISION = "0002"  # the newest migration; a test compares

metadata = MetaData()

rooms = Table(
    "rooms",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("code", String(16), nullable=False, unique=True),
    Column("teacher_hash", String(64), nullable=False),
    Column("opened_s", Double, nullable=False),
    Column("expires_s", Double, nullable=False, index=True),
    Column("closed", Boolean, nullable=False, default=False),
    Column("large", String(36)),  # the drawing that the wall shows large
    Column("version", Integer, nullable=False, default=0),
    Column("drawings", Integer, nullable=False, default=0),
    Column("pupils", Integer, nullable=False, default=0),
    Column("classes", Text),  # what is drawn: JSON, a list of labels; none: the ten digits
)


def _of_room() -> Column[int]:
    return Column("room_id", Integer, ForeignKey("rooms.id", ondelete="CASCADE"), nullable=False)


pupils = Table(
    "pupils",
    metadata,
    Column("id", Integer, primary_key=True),
    _of_room(),
    Column("number", Integer, nullable=False),  # first, second … in the room: balances the tasks
    Column("name", String(40), nullable=False),
    Column("token_hash", String(64), nullable=False, unique=True),
    Column("muted", Boolean, nullable=False, default=False),
    Column("joined_s", Double, nullable=False),
    Column("seen_s", Double, nullable=False),
    UniqueConstraint("room_id", "name"),
)

rounds = Table(
    "rounds",
    metadata,
    Column("id", Integer, primary_key=True),
    _of_room(),
    Column("kind", String(8), nullable=False),  # free, draw, fool, guess
    Column("state", String(8), nullable=False),  # running, paused, ended
    Column("started_s", Double, nullable=False),
    Index("rounds_of_room", "room_id"),
)

drawings = Table(
    "drawings",
    metadata,
    Column("room_id", Integer, ForeignKey("rooms.id", ondelete="CASCADE"), primary_key=True),
    Column("id", String(36), primary_key=True),
    Column("pupil_id", Integer, ForeignKey("pupils.id", ondelete="CASCADE"), nullable=False),
    Column("round_id", Integer, ForeignKey("rounds.id", ondelete="CASCADE"), nullable=False),
    Column("version", Integer, nullable=False),
    Column("sent_s", Double, nullable=False),
    Column("state", String(8), nullable=False),  # shown, waiting (for the teacher), hidden
    Column("task", Integer),  # the digit that it was meant to be; of other classes, the place
    Column("said", Integer),  # the digit that the network says; none: not a digit
    Column("bet", Integer),  # what the pupil bet; NO_DIGIT: that it says none
    Column("reading", Text, nullable=False),  # JSON, without the digit image
    Column("digit_image", LargeBinary, nullable=False),  # a PNG
    Column("strokes", Text, nullable=False),  # JSON; last, for it is long
    Index("drawings_by_version", "room_id", "version"),
    Index("drawings_of_pupil", "pupil_id", "sent_s"),
    Index("drawings_of_round", "round_id", "state", "task", "said", "pupil_id"),
)

votes = Table(
    "votes",
    metadata,
    Column("room_id", Integer, primary_key=True),
    Column("drawing_id", String(36), primary_key=True),
    Column("pupil_id", Integer, ForeignKey("pupils.id", ondelete="CASCADE"), primary_key=True),
    Column("digit", Integer),  # what the pupil reads; none: nothing that can be read
    ForeignKeyConstraint(
        ["room_id", "drawing_id"], ["drawings.room_id", "drawings.id"], ondelete="CASCADE"
    ),
)

# Alembic's own table: which migration was the last. Not in `metadata`, for no migration makes it.
revisions = Table(
    "alembic_version", MetaData(), Column("version_num", String(32), primary_key=True)
)

NO_DIGIT = -1
