#!/bin/sh
# What backup.sh and restore.sh know of the stack, which read this file; by itself it does nothing.
# shellcheck disable=SC2034

IMAGE=eclipse-mosquitto:2.0.22 # has tar, and the stack has it anyway
VOLUMES='processor-state processor-2-state processor-3-state grafana-data mqtt-data nats-data'
project=${COMPOSE_PROJECT_NAME:-layerstream}

need_docker() { command -v docker >/dev/null 2>&1 || fail "docker is not on the PATH; without containers write --state DIR"; }

compose() { if command -v docker-compose >/dev/null 2>&1; then docker-compose "$@"; else docker compose "$@"; fi; }

# The name that compose has given a volume; nothing where there is none.
volume() {
  docker volume ls -q --filter "label=com.docker.compose.project=$project" --filter "label=com.docker.compose.volume=$1"
}
