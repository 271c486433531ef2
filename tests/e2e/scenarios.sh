# shellcheck shell=bash
# Sourced by `run`: what may happen to a run, and what a person then sees of it.
# shellcheck disable=SC2034,SC2154 # shares variables with run

scenarios=(
    image image_on_a_network submit second_submit dry_run only_one_app by_name
    bad_tfvars no_configmap coupled_tfvars wrong_sha256 missing_secret access_denied wrong_ca
    database_down_then_up
    approval_missing approval_given approval_withheld plan_changed_after_approval
    stop_in_the_middle terminate_in_the_middle two_at_once
    verify_finds_drift nightly wrong_parameter template_missing make_flow
    fleet_of_three tfvars_from_git
    argocd_syncs_the_templates argocd_provisions_after_a_merge
)

# ---------------------------------------------------------------- what is wanted

# database APP [ATTRIBUTE]: an entry of the tfvars.
database() {
    printf '  %s = {\n    database_name = "%s"\n    username      = "%s_user"\n%s  }\n' "$1" "$1" "$1" "${2:+    $2
}"
}

# databases ENVIRONMENT APP...: the ConfigMap of a standalone file with these apps.
databases() {
    local environment=$1 app
    shift
    {
        printf '# Applications on the RDS of %s.\nregion = "%s"\napplication_databases = {\n' "$environment" "$region"
        for app; do database "$app"; done
        printf '}\n'
    } | tfvars "$environment"
}

# secrets_of ENVIRONMENT APP...: the master's secret, and those that Terraform makes for these apps.
secrets_of() {
    local environment=$1 app
    shift
    put_secret "goldenpath/$environment/rds/master" "$(login_secret platform_admin platform "$master_password")"
    for app; do
        [[ $(secret_value "goldenpath/$environment/$app/postgres") != null ]] ||
            put_secret "goldenpath/$environment/$app/postgres" "$(login_secret "${app}_user" "$app")"
    done
}

dev() {
    secrets_of dev keycloak backstage
    databases dev keycloak backstage
}

# ---------------------------------------------------------------- it works

# The image by itself: small, no shell, and content with no home, no name for its user and nothing to write to.
scenario_image() {
    local size folder=$state/image locked=(--rm --read-only --user 65532:65532 --cap-drop ALL --env HOME= --network none)
    size=$(docker save "$image" | gzip -9 | wc -c)
    echo "    $size bytes, compressed"
    # 12 MB are the aim, of which little is left; what the base weighs changes with its date.
    ((size < 12 * 1024 * 1024)) || wrong "larger than 12 MiB"
    ! docker run "${locked[@]}" --entrypoint /bin/sh "$image" -c true 2>/dev/null || wrong "there is a shell"
    mkdir -p "$folder"
    { echo 'application_databases = {'; database keycloak; echo '}'; } >"$folder/terraform.tfvars"
    docker run "${locked[@]}" --volume "$folder:/tfvars:ro" --entrypoint /usr/local/bin/provisioner "$image" \
        validate --env=dev --tfvars=/tfvars/terraform.tfvars | sed 's/^/    /'
    docker run "${locked[@]}" --entrypoint /usr/local/bin/preflight "$image" plan --tier=2 | head -n 1 | sed 's/^/    /'
}

# With a DNS server on its network, and AWS behind TLS: names resolve; the roots are those of the image for AWS, and Amazon's own,
# which are built in, for PostgreSQL.
scenario_image_on_a_network() {
    local network=platform-e2e gateway locked=(--rm --read-only --user 65532:65532 --cap-drop ALL --env HOME= --network platform-e2e)
    ((EUID == 0)) || { echo "    left out: a DNS server on port 53 takes root"; return 0; }
    docker network inspect "$network" >/dev/null 2>&1 || docker network create "$network" >/dev/null
    gateway=$(docker network inspect "$network" --format '{{(index .IPAM.Config 0).Gateway}}')
    start_server names python3 tests/e2e/answers.py "$gateway" 53
    start_server aws-tls python3 tests/e2e/aws.py "$gateway" "$tls_port" "http://$host:$aws_port" "$state/aws.json" "$state/certificates/server.crt" "$state/certificates/server.key"
    secrets_of dev backstage
    locked+=(--dns "$gateway" --env AWS_ENDPOINT_URL="https://aws.e2e.test:$tls_port" --env AWS_ACCESS_KEY_ID="$access_key" --env AWS_SECRET_ACCESS_KEY=e2e
        --env AWS_EC2_METADATA_DISABLED=true)
    until_true 10 curl --silent --insecure --output /dev/null "https://$gateway:$tls_port/" || wrong "the server with TLS did not start"
    # Nobody in the image's own roots signed this server.
    in_container
    says fnd.secretsmanager fail
    locked+=(--volume "$state/certificates/ca.pem:/etc/ssl/certs/ca-certificates.crt:ro")
    in_container
    says fnd.secretsmanager pass
    says rds.tls fail
    in_container --volume "$state/certificates/ca.pem:/ca.pem:ro" --env PREFLIGHT_CA_BUNDLE=/ca.pem
    says rds.tls pass
    docker network rm "$network" >/dev/null
}

# in_container [ARGUMENT...]: preflight from outside the cluster, with these arguments of docker's.
in_container() {
    docker run "${locked[@]}" "$@" --entrypoint /usr/local/bin/preflight "$image" check --cluster=none --tier=2 --env=dev --region=eu-west-2 \
        --base-domain=goldenpathidp.io --deadline=8s --connect-patience=2s --output=json >"$state/container.json" 2>"$state/container.log" || true
}

# says CHECK STATUS: how that check ended in the last container.
says() {
    local seen
    seen=$(jq --raw-output --arg id "$1" '.checks[] | select(.id == $id) | "\(.status): \(.summary)"' "$state/container.json") || wrong "$(<"$state/container.log")"
    [[ $seen == "$2: "* ]] || wrong "$1 is $seen, not $2: $(tail -n 5 "$state/container.log")"
    echo "    $1 $seen"
}

scenario_submit() {
    dev
    submit submit -p environment=dev
    succeeded
    shows "rds-provision-summary: apply dev changed: apps 2 created" "rds-provision-changes: 4"
    as_app goldenpath/dev/keycloak/postgres <<<'CREATE TABLE note (id int)'
    as_app goldenpath/dev/backstage/postgres <<<'CREATE TABLE note (id int)'
}

scenario_second_submit() {
    dev
    submit second -p environment=dev
    succeeded
    shows "rds-provision-summary: apply dev in sync: apps 2 unchanged" "rds-provision-changes: 0"
}

scenario_dry_run() {
    dev
    secrets_of dev kong
    databases dev keycloak backstage kong
    submit dry-run -p environment=dev -p dry_run=true
    succeeded
    shows "rds-provision-summary: apply dev pending: apps 2 unchanged, 1 pending" "rds-provision-changes: 2" "rds-provision-digest: sha256:"
    ! role_exists kong_user || wrong "a dry run made a role"
}

scenario_only_one_app() {
    secrets_of dev orders stock # stock's tfvars entry is there, its turn is later
    databases dev keycloak backstage orders stock
    submit only-one -p environment=dev -p only=orders -p build_id=ci-42 -p run_id=commit-abc
    succeeded
    shows "rds-provision-summary: apply dev changed: apps 1 created"
    grep --quiet ',dev,ci-42,commit-abc,orders,orders_user,create_role,success,' "$state/$workflow.log" || wrong "no audit row in the pod's log"
    ! role_exists stock_user || wrong "--only did more"
}

# The server's name is resolved in the pod, by the cluster's own DNS, and is what the certificate is checked against.
scenario_by_name() {
    k apply --server-side --force-conflicts --filename - >/dev/null <<YAML
apiVersion: v1
kind: Service
metadata: {name: database}
spec:
  clusterIP: None
  ports: [{port: $postgres_port}]
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: database-e2e, labels: {kubernetes.io/service-name: database}}
addressType: IPv4
endpoints: [{addresses: ["$host"]}]
ports: [{port: $postgres_port}]
YAML
    put_secret goldenpath/test/rds/master "$(login_secret platform_admin platform "$master_password" "$host_name")"
    put_secret goldenpath/test/named/postgres "$(login_secret named_user named "" "$host_name")"
    databases test named
    submit by-name -p environment=test -p allow_db_provision=true
    succeeded
    shows "rds-provision-summary: apply test changed: apps 1 created"
    grep --only-matching --max-count=1 "PostgreSQL .* at $host_name:$postgres_port" "$state/$workflow.log" | sed 's/^/    /'
    # Without a list of ours, the roots built in are Amazon's, and they did not sign this server.
    environment PROVISIONER_CA_BUNDLE=
    submit amazons-roots -p environment=test
    environment
    failed
    shows "certificate of $host_name:$postgres_port is signed by none of the trusted CAs"
}

# ---------------------------------------------------------------- somebody must act

scenario_bad_tfvars() {
    dev
    { echo 'application_databases = {'; database keycloak 'acces_level   = "reader"'; echo '}'; } | tfvars dev
    submit bad-tfvars -p environment=dev
    failed
    shows "/configmap/rds-tfvars-dev/terraform.tfvars:5:5" "exit code 2"
}

scenario_no_configmap() {
    secrets_of test
    k delete configmap rds-tfvars-test --ignore-not-found >/dev/null
    submit no-configmap -p environment=test
    failed
    shows "rds-tfvars-test/terraform.tfvars: No such file" "is the ConfigMap with the tfvars there?"
}

scenario_coupled_tfvars() {
    secrets_of dev catalog
    { printf 'cluster_name = "x"\nrds_config = {\n  enabled = true\n  application_databases = {\n'; database '"catalog"' | sed 's/""/"/g; s/"_user/_user/'; printf '  }\n}\n'; } | tfvars dev
    submit coupled -p environment=dev
    succeeded
    shows "rds-provision-summary: apply dev changed: apps 1 created"
}

scenario_wrong_sha256() {
    local reviewed
    dev
    reviewed=$(printf 'what was reviewed' | sha256sum | cut -d' ' -f1)
    submit wrong-sha256 -p environment=dev -p tfvars_sha256="$reviewed"
    failed
    shows "is not what was reviewed"
    reviewed=$(sha256sum <"$state/tfvars/dev/terraform.tfvars" | cut -d' ' -f1)
    submit right-sha256 -p environment=dev -p tfvars_sha256="$reviewed"
    succeeded
}

scenario_missing_secret() {
    dev
    databases dev keycloak backstage payroll
    submit missing-secret -p environment=dev
    failed
    shows "goldenpath/dev/payroll/postgres"
    ! role_exists payroll_user || wrong "a role without a secret"
    submit create-secret -p environment=dev -p missing_secrets=create
    succeeded
    as_app goldenpath/dev/payroll/postgres <<<'SELECT 1' >/dev/null
}

scenario_access_denied() {
    dev
    aws_state '.deny = ["*"]'
    environment AWS_ENDPOINT_URL="http://$host:$proxy_port"
    submit access-denied -p environment=dev
    aws_state '.deny = []'
    environment
    failed
    shows "exit code 1" "goldenpath/dev/rds/master"
}

scenario_wrong_ca() {
    dev
    config rds-provision-settings "$state/certificates/other.pem"
    environment PROVISIONER_CA_BUNDLE=/settings/other.pem
    submit wrong-ca -p environment=dev
    environment
    config rds-provision-settings "$state/certificates/ca.pem"
    failed
    shows "exit code 1"
}

# The controller does not hold `argo submit --from` to the template's enum: the step says it.
scenario_wrong_parameter() {
    submit wrong-environment -p environment=production
    failed
    shows "rds-tfvars-production/terraform.tfvars: No such file"
    submit wrong-dry-run -p environment=dev -p dry_run=yes
    failed
    shows "--dry-run" "exit code 2"
}

# ---------------------------------------------------------------- it converges by itself

scenario_database_down_then_up() {
    dev
    environment PROVISIONER_CONNECT_PATIENCE=5s
    docker stop "$postgres" >/dev/null
    start database-down -p environment=dev
    if ! until_true 90 seen '\(0\).*connection refused'; then docker start "$postgres" >/dev/null; wrong "no refused connection to be seen"; fi
    shows "exit code 75" "connect: connection refused"
    docker start "$postgres" >/dev/null
    until_true 60 postgres_answers || wrong "PostgreSQL did not come back"
    finish
    environment
    succeeded
    shows "rds-provision-changes: 0"
}

# ---------------------------------------------------------------- approval

staging() {
    secrets_of staging "$@"
    databases staging "$@"
}

scenario_approval_missing() {
    staging ledger
    submit approval-missing -p environment=staging
    failed
    shows "exit code 3" "sha256:"
    ! role_exists ledger_user || wrong "a role without an approval"
    # A dry run ends with its plan, and waits for nobody.
    submit approval-dry-run -p environment=staging -p dry_run=true --entrypoint provision-with-approval
    succeeded
    shows "rds-provision-summary: plan staging pending"
    ! role_exists ledger_user || wrong "a dry run made a role"
}

suspended() { seen '^Status: +Running' && a get "$workflow" --output json | jq --exit-status '[.status.nodes[] | select(.type == "Suspend" and .phase == "Running")] | length > 0' >/dev/null; }

scenario_approval_given() {
    staging ledger
    start approval-given -p environment=staging --entrypoint provision-with-approval
    until_true 60 suspended || wrong "does not wait for an approval"
    shows "ǁ approve" "rds-provision-summary: plan staging pending"
    ! role_exists ledger_user || wrong "a role before the approval"
    a resume "$workflow" >/dev/null 2>&1
    finish
    succeeded
    shows "rds-provision-summary: apply staging changed: apps 1 created"
    submit approval-not-needed -p environment=staging --entrypoint provision-with-approval
    succeeded
    shows "rds-provision-changes: 0"
}

scenario_approval_withheld() {
    staging ledger invoices
    start approval-withheld -p environment=staging --entrypoint provision-with-approval
    until_true 60 suspended || wrong "does not wait for an approval"
    a stop "$workflow" >/dev/null 2>&1
    finish
    failed
    shows "Stopped with strategy 'Stop'" "plan staging pending"
    ! role_exists invoices_user || wrong "a role without an approval"
}

scenario_plan_changed_after_approval() {
    staging ledger invoices
    start plan-changed -p environment=staging --entrypoint provision-with-approval
    until_true 60 suspended || wrong "does not wait for an approval"
    staging ledger invoices refunds
    a resume "$workflow" >/dev/null 2>&1
    finish
    failed
    shows "exit code 3"
    ! role_exists invoices_user || wrong "what was approved is not what would have run"
}

# ---------------------------------------------------------------- in the middle

# A run that has begun to write: it waits for a lock on the server's roles, which a session of ours holds.
in_the_middle() {
    superuser postgres <<<"BEGIN; LOCK pg_catalog.pg_authid IN SHARE ROW EXCLUSIVE MODE; SELECT pg_sleep(300)" >/dev/null 2>&1 &
    until_true 20 holds_lock || wrong "nobody holds the lock"
    start "$@"
    until_true 60 waits_for_lock || { let_go; wrong "the run does not come to write"; }
    until_true 30 seen '●' || { let_go; wrong "Argo does not see it running"; }
}

holds_lock() { [[ $(superuser postgres <<<"SELECT count(*) FROM pg_locks WHERE relation = 'pg_catalog.pg_authid'::regclass AND mode = 'ShareRowExclusiveLock' AND granted") == 1 ]]; }
waits_for_lock() { [[ $(superuser postgres <<<"SELECT count(*) FROM pg_locks WHERE relation = 'pg_catalog.pg_authid'::regclass AND NOT granted") != 0 ]]; }
# stopped_by_signal: the binary ended in its own way. What Argo saw first is what it shows: its own words, or the step's.
stopped_by_signal() {
    shows "Stopped with strategy"
    a get "$workflow" --no-color | grep --max-count=1 --extended-regexp 'exit code 143|workflow shutdown with strategy' | sed -E 's/ +/ /g; s/^/    /' ||
        wrong "neither the step's message nor Argo's"
    until_true 30 ended_with_143 || wrong "the step did not end with 143"
}
ended_with_143() {
    k get pods --selector "workflows.argoproj.io/workflow=$workflow" --output json |
        jq --exit-status '[.items[].status.containerStatuses[]? | select(.name == "main") | .state.terminated.exitCode] == [143]' >/dev/null
}
let_go() { superuser postgres <<<"SELECT pg_terminate_backend(pid) FROM pg_locks WHERE relation = 'pg_catalog.pg_authid'::regclass AND mode = 'ShareRowExclusiveLock'" >/dev/null; }

scenario_stop_in_the_middle() {
    secrets_of dev search
    databases dev keycloak backstage search
    in_the_middle stopped -p environment=dev
    a stop "$workflow" >/dev/null 2>&1
    finish
    let_go
    failed
    stopped_by_signal
    submit after-stop -p environment=dev
    succeeded
    as_app goldenpath/dev/search/postgres <<<'SELECT 1' >/dev/null
    shows "rds-provision-summary"
}

scenario_terminate_in_the_middle() {
    secrets_of dev mailer
    databases dev keycloak backstage mailer
    in_the_middle terminated -p environment=dev
    a terminate "$workflow" >/dev/null 2>&1
    finish
    let_go
    failed
    stopped_by_signal
    submit after-terminate -p environment=dev
    succeeded
    as_app goldenpath/dev/mailer/postgres <<<'SELECT 1' >/dev/null
    shows "rds-provision-summary"
}

scenario_two_at_once() {
    local first
    secrets_of dev reports
    databases dev keycloak backstage reports
    in_the_middle first -p environment=dev
    first=$workflow
    start second-at-once -p environment=dev
    until_true 30 seen 'lock' || { let_go; wrong "the second does not wait"; }
    shows "lock"
    let_go
    finish
    succeeded
    shows "rds-provision-changes: 0"
    workflow=$first
    finish
    succeeded
    shows "rds-provision-summary: apply dev changed"
}

# ---------------------------------------------------------------- looking

scenario_verify_finds_drift() {
    dev
    superuser postgres <<<"ALTER ROLE keycloak_user PASSWORD 'somebody changed it by hand'"
    submit drift -p environment=dev --entrypoint verify-only
    failed
    shows "keycloak"
    submit repaired -p environment=dev
    succeeded
    shows "rds-provision-summary: apply dev changed: apps 1 changed, 1 unchanged"
    submit verified -p environment=dev --entrypoint verify-only
    succeeded
}

scenario_nightly() {
    dev
    workflow=nightly-$stamp
    a submit --from cronworkflow/rds-verify-nightly --name "$workflow" --wait >"$state/$workflow.log" 2>&1 && submitted=0 || submitted=$?
    succeeded
    shows "rds-provision-summary: verify dev"
}

scenario_template_missing() {
    local text
    workflow=''
    text=$(make --no-print-directory --file workflowtemplates/platform.mk rds-provision-k8s ENV=dev RDS_NAMESPACE=nowhere 2>&1) && wrong "no error: $text"
    grep --fixed-strings "rds-provision" <<<"$text" | sed 's/^/    /'
    grep --quiet --fixed-strings "kubectl apply" <<<"$text" || wrong "no command that installs it: $text"
}

# As from the platform's Makefile, right after a merge: the ConfigMap is still the old one for a while.
scenario_make_flow() {
    local file=$state/merged/terraform.tfvars
    workflow=''
    dev
    secrets_of dev wiki
    mkdir -p "${file%/*}"
    { echo 'application_databases = {'; database keycloak; database backstage; database wiki; echo '}'; } >"$file"
    (sleep 8; tfvars dev <"$file") &
    make --no-print-directory --file workflowtemplates/platform.mk rds-provision-k8s ENV=dev RDS_TFVARS="$file" >"$state/make.log" 2>&1 ||
        wrong "$(<"$state/make.log")"
    grep --extended-regexp '^[1-4]/4|rds-provision-summary' "$state/make.log" | sed -E 's/ +/ /g; s/^/    /'
    as_app goldenpath/dev/wiki/postgres <<<'SELECT 1' >/dev/null
    text=$(make --no-print-directory --file workflowtemplates/platform.mk rds-provision-k8s ENV=dev CREATE_RDS=false)
    echo "    $text"
}

# One target fails; the others are done, and `argo get` is the report.
scenario_fleet_of_three() {
    local lacks=lacks_a_secret
    dev
    secrets_of staging pipelines
    databases staging pipelines
    secrets_of test
    databases test "$lacks"
    workflow=fleet-$stamp submitted=0
    a submit --from workflowtemplate/rds-provision-fleet --name "$workflow" --wait -p allow_db_provision=true \
        -p targets='[{"environment":"dev","region":"eu-west-2"},{"environment":"test","region":"eu-west-2"},{"environment":"staging","region":"eu-west-2"}]' \
        >"$state/$workflow.log" 2>&1 || submitted=$?
    failed
    shows "dev-eu-west-2: apply dev in sync" "staging-eu-west-2: apply staging changed" \
        "exit code 2): app $lacks: secret goldenpath/test/$lacks/postgres does not exist"
}

# components/git-source: a commit that no branch's tip is, with a read-only root and no ConfigMap.
scenario_tfvars_from_git() {
    local repository=$state/git/platform pinned
    dev
    rm -rf "$state/git"
    mkdir -p "$repository/envs/dev-rds" "$state/git/overlay"
    git -C "$repository" init --quiet --initial-branch main
    { echo 'application_databases = {'; database keycloak; echo '}'; } >"$repository/envs/dev-rds/terraform.tfvars"
    commit "reviewed" "$repository"
    pinned=$(git -C "$repository" rev-parse HEAD)
    echo 'not HCL {' >"$repository/envs/dev-rds/terraform.tfvars"
    commit "later" "$repository"
    start_server git git daemon --export-all --reuseaddr --listen="$host" --port="$git_port" --base-path="$state/git"
    cp -r workflowtemplates "$state/git/"
    printf 'resources: [../workflowtemplates/overlays/dev]\ncomponents: [../workflowtemplates/components/git-source]\n' >"$state/git/overlay/kustomization.yaml"
    kustomize build "$state/git/overlay" | IMAGE=$image perl -pe 's/image: platform-steps$/image: $ENV{IMAGE}/' | kubectl apply --server-side --force-conflicts --filename - >/dev/null
    k delete configmap rds-tfvars-dev >/dev/null
    submit from-git -p environment=dev -p git_repo="git://$host:$git_port/platform" -p git_revision="$pinned"
    kubectl apply --server-side --force-conflicts --filename "$state/manifests.yaml" >/dev/null
    succeeded
    shows "rds-provision-summary: apply dev in sync: apps 1 unchanged"
}

# ---------------------------------------------------------------- Argo CD

# git_repository: what Argo CD reads, with what is in the working tree.
git_repository() {
    local repository=$state/repository
    command -v argocd >/dev/null || wrong "needs argocd on the PATH, set up for this cluster's Argo CD (E2E_REPOSITORY: where it reads $repository)"
    rm -rf "$repository"
    mkdir -p "$repository/tests/e2e" "$repository/envs/dev-rds"
    cp -r workflowtemplates "$repository/"
    cp -r tests/e2e/manifests "$repository/tests/e2e/"
    sed -i "s#^components:#images:\n  - {name: platform-steps, newName: ${image%:*}, newTag: \"${image##*:}\"}\nconfigurations: [kustomizeconfig.yaml]\ncomponents:#" \
        "$repository/tests/e2e/manifests/kustomization.yaml"
    cp workflowtemplates/tfvars/standalone/* "$repository/envs/dev-rds/"
    printf 'resources:\n  - ../../workflowtemplates/hooks/rds-provision\n' >>"$repository/envs/dev-rds/kustomization.yaml"
    git -C "$repository" init --quiet --initial-branch main
    commit "as it ships"
}

# commit MESSAGE [REPOSITORY]
commit() {
    local repository=${2:-$state/repository}
    git -C "$repository" add --all
    git -C "$repository" -c user.name=e2e -c user.email=e2e@example.com commit --quiet --message "$1"
}

# application NAME PATH: an Application that is synced by hand, and goes without what it made.
application() {
    argocd app delete "$1" --cascade=false --yes >/dev/null 2>&1 || true
    until_true 30 application_is_gone "$1"
    argocd app create "$1" --repo "${E2E_REPOSITORY:-file://$state/repository}" --path "$2" --revision main \
        --dest-server https://kubernetes.default.svc --dest-namespace "$namespace" >/dev/null 2>"$state/argocd.log" || wrong "argocd app create: $(<"$state/argocd.log")"
}

application_is_gone() { ! argocd app get "$1" >/dev/null 2>&1; }

scenario_argocd_syncs_the_templates() {
    git_repository
    k delete workflowtemplate rds-provision >/dev/null
    application e2e-templates tests/e2e/manifests
    argocd app sync e2e-templates --timeout 120 >"$state/argocd.log" 2>&1 || wrong "$(tail -n 20 "$state/argocd.log")"
    argocd app get e2e-templates 2>/dev/null | grep --extended-regexp 'WorkflowTemplate|^Sync Status' | sed -E 's/ +/ /g; s/^/    /'
    dev
    submit by-argocd -p environment=dev
    succeeded
    argocd app delete e2e-templates --cascade=false --yes >/dev/null 2>&1
    kubectl apply --server-side --force-conflicts --filename "$state/manifests.yaml" >/dev/null
}

scenario_argocd_provisions_after_a_merge() {
    dev
    git_repository
    k delete configmap rds-tfvars-dev --ignore-not-found >/dev/null
    application e2e-dev-rds envs/dev-rds
    argocd app sync e2e-dev-rds --timeout 180 >"$state/argocd.log" 2>&1 || wrong "$(tail -n 20 "$state/argocd.log")"
    grep --max-count=1 'rds-provision-sync.*PostSync' <(argocd app get e2e-dev-rds 2>/dev/null) | sed -E 's/ +/ /g; s/^/    /'
    printf 'application_databases = {\n%s\n}\n' "$(database nowhere)" >"$state/repository/envs/dev-rds/terraform.tfvars"
    commit "an app without a secret"
    if argocd app sync e2e-dev-rds --timeout 180 >"$state/argocd.log" 2>&1; then wrong "a sync that succeeds: $(tail -n 20 "$state/argocd.log")"; fi
    grep --max-count=1 --fixed-strings 'secret goldenpath/dev/nowhere/postgres does not exist' "$state/argocd.log" | sed -E 's/ +/ /g; s/^/    /'
    put_secret goldenpath/dev/nowhere/postgres "$(login_secret nowhere_user nowhere)"
    argocd app sync e2e-dev-rds --timeout 180 >"$state/argocd.log" 2>&1 || wrong "not let through without a new commit: $(tail -n 20 "$state/argocd.log")"
    as_app goldenpath/dev/nowhere/postgres <<<'SELECT 1' >/dev/null
    argocd app delete e2e-dev-rds --cascade=false --yes >/dev/null 2>&1
}
