# PostgreSQL and Redis for the tests: installed on Debian if they are missing, started in a folder
# and on ports of their own, and stopped by `stop_services`. Sourced by tests/run.

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

install_services() {
    local missing=()
    command -v cc >/dev/null || missing+=(gcc libc6-dev)
    ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || missing+=(postgresql)
    command -v redis-server >/dev/null || missing+=(redis-server)
    if [ ${#missing[@]} -gt 0 ]; then
        as_root apt-get update
        # Debian would start a cluster of its own for each of them.
        as_root env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 \
            apt-get install --yes --no-install-recommends "${missing[@]}"
    fi
}

# PostgreSQL does not run as root.
as_user() {
    if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi
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
    mkdir "$services/postgres"
    [ "$(id -u)" != 0 ] || chown postgres "$services" "$services/postgres"
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

start_redis() {
    local port
    port=$(free_port)
    mkdir "$services/redis"
    redis-server --port "$port" --bind 127.0.0.1 --dir "$services/redis" --save '' \
        --appendonly no --daemonize yes --pidfile "$services/redis/pid" \
        --logfile "$services/redis/log" >/dev/null
    stop_redis() { kill "$(cat "$services/redis/pid")"; }
    export BLOG_TEST_REDIS_URL="redis://127.0.0.1:$port"
}

start_services() {
    services=$(mktemp --directory)
    [ -n "${BLOG_TEST_POSTGRES_URL:-}" ] || start_postgres
    [ -n "${BLOG_TEST_REDIS_URL:-}" ] || start_redis
}

stop_services() {
    ! declare -F stop_postgres >/dev/null || stop_postgres || true
    ! declare -F stop_redis >/dev/null || stop_redis || true
    rm --recursive --force "$services"
}
