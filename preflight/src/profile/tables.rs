//! The profile's tables: a key with its default, and what it is for, in each line.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::texts;

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
        /// How the Deployment of the controller that keeps `ClusterIssuers` Ready is found, in all namespaces; empty not to
        /// look. Where there is none, their own word is what is known.
        certificate_operator_labels: String =
            "app.kubernetes.io/name=cert-manager,app.kubernetes.io/component=controller".to_owned(),
        /// The proxy's Service, as `namespace/name`; empty to find it by type.
        proxy_service: String = "kong-system/{env}-kong-kong-proxy".to_owned(),
        /// The `WorkflowTemplate` that provisions databases, as `namespace/name`; empty where they are made another way.
        workflow_template: String = "platform-system/rds-provision".to_owned(),
        /// The command that installs it, for remedies.
        workflow_template_command: String = "kubectl apply --server-side -k workflowtemplates/overlays/{env}".to_owned(),
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
