"""How gunicorn runs Inkling.

A deployer sets environment variables, not this file. app/config.py checks them here, before any
worker starts. The model's file is checked here too but not loaded: after the fork each worker loads
and warms up a model of its own, and then takes its first request.
"""

import os
import shutil
import tempfile
from pathlib import Path

from gunicorn import glogging

from app import exit_cannot_start, log_lines
from app.config import MOST_WORKERS, SettingError, Settings
from reader.model_card import ModelError, ModelFile
from server import listening
from server.memory import keep_memory_small

try:
    settings = Settings.from_environment()
    ModelFile.check(settings.model_path)  # it is there, whole, and described by its card
except (SettingError, ModelError) as error:
    exit_cannot_start(error)

# One thread a worker for linear algebra: NumPy's pool would cost memory and gain nothing here.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


bind = listening.place(settings.host, settings.port)

# waitress gathers whole requests before a thread takes them, so a slow client holds up no thread.
# All workers accept from one socket: when a worker dies, the others accept what waits there.
worker_class = "server.worker.Worker"
workers = settings.web_concurrency
threads = listening.threads_for(settings.threads)
preload_app = False

# A worker is killed when its heartbeat stops for `timeout`, not when a request takes that long.
timeout = settings.timeout_s
graceful_timeout = settings.graceful_timeout_s

# No memory leak is known. If there is one, a worker is replaced before it matters. The jitter keeps
# workers from being replaced all at once.
max_requests = settings.max_requests
max_requests_jitter = settings.max_requests // 10

# The heartbeat file is kept in memory, because a slow disk would look like a hung worker.
MEMORY = Path("/dev/shm")
worker_tmp_dir = str(MEMORY) if os.access(MEMORY, os.W_OK) else None
control_socket_disable = True  # unused, and it would write outside the project


class Logger(glogging.Logger):
    """gunicorn's own log lines in our format. app/ops/logs.py writes the line for a request."""

    def setup(self, cfg):
        super().setup(cfg)
        log_lines.configure(settings.log_format, settings.log_level)

    def access(self, *_):
        pass


logger_class = Logger
loglevel = settings.log_level

ROWS = 2 * MOST_WORKERS  # during a reload, old and new workers live side by side
# The workers' counts for /metrics: a folder for each master, in memory, with files for each row.
counts = Path(worker_tmp_dir or tempfile.gettempdir()) / f"inkling-counts-{os.getpid()}"
if settings.metrics_enabled:
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(counts)


def on_starting(server):
    """Fail in one line if the port cannot be used; count from 0. Not called at a reload."""
    if not {"GUNICORN_FD", "LISTEN_FDS"} & set(os.environ):  # sockets that another process opened
        try:
            for address in server.cfg.address:
                if isinstance(address, tuple):  # no Unix socket
                    listening.check(*address)
        except SettingError as error:
            exit_cannot_start(error)
    if settings.metrics_enabled:
        shutil.rmtree(counts, ignore_errors=True)
        counts.mkdir(mode=0o700)


def on_exit(_):
    shutil.rmtree(counts, ignore_errors=True)


def pre_fork(server, worker):
    """Give the worker the first row that no living worker has. It goes on with its counts."""
    taken = {other.row for other in server.WORKERS.values()}
    worker.row = min(set(range(ROWS)) - taken, default=0)


def post_fork(_, worker):
    """Before the worker loads the app: keep its memory small, and name its files of counts."""
    keep_memory_small()
    if settings.metrics_enabled:
        from prometheus_client import values

        # By row, not by process id: files of replaced workers would fill the memory.
        values.ValueClass = values.MultiProcessValue(lambda: worker.row)


def post_worker_init(worker):
    """Open the classroom's database, and say the page's address once the first worker is ready."""
    from app import rooms

    rooms.start(worker.wsgi)
    address = worker.sockets[0].getsockname()
    if worker.age == 1 and isinstance(address, tuple):  # no Unix socket
        if settings.log_format == "json":
            worker.log.info(f"Inkling is ready: http://{listening.place(*address[:2])}")
        else:
            listening.say_ready(*address[:2])
