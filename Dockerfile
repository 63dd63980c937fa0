# The portal's image: web, worker, beat and the commands, told apart by what is run in it.
FROM python:3.12-slim AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/venv
COPY requirements.txt /tmp/requirements.txt
RUN /opt/venv/bin/pip install --require-hashes -r /tmp/requirements.txt

FROM python:3.12-slim
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    DATA_DIR=/data STATIC_ROOT=/app/.static
RUN useradd --system --uid 10001 --home-dir /app --shell /usr/sbin/nologin portal \
    && install -d -o portal -g portal /data
COPY --from=build /opt/venv /opt/venv
WORKDIR /app
COPY . .
# Compiled and collected once, at build time: a running container writes only to /data.
RUN python -P script/lib/messages.py --compile \
    && SECRET_KEY=only-while-building DATABASE_URL=postgresql://nobody@localhost/none \
       REDIS_URL=redis://localhost/0 PUBLIC_URL=https://localhost \
       python manage.py collectstatic --noinput --verbosity 0
USER 10001
VOLUME /data
EXPOSE 8000
CMD ["gunicorn", "esachivalaya.wsgi:application", "--bind", "0.0.0.0:8000", \
     "--worker-class", "gthread", "--workers", "2", "--threads", "8", \
     "--worker-tmp-dir", "/dev/shm", "--forwarded-allow-ips", "*"]
