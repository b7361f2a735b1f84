# docker build -t sshauth .
# docker run --stop-timeout 35 -p 2222:2222 -v sshauth-data:/var/lib/sshauth/data -v sshauth-keys:/var/lib/sshauth/host_keys \
#     --read-only --tmpfs /tmp --cap-drop ALL --security-opt no-new-privileges -e PUBLIC_ADDRESS=ssh.example.org:2222 sshauth
# People have DRAIN_SECONDS (20) to finish when it is stopped; docker would give it 10 seconds in all.
# More nodes, with Postgres and a balancer: deploy/compose.yaml.

FROM python:3.11-slim-bookworm AS build
WORKDIR /src
COPY pyproject.toml README.md LICENSE ./
COPY sshauth sshauth
RUN python -m venv --without-pip /opt/sshauth && pip --python /opt/sshauth install --no-cache-dir .

FROM python:3.11-slim-bookworm
RUN useradd --uid 10001 --user-group --no-create-home --home-dir /var/lib/sshauth --shell /usr/sbin/nologin sshauth \
    && install -d -o sshauth -g sshauth -m 0700 \
        /var/lib/sshauth /var/lib/sshauth/data /var/lib/sshauth/host_keys
COPY --from=build /opt/sshauth /opt/sshauth
ENV PATH=/opt/sshauth/bin:$PATH \
    SSH_HOST=0.0.0.0 \
    DATA_DIR=/var/lib/sshauth/data \
    HOST_KEYS_DIR=/var/lib/sshauth/host_keys \
    LOG_TO_STDOUT=1
WORKDIR /var/lib/sshauth
# By number, so that an orchestrator sees that it is not root.
USER 10001
VOLUME ["/var/lib/sshauth/data", "/var/lib/sshauth/host_keys"]
EXPOSE 2222
HEALTHCHECK --interval=30s --timeout=10s --start-period=10s CMD ["sshauth", "health"]
CMD ["sshauth", "serve"]
