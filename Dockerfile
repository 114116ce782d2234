# syntax=docker/dockerfile:1
# One image for all three: `serve` (the default), `worker`, `migrate`.

# ── build: the locked packages, GraphiQL's files, the wheel ─────────────────────────────────────
FROM python:3.11-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /src

COPY requirements/run.txt requirements/build.txt requirements/
RUN python -m venv /opt/ordergraph \
    && /opt/ordergraph/bin/pip install --quiet --no-deps --only-binary :all: --require-hashes -r requirements/run.txt \
    && python -m venv /opt/build \
    && /opt/build/bin/pip install --quiet --no-deps --only-binary :all: --require-hashes -r requirements/build.txt

COPY pyproject.toml README.md LICENSE ./
COPY src src
COPY workers workers
COPY seeds seeds
# Node comes as a wheel, npm's packages by their lock; both are left behind here.
RUN PYTHONPATH=src /opt/ordergraph/bin/python -m ordergraph.graphiql.build \
    && /opt/build/bin/pip wheel --quiet --no-deps --no-build-isolation --no-index --wheel-dir /dist . \
    && /opt/ordergraph/bin/pip install --quiet --no-deps --no-index /dist/*.whl

# ── run: no compiler, no package manager's cache, no root ───────────────────────────────────────
FROM python:3.11-slim-bookworm
LABEL org.opencontainers.image.title="ordergraph" \
      org.opencontainers.image.licenses="Apache-2.0"

RUN groupadd --gid 10001 ordergraph \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin ordergraph \
    && install --directory --owner 10001 --group 10001 /var/lib/ordergraph
COPY --from=build /opt/ordergraph /opt/ordergraph

ENV PATH=/opt/ordergraph/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    ORDERGRAPH_HOST=0.0.0.0 \
    ORDERGRAPH_PORT=8000 \
    ORDERGRAPH_LOG_JSON=true \
    ORDERGRAPH_GRAPHIQL=false \
    ORDERGRAPH_INTROSPECTION=false \
    ORDERGRAPH_DATA_DIR=/var/lib/ordergraph

WORKDIR /var/lib/ordergraph
USER 10001:10001
EXPOSE 8000
STOPSIGNAL SIGTERM
# Of the API; compose.yaml asks workers otherwise, and of `migrate` nobody asks.
HEALTHCHECK --interval=10s --timeout=4s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/livez', timeout=3)"]
ENTRYPOINT ["ordergraph"]
CMD ["serve"]
