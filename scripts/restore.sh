#!/bin/sh
# Puts back what scripts/backup.sh wrote. What is there already is kept, and the restore refused, unless --force is given.
#
#   scripts/restore.sh FOLDER [--force]                 into the stack of docker-compose, which is stopped for it
#   scripts/restore.sh FOLDER --state DIR [--force]     into a STATE_DIR, and into InfluxDB where INFLUXDB_URL is set
#
# Nothing is changed before the checksums of the whole backup are right and it is known that everything has room.
set -eu
umask 077

fail() {
  echo "restore.sh: $*" >&2
  exit 1
}
say() { echo "restore.sh: $*" >&2; }
usage() { sed -n '2,/^$/s/^# \{0,1\}//p' "$0" >&2; }

from='' state='' force=''
while [ $# -gt 0 ]; do
  case $1 in
  --state)
    [ -n "${2:-}" ] || fail "--state needs the folder that STATE_DIR names"
    state=$2
    shift
    ;;
  --force) force=yes ;;
  -h | --help) usage && exit ;;
  -*) usage && exit 2 ;;
  *) [ -z "$from" ] || fail "one backup at a time: $from"; from=$1 ;;
  esac
  shift
done
[ -n "$from" ] || { usage && exit 2; }
[ -f "$from/SHA256SUMS" ] || fail "$from holds no backup: there is no SHA256SUMS in it"
from=$(cd "$from" && pwd)
cd "$(dirname "$0")/.."
# shellcheck source=scripts/volumes.sh
. scripts/volumes.sh
(cd "$from" && sha256sum --quiet -c SHA256SUMS >&2) || fail "$from is damaged: the files named above are not as they were written"

# --- what is in the way ---

in_the_way=''
blocked() { [ -n "$force" ] || in_the_way="$in_the_way
  $1"; }

check_files() {
  [ -f "$from/files.tar" ] || return 0
  for name in $(tar -tf "$from/files.tar" | grep -v '/$'); do
    # config/acl comes with the repository, and is in the way only where it differs.
    if [ -e "$name" ] && ! tar -xOf "$from/files.tar" "$name" | cmp -s - "$name"; then blocked "$name differs"; fi
  done
}

in_volume() {
  docker run --rm -i --network none -v "$1:/to" --entrypoint sh "$IMAGE" -c "$2"
}

check_volumes() {
  need_docker
  for name in $VOLUMES influxdb-data; do
    found=$(volume "$name")
    [ -z "$found" ] || [ -z "$(in_volume "$found" 'ls -A /to')" ] || blocked "volume $found is not empty"
  done
}

# --- putting it back ---

put_files() {
  [ ! -f "$from/files.tar" ] || { say "accounts and secrets" && tar -xpf "$from/files.tar"; }
}

put_volumes() {
  compose down >&2
  for name in $VOLUMES; do
    [ -f "$from/$name.tar" ] || continue
    say "volume $name"
    found=$(volume "$name")
    if [ -z "$found" ]; then
      found=$(docker volume create --label "com.docker.compose.project=$project" --label "com.docker.compose.volume=$name" "${project}_$name")
    fi
    in_volume "$found" 'find /to -mindepth 1 -delete && tar -C /to -xpf -' <"$from/$name.tar"
  done
  for name in influxdb-data influxdb-config; do
    found=$(volume "$name")
    [ -z "$found" ] || in_volume "$found" 'find /to -mindepth 1 -delete' </dev/null
  done
  say "rows of InfluxDB"
  compose up -d --wait influxdb >&2
  # --full: users and tokens too. The server is made anew with the token of the backup, which secrets/ now holds.
  # shellcheck disable=SC2016
  compose run --rm -T --no-deps --user "$(id -u):$(id -g)" -v "$from/influxdb:/backup:ro" --entrypoint sh influxdb -c \
    'exec influx restore --full --host http://influxdb:8086 --token "$(cat /run/secrets/influxdb_token)" /backup' >&2
  say "done; start with docker-compose up -d"
}

put_state() {
  say "state into $state"
  mkdir -p "$state"
  find "$state" -mindepth 1 -delete
  tar -C "$state" -xpf "$from/state.tar"
  if [ -d "$from/influxdb" ] && [ -n "${INFLUXDB_URL:-}" ]; then
    say "rows of $INFLUXDB_URL"
    influx restore --full --host "$INFLUXDB_URL" --token "${INFLUXDB_TOKEN:-$(cat secrets/influxdb_token)}" "$from/influxdb" >&2
  fi
  say "done"
}

if [ -n "$state" ]; then
  [ -f "$from/state.tar" ] || fail "$from is a backup of the stack of docker-compose: leave --state out"
  [ ! -e "$state" ] || [ -z "$(ls -A "$state")" ] || blocked "$state is not empty"
else
  [ ! -f "$from/state.tar" ] || fail "$from is a backup of a STATE_DIR: write --state DIR"
  check_volumes
fi
check_files
[ -z "$in_the_way" ] || fail "nothing was changed, because this is in the way:$in_the_way
With --force it is overwritten."
put_files
if [ -n "$state" ]; then put_state; else put_volumes; fi
