#!/usr/bin/env bash
# A real Pulp 3 container registry with images in it, set up the way Katello's installer does it.
#
#   up.sh DIR [up]     starts it, from scratch or from an existing state; may be repeated
#   up.sh DIR down     stops the processes named in DIR/run/*.pid and nothing else
#   up.sh DIR status   shows the processes; exits with 1 if one does not run
#
# All files are below DIR, and all listeners on 127.0.0.1.  Run as root on Debian 12 or newer: PostgreSQL runs as
# postgres, Apache as www-data.  Both must be able to reach DIR (not below /root), and DIR must be short, since paths
# of unix sockets are limited to 107 characters: /tmp/cgw-pulp works.
#
# Settings, by environment:
#   PINS=pins-2.30.txt   requirements file: which Pulp.  pins-2.27.txt is one that answers manifests with redirects
#   PULP_CACHE=          wheels and a dump of the migrated database; kept between runs, may be shared by several DIR.
#                        Default: ~/.cache/container-gateway/pulp (XDG_CACHE_HOME counts), or DIR/cache if that is not writable
#   HTTPS_PORT=19443     Apache as on a smart proxy
#                        HTTPS_PORT + 1: as on the main Foreman host (it keeps the Host header)
#                        HTTPS_PORT + 2: the registry at the root, where real clients can push and pull
#   API_PORT=24817 CONTENT_PORT=24816 PG_PORT=15433 REDIS_PORT=16380
#                        a second Pulp needs others; pass the same ones to down and status
#   API_WORKERS=2 CONTENT_WORKERS=2
#   REDIS=0              1: with redis and Pulp's cache on, which is Katello's default
#   BACKENDS=katello     basic: user admin, password `password` works as well (0.35 s of CPU each time)
#   CLIENT_CN=gateway.example.org   the certificate name that Apache turns into Pulp's admin
#   CONTENT_ORIGIN=      origin of Pulp's redirects.  None: no origin, as in foremanctl's images
#   PG_BIN=              PostgreSQL's programs; default: the newest below /usr/lib/postgresql
#   NO_UV=0              1: install with pip instead of uv
set -euo pipefail
export LC_ALL=C.UTF-8

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
usage() { echo "usage: up.sh DIR [up|down|status]" >&2; exit 2; }
[ $# -ge 1 ] && [ $# -le 2 ] || usage
ACTION=${2:-up}
case $ACTION in up) mkdir -p "$1" ;; down | status) [ -d "$1" ] || { echo "$1: nothing there"; exit 0; } ;; *) usage ;; esac
DIR=$(cd "$1" && pwd -P)

PINS=${PINS:-$HERE/pins-2.30.txt}
HTTPS_PORT=${HTTPS_PORT:-19443} MAIN_PORT=$((${HTTPS_PORT:-19443} + 1)) ROOT_PORT=$((${HTTPS_PORT:-19443} + 2))
API_PORT=${API_PORT:-24817} CONTENT_PORT=${CONTENT_PORT:-24816} PG_PORT=${PG_PORT:-15433} REDIS_PORT=${REDIS_PORT:-16380}
API_WORKERS=${API_WORKERS:-2} CONTENT_WORKERS=${CONTENT_WORKERS:-2}
REDIS=${REDIS:-0} BACKENDS=${BACKENDS:-katello} NO_UV=${NO_UV:-0}
CLIENT_CN=${CLIENT_CN:-gateway.example.org}
CONTENT_ORIGIN=${CONTENT_ORIGIN:-https://localhost:$HTTPS_PORT}
PG_BIN=${PG_BIN:-$(ls -d /usr/lib/postgresql/*/bin 2> /dev/null | sort -V | tail -1 || true)}
RUN=$DIR/run LOG=$DIR/log CERTS=$DIR/certs VENV=$DIR/venv

STARTED=${EPOCHREALTIME/./}
say() { local ms=$(((${EPOCHREALTIME/./} - STARTED) / 1000)); printf '[%3d.%03d s] %s\n' $((ms / 1000)) $((ms % 1000)) "$*"; }
fail() { echo "up.sh: $*" >&2; exit 1; }

# ---- Processes: one pid file each, and only those of DIR are touched -------------------------------------
pid_of() {
  local pid
  pid=$(head -1 "$RUN/$1.pid" 2> /dev/null) || return 1
  [ -n "$pid" ] && [ -d "/proc/$pid" ] || return 1
  tr '\0' ' ' < "/proc/$pid/cmdline" | grep -qF "$DIR/" || [[ "$(readlink "/proc/$pid/cwd")/" == "$DIR"/* ]] || return 1
  echo "$pid"
}
start() { # start NAME COMMAND...
  local name=$1
  shift
  pid_of "$name" > /dev/null && return 0
  (
    cd "$DIR"
    PID_FILE=$RUN/$name.pid setsid sh -c 'echo $$ > "$PID_FILE"; exec "$@"' sh "$@" >> "$LOG/$name.log" 2>&1 < /dev/null &
  )
}
stop() { # stop NAME SIGNAL
  local pid
  pid=$(pid_of "$1") || { rm -f "$RUN/$1.pid"; return 0; }
  kill -"$2" "$pid"
  for _ in $(seq 1 150); do
    [ -d "/proc/$pid" ] || { rm -f "$RUN/$1.pid"; say "stopped $1 ($pid)"; return 0; }
    sleep .2
  done
  fail "$1 ($pid) does not stop"
}
free() { # free NAME PORT SETTING: fails if NAME does not run and somebody else has its port
  pid_of "$1" > /dev/null || ! (exec 3<> "/dev/tcp/127.0.0.1/$2") 2> /dev/null || fail "port $2 is taken: set $3"
}
await() { # await SECONDS WHAT COMMAND...
  local seconds=$1 what=$2
  shift 2
  for _ in $(seq 1 $((seconds * 5))); do
    "$@" > /dev/null 2>&1 && return 0
    sleep .2
  done
  fail "$what is not ready after $seconds s; its words are in $LOG"
}
pulp_status() { curl -sf "http://127.0.0.1:$API_PORT/pulp/api/v3/status/"; }
PYTHON=$(python3 -c 'import sys; print(sys.executable)' || true) # pyenv's shim does not survive the other HOME below
versions() { "$PYTHON" -c 'import json,sys; print(", ".join(v["component"] + " " + v["version"] for v in json.load(sys.stdin)["versions"]))'; }

case $ACTION in
  down)
    stop apache TERM; stop worker TERM; stop content TERM; stop api TERM; stop redis TERM; stop postgres INT
    exit 0
    ;;
  status)
    ALL=0
    for name in postgres api content worker apache $([ "$REDIS" = 1 ] && echo redis); do
      echo "$name: $(pid_of "$name" || echo "does not run")"
      pid_of "$name" > /dev/null || ALL=1
    done
    [ $ALL = 1 ] || pulp_status | versions
    exit $ALL
    ;;
esac

# ---- Requirements --------------------------------------------------------------------------------------
MISSING=()
need() { local what=$1 package=$2; shift 2; "$@" > /dev/null 2>&1 || MISSING+=("$what (apt-get install $package)"); }
need "python3 3.11 or newer" python3 python3 -c 'import sys; assert sys.version_info >= (3, 11)'
need "python3's venv" python3-venv python3 -c 'import ensurepip'
need "PostgreSQL's programs" postgresql test -x "$PG_BIN/initdb"
need "user postgres" postgresql id postgres
need apache2 apache2 command -v apache2
need "user www-data" apache2 id www-data
need skopeo skopeo command -v skopeo
need openssl openssl command -v openssl
need curl curl command -v curl
need runuser util-linux command -v runuser
[ "$REDIS" != 1 ] || need redis-server redis command -v redis-server
[ ${#MISSING[@]} = 0 ] || { echo "up.sh: missing on this machine:" >&2; printf '  %s\n' "${MISSING[@]}" >&2; exit 1; }
[ "$(id -u)" = 0 ] || fail "must run as root: it starts PostgreSQL as postgres and Apache as www-data"
[ -r "$PINS" ] || fail "cannot read PINS=$PINS"
PINS=$(realpath "$PINS")
[ ${#DIR} -le 70 ] || fail "$DIR is too long: unix sockets are made below it, and their paths end at 107 characters"

free postgres "$PG_PORT" PG_PORT
free api "$API_PORT" API_PORT
free content "$CONTENT_PORT" CONTENT_PORT
for port in "$HTTPS_PORT" "$MAIN_PORT" "$ROOT_PORT"; do free apache "$port" HTTPS_PORT; done
[ "$REDIS" != 1 ] || free redis "$REDIS_PORT" REDIS_PORT

umask 022
mkdir -p "$RUN" "$LOG" "$CERTS" "$DIR"/{media,work,scratch,assets,home}
chmod 1777 "$RUN"
for user in postgres www-data; do
  runuser -u "$user" -- test -x "$RUN" || fail "user $user cannot reach $DIR: choose another place, such as /tmp/cgw-pulp"
done
if [ -z "${PULP_CACHE:-}" ]; then
  PULP_CACHE=${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/container-gateway/pulp
  mkdir -p "$PULP_CACHE" 2> /dev/null && [ -w "$PULP_CACHE" ] || PULP_CACHE=$DIR/cache
fi
mkdir -p "$PULP_CACHE"
PULP_CACHE=$(cd "$PULP_CACHE" && pwd -P)
# Uploads fail if TMPDIR's path begins with Pulp's WORKING_DIRECTORY, hence scratch beside work.
export HOME=$DIR/home XDG_CACHE_HOME=$DIR/home/.cache TMPDIR=$DIR/scratch

# ---- Python packages -------------------------------------------------------------------------------------------------
VERSION=$(grep -ioE '^(pulp-container|pulpcore)==[^ ]*' "$PINS" | sort | tr -d '=' | paste -sd_)
if ! cmp -s "$PINS" "$VENV/pins.txt"; then
  rm -rf "$VENV"
  UV=$PULP_CACHE/uv/bin/uv
  if [ "$NO_UV" != 1 ] && ! { [ -x "$UV" ] && "$UV" --version > /dev/null 2>&1; }; then
    rm -rf "$PULP_CACHE/uv"
    "$PYTHON" -m venv "$PULP_CACHE/uv"
    "$PULP_CACHE/uv/bin/pip" install -q --disable-pip-version-check --cache-dir "$PULP_CACHE/pip" uv > "$LOG/uv.log" 2>&1 || NO_UV=1
  fi
  if [ "$NO_UV" = 1 ]; then
    "$PYTHON" -m venv "$VENV"
    "$VENV/bin/pip" install -q --disable-pip-version-check --cache-dir "$PULP_CACHE/pip" --no-deps -r "$PINS"
  else
    "$PYTHON" -m venv --without-pip "$VENV"
    UV_CACHE_DIR=$PULP_CACHE/uv-cache UV_LINK_MODE=copy "$UV" pip install -q --no-deps -p "$VENV/bin/python" -r "$PINS"
  fi
  cp "$PINS" "$VENV/pins.txt"
fi
say "packages: $VERSION"

# ---- Pulp's settings, as puppet-pulpcore writes them ---------------------------------------------------------------
[ -s "$DIR/db.key" ] || openssl rand -base64 32 | tr '+/' '-_' > "$DIR/db.key"
[ -s "$DIR/secret" ] || openssl rand -base64 36 | tr '+/' '-_' > "$DIR/secret"
cat > "$DIR/settings.py" << END
CONTENT_ORIGIN = $([ "$CONTENT_ORIGIN" = None ] && echo None || echo "\"$CONTENT_ORIGIN\"")
SECRET_KEY = "$(cat "$DIR/secret")"
DB_ENCRYPTION_KEY = "$DIR/db.key"
DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql", "NAME": "pulp", "USER": "pulp",
                         "PASSWORD": "", "HOST": "127.0.0.1", "PORT": "$PG_PORT"}}
DEPLOY_ROOT = "$DIR"
MEDIA_ROOT = "$DIR/media"
STATIC_ROOT = "$DIR/assets"
STATIC_URL = "/pulp/assets/"
WORKING_DIRECTORY = "$DIR/work"
FILE_UPLOAD_TEMP_DIR = "$DIR/work"
REMOTE_USER_ENVIRON_NAME = "HTTP_REMOTE_USER"
AUTHENTICATION_BACKENDS = [$([ "$BACKENDS" = basic ] && echo '"django.contrib.auth.backends.ModelBackend", ')"pulpcore.app.authentication.PulpNoCreateRemoteUserBackend"]
REST_FRAMEWORK__DEFAULT_AUTHENTICATION_CLASSES = (
    "rest_framework.authentication.SessionAuthentication",
    "pulpcore.app.authentication.PulpRemoteUserAuthentication",
)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
HIDE_GUARDED_DISTRIBUTIONS = True
TOKEN_AUTH_DISABLED = True
FLATPAK_INDEX = True
ANALYTICS = False  # a worker calls home otherwise
CACHE_ENABLED = $([ "$REDIS" = 1 ] && echo True || echo False)
$([ "$REDIS" != 1 ] || echo "REDIS_URL = \"redis://127.0.0.1:$REDIS_PORT/8\"")
END
export DJANGO_SETTINGS_MODULE=pulpcore.app.settings PULP_SETTINGS=$DIR/settings.py

# ---- Certificates ----------------------------------------------------------------------------------------------------
# client: becomes admin.  stranger: same authority, another name.  foreign: the right name, another authority.
if [ ! -s "$CERTS/foreign.crt" ]; then
  (
    cd "$CERTS"
    rsa=(-newkey rsa:2048 -nodes)
    leaf() { # leaf FILE CN EXTENSION
      openssl req "${rsa[@]}" -keyout "$1.key" -out "$1.csr" -subj "/O=test/CN=$2"
      openssl x509 -req -days 3650 -in "$1.csr" -CA ca.crt -CAkey ca.key -CAcreateserial -out "$1.crt" -extfile <(echo "$3")
    }
    openssl req -x509 "${rsa[@]}" -days 3650 -keyout ca.key -out ca.crt -subj "/CN=Pulp test CA" -addext basicConstraints=critical,CA:TRUE
    leaf server localhost "subjectAltName=DNS:localhost,IP:127.0.0.1"
    leaf client "$CLIENT_CN" "extendedKeyUsage=clientAuth"
    leaf stranger stranger.example.org "extendedKeyUsage=clientAuth"
    openssl req -x509 "${rsa[@]}" -days 3650 -keyout foreign.key -out foreign.crt -subj "/CN=$CLIENT_CN"
  ) > "$LOG/certs.log" 2>&1 || fail "no certificates; see $LOG/certs.log"
fi

# ---- PostgreSQL: trusts 127.0.0.1 and does not fsync, because this is test data -----------------------------------------
psql() { "$PG_BIN/psql" -q -X -h "$RUN" -p "$PG_PORT" "$@"; }
manager() { (cd "$DIR" && "$VENV/bin/pulpcore-manager" "$@"); }
if [ ! -s "$DIR/pg/PG_VERSION" ]; then
  rm -rf "$DIR/pg"
  install -d -o postgres -g postgres -m 700 "$DIR/pg"
  (cd / && runuser -u postgres -- "$PG_BIN/initdb" -D "$DIR/pg" -A trust --no-sync -E UTF8 --locale=C.UTF-8) > "$LOG/initdb.log" 2>&1
  printf '%s\n' "unix_socket_directories = '$RUN'" "fsync = off" "synchronous_commit = off" "full_page_writes = off" >> "$DIR/pg/postgresql.conf"
fi
if ! pid_of postgres > /dev/null; then
  install -o postgres -g postgres /dev/null "$LOG/postgres.log"
  (
    cd "$DIR"
    setsid runuser -u postgres -- "$PG_BIN/postgres" -D "$DIR/pg" -h 127.0.0.1 -p "$PG_PORT" >> "$LOG/postgres.log" 2>&1 < /dev/null &
  )
  await 20 PostgreSQL "$PG_BIN/pg_isready" -h "$RUN" -p "$PG_PORT"
  head -1 "$DIR/pg/postmaster.pid" > "$RUN/postgres.pid"
fi
if [ "$REDIS" = 1 ]; then
  mkdir -p "$DIR/redis"
  start redis redis-server --bind 127.0.0.1 --port "$REDIS_PORT" --dir "$DIR/redis" --save "" --daemonize no
  await 10 redis redis-cli -h 127.0.0.1 -p "$REDIS_PORT" ping
fi

# ---- Database: a dump of the same version if there is one, else half a minute of migrations --------------------------
DUMP=$PULP_CACHE/migrated-$VERSION-pg$(cat "$DIR/pg/PG_VERSION").dump
if ! psql -U postgres -d postgres -Atc "select 1 from pg_roles where rolname = 'pulp'" | grep -q 1; then
  psql -U postgres -d postgres -c 'create role pulp login' -c 'create database pulp owner pulp'
fi
if ! grep -qxF "$VERSION" "$DIR/migrated" 2> /dev/null; then
  EMPTY=1
  ! psql -U pulp -d pulp -Atc "select to_regclass('django_migrations')" | grep -q . || EMPTY=0
  if [ $EMPTY = 1 ] && [ -s "$DUMP" ]; then
    "$PG_BIN/pg_restore" -h "$RUN" -p "$PG_PORT" -U postgres -d pulp -1 "$DUMP"
    say "database: restored from $DUMP"
  else
    manager migrate --noinput > "$LOG/migrate.log" 2>&1 || fail "migrations failed; see $LOG/migrate.log"
    manager reset-admin-password --password password >> "$LOG/migrate.log" 2>&1
    if [ $EMPTY = 1 ]; then # one that held another version already may have images in it
      "$PG_BIN/pg_dump" -h "$RUN" -p "$PG_PORT" -U postgres -Fc -f "$DUMP.$$" pulp && mv "$DUMP.$$" "$DUMP"
    fi
    say "database: migrated"
  fi
  echo "$VERSION" > "$DIR/migrated"
fi

# ---- Pulp ------------------------------------------------------------------------------------------------------------
gunicorn() { # gunicorn NAME WORKERS PORT
  local quiet=
  ! "$VENV/bin/pulpcore-$1" --help | grep -q no-control-socket || quiet=--no-control-socket # unknown to older ones
  start "$1" "$VENV/bin/pulpcore-$1" $quiet --preload -t 90 -w "$2" -b "unix:$RUN/$1.sock" -b "127.0.0.1:$3" --access-logfile "$LOG/$1.access"
}
pid_of api > /dev/null || gunicorn api "$API_WORKERS" "$API_PORT"
pid_of content > /dev/null || gunicorn content "$CONTENT_WORKERS" "$CONTENT_PORT"
start worker "$VENV/bin/pulpcore-worker" --pid "$RUN/worker.own"
complete() { pulp_status | "$VENV/bin/python" -c 'import json,sys; s=json.load(sys.stdin); sys.exit(not all(s["online_"+k] for k in ("workers","api_apps","content_apps")))'; }
await 90 Pulp complete
say "Pulp runs: $(pulp_status | versions)"

# ---- Apache, as puppet-pulpcore and puppet-foreman_proxy_content write it ------------------------------------------------
MODULES=/usr/lib/apache2/modules
IS_GATEWAY="%{tolower:%{SSL_CLIENT_S_DN_CN}} == '$CLIENT_CN'"
open_vhost() { # open_vhost PORT
  cat << END
Listen 127.0.0.1:$1 https
<VirtualHost 127.0.0.1:$1>
  ServerName localhost:$1
  DocumentRoot $DIR/assets
  SSLEngine on
  SSLCertificateFile $CERTS/server.crt
  SSLCertificateKeyFile $CERTS/server.key
  SSLCACertificateFile $CERTS/ca.crt
  SSLVerifyClient optional
  SSLVerifyDepth 3
  SSLOptions +StdEnvVars +ExportCertData
END
}
pulp_vhost() { # pulp_vhost PORT EXTRA_LINES
  open_vhost "$1"
  cat << END
  $2
  <Location "/pulp/content">
    RequestHeader unset X-CLIENT-CERT
    RequestHeader set X-CLIENT-CERT "%{SSL_CLIENT_CERT}s" env=SSL_CLIENT_CERT
    RequestHeader set X-FORWARDED-PROTO expr=%{REQUEST_SCHEME}
    ProxyPass unix:$RUN/content.sock|http://pulpcore-content/pulp/content timeout=600 disablereuse=on
    ProxyPassReverse unix:$RUN/content.sock|http://pulpcore-content/pulp/content
  </Location>
  <Location "/pulp/api/v3">
    RequestHeader unset REMOTE-USER
    RequestHeader unset REMOTE_USER
    RequestHeader set REMOTE-USER "admin" "expr=$IS_GATEWAY"
    RequestHeader set X-FORWARDED-PROTO expr=%{REQUEST_SCHEME}
    ProxyPass unix:$RUN/api.sock|http://pulpcore-api/pulp/api/v3 timeout=600
    ProxyPassReverse unix:$RUN/api.sock|http://pulpcore-api/pulp/api/v3
  </Location>
  <Location "/pulpcore_registry">
    RequestHeader unset REMOTE-USER
    RequestHeader unset REMOTE_USER
    RequestHeader set REMOTE-USER "admin" "expr=$IS_GATEWAY"
    ProxyPass unix:$RUN/api.sock|http://pulpcore-api
    ProxyPassReverse unix:$RUN/api.sock|http://pulpcore-api
  </Location>
  <Location "/pulpcore_registry/v2/">
    Require expr $IS_GATEWAY
    RequestHeader set SSL_CLIENT_S_DN "admin"
  </Location>
  ProxyPass /pulp/container/ unix:$RUN/content.sock|http://pulpcore-content/pulp/container/
  ProxyPassReverse /pulp/container/ unix:$RUN/content.sock|http://pulpcore-content/pulp/container/
</VirtualHost>
END
}
root_vhost() { # root_vhost PORT
  local path
  open_vhost "$1"
  for path in v2 extensions index; do
    cat << END
  <Location "/$path/">
    Require expr $IS_GATEWAY
    RequestHeader unset REMOTE_USER
    RequestHeader set REMOTE-USER admin
    ProxyPass unix:$RUN/api.sock|http://pulpcore-api/$path/
    ProxyPassReverse unix:$RUN/api.sock|http://pulpcore-api/$path/
  </Location>
END
  done
  echo "</VirtualHost>"
}
{
  cat << END
ServerRoot $DIR
DefaultRuntimeDir $RUN
PidFile $RUN/apache.pid
ServerName localhost
User www-data
Group www-data
ErrorLog $LOG/apache.error
LogFormat "%h \"%r\" %>s %b %D" short
CustomLog $LOG/apache.access short
END
  for module in mpm_event authz_core authn_core headers proxy proxy_http ssl socache_shmcb; do
    echo "LoadModule ${module}_module $MODULES/mod_$module.so"
  done
  echo "SSLSessionCache shmcb:$RUN/ssl_scache(512000)"
  pulp_vhost "$HTTPS_PORT" ""
  pulp_vhost "$MAIN_PORT" 'ProxyPreserveHost On
  RequestHeader set X-FORWARDED-PROTO "https"'
  root_vhost "$ROOT_PORT"
} > "$DIR/apache.conf.new"
if ! pid_of apache > /dev/null; then
  rm -f "$RUN/apache.pid"
  mv "$DIR/apache.conf.new" "$DIR/apache.conf"
  apache2 -f "$DIR/apache.conf" -k start
elif ! cmp -s "$DIR/apache.conf.new" "$DIR/apache.conf"; then
  mv "$DIR/apache.conf.new" "$DIR/apache.conf"
  apache2 -f "$DIR/apache.conf" -k graceful
fi
rm -f "$DIR/apache.conf.new"
await 10 Apache curl -sf --cacert "$CERTS/ca.crt" --cert "$CERTS/client.crt" --key "$CERTS/client.key" "https://localhost:$HTTPS_PORT/pulpcore_registry/v2/"
say "Apache runs"

# ---- Images: pushed with skopeo through Apache (gunicorn's plain port costs it a 10 s wait for TLS each time) -------------
IMAGES=$(sha256sum < "$HERE/images.py")
if ! grep -qxF "$IMAGES" "$DIR/pushed" 2> /dev/null; then
  rm -rf "$DIR/oci"
  "$VENV/bin/python" "$HERE/images.py" "$DIR/oci"
  mkdir -p "$CERTS/docker"
  cp "$CERTS/ca.crt" "$CERTS/client.key" "$CERTS/docker/"
  cp "$CERTS/client.crt" "$CERTS/docker/client.cert"
  push() { # push REFERENCE NAME:TAG OPTION...
    local from=$1 to=$2
    shift 2
    # Apache replies 502 if the content app closes a kept connection just when it is used again.
    for _ in 1 2 3; do
      # the first variable keeps skopeo's blob cache out of /var/lib/containers
      _CONTAINERS_ROOTLESS_UID=1000 XDG_DATA_HOME=$DIR/home skopeo --insecure-policy --tmpdir "$TMPDIR" copy -q "$@" \
        --dest-cert-dir "$CERTS/docker" "oci:$DIR/oci:$from" "docker://localhost:$ROOT_PORT/$to" && return 0
    done
    fail "$from could not be pushed to $to"
  }
  for tag in 1.0 1.1 latest; do
    push private-$tag org/private-app:$tag --preserve-digests
    push public-$tag org/public-app:$tag --preserve-digests
  done
  push other-1.0 org/other-app:1.0 --preserve-digests
  push other-latest org/other-app:latest --preserve-digests
  push multi org/private-app:multi --all --preserve-digests
  push private-1.0 org/private-app:docker --format v2s2
  push flatpak org/flatpak-app:latest --preserve-digests
  push flatpak org/flatpak-app:stable --preserve-digests
  push flatpak org/hidden-flatpak:latest --preserve-digests
  # A private distribution is off the Flatpak index and still answers by name.
  API=http://127.0.0.1:$API_PORT
  HREF=$(curl -sf -H 'REMOTE-USER: admin' "$API/pulp/api/v3/distributions/container/container/?base_path=org/hidden-flatpak" |
    "$VENV/bin/python" -c 'import json,sys; print(json.load(sys.stdin)["results"][0]["pulp_href"])')
  curl -sf -o "$LOG/hidden.json" -X PATCH -H 'REMOTE-USER: admin' -H 'Content-Type: application/json' -d '{"private": true}' "$API$HREF"
  echo "$IMAGES" > "$DIR/pushed"
  say "images pushed"
fi
say "ready: PULP_URL=https://localhost:$HTTPS_PORT PULP_CERTS=$CERTS"
