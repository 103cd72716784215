"""How gunicorn runs Inkling.

What a deployer may change is an environment variable, checked here by app/config.py before any
worker is started. The model's file is checked here too but not loaded: each worker loads and warms
its own after the fork, and takes its first request after that.
"""

import os
import shutil
import tempfile
from pathlib import Path

from gunicorn import glogging

from app import log_lines, refuse
from app.config import MOST_WORKERS, SettingError, Settings
from reader.model_card import ModelError, ModelFile
from server import listening
from server.memory import keep_memory_small

try:
    settings = Settings.from_environment()
    ModelFile.check(settings.model_path)  # there, whole, and the one in its card
except (SettingError, ModelError) as error:
    refuse(error)

# One thread a worker for linear algebra: NumPy's pool would cost memory and gain nothing here.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


bind = listening.place(settings.host, settings.port)

# waitress gathers whole requests before a thread takes them, so a slow client keeps nobody waiting.
# All workers accept from one socket: a connection that waits there outlives the worker that dies.
worker_class = "server.worker.Worker"
workers = settings.web_concurrency
threads = listening.threads_for(settings.threads)
preload_app = False

# A worker is killed when its heartbeat stops for `timeout`, whatever single requests take.
timeout = settings.timeout_s
graceful_timeout = settings.graceful_timeout_s

# Nothing is known to leak; should something, a worker is renewed before it matters. The jitter
# keeps workers from going all at once.
max_requests = settings.max_requests
max_requests_jitter = settings.max_requests // 10

# The heartbeat file belongs in memory: a slow disk must not look like a hung worker.
MEMORY = Path("/dev/shm")
worker_tmp_dir = str(MEMORY) if os.access(MEMORY, os.W_OK) else None
control_socket_disable = True  # nobody here talks to it, and it would write outside the project


class Logger(glogging.Logger):
    """gunicorn's own words in our format; app/ops/logs.py has the line for a request."""

    def setup(self, cfg):
        super().setup(cfg)
        log_lines.configure(settings.log_format, settings.log_level)

    def access(self, *_):
        pass


logger_class = Logger
loglevel = settings.log_level

ROWS = 2 * MOST_WORKERS  # a reload has the old workers and the new
# What the workers count for /metrics: a folder for each master, in memory, with files for each row.
counts = Path(worker_tmp_dir or tempfile.gettempdir()) / f"inkling-counts-{os.getpid()}"
if settings.metrics_enabled:
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(counts)


def on_starting(server):
    """Say in one line when nobody can listen there; count from 0. A reload does not come here."""
    if not {"GUNICORN_FD", "LISTEN_FDS"} & set(os.environ):  # sockets that others handed over
        try:
            for address in server.cfg.address:
                if isinstance(address, tuple):  # no Unix socket
                    listening.check(*address)
        except SettingError as error:
            refuse(error)
    if settings.metrics_enabled:
        shutil.rmtree(counts, ignore_errors=True)
        counts.mkdir(mode=0o700)


def on_exit(_):
    shutil.rmtree(counts, ignore_errors=True)


def pre_fork(server, worker):
    """Give it the first row that no living worker has: a dead one's, with what that counted."""
    taken = {other.row for other in server.WORKERS.values()}
    worker.row = min(set(range(ROWS)) - taken, default=0)


def post_fork(_, worker):
    """Before the worker loads the app: the memory of pictures, and its row for what it counts."""
    keep_memory_small()
    if settings.metrics_enabled:
        from prometheus_client import values

        # By row, not by process: files of workers that were renewed would fill the memory.
        values.ValueClass = values.MultiProcessValue(lambda: worker.row)


def post_worker_init(worker):
    """Begin to keep house, and say where the page is, once the first worker has its model."""
    from app import rooms

    rooms.start(worker.wsgi)
    address = worker.sockets[0].getsockname()
    if worker.age == 1 and isinstance(address, tuple):  # no Unix socket
        if settings.log_format == "json":
            worker.log.info(f"Inkling is ready: http://{listening.place(*address[:2])}")
        else:
            listening.say_ready(*address[:2])
