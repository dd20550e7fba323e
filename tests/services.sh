# PostgreSQL, PgBouncer and Redis for the tests: installed on Debian if they are missing, started in a
# folder and on ports of their own, and stopped by `stop_services`. Node.js and Yjs, for clients of live
# editing, Chromium for the admin pages, haproxy, and libfaketime for clocks that differ. Sourced by
# tests/run.

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

install_services() {
    local missing=()
    command -v cc >/dev/null || missing+=(gcc libc6-dev)
    ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || missing+=(postgresql)
    command -v pgbouncer >/dev/null || missing+=(pgbouncer)
    command -v redis-server >/dev/null || missing+=(redis-server)
    command -v haproxy >/dev/null || missing+=(haproxy)
    ls /usr/lib/*/faketime/libfaketimeMT.so.1 >/dev/null 2>&1 || missing+=(libfaketime)
    command -v node >/dev/null || missing+=(nodejs)
    command -v npm >/dev/null || missing+=(npm)
    command -v "${CHROMIUM:-chromium}" >/dev/null || missing+=(chromium)
    if [ ${#missing[@]} -gt 0 ]; then
        as_root apt-get update
        # Debian would start a cluster of its own for each of them.
        as_root env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 \
            apt-get install --yes --no-install-recommends "${missing[@]}"
    fi
    is_node_new || install_node "$(realpath --canonicalize-missing "${CARGO_TARGET_DIR:-target}/node")"
    install_packages examples/server/tests/yjs
    install_packages blog-axum/web
}

# What Vite needs. Debian 12 has an older one.
is_node_new() {
    node --eval 'const [major, minor] = process.versions.node.split(".").map(Number)
        process.exit((major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major > 22 ? 0 : 1)'
}

install_node() {
    local node
    node=node-linux-$(node --print process.arch)
    npm install --prefix "$1" --no-audit --no-fund "$node@22" npm@11
    export PATH="$1/node_modules/$node/bin:$1/node_modules/.bin:$PATH"
}

# The packages that the lock file names, unless they are there.
install_packages() {
    [ "$1/node_modules/.package-lock.json" -nt "$1/package-lock.json" ] ||
        npm ci --prefix "$1" --ignore-scripts --no-audit --no-fund
}

# PostgreSQL and PgBouncer do not run as root.
as_user() {
    if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi
}

own_folder() {
    mkdir "$services/$1"
    [ "$(id -u)" != 0 ] || chown postgres "$services" "$services/$1"
}

free_port() {
    local port
    while port=$((20000 + RANDOM % 20000)); do
        (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
    done
    echo "$port"
}

start_postgres() {
    local port
    postgres_programs=$(dirname "$(ls /usr/lib/postgresql/*/bin/postgres | sort --version-sort | tail -1)")
    port=$(free_port)
    own_folder postgres
    as_user "$postgres_programs/initdb" --pgdata "$services/postgres/data" --username blog --auth trust \
        --encoding UTF8 --locale C.UTF-8 >"$services/initdb.log"
    as_user "$postgres_programs/pg_ctl" start --wait --silent --pgdata "$services/postgres/data" \
        --log "$services/postgres/log" --options \
        "-p $port -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=300"
    stop_postgres() {
        as_user "$postgres_programs/pg_ctl" stop --silent --mode immediate --pgdata "$services/postgres/data"
    }
    export BLOG_TEST_POSTGRES_URL="postgres://blog@127.0.0.1:$port/postgres"
}

# In front of the server that BLOG_TEST_POSTGRES_URL names.
start_pgbouncer() {
    local port password part='([^:@/?]*)'
    [[ $BLOG_TEST_POSTGRES_URL =~ ^postgres(ql)?://$part(:$part)?@$part(:([0-9]+))? ]]
    local server="host=${BASH_REMATCH[5]} port=${BASH_REMATCH[7]:-5432} user=${BASH_REMATCH[2]}"
    password=$(printf %b "${BASH_REMATCH[4]//%/\\x}")
    [ -z "$password" ] || server+=" password='${password//"'"/"''"}'"
    port=$(free_port)
    own_folder pgbouncer
    cat >"$services/pgbouncer/settings" <<END
[databases]
* = $server
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = $port
unix_socket_dir =
auth_type = any
admin_users = blog
pool_mode = transaction
default_pool_size = 2
max_client_conn = 1000
server_idle_timeout = 5
; Tests end connections, and one that ends while it logs in is taken for a server that is away.
server_login_retry = 0.1
logfile = $services/pgbouncer/log
pidfile = $services/pgbouncer/pid
END
    as_user pgbouncer --quiet --daemon "$services/pgbouncer/settings"
    stop_pgbouncer() { end "$(cat "$services/pgbouncer/pid")"; }
    export BLOG_TEST_PGBOUNCER_URL="postgres://blog@127.0.0.1:$port/postgres"
}

start_redis() {
    local port
    port=$(free_port)
    mkdir "$services/redis"
    redis-server --port "$port" --bind 127.0.0.1 --dir "$services/redis" --save '' \
        --appendonly no --daemonize yes --pidfile "$services/redis/pid" \
        --logfile "$services/redis/log" >/dev/null
    stop_redis() { end "$(cat "$services/redis/pid")"; }
    export BLOG_TEST_REDIS_URL="redis://127.0.0.1:$port"
}

# Tells a process to end, and waits until it is gone: it removes files of its own then.
end() {
    kill "$1"
    timeout 10 tail --pid="$1" --follow /dev/null
}

start_services() {
    services=$(mktemp --directory)
    [ -n "${BLOG_TEST_POSTGRES_URL:-}" ] || start_postgres
    [ -n "${BLOG_TEST_PGBOUNCER_URL:-}" ] || start_pgbouncer
    [ -n "${BLOG_TEST_REDIS_URL:-}" ] || start_redis
}

stop_services() {
    ! declare -F stop_pgbouncer >/dev/null || stop_pgbouncer || true
    ! declare -F stop_postgres >/dev/null || stop_postgres || true
    ! declare -F stop_redis >/dev/null || stop_redis || true
    rm --recursive --force "$services"
}
