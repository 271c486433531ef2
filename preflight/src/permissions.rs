//! The least that a run must be allowed, from the rows that it holds: Kubernetes roles and an IAM policy. Pure.

mod text;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::check::Access;
use crate::kinds::{Kind, SERVICE_ACCOUNTS};
use crate::profile::{App, Component};
use crate::scope::Scope;
pub use text::text;

/// What the objects are called.
const NAME: &str = "preflight";
/// What stands for the name of a Secret that an `ExternalSecret` makes.
const TARGET_SECRET: &str = "{target_secret}";

/// What is printed.
#[derive(Clone, Debug, PartialEq)]
pub struct Permissions {
    /// A `ClusterRole`, and a `Role` in each namespace where single objects are read.
    pub kubernetes: Vec<Value>,
    /// The policy.
    pub iam: Value,
    /// What JSON cannot say.
    pub notes: Vec<String>,
}

/// The permissions for these accesses.
pub fn permissions(accesses: &[Access], scope: &Scope) -> Permissions {
    let mut kubernetes = Vec::new();
    let rules = cluster_rules(accesses, scope);
    if !rules.is_empty() {
        kubernetes.push(json!({
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole",
            "metadata": {"name": NAME}, "rules": rules,
        }));
    }
    for (namespace, rules) in namespaced_rules(accesses, scope) {
        kubernetes.push(json!({
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role",
            "metadata": {"name": NAME, "namespace": namespace}, "rules": rules,
        }));
    }
    let iam = policy(accesses, scope);
    let notes = notes(&kubernetes, &iam);
    Permissions { kubernetes, iam, notes }
}

fn cluster_rules(accesses: &[Access], scope: &Scope) -> Vec<Value> {
    let mut verbs: BTreeMap<Kind, BTreeSet<&str>> = BTreeMap::new();
    let mut named: BTreeMap<Kind, BTreeSet<String>> = BTreeMap::new();
    let mut paths: BTreeSet<&str> = BTreeSet::new();
    for access in accesses {
        match access {
            Access::Kubernetes { verbs: listed, kind } => verbs.entry(*kind).or_default().extend(listed.iter()),
            Access::Named { kind, namespace, name } if is_cluster_wide(*kind, namespace) => {
                named
                    .entry(*kind)
                    .or_default()
                    .extend(places(scope, namespace, name).into_iter().map(|(_, name)| name));
            }
            Access::Path(path) => {
                paths.insert(path);
            }
            Access::Named { .. } | Access::Aws { .. } => {}
        }
    }
    // Kinds of one group with the same verbs share a rule.
    let mut grouped: BTreeMap<(&str, Vec<&str>), Vec<&str>> = BTreeMap::new();
    for (kind, verbs) in verbs {
        grouped.entry((kind.group, verbs.into_iter().collect())).or_default().push(kind.plural);
    }
    let mut rules: Vec<Value> = grouped
        .into_iter()
        .map(|((group, verbs), plurals)| json!({"apiGroups": [group], "resources": plurals, "verbs": verbs}))
        .collect();
    rules.extend(named.into_iter().map(|(kind, names)| named_rule(kind, &names)));
    if !paths.is_empty() {
        rules.push(json!({"nonResourceURLs": paths, "verbs": ["get"]}));
    }
    rules
}

fn namespaced_rules(accesses: &[Access], scope: &Scope) -> BTreeMap<String, Vec<Value>> {
    let mut named: BTreeMap<String, BTreeMap<Kind, BTreeSet<String>>> = BTreeMap::new();
    for access in accesses {
        if let Access::Named { kind, namespace, name } = access
            && !is_cluster_wide(*kind, namespace)
        {
            for (namespace, name) in places(scope, namespace, name) {
                named.entry(namespace).or_default().entry(*kind).or_default().insert(name);
            }
        }
    }
    let rules =
        |kinds: BTreeMap<Kind, BTreeSet<String>>| kinds.into_iter().map(|(kind, names)| named_rule(kind, &names));
    named.into_iter().map(|(namespace, kinds)| (namespace, rules(kinds).collect())).collect()
}

/// Whether an object that a row names is read by the `ClusterRole`. A service account holds nothing that is secret, and a
/// `Role` for it could not be applied before there is its component's namespace, which a gate of preflight comes before.
fn is_cluster_wide(kind: Kind, namespace: &str) -> bool {
    namespace.is_empty() || kind == SERVICE_ACCOUNTS
}

fn named_rule(kind: Kind, names: &BTreeSet<String>) -> Value {
    json!({"apiGroups": [kind.group], "resources": [kind.plural], "resourceNames": names, "verbs": ["get"]})
}

/// The namespace and the name of an object that a row names; `{component_namespace}` and `{component_service_account}`
/// make one of each component of the run, `{app_namespace}` with `{target_secret}` one of each Secret that the profile names
/// for its apps: what others are called shows only in the cluster.
pub fn places(scope: &Scope, namespace: &str, name: &str) -> Vec<(String, String)> {
    if name == TARGET_SECRET {
        let of = |app: &App| -> Vec<(String, String)> {
            let pairs = app
                .namespaces
                .iter()
                .flat_map(|namespace| app.kubernetes_secrets.iter().map(move |name| (namespace, name)));
            pairs.map(|(namespace, name)| (namespace.clone(), name.clone())).collect()
        };
        return scope.apps().into_iter().flat_map(of).collect();
    }
    let place = (scope.expand(namespace), scope.expand(name));
    if !format!("{namespace}{name}").contains("{component_") {
        return vec![place];
    }
    let filled = |text: &str, component: &Component| {
        let text = text.replace("{component_namespace}", &component.namespace);
        scope.expand(&text.replace("{component_service_account}", &component.service_account))
    };
    let components = scope.components().into_iter();
    components.map(|component| (filled(&place.0, component), filled(&place.1, component))).collect()
}

/// One statement for each resource; those of secrets cover what the run reads, and no more.
fn policy(accesses: &[Access], scope: &Scope) -> Value {
    let mut actions: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for access in accesses {
        if let Access::Aws { action, resource } = access {
            for resource in resources(scope, resource) {
                actions.entry(resource).or_default().insert(action);
            }
        }
    }
    let statement = |(resource, actions): (String, BTreeSet<&str>)| json!({"Effect": "Allow", "Action": actions, "Resource": resource});
    json!({"Version": "2012-10-17", "Statement": actions.into_iter().map(statement).collect::<Vec<_>>()})
}

/// A resource as IAM takes it, with each name that the profile has for what stands in braces.
fn resources(scope: &Scope, pattern: &str) -> Vec<String> {
    let text = scope.expand(pattern);
    let known = NAMES.iter().find(|(placeholder, _)| text.contains(placeholder));
    let texts = match known {
        Some((placeholder, names)) => {
            let names: BTreeSet<String> = names(scope).iter().map(|name| scope.expand(name)).collect();
            names.iter().map(|name| text.replace(placeholder, name)).collect()
        }
        None => vec![text],
    };
    texts.iter().map(|text| partitioned(scope, &known_or_any(text))).collect()
}

/// The names of the profile that stand for what is in braces.
type Names = fn(&Scope) -> Vec<String>;

const NAMES: [(&str, Names); 6] = [
    ("{component_role}", |scope| scope.components().iter().map(|component| component.role.clone()).collect()),
    ("{master_secret}", |scope| vec![scope.profile.database.master.clone()]),
    ("{secrets}", secrets),
    ("{bucket}", |scope| scope.profile.buckets.iter().map(|bucket| bucket.name.clone()).collect()),
    ("{bucket_role}", |scope| {
        scope.profile.buckets.iter().map(|bucket| bucket.role.clone()).filter(|role| !role.is_empty()).collect()
    }),
    ("{repository}", |scope| scope.profile.images.iter().map(|image| repository(image).to_owned()).collect()),
];

/// What holds the secrets that the run reads: those that it knows, and what its apps' `ExternalSecrets` name, which only
/// the cluster tells.
fn secrets(scope: &Scope) -> Vec<String> {
    let profile = &scope.profile;
    let of_app = |app: &App| -> Vec<String> {
        let login = app.database.iter().map(|database| &database.secret);
        app.secrets.iter().map(|secret| &secret.path).chain(login).cloned().collect()
    };
    let others = [profile.database.master.clone(), profile.identity.client_secret.clone()];
    let all = scope.apps().into_iter().flat_map(of_app).chain(others);
    all.filter(|path| !path.is_empty()).map(|path| folder(&path)).collect()
}

/// The environment's folder where a secret is in it, for an app may read any secret of its environment; else its own
/// folder, or, where it is in none, its name with the letters that Secrets Manager puts behind it.
fn folder(path: &str) -> String {
    let Some((own, _)) = path.rsplit_once('/') else { return format!("{path}-??????") };
    let names: Vec<&str> = own.split('/').collect();
    let count = names.iter().position(|name| name.contains("{env}")).map_or(names.len(), |before| before + 1);
    format!("{}/*", names[..count].join("/"))
}

/// The repository of an image in ECR.
fn repository(image: &str) -> &str {
    let path = match image.split_once('/') {
        Some((registry, path)) if registry.contains('.') => path,
        _ => image,
    };
    path.rsplit_once(':').map_or(path, |(repository, _)| repository)
}

/// What is not known is a pattern in a resource, but for region and account, which a reader must fill in.
fn known_or_any(text: &str) -> String {
    let text = text.replace("{region}", "REGION").replace("{account}", "ACCOUNT").replace("{env}", "ENVIRONMENT");
    ["{suffix}", "{build_id}", "{cluster}", "{base}", "{host_suffix}", "{zone}"]
        .iter()
        .fold(text, |text, unknown| text.replace(unknown, "*"))
}

fn partitioned(scope: &Scope, arn: &str) -> String {
    let partition = match scope.text(crate::inputs::Name::Region) {
        Some(region) if region.starts_with("cn-") => "arn:aws-cn:",
        Some(region) if region.starts_with("us-gov-") => "arn:aws-us-gov:",
        _ => return arn.to_owned(),
    };
    arn.replacen("arn:aws:", partition, 1)
}

fn notes(kubernetes: &[Value], iam: &Value) -> Vec<String> {
    let text = format!("{iam}{}", Value::Array(kubernetes.to_vec()));
    let replace = |word: &str, flag: &str| text.contains(word).then(|| format!("replace {word}, or give {flag}"));
    let mut notes: Vec<String> = [("REGION", "--region"), ("ACCOUNT", "--account"), ("ENVIRONMENT", "--env")]
        .iter()
        .filter_map(|(word, flag)| replace(word, flag))
        .collect();
    if text.contains("secretsmanager:GetSecretValue") {
        notes.push("secrets under a customer's key also need kms:Decrypt on it".to_owned());
    }
    notes.push("bind the roles to the service account that runs preflight".to_owned());
    notes
}

#[cfg(test)]
mod tests;
