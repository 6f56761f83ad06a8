FROM node:26-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# Optional are the binaries of the embedded PostgreSQL, which a container gets from another one;
# without them no package has anything to run at installation.
RUN npm ci --omit=dev --omit=optional --ignore-scripts

FROM node:26-slim
RUN apt-get update \
  && apt-get install --yes --no-install-recommends curl \
  && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY --from=dependencies /app/node_modules ./node_modules
COPY package.json ./
COPY src ./src
COPY telemetry ./telemetry
RUN install --directory --owner node --group node /app/data /app/logs
ARG GIT_REVISION=unknown
ENV NODE_ENV=production DATA_DIR=/app/data GIT_REVISION=$GIT_REVISION
USER node
EXPOSE 8000 9464
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s --retries=3 \
  CMD ["curl", "--fail", "--silent", "http://localhost:8000/api/v1/status/readiness"]
# No npm in between: it would swallow the signal that begins the shutdown.
CMD ["node", "--import", "./telemetry/start.ts", "./src/main.ts"]
