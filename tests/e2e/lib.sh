# shellcheck shell=bash
# Sourced by `run`: words, waiting, submitting, and what a person sees of a run.
# shellcheck disable=SC2034,SC2154 # shares variables with run

say() { echo "e2e: $*" >&2; }
die() { say "$*"; exit 1; }
random() { head -c 18 /dev/urandom | base64 | tr '+/' 'xy'; }

# until_true SECONDS COMMAND...
until_true() {
    local end=$((SECONDS + $1))
    shift
    until "$@"; do
        ((SECONDS < end)) || return 1
        sleep 1
    done
}

k() { kubectl --namespace "$namespace" "$@"; }
a() { argo --namespace "$namespace" "$@"; }

# config NAME FILE...: a ConfigMap of these files, made or replaced.
config() {
    local name=$1 files=()
    shift
    for file; do files+=("--from-file=$file"); done
    k create configmap "$name" "${files[@]}" --dry-run=client --output yaml | k apply --server-side --force-conflicts --filename - >/dev/null
}

# tfvars ENVIRONMENT: stdin becomes the ConfigMap that Argo CD would sync.
tfvars() {
    local folder=$state/tfvars/$1
    mkdir -p "$folder"
    cat >"$folder/terraform.tfvars"
    config "rds-tfvars-$1" "$folder/terraform.tfvars"
}

# submit NAME [ARGUMENT...]: as a person does it. The run's name is in $workflow, its exit code in $submitted.
submit() {
    start "$@" --log --wait
}

# start NAME [ARGUMENT...]: the same without waiting.
start() {
    workflow=$1-$stamp
    shift
    submitted=0
    a submit --from workflowtemplate/rds-provision --name "$workflow" "$@" >"$state/$workflow.log" 2>&1 || submitted=$?
}

# finish: waits for $workflow.
finish() {
    submitted=0
    a wait "$workflow" >>"$state/$workflow.log" 2>&1 || submitted=$?
}

# node_is PHASE-PATTERN: whether a node of $workflow matches, as `argo get` shows it.
seen() { a get "$workflow" --no-color 2>/dev/null | grep --quiet --extended-regexp -- "$1"; }

# succeeded / failed: how the run must have ended. What fails for good is not tried again.
succeeded() { [[ $submitted == 0 ]] || wrong "$workflow did not succeed"; seen '^Status: +Succeeded' || wrong "$workflow is not Succeeded"; }
failed() { [[ $submitted != 0 ]] || wrong "$workflow: argo submit says 0"; seen '^Status: +Failed' || wrong "$workflow is not Failed"; ! seen '\(1\) ' || wrong "$workflow was tried again"; }

# shows TEXT...: `argo get` has a line with each; the lines are printed, once, for they are what a person sees.
shows() {
    local text line said=''
    for text; do
        line=$(a get "$workflow" --no-color | sed -E 's/ +/ /g' | grep --fixed-strings --max-count=1 -- "$text") || wrong "argo get $workflow does not show: $text"
        [[ $said == *"$line"* ]] || printf '    %s\n' "$line"
        said+=$line
    done
}

# wrong TEXT: the scenario fails, with what can be seen of the run.
wrong() {
    {
        echo "WRONG: $*"
        [[ -z ${workflow:-} ]] || { a get "$workflow" --no-color 2>&1; tail -n 20 "$state/$workflow.log" 2>/dev/null; }
    } | sed 's/^/    | /'
    exit 1
}

role_exists() { [[ $(superuser postgres -v role="$1" <<<"SELECT count(*) FROM pg_roles WHERE rolname = :'role'") == 1 ]]; }
database_exists() { [[ $(superuser postgres -v name="$1" <<<"SELECT count(*) FROM pg_database WHERE datname = :'name'") == 1 ]]; }

# environment [NAME=VALUE...]: what every run's pod gets beside its own, in the ConfigMap that is made for it.
environment() {
    local name=rds-provision-env pair all=(AWS_ENDPOINT_URL="http://$host:$aws_port" AWS_ACCESS_KEY_ID="$access_key"
        AWS_SECRET_ACCESS_KEY=e2e PROVISIONER_CA_BUNDLE=/settings/ca.pem)
    for pair in "${all[@]}" "$@"; do printf '%s\n' "$pair"; done | awk -F= '{ line[$1] = $0 } END { for (name in line) print line[name] }' >"$state/environment"
    k create configmap "$name" --from-env-file="$state/environment" --dry-run=client --output yaml |
        k apply --server-side --force-conflicts --filename - >/dev/null
}
