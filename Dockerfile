# syntax=docker/dockerfile:1
# One recipe for every image of the project:
#
#   docker build --build-arg SERVICE=ingress -t lbc/ingress:dev .
#
# SERVICE is ingress, onboarding (the sweeper too: /app/bin/sweeper), media, tts, delivery, lbcctl or
# telegram-sim. Equal input gives equal files: `make images-reproducible` builds twice and compares.
ARG PYTHON=python:3.13-slim

FROM ${PYTHON} AS build
ARG SERVICE
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_COMPILE=1 PIP_ROOT_USER_ACTION=ignore \
    PYTHONHASHSEED=0 PYTHONDONTWRITEBYTECODE=1 SOURCE_DATE_EPOCH=315532800
RUN python -m venv --without-pip /app
COPY requirements/${SERVICE}.txt /tmp/lock.txt
RUN python -m pip --python /app/bin/python install --require-hashes --only-binary :all: --requirement /tmp/lock.txt
WORKDIR /src
COPY . .
# Our own packages are built with the lock's build backend, which then leaves: it is no part of what runs.
RUN <<'SH'
set -eu
case "$SERVICE" in
  lbcctl)       module=lbcctl ours="libs/contracts libs/runtime tools/lbcctl" ;;
  telegram-sim) module=telegram_sim ours="tools/telegram_sim" ;;
  *)            module="lbc_$SERVICE" ours="libs/contracts libs/runtime services/$SERVICE" ;;
esac
python -m pip --python /app/bin/python wheel --quiet --no-deps --no-build-isolation --wheel-dir /tmp/wheels \
  $(for folder in $ours; do echo "./$folder"; done)
python -m pip --python /app/bin/python install --quiet --no-deps --no-index /tmp/wheels/*.whl
python -m pip --python /app/bin/python uninstall --quiet --yes hatchling editables trove-classifiers pathspec pluggy
python -m pip --python /app/bin/python check
# As process 1 of a container we would not hear SIGTERM until a handler is set, and importing takes a moment.
launcher() { # NAME MODULE
  cat >"/app/bin/$1" <<PY
#!/app/bin/python
import runpy
import signal
import sys

signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
runpy.run_module("$2", run_name="__main__", alter_sys=True)
PY
  chmod 755 "/app/bin/$1"
}
launcher service "$module"
[ "$SERVICE" != onboarding ] || launcher sweeper lbc_onboarding.sweeper
[ "$SERVICE" != lbcctl ] || { mkdir /app/brands && cp -r brands/demo /app/brands/demo; }
# Byte code that names no time, so that it is the same each time; where a wheel came from is nobody's business.
find /app -name direct_url.json -delete
/app/bin/python -m compileall -q --invalidation-mode unchecked-hash /app/lib
find /app -exec touch --no-dereference --date=@$SOURCE_DATE_EPOCH {} +
SH

FROM ${PYTHON}
ARG SERVICE
ARG VERSION=0.1.0
ARG REVISION=unknown
ARG SOURCE=unknown
LABEL org.opencontainers.image.title="lbc-${SERVICE}" \
      org.opencontainers.image.description="LBC onboarding: ${SERVICE}" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.source="${SOURCE}" \
      org.opencontainers.image.licenses="Apache-2.0"
ENV PATH=/app/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 HOME=/tmp
COPY --from=build /app /app
WORKDIR /app
USER 10001:10001
ENTRYPOINT ["/app/bin/service"]
