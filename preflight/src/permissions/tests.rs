//! What the rows list, as roles and a policy.

use super::{permissions, text};
use crate::check::{Access, Tier};
use crate::kinds::{CONFIG_MAPS, DEPLOYMENTS, NODES, SECRETS, SERVICE_ACCOUNTS, STATEFUL_SETS};
use crate::scope::example;

const ACCESSES: [Access; 8] = [
    Access::Kubernetes { verbs: &["list"], kind: NODES },
    Access::Kubernetes { verbs: &["list"], kind: DEPLOYMENTS },
    Access::Kubernetes { verbs: &["list"], kind: STATEFUL_SETS },
    Access::Named { kind: CONFIG_MAPS, namespace: "{bootstrap_namespace}", name: "{bootstrap_name}" },
    Access::Named { kind: SERVICE_ACCOUNTS, namespace: "{component_namespace}", name: "{component_service_account}" },
    Access::Path("/readyz"),
    Access::Aws { action: "iam:GetRole", resource: "arn:aws:iam::{account}:role/{component_role}" },
    Access::Aws { action: "route53:ListHostedZones", resource: "*" },
];

#[test]
fn roles_and_policy_hold_what_the_rows_list() {
    let made = permissions(&ACCESSES, &example::persistent(Tier::Delivery));
    assert_eq!(made.kubernetes[0]["rules"][1]["resources"], serde_json::json!(["deployments", "statefulsets"]));
    assert_eq!(made.kubernetes[1]["metadata"]["namespace"], "argocd");
    assert_eq!(made.kubernetes[1]["rules"][0]["resourceNames"][0], "argocd-bootstrap-config");
    // No namespace has to be there for a service account to be read.
    assert_eq!(made.kubernetes.len(), 2);
    let accounts =
        serde_json::json!(["aws-load-balancer-controller", "cluster-autoscaler", "external-dns", "external-secrets"]);
    assert_eq!(made.kubernetes[0]["rules"][2]["resourceNames"], accounts);
    let policy = made.iam.to_string();
    assert!(policy.contains("arn:aws:iam::123456789012:role/goldenpath-idp-external-dns"), "{policy}");
    assert!(!policy.contains('{') || !policy.contains("{component_role}"));
    let printed = text(&made);
    assert!(
        printed.contains(
            "- apiGroups: [\"apps\"]\n  resources: [\"deployments\", \"statefulsets\"]\n  verbs: [\"list\"]\n"
        ),
        "{printed}"
    );
    assert!(printed.contains("- nonResourceURLs: [\"/readyz\"]\n  verbs: [\"get\"]\n"), "{printed}");
}

#[test]
fn secrets_of_the_cluster_are_read_by_the_names_that_the_profile_has() {
    let secret = [Access::Named { kind: SECRETS, namespace: "{app_namespace}", name: "{target_secret}" }];
    let mut scope = example::persistent(Tier::Identity);
    assert!(permissions(&secret, &scope).kubernetes.is_empty());
    scope.profile.apps[0].kubernetes_secrets = vec!["backstage".to_owned()];
    let made = permissions(&secret, &scope).kubernetes;
    assert_eq!((made.len(), &made[0]["metadata"]["namespace"]), (1, &"backstage".into()));
    assert_eq!(made[0]["rules"][0]["resourceNames"], serde_json::json!(["backstage"]));
}

#[test]
fn resources_are_those_that_the_profile_names() {
    let mut scope = example::persistent(Tier::Experience);
    let of = |scope: &_, resource: &str| super::resources(scope, resource);
    let secret = "arn:aws:secretsmanager:{region}:{account}:secret:";
    let folder = |name: &str| format!("arn:aws:secretsmanager:eu-west-2:123456789012:secret:goldenpath/dev/{name}");
    assert_eq!(of(&scope, &format!("{secret}{{secrets}}")), [folder("*")]);
    assert_eq!(of(&scope, &format!("{secret}{{master_secret}}-??????")), [folder("rds/master-??????")]);
    assert!(of(&scope, "arn:aws:s3:::{bucket}").is_empty());
    let (name, user, role) = ("goldenpath-{env}-loki".to_owned(), "loki".to_owned(), "loki{suffix}".to_owned());
    scope.profile.buckets = vec![crate::profile::Bucket { name, user, role }];
    scope.profile.images = vec!["{account}.dkr.ecr.{region}.amazonaws.com/a/b:1".to_owned(), "a/b:2".to_owned()];
    assert_eq!(of(&scope, "arn:aws:s3:::{bucket}"), ["arn:aws:s3:::goldenpath-dev-loki"]);
    assert_eq!(of(&scope, "role/{bucket_role}"), ["role/loki"]);
    assert_eq!(of(&scope, "repository/{repository}"), ["repository/a/b"]);
}

#[test]
fn secrets_are_read_in_the_environments_folder_and_else_in_their_own() {
    // An ExternalSecret in namespace backstage may read goldenpath/dev/github/app.
    for (path, folder) in [
        ("goldenpath/{env}/backstage/secrets", "goldenpath/{env}/*"),
        ("goldenpath-{env}/backstage/secrets", "goldenpath-{env}/*"),
        ("{env}/secrets", "{env}/*"),
        ("goldenpath/backstage/secrets-{env}", "goldenpath/backstage/*"),
        ("goldenpath/dev/backstage/secrets", "goldenpath/dev/backstage/*"),
        ("secrets-{env}", "secrets-{env}-??????"),
    ] {
        assert_eq!(super::folder(path), folder);
    }
}

#[test]
fn what_is_not_known_is_named() {
    let mut scope = example::persistent(Tier::Delivery);
    scope.inputs = crate::inputs::Inputs::default();
    let made = permissions(&ACCESSES, &scope);
    assert!(made.notes[0].contains("replace ACCOUNT"), "{:?}", made.notes);
    assert!(made.iam.to_string().contains("arn:aws:iam::ACCOUNT:role/goldenpath-idp-external-dns"));
}
