"""How Alembic reaches the database: over the connection that the app hands it, or by DATABASE_URL.

The second is for `alembic downgrade` at the command line.
"""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection

from app.rooms.tables import metadata


def migrate(connection: Connection) -> None:
    context.configure(connection=connection, target_metadata=metadata, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()


if (handed_in := context.config.attributes.get("connection")) is not None:
    migrate(handed_in)
else:
    from app.config import Settings
    from app.rooms.database import Database

    with Database(Settings.from_environment().database_url).locked() as connection:
        migrate(connection)
