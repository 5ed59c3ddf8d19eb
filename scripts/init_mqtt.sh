#!/bin/sh
# Makes what the broker and the stack need before their first start: passwords, accounts, and who may do what.
#
#   scripts/init_mqtt.sh                       makes what is missing; a second run changes nothing
#   scripts/init_mqtt.sh add printer_7         an account for a printer; its password is printed this once
#   scripts/init_mqtt.sh add printer_7 --password   the same, or another password, asked for or read from standard input
#   scripts/init_mqtt.sh remove printer_7      its account is gone
#   scripts/init_mqtt.sh list                  the names of all accounts
#   scripts/init_mqtt.sh share [--stop]        printers may (no longer) log in as MQTT_USERNAME: docs/operations/migrating.md
#   scripts/init_mqtt.sh --in FOLDER …         all of it in another folder
#
# Files: .env (mode 600) gets a value where it has none. secrets/NAME holds one secret each, for containers: the folder is 700,
# so nobody else on this machine comes in, and the files are 644, because a container reads its own as another user.
# config/pwfile (mode 600) has the accounts, hashed. config/acl is the shipped one; MQTT_USERNAME is put into it.
#
# Who reads config/pwfile: mosquitto 2.0 gives up root before it opens the file, so the user that the broker runs as must own
# it. That user is STACK_UID:STACK_GID in .env, which this script writes: whoever runs it, or 1883, the image's own user,
# where root does (with sudo: whoever called it). A compose service runs as `user: "${STACK_UID}:${STACK_GID}"`, has the whole folder config/ at
# /mosquitto/config (a single file mounted by itself stays the old one when it is replaced), /mosquitto as its working
# directory, and a /mosquitto/data that this user may write to. secrets/mosquitto_client, mounted as $XDG_CONFIG_HOME/mosquitto_sub
# and $XDG_CONFIG_HOME/mosquitto_pub, lets the clients in the broker's container in as "operator".
set -eu
umask 077

IMAGE=eclipse-mosquitto:2.0.22 # the one of docker/, for mosquitto_passwd where this machine has none
IMAGE_USER=1883
ID='[A-Za-z0-9][A-Za-z0-9_.-]\{0,63\}'

here=$(cd "$(dirname "$0")/.." && pwd)
root=$here

fail() {
  echo "init_mqtt.sh: $*" >&2
  exit 1
}

say() { echo "init_mqtt.sh: $*" >&2; }

# --- .env ---

# The value of a variable in .env as the program reads it: quotes, comments and carriage returns are taken off.
setting() {
  sed -n "s/\r\$//; s/^[[:space:]]*\(export[[:space:]]\{1,\}\)\{0,1\}$1[[:space:]]*=[[:space:]]*//p" "$env_file" | tail -n 1 |
    sed "/^'[^']*'/ { s/^'\([^']*\)'.*/\1/; q; }; /^\"[^\"]*\"/ { s/^\"\([^\"]*\)\".*/\1/; q; }; s/[[:space:]]*#.*//; s/[[:space:]]*\$//"
}

# Writes a variable into .env: into its line where it has one, else behind all others.
set_setting() {
  case $2 in
  *[!A-Za-z0-9_.-]*"'"*) written="\"$2\"" ;;
  *[!A-Za-z0-9_.-]*) written="'$2'" ;;
  *) written=$2 ;;
  esac
  name=$1 written=$written awk '
    $0 ~ "^[ \t]*" ENVIRON["name"] "[ \t]*=" { print ENVIRON["name"] "=" ENVIRON["written"]; done = 1; next }
    { print }
    END { if (!done) print ENVIRON["name"] "=" ENVIRON["written"] }' "$env_file" >"$env_file.new"
  mv "$env_file.new" "$env_file"
}

# --- secrets ---

fresh() { LC_ALL=C tr -dc 'A-Za-z0-9' </dev/urandom | head -c 32; }

# secret NAME VARIABLE: the secret is what .env says, or the file that VARIABLE_FILE names there, else what it was, else made.
secret() {
  file=$secrets/$1 value='' named=''
  if [ -n "$2" ]; then
    value=$(setting "$2")
    named=$(setting "$2_FILE")
    if [ -z "$value" ] && [ -n "$named" ]; then
      value=$(cd "$root" && head -n 1 "$named") || fail "$2_FILE in $env_file: cannot read $named; name a file that is there"
    fi
  fi
  if [ -z "$value" ] && [ -s "$file" ]; then value=$(cat "$file"); fi
  if [ -z "$value" ]; then
    value=$(fresh)
    say "made secrets/$1"
  fi
  # A token that .env has no line for would be one more thing that the program reads; the file is enough.
  if [ -n "$2" ] && [ -z "$named" ] && [ -z "$(setting "$2")" ] && { [ "$2" != HTTP_TOKEN ] || grep -q '^HTTP_TOKEN=' "$env_file"; }; then
    set_setting "$2" "$value"
  fi
  keep "$file" "$value"
}

keep() {
  [ -f "$1" ] && [ "$(cat "$1")" = "$2" ] || printf %s "$2" >"$1"
  chmod 644 "$1"
}

# --- accounts ---

# hashed NAME: the password in, the line of pwfile out. No password is seen in a list of processes. It is asked for twice; a
# file NAME:PASSWORD, which mosquitto_passwd takes too, would cut the password at a colon and at blanks.
hashed() {
  if command -v mosquitto_passwd >/dev/null 2>&1; then
    line=$secrets/.line
    rm -f "$line"
    mosquitto_passwd -c "$line" "$1" >/dev/null || { rm -f "$line"; fail "mosquitto_passwd failed"; }
    cat "$line"
    rm -f "$line"
  elif command -v docker >/dev/null 2>&1; then
    # shellcheck disable=SC2016
    docker run --rm -i --network none --entrypoint sh "$IMAGE" -c 'umask 077 && mosquitto_passwd -c /tmp/p "$1" >/dev/null && cat /tmp/p' sh "$1" ||
      fail "docker could not run mosquitto_passwd of $IMAGE: see that docker runs and may fetch it, or install mosquitto_passwd (Debian: package mosquitto)"
  else
    fail "neither mosquitto_passwd nor docker is on the PATH: install one (Debian: apt-get install mosquitto)"
  fi
}

has_account() { [ -f "$pwfile" ] && cut -d : -f 1 "$pwfile" | grep -qxF "$1"; }

# Prints pwfile without one account.
others() { if [ -f "$pwfile" ]; then awk -F : -v name="$1" '$1 != name' "$pwfile"; fi; }

set_account() {
  line=$(printf '%s\n%s\n' "$2" "$2" | hashed "$1")
  case $line in "$1:\$"*) ;; *) fail "mosquitto_passwd did not hash the password of \"$1\"" ;; esac
  { others "$1"; printf '%s\n' "$line"; } >"$pwfile.new"
  put_pwfile
}

put_pwfile() {
  chmod 600 "$pwfile.new"
  if [ "$(id -u)" = 0 ]; then chown "$uid:$gid" "$pwfile.new"; fi
  mv "$pwfile.new" "$pwfile"
}

# account NAME SECRET VARIABLE: hashed anew only where the secret has changed, so that a second run changes nothing.
account() {
  before=$(cat "$secrets/$2" 2>/dev/null || true)
  secret "$2" "$3"
  if ! has_account "$1" || [ "$before" != "$value" ]; then set_account "$1" "$value"; fi
}

printer_id() {
  expr "x$1" : "x$ID\$" >/dev/null ||
    fail "\"$1\" cannot be the name of an account: write up to 64 letters, digits, \".\", \"_\" and \"-\", the first a letter or digit"
  case $1 in
  "$user" | synthesizer | telegraf | operator) fail "\"$1\" is the account of a service of the stack, which this script makes whenever it runs: choose the name of a printer" ;;
  esac
}

tell_broker() { say "a broker that runs reads it after: docker-compose kill -s HUP mqtt"; }

# Puts MQTT_USERNAME into the part of config/acl that is the processor's.
name_processor() {
  [ -f "$acl" ] || cp "$here/config/acl" "$acl"
  awk -v new="$user" '
    /^# processor:/ { inside = 1 }
    /^$/ { inside = 0 }
    inside && /^user / { old = $2; $0 = "user " new }
    inside && /^topic deny / {
      levels = split($0, level, "/")
      for (i = 2; i <= levels; i++) if (level[i] == old) level[i] = new
      $0 = level[1]
      for (i = 2; i <= levels; i++) $0 = $0 "/" level[i]
    }
    { print }' "$acl" >"$acl.new"
  if cmp -s "$acl" "$acl.new"; then rm "$acl.new"; else mv "$acl.new" "$acl"; fi
  chmod 644 "$acl" # no secret is in it, and whoever runs the broker reads it
}

SHARED='# shared: printers log in with the account of the processor'

# Said before anything is done, so that nothing is half done.
ours() {
  for it in "$root" "$root/config" "$secrets" "$env_file" "$pwfile" "$acl"; do
    if [ -e "$it" ] && { [ ! -w "$it" ] || [ ! -r "$it" ]; }; then
      fail "user $(id -u) cannot change $it: be its owner, or take it over with: sudo chown $(id -u):$(id -g) '$it' && chmod u+rwX '$it'"
    fi
  done
}

prepare() {
  ours
  mkdir -p "$root/config" "$secrets"
  chmod 700 "$secrets"
  if [ ! -f "$env_file" ]; then
    cp "$here/.env.example" "$env_file"
    say "made .env of .env.example"
  fi
  chmod 600 "$env_file"
  uid=$(id -u) gid=$(id -g)
  if [ "$uid" = 0 ]; then uid=${SUDO_UID:-$IMAGE_USER} gid=${SUDO_GID:-$IMAGE_USER}; fi
  [ "$(setting STACK_UID)" = "$uid" ] || set_setting STACK_UID "$uid"
  [ "$(setting STACK_GID)" = "$gid" ] || set_setting STACK_GID "$gid"
  user=$(setting MQTT_USERNAME)
  user=${user:-mlops_user}
  expr "x$user" : "x$ID\$" >/dev/null ||
    fail "MQTT_USERNAME in $env_file is \"$user\": write up to 64 letters, digits, \".\", \"_\" and \"-\""
  case $user in synthesizer | telegraf | operator) fail "MQTT_USERNAME in $env_file is \"$user\", which another service of the stack logs in as: choose another" ;; esac
}

everything() {
  account "$user" mqtt_password MQTT_PASSWORD
  account synthesizer mqtt_synthesizer_password ''
  account telegraf mqtt_telegraf_password ''
  account operator mqtt_operator_password ''
  keep "$secrets/mosquitto_client" "-u operator
-P $value"
  secret influxdb_admin_password INFLUXDB_ADMIN_PASSWORD
  secret influxdb_token INFLUXDB_TOKEN
  secret grafana_admin_password GRAFANA_ADMIN_PASSWORD
  secret http_token HTTP_TOKEN
  secret nats_password NATS_PASSWORD
  others '' >"$pwfile.new"
  put_pwfile
  name_processor
  # Whoever ran this by sudo goes on without it.
  if [ "$(id -u)" = 0 ] && [ -n "${SUDO_UID:-}" ]; then chown -R "$uid:$gid" "$env_file" "$secrets" "$acl"; fi
}

add() {
  printer_id "$1"
  if [ "${2:-}" = --password ]; then
    if [ -t 0 ]; then
      trap 'stty echo' EXIT
      trap 'exit 130' INT # else a dash that is interrupted forgets what to do at EXIT
      stty -echo
      printf 'Password for %s: ' "$1" >&2
    fi
    IFS= read -r given || [ -n "$given" ] || fail "no password came"
    [ ! -t 0 ] || echo >&2
    given=$(printf %s "$given" | tr -d '\r') # of a file from Windows
    [ -n "$given" ] || fail "the password is empty: give one, or leave --password out and one is made"
    set_account "$1" "$given"
    say "\"$1\" has the password that was given"
  else
    [ $# = 1 ] || fail "do not know \"$2\": write add $1 --password, or add $1"
    ! has_account "$1" || fail "\"$1\" has an account already, and its password cannot be read back: give it another with add $1 --password"
    given=$(fresh)
    set_account "$1" "$given"
    say "\"$1\" has an account; this is its password, which is not kept in clear:"
    echo "$given"
  fi
  tell_broker
}

remove() {
  printer_id "$1"
  has_account "$1" || fail "there is no account \"$1\": init_mqtt.sh list names all"
  others "$1" >"$pwfile.new"
  put_pwfile
  say "the account of \"$1\" is gone"
  tell_broker
}

share() {
  awk -v mark="$SHARED" '$0 == mark { skip = 1 } !skip { print } skip && /^$/ { skip = 0 }' "$acl" >"$acl.new"
  if [ "${1:-}" != --stop ]; then
    printf '%s\nuser %s\ntopic write printing/+/sensor\ntopic write printing/+/state\ntopic read printer/control/+\n\n' "$SHARED" "$user" >>"$acl.new"
    say "whoever knows the password of \"$user\" may now write readings of every printer: give printers accounts of their own, then share --stop"
  fi
  mv "$acl.new" "$acl"
  chmod 644 "$acl"
  tell_broker
}

if [ "${1:-}" = --in ]; then
  [ -n "${2:-}" ] || fail "--in needs a folder"
  mkdir -p "$2"
  root=$(cd "$2" && pwd)
  shift 2
fi
env_file=$root/.env secrets=$root/secrets pwfile=$root/config/pwfile acl=$root/config/acl

command=${1:-}
[ $# = 0 ] || shift
case $command in
'' | add | remove | share) ;;
list)
  [ ! -f "$pwfile" ] || cut -d : -f 1 "$pwfile"
  exit
  ;;
*)
  sed -n '2,/^$/s/^# \{0,1\}//p' "$0" >&2
  case $command in help | -h | --help) exit ;; *) exit 2 ;; esac
  ;;
esac
case $command in
add | remove) [ -n "${1:-}" ] || fail "$command what? Write $command and the printer_id" ;;
share) [ $# = 0 ] || [ "$*" = --stop ] || fail "do not know \"$*\": write share, or share --stop" ;;
esac
case $command in
add) [ $# -le 2 ] || fail "one printer at a time: write add $1, or add $1 --password" ;;
remove) [ $# = 1 ] || fail "one printer at a time: write remove $1" ;;
esac

prepare
everything
case $command in
'') say "all is there; start with docker-compose up -d --build" ;;
*) "$command" "$@" ;;
esac
