# shellcheck shell=bash
# Sourced by `run`: preflight against a real API server, a stand-in for AWS and a real PostgreSQL, by itself, as a workflow, and as a
# gate of Argo CD's.
# shellcheck disable=SC2034,SC2154 # shares variables with run

scenarios+=(
    preflight_ready preflight_faults preflight_bootstrap_as_one_document preflight_older_operator
    preflight_in_argo preflight_database_down_then_up preflight_without_a_right preflight_nightly
    argocd_gate_blocks_a_sync argocd_gate_as_a_job argocd_gate_beside_a_chart argocd_acceptance
)

# ---------------------------------------------------------------- the world that it looks at

# world: a persistent cluster of dev, in order; made once for all scenarios, for they put back what they change.
world() {
    [[ ! -e $state/world/$stamp ]] || return 0
    ! kubectl get crd externalsecrets.external-secrets.io --output name >/dev/null 2>&1 || [[ -n $(made crd externalsecrets.external-secrets.io) ]] ||
        wrong "this cluster has External Secrets: the tests want one without it"
    end_of_world
    rm -rf "$state/world"
    mkdir -p "$state/world"
    databases_of_world
    for file in tests/e2e/world/*.yaml tests/e2e/world/profile.toml; do
        sed "s/HOST/$host/g; s/PORT/$answers_port/g; s#PAUSE#$pause#g; s/MAJOR/$major/g; s/\"NOW\"/\"$(date -u +%FT%TZ)\"/" "$file" >"$state/world/${file##*/}"
    done
    created namespaces.yaml definitions.yaml
    kubectl wait --for=condition=Established crd --selector e2e=world --timeout=30s >/dev/null
    until_true 30 created cluster.yaml || wrong "$(<"$state/world/log")"
    ! kubectl get crd applications.argoproj.io --output name >/dev/null 2>&1 || created applications.yaml
    { cat "$state/world/profile.toml"; printf '\n[delivery]\ndefinitions = ["clustersecretstores.external-secrets.io/v1", "externalsecrets.external-secrets.io/v1"]\n'; } >"$state/world/profile-v1.toml"
    config preflight-profile "$state/world/profile.toml" "$state/certificates/ca.pem"
    printf '%s\n' AWS_ENDPOINT_URL="http://$host:$proxy_port" AWS_ACCESS_KEY_ID="$access_key" AWS_SECRET_ACCESS_KEY=e2e \
        PREFLIGHT_PROFILE=/profile/profile.toml PREFLIGHT_CA_BUNDLE=/profile/ca.pem >"$state/world/environment"
    k create configmap preflight-env --from-env-file="$state/world/environment" --dry-run=client --output yaml |
        k apply --server-side --force-conflicts --filename - >/dev/null
    k annotate --overwrite serviceaccount platform-provisioner eks.amazonaws.com/role-arn=arn:aws:iam::123456789012:role/goldenpath-idp-rds-provisioner >/dev/null
    status_of_world
    own_account
    touch "$state/world/$stamp"
}

# databases_of_world: the login roles that rds-provision makes, and the secrets of the platform.
databases_of_world() {
    secrets_of dev backstage keycloak
    databases dev backstage keycloak
    submit preflight-databases -p environment=dev
    succeeded
    workflow=''
    put_secret goldenpath/dev/backstage/secrets '{"token": "x"}'
    put_secret goldenpath/dev/keycloak/admin '{"admin-password": "x"}'
}

# made KIND NAME: says something if it is ours.
made() { kubectl get "$@" --output json 2>/dev/null | jq --raw-output 'select(.metadata.labels.e2e == "world") | .metadata.name'; }

# created FILE...: what is there already stays as it is.
created() {
    local file code=0
    for file; do
        kubectl create --filename "$state/world/$file" >"$state/world/log" 2>&1 || ! grep --invert-match --quiet -e ' created$' -e '(AlreadyExists)' "$state/world/log" || code=1
    done
    return "$code"
}

# status_of_world: what controllers that are not here would write.
status_of_world() {
    local node address
    address=$(kubectl --namespace kong-system get service dev-kong-kong-proxy --output 'jsonpath={.spec.clusterIP}')
    kubectl --namespace kong-system patch service dev-kong-kong-proxy --subresource=status --type merge \
        --patch "{\"status\": {\"loadBalancer\": {\"ingress\": [{\"ip\": \"$address\"}]}}}" >/dev/null
    for node in $(kubectl get nodes --output 'jsonpath={.items[*].metadata.name}'); do
        kubectl patch csinode "$node" --type merge --patch '{"spec": {"drivers": [{"name": "ebs.csi.aws.com", "nodeID": "i-e2e", "topologyKeys": []}]}}' >/dev/null
    done
    kubectl --namespace argocd rollout status statefulset/argocd-application-controller --timeout=60s >/dev/null
    kubectl --namespace kube-system rollout status daemonset/aws-node --timeout=60s >/dev/null
    kubectl --namespace kube-system rollout status deployment/external-dns --timeout=60s >/dev/null
}

# own_account: the binary of the image, and a kubeconfig with the rights that ship and no others.
own_account() {
    local container file=$state/world/kubeconfig
    container=$(docker create "$image" none)
    docker cp "$container:/usr/local/bin/preflight" "$state/world/preflight" >/dev/null
    docker rm "$container" >/dev/null
    kubectl config view --raw --minify --flatten >"$file"
    kubectl --kubeconfig "$file" config set-credentials preflight --token="$(k create token platform-preflight --duration=6h)" >/dev/null
    kubectl --kubeconfig "$file" config set-context --current --user=preflight >/dev/null
}

end_of_world() {
    local node name
    for name in e2e-gate e2e-gate-job e2e-acceptance dev-keycloak; do
        ! kubectl --namespace argocd get applications.argoproj.io "$name" --output name >/dev/null 2>&1 || gone "$name" || true
    done
    for node in $(kubectl get nodes --output 'jsonpath={.items[*].metadata.name}'); do
        kubectl patch csinode "$node" --type merge --patch '{"spec": {"drivers": []}}' >/dev/null
    done
    kubectl delete namespaces,crds,ingressclasses,storageclasses,csidrivers --selector e2e=world --wait=false >/dev/null
    kubectl delete deployments,statefulsets,daemonsets,configmaps,serviceaccounts,ingresses --all-namespaces --selector e2e=world >/dev/null
    ! kubectl get crd applications.argoproj.io --output name >/dev/null 2>&1 ||
        kubectl delete applications.argoproj.io --namespace argocd --selector e2e=world >/dev/null
    kubectl wait --for=delete namespaces --selector e2e=world --timeout=60s >/dev/null 2>&1 || true
    kubectl wait --for=delete crds --selector e2e=world --timeout=60s >/dev/null 2>&1 || true
}

# aws_disorder FAULT: puts AWS in disorder, or back.
aws_disorder() { "$python" tests/e2e/world.py "http://$host:$aws_port" "$1"; }

# ---------------------------------------------------------------- looking

# look NAME [ARGUMENT...]: preflight on this machine, with the rights that ship. Its exit code is in $looked.
look() {
    local name=$1
    shift
    looked=0
    env -i AWS_ENDPOINT_URL="http://$host:$proxy_port" AWS_ACCESS_KEY_ID="$access_key" AWS_SECRET_ACCESS_KEY=e2e AWS_EC2_METADATA_DISABLED=true \
        "$state/world/preflight" check --tier=2 --gate=before --deadline=4s --kubeconfig="$state/world/kubeconfig" \
        --profile="$state/world/${profile:-profile.toml}" --ca-bundle="$state/certificates/ca.pem" --out="$state/world/$name" "$@" \
        >"$state/world/$name.out" 2>"$state/world/$name.log" || looked=$?
    jq --raw-output '.checks[] | "\(.id)=\(.status)"' "$state/world/$name/report.json" | sort >"$state/world/$name.checks"
}

# in_order: what a run says of the world as it should be.
in_order() {
    strange=()
    world
    [[ ! -e $state/world/order.checks ]] || return 0
    look order
    ((looked == 0)) || wrong "not in order: $(<"$state/world/order/summary")"
}

# differs NAME CODE CHECK=STATUS...: this fault turns exactly these checks of a run in order, and ends it with this code. What is
# not so is counted in $strange, for the fault is to be put right before the scenario fails (no_more_than_that).
differs() {
    local name=$1 code=$2
    shift 2
    look "$name"
    comm -13 "$state/world/order.checks" "$state/world/$name.checks" >"$state/world/$name.changed"
    echo "    $(<"$state/world/$name/summary")"
    diff <(printf '%s\n' "$@" | sort) <(awk 'END { if (!NR) print "" } 1' "$state/world/$name.changed") >"$state/world/$name.diff" ||
        strange+=("$name: expected (<), and what turned (>): $(<"$state/world/$name.diff")")
    [[ $looked == "$code" ]] || strange+=("$name: exit code $looked, not $code")
}

no_more_than_that() { ((${#strange[@]} == 0)) || wrong "$(printf '%s\n' "${strange[@]}")"; }

# preflight NAME [ARGUMENT...]: the workflow, to its end.
preflight() { start_preflight "$@" --log --wait; }

# start_preflight NAME [ARGUMENT...]: the same without waiting.
start_preflight() {
    workflow=$1-$stamp
    shift
    submitted=0
    a submit --from workflowtemplate/rds-preflight --name "$workflow" "$@" >"$state/$workflow.log" 2>&1 || submitted=$?
}

# ---------------------------------------------------------------- scenarios

scenario_preflight_ready() {
    world
    preflight preflight-ready -p tier=2
    succeeded
    shows "preflight-summary: READY tier=2 env=dev"
}

# Each fault turns the checks that it should, and no others.
scenario_preflight_faults() {
    in_order
    echo "    $(<"$state/world/order/summary")"

    kubectl delete clusterissuer letsencrypt-staging >/dev/null
    differs issuer_missing 75 tls.issuers=fail
    created cluster.yaml

    aws_disorder secret-without-value
    differs secret_without_awscurrent 1 secrets.current=fail
    aws_disorder secret-without-value

    aws_disorder role-without-policy
    differs role_without_policy 1 irsa.role.external-dns=fail irsa.perms.external-dns=blocked irsa.trust.external-dns=blocked
    aws_disorder role-without-policy

    kubectl delete ingressclass kong >/dev/null
    differs ingressclass_missing 75 delivery.ingressclass=fail
    created cluster.yaml

    serves v1beta1
    profile=profile-v1.toml differs store_of_another_version 1 delivery.crds=fail
    serves v1

    kubectl patch namespace cert-manager --type merge --patch '{"metadata": {"finalizers": ["e2e.example.com/hold"]}}' >/dev/null
    kubectl delete namespace cert-manager --wait=false >/dev/null
    until_true 10 terminating cert-manager || wrong "the namespace does not go"
    differs namespace_terminating 75 delivery.namespaces=fail
    kubectl patch namespace cert-manager --type merge --patch '{"metadata": {"finalizers": []}}' >/dev/null
    kubectl wait --for=delete namespace/cert-manager --timeout=30s >/dev/null 2>&1 || true
    created namespaces.yaml

    superuser postgres <<<'ALTER ROLE backstage_user NOCREATEDB'
    differs createdb_missing 1 rds.privs.backstage=fail
    superuser postgres <<<'ALTER ROLE backstage_user CREATEDB'

    aws_state '.issuer |= sub("AAAA1111"; "BBBB2222")'
    differs issuer_of_a_rebuilt_cluster 1 fnd.oidc=fail irsa.trust.{aws-load-balancer-controller,cluster-autoscaler,external-dns,external-secrets,platform-provisioner}=fail
    aws_state '.issuer |= sub("BBBB2222"; "AAAA1111")'

    aws_disorder wildcard-of-another
    differs wildcard_of_another_cluster 1 dns.ownership-conflict=fail
    aws_disorder wildcard-of-another

    kubectl cordon --selector '!e2e.none' >/dev/null
    differs nodes_cordoned 75 cluster.nodes=fail cluster.{cni,dns}=blocked storage.provisioner=blocked
    kubectl uncordon --selector '!e2e.none' >/dev/null

    docker stop "$postgres" >/dev/null
    differs database_down 75 rds.tcp=fail rds.{tls,auth.backstage,headroom,privs.backstage,version}=blocked
    docker start "$postgres" >/dev/null
    until_true 60 postgres_answers || wrong "PostgreSQL did not come back"

    differs all_put_back 0
    no_more_than_that
}

terminating() { [[ $(kubectl get namespace "$1" --output 'jsonpath={.status.phase}') == Terminating ]]; }

# serves VERSION: External Secrets serves its kinds in this version alone.
serves() {
    local name other=v1
    [[ $1 != v1 ]] || other=v1beta1
    for name in clustersecretstores externalsecrets; do
        kubectl get crd "$name.external-secrets.io" --output json | jq --arg on "$1" --arg off "$other" \
            '.spec.versions |= map(if .name == $on then .served = true elif .name == $off then .served = false else . end)' |
            kubectl replace --filename - >/dev/null
    done
    until_true 30 served "$1" || wrong "the API server does not serve $1"
    until_true 30 unserved "$other" || wrong "the API server still serves $other"
}

served() { kubectl get --raw "/apis/external-secrets.io/$1/clustersecretstores" >/dev/null 2>&1; }
unserved() { ! served "$1"; }

# The bootstrap values in one document, as ADR-0180 has them, say the same as the flat ones.
scenario_preflight_bootstrap_as_one_document() {
    in_order
    kubectl --namespace argocd get configmap argocd-bootstrap-config --output json | jq '
        (reduce (.data | to_entries[]) as $entry ({}; setpath($entry.key / "."; $entry.value))) as $nested
        | {apiVersion, kind, metadata: {name: .metadata.name, labels: .metadata.labels}, data: {"bootstrap.yaml": ($nested | tojson)}}' |
        kubectl --namespace argocd replace --filename - >/dev/null
    differs one_document 0
    kubectl --namespace argocd delete configmap argocd-bootstrap-config >/dev/null
    look no_bootstrap
    created cluster.yaml
    no_more_than_that
    echo "    $(<"$state/world/no_bootstrap/summary")"
    # Without them, hardly anything is known of the rest.
    [[ $looked == 1 && $(grep --count '=fail$' "$state/world/no_bootstrap.checks") == 1 ]] || wrong "exit code $looked, or other failures: $(grep '=fail$' "$state/world/no_bootstrap.checks")"
}

# Nothing asks for a version: whatever is served is read.
scenario_preflight_older_operator() {
    in_order
    serves v1beta1
    differs older_operator 0
    serves v1
    no_more_than_that
}

scenario_preflight_in_argo() {
    world
    aws_disorder secret-without-value
    preflight secret-without-awscurrent -p tier=2
    aws_disorder secret-without-value
    failed
    shows "exit code 1): NOT READY tier=2 env=dev: secrets.current: secret goldenpath/dev/backstage/secrets has no current value"

    superuser postgres <<<'ALTER ROLE backstage_user NOCREATEDB'
    preflight createdb-missing -p tier=2 -p app=backstage
    superuser postgres <<<'ALTER ROLE backstage_user CREATEDB'
    failed
    shows "exit code 1): NOT READY tier=2 env=dev: rds.privs.backstage: "

    preflight wrong-tier -p tier=7
    failed
    shows "exit code 2): --tier 7: "

    # What comes by itself is waited for, and tried again.
    kubectl delete clusterissuer letsencrypt-staging >/dev/null
    start_preflight issuer-comes -p tier=2
    if ! until_true 60 seen '\(0\).*tls\.issuers'; then created cluster.yaml; wrong "no missing ClusterIssuer to be seen"; fi
    shows "exit code 75): NOT YET tier=2 env=dev: tls.issuers: ClusterIssuer letsencrypt-staging, which"
    created cluster.yaml
    finish
    succeeded
    shows "preflight-summary: READY tier=2 env=dev"
}

scenario_preflight_database_down_then_up() {
    world
    docker stop "$postgres" >/dev/null
    start_preflight preflight-database -p tier=2
    if ! until_true 60 seen '\(0\).*rds\.tcp'; then docker start "$postgres" >/dev/null; wrong "no closed port to be seen"; fi
    shows "exit code 75): NOT YET tier=2 env=dev: rds.tcp: "
    docker start "$postgres" >/dev/null
    until_true 60 postgres_answers || wrong "PostgreSQL did not come back"
    finish
    succeeded
    shows "preflight-summary: READY tier=2 env=dev"
}

# Not being allowed to look is no pass, and the line has the rule that is missing.
scenario_preflight_without_a_right() {
    in_order
    kubectl get clusterrole preflight --output json | jq '.rules |= map(select(.apiGroups != ["storage.k8s.io"]))' | kubectl replace --filename - >/dev/null
    differs right_missing 4 self.access=unknown storage.default=unknown storage.provisioner=unknown
    preflight right-missing -p tier=2
    kubectl apply --server-side --force-conflicts --filename "$state/manifests.yaml" >/dev/null
    failed
    shows "exit code 4): CANNOT TELL tier=2 env=dev: self.access: the run's service account may not list csidrivers.storage.k8s.io"
    shows '"resources":["csidrivers","csinodes","storageclasses"]'
    differs right_back 0
    no_more_than_that
}

scenario_preflight_nightly() {
    world
    workflow=preflight-nightly-$stamp submitted=0
    root_application
    a submit --from cronworkflow/rds-preflight-nightly --name "$workflow" --wait >"$state/$workflow.log" 2>&1 || submitted=$?
    succeeded
    shows "preflight-summary: READY tier=3 gate=post env=dev"
}

# ---------------------------------------------------------------- gates of Argo CD

# gates: the repository with gates in it, as a platform has them.
gates() {
    local name
    world
    git_repository
    find "$state/repository/workflowtemplates/hooks" -name '*.yaml' -exec sed -i 's/--deadline=240s/--deadline=8s/' {} +
    cp -r "$state/repository/workflowtemplates/hooks/preflight/example" "$state/repository/workflowtemplates/hooks/preflight/acceptance"
    sed -i 's#\.\./tier-2#../tier-2-acceptance#; s/preflight-gate-tier-2/preflight-acceptance-tier-2/' "$state/repository/workflowtemplates/hooks/preflight/acceptance/kustomization.yaml"
    mkdir -p "$state/repository/gate-job" "$state/repository/chart"
    cat >"$state/repository/gate-job/kustomization.yaml" <<'YAML'
components: [../workflowtemplates/hooks/preflight/job]
nameSuffix: -job
commonAnnotations: {goldenpath.idp/tier: "2", goldenpath.idp/gate: before}
configMapGenerator: [{name: preflight-gate, namespace: platform-system, literals: [run=1]}]
generatorOptions: {disableNameSuffixHash: true}
YAML
    printf 'configMapGenerator: [{name: chart, namespace: keycloak, literals: [a=b]}]\ngeneratorOptions: {disableNameSuffixHash: true}\n' >"$state/repository/chart/kustomization.yaml"
    for name in workflowtemplates/hooks/preflight/example workflowtemplates/hooks/preflight/acceptance gate-job; do
        printf 'images: [{name: platform-steps, newName: %s, newTag: "%s"}]\n' "${image%:*}" "${image##*:}" >>"$state/repository/$name/kustomization.yaml"
    done
    commit "gates"
}

# root_application: what acceptance asks for first, Healthy for it is synced.
root_application() {
    [[ -z $(made application --namespace argocd dev-root) ]] || return 0
    git_repository
    mkdir -p "$state/repository/root"
    printf 'configMapGenerator: [{name: root, namespace: %s, literals: [a=b]}]\n' "$namespace" >"$state/repository/root/kustomization.yaml"
    commit "root"
    application dev-root root
    kubectl --namespace argocd label application dev-root e2e=world goldenpath.idp/tier=0 >/dev/null
    sync dev-root
    until_true 30 healthy dev-root || wrong "dev-root is not Healthy"
}

healthy() { [[ $(kubectl --namespace argocd get application "$1" --output 'jsonpath={.status.health.status}') == Healthy ]]; }

# sync APPLICATION: as a person does it. refused APPLICATION: the same, and it must not succeed; told TEXT: and it shows this.
sync() {
    # Right after a sync that failed, Argo CD may take the hook's pod of that time for the new one, and end as it did: an
    # Application with retries, as gates are, tries again, and so does a person.
    synced "$1" || synced "$1" || wrong "$1 is not synced: $(tail -n 20 "$state/argocd.log")"
}
# synced APPLICATION: the command also waits until the controller has looked again, which under load may be at its next turn in
# minutes.
synced() {
    argocd app sync "$1" --timeout 60 >"$state/argocd.log" 2>&1 ||
        [[ $(kubectl --namespace argocd get application "$1" --output 'jsonpath={.status.operationState.phase}') == Succeeded ]]
}
refused() { refused=0; argocd app sync "$1" --timeout 120 >"$state/argocd.log" 2>&1 || refused=$?; }
told() {
    ((refused != 0)) || wrong "a sync that succeeds: $(tail -n 20 "$state/argocd.log")"
    sed -E 's/ +/ /g' "$state/argocd.log" | grep --max-count=1 --fixed-strings -- "$1" | sed 's/^/    /' || wrong "not shown: $1: $(tail -n 20 "$state/argocd.log")"
}
here() { kubectl get "$@" --output name >/dev/null 2>&1; }
gone() { argocd app delete "$1" --cascade=false --yes >/dev/null 2>&1; }

# The gate holds back what is in its Application; when the prerequisite is there, the same commit goes through.
scenario_argocd_gate_blocks_a_sync() {
    gates
    k delete configmap preflight-gate-tier-2 --ignore-not-found >/dev/null
    application e2e-gate workflowtemplates/hooks/preflight/example
    aws_disorder secret-without-value
    refused e2e-gate
    aws_disorder secret-without-value
    told "Pod platform-system preflight-tier-2 Failed PreSync NOT READY tier=2 env=dev: secrets.current: secret goldenpath/dev/backstage/secrets has no current value"
    ! here configmap --namespace "$namespace" preflight-gate-tier-2 || wrong "something of the app was applied"
    sync e2e-gate
    here configmap --namespace "$namespace" preflight-gate-tier-2 || wrong "not applied"
    gone e2e-gate
}

# Of a Job, Argo CD shows the exit code alone; the reason is in its pod.
scenario_argocd_gate_as_a_job() {
    gates
    k delete configmap preflight-gate-job --ignore-not-found >/dev/null
    application e2e-gate-job gate-job
    aws_disorder secret-without-value
    refused e2e-gate-job
    aws_disorder secret-without-value
    told "failed with exit code 1 matching FailJob rule"
    ! here configmap --namespace "$namespace" preflight-gate-job || wrong "something of the app was applied"
    k get pods --selector job-name=preflight-job --output 'jsonpath={.items[0].status.containerStatuses[0].state.terminated.message}' |
        head -n 1 | sed 's/^/    in its pod: /'
    sync e2e-gate-job
    here configmap --namespace "$namespace" preflight-gate-job || wrong "not applied"
    gone e2e-gate-job
}

# A third party's chart has the gate as one more source, limited to what this app needs.
scenario_argocd_gate_beside_a_chart() {
    gates
    put_secret goldenpath/dev/keycloak/admin '{"username": "admin", "password": "x"}'
    gone dev-keycloak || true
    until_true 30 application_is_gone dev-keycloak
    kubectl create --dry-run=client --output json --filename workflowtemplates/hooks/preflight/applications/gate-source.yaml |
        jq --arg url "${E2E_REPOSITORY:-file://$state/repository}" --arg image "platform-steps=$image" '
            .spec.sources[].repoURL = $url | .spec.sources[0] |= {repoURL, path: "chart", targetRevision: "main"}
            | .spec.sources[1].kustomize.images = [$image] | del(.spec.syncPolicy)' | kubectl create --filename - >/dev/null
    refused dev-keycloak
    put_secret goldenpath/dev/keycloak/admin '{"admin-password": "x"}'
    told "Pod platform-system preflight-keycloak Failed PreSync NOT READY tier=3 env=dev: secrets.keys: secret goldenpath/dev/keycloak/admin lacks 'admin-password'"
    ! here configmap --namespace keycloak chart || wrong "the chart was applied"
    sync dev-keycloak
    here configmap --namespace keycloak chart || wrong "the chart is not applied"
    gone dev-keycloak
}

# Acceptance comes when the apps are there: it holds nothing back, and is seen.
scenario_argocd_acceptance() {
    root_application
    gates
    application e2e-acceptance workflowtemplates/hooks/preflight/acceptance
    kubectl --namespace backstage patch externalsecret backstage-postgres --type merge \
        --patch '{"status": {"conditions": [{"type": "Ready", "status": "False", "reason": "SecretSyncedError", "message": "could not get secret"}]}}' >/dev/null
    refused e2e-acceptance
    kubectl --namespace backstage delete externalsecret backstage-postgres >/dev/null
    created cluster.yaml
    told "Pod platform-system preflight-tier-2-acceptance Failed PostSync "
    here configmap --namespace "$namespace" preflight-acceptance-tier-2 || wrong "not applied"
    sync e2e-acceptance
    gone e2e-acceptance
}
