# syntax=docker/dockerfile:1
# One image for web, worker, scheduler, migrations and the bootstrap of the database roles.

FROM node:24-slim AS assets
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci
# The build keeps the rules of the UI kit whose classes templates and code name.
COPY . .
RUN npm run build

FROM python:3.12-slim AS packages
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/venv
# `operations` adds what SENTRY_DSN and OTEL_EXPORTER_OTLP_ENDPOINT need.
ARG REQUIREMENTS=base
COPY requirements/${REQUIREMENTS}.txt /tmp/requirements.txt
RUN /opt/venv/bin/pip install --require-hashes -r /tmp/requirements.txt

FROM python:3.12-slim
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    DJANGO_SETTINGS_MODULE=config.settings \
    TOLLGATE_HOME=/var/lib/tollgate
RUN useradd --system --uid 10001 --home-dir /var/lib/tollgate --create-home tollgate \
    && install -d -m 700 -o tollgate -g tollgate /var/lib/tollgate/documents
WORKDIR /srv/tollgate
COPY --from=packages /opt/venv /opt/venv
COPY . .
COPY --from=assets /build/assets/dist ./assets/dist
RUN python -m local.messages compile
# Collecting asks neither database nor broker; the values only let the settings load.
RUN SECRET_KEY=collectstatic-needs-a-text-of-fifty-characters-or-more \
    DATABASE_URL=postgresql://build@localhost/build \
    REDIS_URL=redis://localhost/0 \
    python manage.py collectstatic --noinput
USER tollgate
VOLUME /var/lib/tollgate
EXPOSE 8000
CMD ["granian", "--interface", "wsgi", "--http", "1", "--no-ws", "--host", "0.0.0.0", "--port", "8000", \
     "--workers", "2", "--blocking-threads", "4", "--backpressure", "512", \
     "--http1-header-read-timeout", "10000", \
     "--respawn-failed-workers", "config.wsgi:application"]
