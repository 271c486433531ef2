# shellcheck shell=bash
# Sourced by `run`: a PostgreSQL like the platform's RDS instance, and a stand-in for AWS, that pods reach at $host.
# shellcheck disable=SC2034,SC2154 # shares variables with run

# start_postgres: TLS and nothing else, by a certificate of an authority of our own; the master is not superuser.
start_postgres() {
    make_certificates
    docker rm --force "$postgres" >/dev/null 2>&1 || true
    docker create --name "$postgres" --network host --env POSTGRES_PASSWORD="$(random)" --entrypoint bash "postgres:$major" -c '
        install -d -o postgres /tls && install -o postgres -m 0600 /certificates/server.key /certificates/server.crt /tls/
        exec docker-entrypoint.sh postgres "$@"' postgres \
        -c listen_addresses="$host" -c port="$postgres_port" -c log_statement=ddl -c fsync=off \
        -c ssl=on -c ssl_cert_file=/tls/server.crt -c ssl_key_file=/tls/server.key >/dev/null
    docker cp "$state/certificates" "$postgres:/" >/dev/null
    docker start "$postgres" >/dev/null
    until_true 60 postgres_answers || die "PostgreSQL did not start: docker logs $postgres"
    master_password=$(random)
    superuser postgres <<SQL
CREATE ROLE rds_superuser NOLOGIN;
CREATE ROLE rds_password NOLOGIN;
GRANT pg_monitor, pg_signal_backend, rds_password TO rds_superuser WITH ADMIN OPTION;
CREATE ROLE platform_admin NOSUPERUSER CREATEROLE CREATEDB LOGIN PASSWORD '$master_password';
GRANT rds_superuser TO platform_admin;
CREATE DATABASE platform OWNER platform_admin;
SQL
    docker exec "$postgres" sh -c 'printf "%s\n" "local all all trust" "hostssl all postgres all reject" "hostssl all all all scram-sha-256" >"$PGDATA/pg_hba.conf"'
    superuser postgres <<<'SELECT pg_reload_conf()' >/dev/null
}

make_certificates() {
    local folder=$state/certificates
    mkdir -p "$folder"
    openssl_quiet req -x509 -newkey rsa:2048 -nodes -days 90 -subj "/CN=e2e roots" -keyout "$folder/ca.key" -out "$folder/ca.pem"
    openssl_quiet req -x509 -newkey rsa:2048 -nodes -days 90 -subj "/CN=other roots" -keyout "$folder/other.key" -out "$folder/other.pem"
    openssl_quiet req -newkey rsa:2048 -nodes -subj "/CN=postgres" -keyout "$folder/server.key" -out "$folder/server.csr"
    openssl_quiet x509 -req -in "$folder/server.csr" -CA "$folder/ca.pem" -CAkey "$folder/ca.key" -CAcreateserial -days 90 \
        -extfile <(printf 'subjectAltName=IP:%s,DNS:%s,DNS:*.e2e.test\nextendedKeyUsage=serverAuth\n' "$host" "$host_name") -out "$folder/server.crt"
}

openssl_quiet() { openssl "$@" 2>"$state/openssl.log" || { cat "$state/openssl.log" >&2; return 1; }; }

postgres_answers() { docker exec "$postgres" psql --quiet -U postgres -h /var/run/postgresql -p "$postgres_port" -c 'SELECT 1' >/dev/null 2>&1; }

# superuser DATABASE [PSQL-ARGUMENT...]: SQL from stdin, by the server's superuser, whom the program never sees.
superuser() {
    local database=$1
    shift
    docker exec --interactive "$postgres" psql --quiet --no-align --tuples-only -v ON_ERROR_STOP=1 \
        -U postgres -h /var/run/postgresql -p "$postgres_port" -d "$database" "$@"
}

# as_app SECRET: SQL from stdin by the login that a secret gives, over TLS.
as_app() {
    local secret
    secret=$(secret_value "$1")
    docker exec --interactive --env PGPASSWORD="$(jq -r .password <<<"$secret")" --env PGSSLMODE=verify-full \
        --env PGSSLROOTCERT=/certificates/ca.pem "$postgres" psql --quiet --no-align --tuples-only -v ON_ERROR_STOP=1 \
        -h "$host" -p "$postgres_port" -U "$(jq -r .username <<<"$secret")" -d "$(jq -r .dbname <<<"$secret")"
}

# start_aws: moto's server, PyPI's moto[server]; before it what it lacks of AWS; and what else is asked over HTTP and DNS.
start_aws() {
    local command=${MOTO_SERVER:-} moto=target/acceptance/moto/bin/moto_server
    python=python3
    if [[ -z $command ]]; then
        if command -v moto_server >/dev/null && moto_server --help >/dev/null 2>&1; then command=moto_server
        elif [[ -x $moto ]]; then command=$moto python=${moto%/*}/python
        else die "no moto server to play AWS: pip install 'moto[server]', or tests/setup"; fi
    fi
    stop_servers
    # shellcheck disable=SC2086 # MOTO_SERVER may have arguments
    start_server moto $command -H "$host" -p "$aws_port"
    start_server aws python3 tests/e2e/aws.py "$host" "$proxy_port" "http://$host:$aws_port" "$state/aws.json"
    start_server answers python3 tests/e2e/answers.py "$host" "$answers_port" goldenpathidp.io "$state/aws.json"
    until_true 60 aws_answers || die "moto did not start: $state/moto.log"
    "$python" tests/e2e/world.py "http://$host:$aws_port" fill "$state/aws.json" "$host" "$postgres_port" "${host%.*.*}.0.0/16" ||
        die "AWS cannot be filled: needs boto3"
}

# start_server NAME COMMAND...: in the background, in a group of its own.
start_server() {
    local name=$1
    shift
    setsid "$@" >"$state/$name.log" 2>&1 </dev/null &
    echo "$! $*" >"$state/$name.server"
}

stop_servers() {
    local file id command
    for file in "$state"/*.server; do
        [[ -s $file ]] || continue
        read -r id command <"$file"
        rm -f "$file"
        # The number may be another program's by now.
        if [[ $(tr '\0' ' ' <"/proc/$id/cmdline" 2>/dev/null) == *"${command##* }"* ]]; then kill -- "-$id" 2>/dev/null || kill "$id" || true; fi
    done
}

# aws_state JQ-PROGRAM: changes what the stand-in adds to moto.
aws_state() { jq "$1" "$state/aws.json" >"$state/aws.json.new" && mv "$state/aws.json.new" "$state/aws.json"; }

aws_answers() { curl --silent --fail --max-time 2 "http://$host:$aws_port/moto-api/" >/dev/null; }

# aws_call SERVICE TARGET JSON: the answer; moto does not look at signatures.
aws_call() {
    curl --silent --show-error --max-time 10 "http://$host:$aws_port/" \
        --header 'content-type: application/x-amz-json-1.1' --header "host: $1.$region.amazonaws.com" --header "x-amz-target: $2" \
        --header "authorization: AWS4-HMAC-SHA256 Credential=$access_key/20260101/$region/$1/aws4_request, SignedHeaders=host, Signature=0" \
        --data "$3"
}

# put_secret PATH JSON: makes it, or gives it a new value.
put_secret() {
    local answer
    answer=$(aws_call secretsmanager secretsmanager.CreateSecret "$(jq -n --arg name "$1" --arg value "$2" '{Name: $name, SecretString: $value}')")
    [[ $(jq -r '.ARN // empty' <<<"$answer") ]] && return 0
    answer=$(aws_call secretsmanager secretsmanager.PutSecretValue "$(jq -n --arg name "$1" --arg value "$2" '{SecretId: $name, SecretString: $value}')")
    [[ $(jq -r '.ARN // empty' <<<"$answer") ]] || die "put secret $1: $answer"
}

secret_value() {
    aws_call secretsmanager secretsmanager.GetSecretValue "$(jq -n --arg name "$1" '{SecretId: $name}')" | jq -r .SecretString
}

drop_secret() {
    aws_call secretsmanager secretsmanager.DeleteSecret "$(jq -n --arg name "$1" '{SecretId: $name, ForceDeleteWithoutRecovery: true}')" >/dev/null
}

# login_secret USER DATABASE [PASSWORD [HOST]]: the JSON that the platform's Terraform writes.
login_secret() {
    jq -n --arg username "$1" --arg dbname "$2" --arg password "${3:-$(random)}" --arg host "${4:-$host}" --argjson port "$postgres_port" \
        '{username: $username, password: $password, host: $host, port: $port, dbname: $dbname, engine: "postgres"}'
}
