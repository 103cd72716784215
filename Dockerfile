# The first stage has pip and its leavings; what is served is copied out of it.
FROM python:3.11-slim AS build
COPY requirements.txt .
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir -r requirements.txt

FROM python:3.11-slim
ENV PATH="/venv/bin:$PATH" PYTHONUNBUFFERED=1
ENV INKLING_ENV=production HOST=0.0.0.0 GLIBC_TUNABLES=glibc.malloc.tcache_count=0
RUN useradd --uid 1000 --no-create-home inkling
WORKDIR /inkling
COPY --from=build /venv /venv
COPY gunicorn.conf.py ./
# Where `alembic` finds the migrations.
COPY pyproject.toml ./
COPY models/mnist_model.tflite models/mnist_model.weights models/mnist_model.json ./models/
COPY models/snapshots ./models/snapshots
COPY templates ./templates
COPY static ./static
COPY server ./server
COPY reader ./reader
COPY app ./app
RUN python -m compileall -q reader server app
# Rooms are kept here unless DATABASE_URL says otherwise: mount a volume, or they go with the container.
RUN mkdir -m 777 instance
USER inkling
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s CMD python -c "import http.client, os, sys; c = http.client.HTTPConnection('127.0.0.1', int(os.environ.get('PORT') or 8000), timeout=4); c.request('GET', '/healthz'); sys.exit(c.getresponse().status != 200)"
CMD ["gunicorn", "app:create_app()"]
