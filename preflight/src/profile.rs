//! The profile: what another platform than Golden Path does otherwise. Its defaults are Golden Path's.
//!
//! In texts `{env}`, `{build_id}`, `{suffix}` (`-` and the build, on an ephemeral cluster), `{region}`, `{account}`,
//! `{cluster}`, `{base}` (the base domain) and `{host_suffix}` stand for the run's inputs.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The version of the format.
const CONTRACT: &str = "1";

/// Why a profile cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ProfileError {
    /// It is no TOML, or has a key that is not known, or a value of another type.
    #[error("profile {path}: {reason}")]
    Content {
        /// The file.
        path: String,
        /// What is wrong, with its line.
        reason: String,
    },
    /// It is for another version of this program.
    #[error("profile {path}: contract = {found} is not known here; this version reads contract = {CONTRACT:?}")]
    Contract {
        /// The file.
        path: String,
        /// What it says.
        found: String,
    },
}

/// What a platform is like.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// The version of this format: `"1"`.
    pub contract: String,
    /// Inputs, by the names of their flags with underscores (`max_tier`); text, number or bool.
    #[serde(default)]
    pub inputs: BTreeMap<String, toml::Value>,
    /// Where the bootstrap configuration lies.
    #[serde(default)]
    pub bootstrap: Bootstrap,
    /// The cluster.
    #[serde(default)]
    pub cluster: Cluster,
    /// Components with a role in AWS. Given, the list replaces the default one.
    #[serde(default = "components")]
    pub components: Vec<Component>,
    /// `ExternalDNS` and the zone.
    #[serde(default)]
    pub dns: Dns,
    /// What delivers everything else.
    #[serde(default)]
    pub delivery: Delivery,
    /// Storage.
    #[serde(default)]
    pub storage: Storage,
    /// Secrets.
    #[serde(default)]
    pub secrets: Secrets,
    /// The database.
    #[serde(default)]
    pub database: Database,
    /// Apps, with what they need. Given, the list replaces the default one.
    #[serde(default = "apps")]
    pub apps: Vec<App>,
    /// Buckets.
    #[serde(default)]
    pub buckets: Vec<Bucket>,
    /// Images in ECR that must be there, as `repository:tag`.
    #[serde(default)]
    pub images: Vec<String>,
    /// The identity provider.
    #[serde(default)]
    pub identity: Identity,
    /// What is asked once a tier is there.
    #[serde(default)]
    pub acceptance: Acceptance,
    /// Checks that run only where they are asked for, by id.
    #[serde(default)]
    pub opt_in: Vec<String>,
}

impl Default for Profile {
    fn default() -> Self {
        toml::from_str(&format!("contract = {CONTRACT:?}")).expect("every other key has a default")
    }
}

impl Profile {
    /// Reads a profile; `path` is for messages.
    pub fn parse(text: &str, path: &str) -> Result<Self, ProfileError> {
        let content = |reason: String| ProfileError::Content { path: path.to_owned(), reason };
        let found: toml::Table = text.parse().map_err(|error: toml::de::Error| content(error.to_string()))?;
        match found.get("contract") {
            Some(toml::Value::String(version)) if version == CONTRACT => {}
            other => {
                let found = other.map_or_else(|| "nothing".to_owned(), |value| format!("{value:?}"));
                return Err(ProfileError::Contract { path: path.to_owned(), found });
            }
        }
        toml::from_str(text).map_err(|error| content(error.to_string().trim_end().to_owned()))
    }

    /// The app of this name.
    pub fn app(&self, name: &str) -> Option<&App> {
        self.apps.iter().find(|app| app.name == name)
    }

    /// The component of this name.
    pub fn component(&self, name: &str) -> Option<&Component> {
        self.components.iter().find(|component| component.name == name)
    }
}

/// Declares a table of the profile whose keys all have defaults.
macro_rules! table {
    ($(#[$about:meta])* $name:ident { $($(#[$doc:meta])* $field:ident: $type:ty = $default:expr,)+ }) => {
        $(#[$about])*
        #[derive(Clone, Debug, Deserialize, Serialize)]
        #[serde(deny_unknown_fields, default)]
        pub struct $name { $($(#[$doc])* pub $field: $type,)+ }

        impl Default for $name {
            fn default() -> Self {
                Self { $($field: $default,)+ }
            }
        }
    };
}

fn texts(list: &[&str]) -> Vec<String> {
    list.iter().map(|text| (*text).to_owned()).collect()
}

table! {
    /// Where the bootstrap configuration lies.
    Bootstrap {
        /// The `ConfigMap`'s namespace.
        namespace: String = "argocd".to_owned(),
        /// Its name.
        name: String = "argocd-bootstrap-config".to_owned(),
        /// How a build is named; a build that does not fit is warned of.
        build_id_pattern: String = r"^\d\d-\d\d-\d\d-\d\d$".to_owned(),
    }
}

table! {
    /// The cluster.
    Cluster {
        /// The minor version that the platform pins; empty for any.
        version: String = "1.29".to_owned(),
        /// How many nodes must be ready.
        min_ready_nodes: u32 = 1,
        /// For how many seconds a node may be not ready: nodes come and go.
        node_grace_seconds: u32 = 120,
        /// Names that must resolve inside.
        names: Vec<String> = texts(&["kubernetes.default.svc", "sts.{region}.amazonaws.com"]),
        /// The `DaemonSet` of the network plugin, as `namespace/name`.
        network_daemon_set: String = "kube-system/aws-node".to_owned(),
        /// The Service of the cluster's DNS, as `namespace/name`.
        dns_service: String = "kube-system/kube-dns".to_owned(),
        /// Add-ons of EKS that every tier needs.
        addons: Vec<String> = texts(&["coredns", "kube-proxy", "vpc-cni"]),
        /// Add-ons of EKS that storage needs, from tier 1.5 on; looked at where they are installed as add-ons.
        storage_addons: Vec<String> = texts(&["aws-ebs-csi-driver", "aws-efs-csi-driver", "snapshot-controller"]),
        /// How many private subnets, in as many zones, the VPC must have.
        min_subnets: u32 = 2,
        /// The VPC's id, for runs before there is a cluster (`--cluster none`); empty to take the cluster's.
        vpc_id: String = String::new(),
    }
}

/// A component with a role in AWS (IRSA).
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Component {
    /// Its name in ids: `irsa.role.<name>`.
    pub name: String,
    /// The tier that needs it.
    pub tier: String,
    /// Its role's name.
    pub role: String,
    /// Its service account's namespace.
    pub namespace: String,
    /// Its service account's name.
    pub service_account: String,
    /// What the role must be allowed.
    #[serde(default)]
    pub allowed: Vec<Allowed>,
}

/// Actions on a resource.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Allowed {
    /// The actions.
    pub actions: Vec<String>,
    /// The resource's ARN; `{zone}` stands for the id of the cluster's hosted zone.
    pub resource: String,
    /// What a request says of itself, where the role's policies ask for it: condition keys with their values.
    #[serde(default)]
    pub context: BTreeMap<String, Vec<String>>,
}

fn components() -> Vec<Component> {
    let component = |name: &str, tier: &str, role: &str, account: (&str, &str), allowed: Vec<Allowed>| Component {
        name: name.to_owned(),
        tier: tier.to_owned(),
        role: format!("goldenpath-idp-{role}{{suffix}}"),
        namespace: account.0.to_owned(),
        service_account: account.1.to_owned(),
        allowed,
    };
    let allowed = |actions: &[&str], resource: &str| Allowed {
        actions: texts(actions),
        resource: resource.to_owned(),
        context: BTreeMap::new(),
    };
    // A policy may name the records that may be written; `dns.iam-scope` asks for more of them.
    let record = [("NormalizedRecordNames", "argocd.{host_suffix}"), ("RecordTypes", "A"), ("Actions", "UPSERT")];
    let record = record.map(|(key, value)| (format!("route53:ChangeResourceRecordSets{key}"), texts(&[value])));
    let zone = "arn:aws:route53:::hostedzone/{zone}";
    vec![
        component(
            "external-secrets",
            "1",
            "eso-role",
            ("external-secrets", "external-secrets"),
            vec![allowed(
                &["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"],
                "arn:aws:secretsmanager:{region}:{account}:secret:goldenpath/{env}/preflight-AbCdEf",
            )],
        ),
        component(
            "external-dns",
            "1",
            "external-dns",
            ("kube-system", "external-dns"),
            vec![
                allowed(&["route53:ListHostedZones"], "*"),
                allowed(&["route53:ListResourceRecordSets"], zone),
                Allowed { context: BTreeMap::from(record), ..allowed(&["route53:ChangeResourceRecordSets"], zone) },
            ],
        ),
        component(
            "aws-load-balancer-controller",
            "1",
            "aws-load-balancer-controller",
            ("kube-system", "aws-load-balancer-controller"),
            vec![allowed(&["elasticloadbalancing:DescribeLoadBalancers"], "*")],
        ),
        component(
            "cluster-autoscaler",
            "1",
            "cluster-autoscaler",
            ("kube-system", "cluster-autoscaler"),
            vec![allowed(&["autoscaling:DescribeAutoScalingGroups"], "*")],
        ),
        component(
            "platform-provisioner",
            "2",
            "rds-provisioner",
            ("platform-system", "platform-provisioner"),
            vec![allowed(
                &["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"],
                "arn:aws:secretsmanager:{region}:{account}:secret:goldenpath/{env}/rds/master-AbCdEf",
            )],
        ),
    ]
}

table! {
    /// `ExternalDNS` and the zone.
    Dns {
        /// How its Deployment is found, in all namespaces.
        external_dns_labels: String = "app.kubernetes.io/name=external-dns".to_owned(),
        /// The Argo CD Application that installs it, before the Deployment is there; `namespace/name`.
        application: String = "argocd/{env}-external-dns".to_owned(),
        /// The component (of `components`) whose role it uses.
        component: String = "external-dns".to_owned(),
        /// The hosted zone's id; empty to find it by name.
        zone_id: String = String::new(),
        /// A resolver outside, for what the world sees.
        public_resolver: String = "1.1.1.1".to_owned(),
        /// Hosts outside the cluster's own suffix that its Ingresses may name.
        foreign_hosts: Vec<String> = texts(&["keycloak.{env}.{base}"]),
        /// First labels that the cluster's role must be able to write, and, below the environment's own domain, must not.
        names: Vec<String> = texts(&["*", "argocd", "backstage"]),
    }
}

table! {
    /// What delivers everything else.
    Delivery {
        /// Argo CD's namespace.
        argocd_namespace: String = "argocd".to_owned(),
        /// Deployments and `StatefulSets` of Argo CD, by the value of the label `app.kubernetes.io/name`.
        argocd_parts: Vec<String> =
            texts(&["argocd-server", "argocd-repo-server", "argocd-application-controller"]),
        /// Namespaces, by tier.
        namespaces: BTreeMap<String, Vec<String>> = BTreeMap::from([
            ("1".to_owned(), texts(&["argocd", "external-secrets", "cert-manager", "kong-system"])),
            ("1.5".to_owned(), texts(&["monitoring"])),
            ("2".to_owned(), texts(&["backstage", "platform-system"])),
            ("3".to_owned(), texts(&["keycloak"])),
        ]),
        /// The label that tells an Application's tier.
        tier_label: String = "goldenpath.idp/tier".to_owned(),
        /// The label or part of a name by which the identity provider's Application is known.
        identity_application: String = "keycloak".to_owned(),
        /// The `IngressClass`.
        ingress_class: String = "kong".to_owned(),
        /// Parts of the names of the webhook configurations that must answer.
        webhooks: Vec<String> = texts(&["aws-load-balancer", "cert-manager", "external-secrets", "secretstore", "externalsecret"]),
        /// `CustomResourceDefinitions` and the version that the platform's manifests use, as `plural.group/version`;
        /// without a version any that is served will do.
        definitions: Vec<String> = texts(&[
            "externalsecrets.external-secrets.io",
            "clustersecretstores.external-secrets.io",
            "clusterissuers.cert-manager.io",
            "certificates.cert-manager.io",
        ]),
        /// The `ClusterSecretStore`.
        secret_store: String = "aws-secretsmanager".to_owned(),
        /// How the Deployment of the operator that keeps it Ready is found, in all namespaces; empty not to look.
        secret_operator_labels: String = "app.kubernetes.io/name=external-secrets".to_owned(),
        /// The proxy's Service, as `namespace/name`; empty to find it by type.
        proxy_service: String = "kong-system/{env}-kong-kong-proxy".to_owned(),
        /// The `WorkflowTemplate` that provisions databases, as `namespace/name`.
        workflow_template: String = "platform-system/rds-provision".to_owned(),
        /// The command that installs it, for remedies.
        workflow_template_command: String = "kubectl apply -k gitops/kustomize/platform-system".to_owned(),
        /// The controller of workflows: the value of the label `app.kubernetes.io/name` or the Deployment's name.
        workflow_controller: String = "workflow-controller".to_owned(),
    }
}

table! {
    /// Storage.
    Storage {
        /// Whether a default class is asked for even if no claim leaves its class out.
        require_default: bool = true,
        /// Classes that must be there.
        classes: Vec<String> = Vec::new(),
        /// Namespaces whose claims are looked at.
        namespaces: Vec<String> = texts(&["monitoring"]),
        /// After how many seconds a claim that is not bound is warned of.
        pending_seconds: u32 = 300,
        /// What the controller's Deployment of a CSI driver is called; it may stand behind a release's name. A driver that
        /// is not named here is taken to have none in the cluster.
        controllers: BTreeMap<String, String> = BTreeMap::from([
            ("ebs.csi.aws.com".to_owned(), "ebs-csi-controller".to_owned()),
            ("efs.csi.aws.com".to_owned(), "efs-csi-controller".to_owned()),
        ]),
        /// Where the opt-in trial makes its claim.
        trial_namespace: String = "platform-system".to_owned(),
        /// The image of the pod that uses it; it needs to do nothing.
        trial_image: String = "registry.k8s.io/pause:3.10".to_owned(),
    }
}

table! {
    /// Secrets.
    Secrets {
        /// What a text holds that stands for one yet to come, whatever its case.
        placeholders: Vec<String> = texts(&["PLACEHOLDER", "CHANGEME"]),
        /// After so many days without a change a secret is warned of.
        max_age_days: u32 = 30,
    }
}

table! {
    /// The database.
    Database {
        /// The master's secret; it tells where the database is, whatever the flags say.
        master: String = "goldenpath/{env}/rds/master".to_owned(),
        /// The instance's name; empty to find it by its endpoint.
        instance: String = String::new(),
        /// Major versions that the platform supports.
        versions: Vec<u32> = vec![15],
        /// How many connections must be left.
        headroom: u32 = 10,
        /// After how many days a certificate that expires is warned of.
        certificate_days: u32 = 30,
        /// The command that makes the instance and its secrets, for remedies.
        command: String = "make rds-apply ENV={env}".to_owned(),
    }
}

/// An app, and what it needs.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct App {
    /// Its name.
    pub name: String,
    /// Its tier.
    pub tier: String,
    /// Its namespaces.
    #[serde(default)]
    pub namespaces: Vec<String>,
    /// Its secrets, beside its database's.
    #[serde(default)]
    pub secrets: Vec<Secret>,
    /// Names of Kubernetes Secrets in its namespaces that `ExternalSecrets` make, and whose keys are to be looked at. This
    /// takes `get` on each of them; of the others, the condition of the `ExternalSecret` is what is known.
    #[serde(default)]
    pub kubernetes_secrets: Vec<String>,
    /// Its database, if it has one.
    #[serde(default)]
    pub database: Option<AppDatabase>,
}

/// A secret of an app.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Secret {
    /// Its path.
    pub path: String,
    /// Keys that it must have, beside those that `ExternalSecrets` read.
    #[serde(default)]
    pub keys: Vec<String>,
}

/// A database of an app.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct AppDatabase {
    /// The path of its secret.
    pub secret: String,
    /// Whether its role must be able to create databases.
    #[serde(default)]
    pub createdb: bool,
    /// Whether its role must be able to create schemas in its database, and tables in `public`: not where it only reads
    /// and writes what another one makes.
    #[serde(default = "yes")]
    pub owner: bool,
}

const fn yes() -> bool {
    true
}

fn apps() -> Vec<App> {
    let secret = |path: &str, keys: &[&str]| Secret { path: format!("goldenpath/{{env}}/{path}"), keys: texts(keys) };
    let database =
        |path: &str| Some(AppDatabase { secret: format!("goldenpath/{{env}}/{path}"), createdb: true, owner: true });
    vec![
        App {
            name: "backstage".to_owned(),
            tier: "2".to_owned(),
            namespaces: texts(&["backstage"]),
            kubernetes_secrets: Vec::new(),
            secrets: vec![secret("backstage/secrets", &[])],
            database: database("backstage/postgres"),
        },
        App {
            name: "keycloak".to_owned(),
            tier: "3".to_owned(),
            namespaces: texts(&["keycloak"]),
            kubernetes_secrets: Vec::new(),
            secrets: vec![secret("keycloak/admin", &["admin-password"])],
            database: database("keycloak/postgres"),
        },
    ]
}

/// A bucket, and who writes to it.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Bucket {
    /// Its name.
    pub name: String,
    /// Who it is for, in the check's id: `s3.<name>`.
    pub user: String,
    /// The role that reads and writes there; empty where that is not checked.
    #[serde(default)]
    pub role: String,
}

table! {
    /// The identity provider.
    Identity {
        /// Where it is asked, from inside.
        url: String = "http://keycloak.keycloak.svc:8080".to_owned(),
        /// The URL that its tokens name.
        external_url: String = "https://keycloak.{host_suffix}".to_owned(),
        /// One that an ephemeral cluster uses although it is not its own; empty for none.
        foreign_url: String = String::new(),
        /// The realm.
        realm: String = "goldenpath".to_owned(),
        /// In how many days a certificate that expires is warned of; it is renewed earlier than that.
        certificate_days: u32 = 14,
        /// The client that acceptance gets a token as; empty for none.
        client_id: String = String::new(),
        /// The path of the secret that holds the client's secret.
        client_secret: String = "goldenpath/{env}/backstage/oidc".to_owned(),
        /// The key in it.
        client_secret_key: String = "OIDC_CLIENT_SECRET".to_owned(),
    }
}

table! {
    /// What is asked once a tier is there.
    Acceptance {
        /// The root Application, as `namespace/name`.
        root_application: String = "argocd/{env}-root".to_owned(),
        /// Kong's status listener.
        kong_status: String = "http://{env}-kong-kong-status.kong-system.svc:8100/status".to_owned(),
        /// Prometheus.
        prometheus: String = "http://prometheus-operated.monitoring.svc:9090".to_owned(),
        /// Alertmanager.
        alertmanager: String = "http://alertmanager-operated.monitoring.svc:9093".to_owned(),
        /// Grafana.
        grafana: String = "http://{env}-kube-prometheus-stack-grafana.monitoring.svc".to_owned(),
        /// Backstage.
        backstage: String = "http://{env}-backstage.backstage.svc:7007".to_owned(),
        /// A path of Backstage's that needs a login, and must refuse without.
        backstage_protected: String = "/api/catalog/entities".to_owned(),
    }
}

#[cfg(test)]
mod tests;
