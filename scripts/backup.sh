#!/bin/sh
# Backs up all that cannot be made again: rows, state, dashboards' settings, accounts and secrets.
#
#   scripts/backup.sh [FOLDER]                 the stack of docker-compose
#   scripts/backup.sh --state DIR [FOLDER]     a program without containers: its STATE_DIR, and InfluxDB where INFLUXDB_URL is set
#
# FOLDER is made, mode 700: it holds secrets. Without one it is backups/TIME. The processors stand still while their state is
# copied, and what printers send meanwhile waits in the broker. scripts/restore.sh puts it back; docs/operations/backup.md.
set -eu
umask 077

WRITERS='processor processor-2 processor-3 grafana mqtt nats'

fail() {
  echo "backup.sh: $*" >&2
  exit 1
}
say() { echo "backup.sh: $*" >&2; }
usage() { sed -n '2,/^$/s/^# \{0,1\}//p' "$0" >&2; }

cd "$(dirname "$0")/.."
# shellcheck source=scripts/volumes.sh
. scripts/volumes.sh
state='' target=''
while [ $# -gt 0 ]; do
  case $1 in
  --state)
    [ -n "${2:-}" ] || fail "--state needs the folder that STATE_DIR names"
    state=$2
    shift
    ;;
  -h | --help) usage && exit ;;
  -*) usage && exit 2 ;;
  *) [ -z "$target" ] || fail "one folder is enough: $target"; target=$1 ;;
  esac
  shift
done
target=${target:-backups/$(date -u +%Y-%m-%dT%H-%M-%SZ)}
[ ! -e "$target" ] || [ -z "$(ls -A "$target")" ] || fail "$target is there and not empty: name another folder"
mkdir -p "$target"
chmod 700 "$target"
target=$(cd "$target" && pwd)

# What is in the repository's folder and not in the repository.
own_files() {
  for name in .env secrets config/pwfile config/acl config/tls config/mosquitto.d/tls.conf; do
    [ ! -e "$name" ] || echo "$name"
  done
}

files() {
  # No name has a space in it.
  # shellcheck disable=SC2046
  [ -z "$(own_files)" ] || tar -cf "$target/files.tar" $(own_files)
}

containers() {
  need_docker
  say "rows of InfluxDB"
  mkdir "$target/influxdb"
  # Of its own user, so that the files are yours. The token is read inside.
  # shellcheck disable=SC2016
  compose run --rm -T --no-deps --user "$(id -u):$(id -g)" -v "$target/influxdb:/backup" --entrypoint sh influxdb -c \
    'exec influx backup --host http://influxdb:8086 --token "$(cat /run/secrets/influxdb_token)" /backup' >&2 ||
    fail "influx backup failed: see that the stack runs (docker-compose ps)"
  running=$(compose ps --services --filter status=running)
  stopped=''
  for service in $WRITERS; do
    if echo "$running" | grep -qx "$service"; then stopped="$stopped $service"; fi
  done
  # Whatever happens, they run again. A shell that a signal ends does not always do what it was told to do at EXIT.
  # shellcheck disable=SC2064,SC2086
  [ -z "$stopped" ] || {
    trap "trap '' HUP INT TERM && compose start $stopped >&2" EXIT
    trap 'exit 129' HUP
    trap 'exit 130' INT
    trap 'exit 143' TERM
    compose stop $stopped >&2
  }
  for name in $VOLUMES; do
    found=$(volume "$name")
    [ -n "$found" ] || continue
    say "volume $found"
    docker run --rm --network none -v "$found:/from:ro" --entrypoint tar "$IMAGE" -C /from -cf - . >"$target/$name.tar"
  done
}

plain() {
  [ -d "$state" ] || fail "there is no folder $state: name the one that STATE_DIR names"
  if [ -n "${INFLUXDB_URL:-}" ]; then
    command -v influx >/dev/null 2>&1 || fail "INFLUXDB_URL is set and influx is not on the PATH: install the influx command, or unset it"
    say "rows of $INFLUXDB_URL"
    influx backup --host "$INFLUXDB_URL" --token "${INFLUXDB_TOKEN:-$(cat secrets/influxdb_token)}" "$target/influxdb" >&2
  elif grep -qs '^INFLUXDB_URL=.' .env; then
    say "WITHOUT ROWS: INFLUXDB_URL stands in .env alone; set it and INFLUXDB_TOKEN in the environment to have them too"
  fi
  say "state of $state"
  tar -C "$state" -cf "$target/state.tar" . || fail "$state changed while it was copied: stop the program first"
}

if [ -n "$state" ]; then plain; else containers; fi
files
sums=$(cd "$target" && find . -type f | LC_ALL=C sort | xargs sha256sum)
echo "$sums" >"$target/SHA256SUMS"
say "done: $target; keep it where only you can read it"
echo "$target"
