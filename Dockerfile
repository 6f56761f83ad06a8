# docker build -t sono-eval:0.1.1 .
# What a container needs, deploy/README.md says ("In a container"); `npm run image` runs each step of this without Docker.
FROM node:26-slim AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# No package has to run anything at its installation.
RUN npm ci --omit=dev --ignore-scripts
COPY telemetry ./telemetry
COPY src ./src
COPY deploy/image ./deploy/image
# First a list of all that there is (without development npm leaves too much out), then of it what stays.
RUN npm sbom --package-lock-only --sbom-format=cyclonedx > all.cdx.json \
  && node deploy/image/prune.ts all.cdx.json sbom.cdx.json

FROM node:26-slim
# curl for health checks, and neither npm nor yarn, which nothing starts. What Debian mends is wanted, not a version.
# hadolint ignore=DL3008
RUN apt-get update \
  && apt-get install --yes --no-install-recommends curl \
  && rm -rf /var/lib/apt/lists/* /usr/local/lib/node_modules /usr/local/bin/npm /usr/local/bin/npx /opt/yarn*
WORKDIR /app
COPY --from=packages /app/node_modules ./node_modules
COPY --from=packages /app/sbom.cdx.json ./
COPY package.json LICENSE ./
COPY src ./src
COPY telemetry ./telemetry
# All else belongs to root, and the file system may be read-only (`docker run --read-only --tmpfs /tmp`).
RUN install --directory --owner node --group node /app/data /app/logs
VOLUME ["/app/data", "/app/logs"]
ARG GIT_REVISION=unknown
ENV NODE_ENV=production DATA_DIR=/app/data LOG_DIR=/app/logs GIT_REVISION=$GIT_REVISION
LABEL org.opencontainers.image.title=sono-eval org.opencontainers.image.licenses=MIT org.opencontainers.image.revision=$GIT_REVISION
# `node` by its number, which Kubernetes asks for where it runs nothing as root.
USER 1000:1000
EXPOSE 8000 9464
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s --retries=3 \
  CMD ["curl", "--fail", "--silent", "http://localhost:8000/api/v1/status/readiness"]
# No npm in between: it would swallow the signal that begins the shutdown.
CMD ["node", "--import", "./telemetry/start.ts", "./src/main.ts"]
