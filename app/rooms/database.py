"""The way to the database: one engine a process, short transactions, the tables at the start.

An empty database gets the tables as they are now. Alembic changes the tables of an older version;
it takes 11 MB, so only the process that changes tables imports it. Knows no rule of the classroom.
Faults of the database become RoomsAway or StorageFull: the devices keep their drawings and ask
again.
"""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, insert, inspect, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from app.config import MOST_IN_ROOMS
from app.rooms.tables import REVISION, metadata, revisions
from reader.errors import InklingError

MIGRATIONS = Path(__file__).parent / "migrations"
MIGRATION_LOCK = 0x1D1C  # any number that nothing else in this database locks
SQLITE_WAITS_S = 5  # for another process that writes
SQLITE_CACHE_KB = 512  # of a connection; by default it takes 2 MB
CONNECT_WITHIN_S = 5
SILENT_FOR_MS = 10_000  # after which a PostgreSQL that acknowledges nothing is away
CONNECTIONS = 4  # of a process; the next request waits for a free one
CONNECTION_WITHIN_S = 10
CONNECTION_LASTS_S = 60  # a database may close a connection that is silent for minutes
POOL: Any = {
    "pool_size": CONNECTIONS,
    "max_overflow": 0,
    "pool_timeout": CONNECTION_WITHIN_S,
}
AWAY = (OperationalError, InterfaceError)
DISK_FULL = (13, "53100")  # as SQLite and PostgreSQL say it

logger = logging.getLogger(__name__)


class RoomsAway(InklingError):
    """The database does not answer, or as many requests wait for it as may."""

    code = "rooms_away"
    retry_after_s = 2

    def __init__(self) -> None:
        super().__init__("The room does not answer just now. Nothing is lost; it is asked again.")


class StorageFull(InklingError):
    code = "storage_full"
    retry_after_s = 30

    def __init__(self) -> None:
        super().__init__("The machine that keeps this room has no space left on its disk.")


class Database:
    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        self.places = threading.BoundedSemaphore(MOST_IN_ROOMS)
        self.lock = threading.Lock()
        self.is_away = False
        self.engine: Engine | None = None  # made at the first use: after the fork

    @contextlib.contextmanager
    def reading(self) -> Iterator[Connection]:
        with self._transaction(writes=False) as connection:
            yield connection

    @contextlib.contextmanager
    def writing(self) -> Iterator[Connection]:
        with self._transaction(writes=True) as connection:
            yield connection

    def prepare(self) -> None:
        """Have the tables that this version of the code needs."""
        with self._faults_named(), self.lock:
            if self.engine is None:
                self.engine = self._with_tables()

    def close(self) -> None:
        with self.lock:
            if self.engine is not None:
                self.engine.dispose()
            self.engine = None

    @contextlib.contextmanager
    def locked(self) -> Iterator[Connection]:
        """A transaction for migrations: of all processes that start, one at a time."""
        engine = self._new_engine()
        try:
            with engine.connect() as connection:
                connection = connection.execution_options(writes=True)
                with connection.begin():
                    if engine.name == "postgresql":
                        key = {"key": MIGRATION_LOCK}
                        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), key)
                    yield connection
        finally:
            engine.dispose()

    @contextlib.contextmanager
    def _transaction(self, *, writes: bool) -> Iterator[Connection]:
        # A database that hangs must not hold up people who only draw: their threads stay free.
        if not self.places.acquire(blocking=False):
            raise RoomsAway
        try:
            with self._faults_named():
                if self.engine is None:
                    self.prepare()
                assert self.engine is not None  # noqa: S101 - for the type checker
                with self.engine.connect() as connection:
                    connection = connection.execution_options(writes=writes)
                    # In PostgreSQL, each statement sees its own moment anyway. Without a
                    # transaction, its begin and its end need not be sent.
                    if not writes and self.engine.name == "postgresql":
                        connection = connection.execution_options(isolation_level="AUTOCOMMIT")
                    with connection.begin():
                        yield connection
        finally:
            self.places.release()

    @contextlib.contextmanager
    def _faults_named(self) -> Iterator[None]:
        try:
            yield
        except (DBAPIError, PoolTimeout, OSError) as error:  # OSError: no folder for the file
            cause = getattr(error, "orig", error)
            if getattr(cause, "sqlite_errorcode", getattr(cause, "sqlstate", None)) in DISK_FULL:
                raise StorageFull from error
            if isinstance(error, DBAPIError) and not isinstance(error, AWAY):
                raise
            if not self.is_away:
                logger.warning(
                    "The database of the rooms does not answer: %s", type(cause).__name__
                )
            self.is_away = True
            raise RoomsAway from error
        if self.is_away:
            logger.warning("The database of the rooms answers again.")
        self.is_away = False

    def _with_tables(self) -> Engine:
        with self.locked() as connection:
            found = revision_in(connection)
            if found is None:
                metadata.create_all(connection)
                revisions.create(connection, checkfirst=True)
                connection.execute(insert(revisions).values(version_num=REVISION))
            elif found != REVISION:
                upgrade(connection)
        return self._new_engine()

    def _new_engine(self) -> Engine:
        if self.url.get_backend_name() == "sqlite":
            return _sqlite(self.url)
        return create_engine(
            self.url,
            pool_recycle=CONNECTION_LASTS_S,
            **POOL,
            connect_args={
                "connect_timeout": CONNECT_WITHIN_S,
                "tcp_user_timeout": SILENT_FOR_MS,
                "application_name": "inkling",
            },
        )


def revision_in(connection: Connection) -> str | None:
    """The revision of the tables that are there; None for an empty database."""
    if not inspect(connection).has_table(revisions.name):
        return None
    found: str | None = connection.scalar(select(revisions.c.version_num))
    return found


def upgrade(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as error:  # tables of a newer version
        logger.error("The tables of the rooms are of another version of Inkling: %s", error)
        raise RoomsAway from error


def _sqlite(url: URL) -> Engine:
    if url.database:
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, connect_args={"timeout": SQLITE_WAITS_S}, **POOL)

    @event.listens_for(engine, "connect")
    def set_up(connection, _) -> None:  # type: ignore[no-untyped-def]
        connection.isolation_level = None  # we say BEGIN; the driver would say it too late
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")  # acknowledged is on the disk
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute(f"PRAGMA cache_size = -{SQLITE_CACHE_KB}")
        connection.execute("PRAGMA secure_delete = ON")  # what expires is overwritten

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # A reader that turns into a writer half way is refused by SQLite, whoever waits how long.
        writes = connection.get_execution_options().get("writes")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine
