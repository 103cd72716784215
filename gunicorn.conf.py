"""How gunicorn runs Inkling. `PORT` and `WEB_CONCURRENCY` come from the environment."""

import os
from pathlib import Path

# One thread a worker for linear algebra: NumPy's pool would cost memory and gain nothing here.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

bind = f"{os.environ.get('HOST', '127.0.0.1')}:{os.environ.get('PORT', '8000')}"
worker_class = "gunicorn_worker.Worker"
threads = 2  # one for drawings, one for large pictures; see gunicorn_worker.py
worker_connections = 500  # under the 1024 open files that many systems allow
# Waiting costs no thread here. Longer than proxies keep idle connections, so that it is never we
# who close one while a request is on its way.
keepalive = 95
timeout = 30
graceful_timeout = 20
control_socket_disable = True  # nobody here talks to it, and it would write outside the project
# The heartbeat file belongs in memory: a slow disk must not look like a hung worker.
MEMORY = Path("/dev/shm")
worker_tmp_dir = str(MEMORY) if MEMORY.is_dir() else None


def post_worker_init(worker):
    """Say where the page is, once the first worker has its model."""
    if worker.age == 1:
        host, port = worker.cfg.address[0]
        print(f"\n  Inkling is ready: http://{host}:{port}\n", flush=True)
