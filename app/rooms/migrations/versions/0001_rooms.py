"""Rooms, pupils, rounds, drawings and votes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "rooms",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("code", sa.String(16), nullable=False, unique=True),
        sa.Column("teacher_hash", sa.String(64), nullable=False),
        sa.Column("opened_s", sa.Double, nullable=False),
        sa.Column("expires_s", sa.Double, nullable=False),
        sa.Column("closed", sa.Boolean, nullable=False),
        sa.Column("large", sa.String(36)),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("drawings", sa.Integer, nullable=False),
        sa.Column("pupils", sa.Integer, nullable=False),
    )
    op.create_index("ix_rooms_expires_s", "rooms", ["expires_s"])
    op.create_table(
        "pupils",
        sa.Column("id", sa.Integer, primary_key=True),
        _of("room_id", "rooms.id"),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False, unique=True),
        sa.Column("muted", sa.Boolean, nullable=False),
        sa.Column("joined_s", sa.Double, nullable=False),
        sa.Column("seen_s", sa.Double, nullable=False),
        sa.UniqueConstraint("room_id", "name"),
    )
    op.create_table(
        "rounds",
        sa.Column("id", sa.Integer, primary_key=True),
        _of("room_id", "rooms.id"),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("started_s", sa.Double, nullable=False),
    )
    op.create_index("rounds_of_room", "rounds", ["room_id"])
    op.create_table(
        "drawings",
        _of("room_id", "rooms.id", primary_key=True),
        sa.Column("id", sa.String(36), primary_key=True),
        _of("pupil_id", "pupils.id"),
        _of("round_id", "rounds.id"),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("sent_s", sa.Double, nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("task", sa.Integer),
        sa.Column("said", sa.Integer),
        sa.Column("bet", sa.Integer),
        sa.Column("reading", sa.Text, nullable=False),
        sa.Column("digit_image", sa.LargeBinary, nullable=False),
        sa.Column("strokes", sa.Text, nullable=False),
    )
    op.create_index("drawings_by_version", "drawings", ["room_id", "version"])
    op.create_index("drawings_of_pupil", "drawings", ["pupil_id", "sent_s"])
    op.create_index(
        "drawings_of_round", "drawings", ["round_id", "state", "task", "said", "pupil_id"]
    )
    op.create_table(
        "votes",
        sa.Column("room_id", sa.Integer, primary_key=True),
        sa.Column("drawing_id", sa.String(36), primary_key=True),
        _of("pupil_id", "pupils.id", primary_key=True),
        sa.Column("digit", sa.Integer),
        sa.ForeignKeyConstraint(
            ["room_id", "drawing_id"], ["drawings.room_id", "drawings.id"], ondelete="CASCADE"
        ),
    )


def downgrade() -> None:
    for table in ("votes", "drawings", "rounds", "pupils", "rooms"):
        op.drop_table(table)


def _of(name: str, other: str, *, primary_key: bool = False) -> sa.Column[int]:
    return sa.Column(
        name,
        sa.Integer,
        sa.ForeignKey(other, ondelete="CASCADE"),
        nullable=False,
        primary_key=primary_key,
    )
