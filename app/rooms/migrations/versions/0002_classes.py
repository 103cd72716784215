"""Rooms say what is drawn in them: the labels of their classes. None: the ten digits."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("rooms", sa.Column("classes", sa.Text))


def downgrade() -> None:
    op.drop_column("rooms", "classes")
