//! Rows of the catalogue: acceptance, asked once a tier is there. Nothing waits for these; a run for a higher tier
//! does not ask them again.

use super::secrets::READ;
use crate::check::{Access, Check, Each, Gate, Retry, Severity, Tier, When};
use crate::judge::acceptance;
use crate::kinds::{APPLICATIONS, EXTERNAL_SECRETS};

/// What all of these have in common.
const ACCEPTED: Check = Check {
    id: "",
    tier: Tier::Delivery,
    gate: Gate::Post,
    severity: Severity::Required,
    retry: Retry::Converges,
    each: Each::Once,
    when: &[When::Cluster],
    needs: &[],
    title: "",
    why: "",
    remedy: "",
    access: &[],
    judge: acceptance::root_application,
};

/// The rows, in the report's order.
pub const CHECKS: &[Check] = &[
    Check {
        id: "acc.root-application",
        title: "the root Application is Healthy",
        why: "It holds every other Application; what is ill in it is not delivered.",
        remedy: "See it in Argo CD, or: argocd app get {env}-root",
        access: &[Access::Kubernetes { verbs: &["get"], kind: APPLICATIONS }],
        judge: acceptance::root_application,
        ..ACCEPTED
    },
    Check {
        id: "acc.kong",
        title: "Kong says that it runs",
        why: "Every host of the platform is behind it.",
        remedy: "See Kong's pods (kubectl get pods -n kong-system), and acceptance.kong_status of the profile: the \
                 status listener must have a Service.",
        judge: acceptance::kong,
        ..ACCEPTED
    },
    Check {
        id: "acc.external-secrets",
        needs: &["cluster.api"],
        title: "every ExternalSecret is Ready",
        why: "The Secret of one that is not Ready is not there, or old.",
        remedy: "kubectl get externalsecrets -A",
        access: &[Access::Kubernetes { verbs: &["list"], kind: EXTERNAL_SECRETS }],
        judge: acceptance::external_secrets,
        ..ACCEPTED
    },
    Check {
        id: "acc.prometheus-targets",
        tier: Tier::Observability,
        title: "Prometheus' targets are up",
        why: "What is not scraped raises no alert.",
        remedy: "See Status, Targets in Prometheus; a target of the managed control plane that nobody can reach is \
                 best turned off in the chart's values.",
        judge: acceptance::prometheus_targets,
        ..ACCEPTED
    },
    Check {
        id: "acc.alertmanager",
        tier: Tier::Observability,
        title: "Alertmanager is ready",
        why: "Alerts that nobody takes reach nobody.",
        remedy: "See its pods: kubectl get pods -n monitoring -l app.kubernetes.io/name=alertmanager",
        judge: acceptance::alertmanager,
        ..ACCEPTED
    },
    Check {
        id: "acc.grafana",
        tier: Tier::Observability,
        title: "Grafana runs, and its database is well",
        why: "Dashboards are not shown without it.",
        remedy: "See its pods: kubectl get pods -n monitoring -l app.kubernetes.io/name=grafana",
        judge: acceptance::grafana,
        ..ACCEPTED
    },
    Check {
        id: "acc.backstage",
        tier: Tier::Experience,
        title: "Backstage answers",
        why: "It is what developers see of the platform.",
        remedy: "See its pods and their log: kubectl get pods -n backstage",
        judge: acceptance::backstage,
        ..ACCEPTED
    },
    Check {
        id: "acc.token",
        tier: Tier::Identity,
        when: &[When::Cluster, When::OwnIdentity],
        needs: &["idp.realm"],
        title: "a client gets a token from Keycloak",
        why: "It proves realm, client and secret together.",
        remedy: "See the client in Keycloak, and its secret in Secrets Manager.",
        access: &[READ],
        judge: acceptance::token,
        ..ACCEPTED
    },
    Check {
        id: "acc.unauthorised",
        tier: Tier::Identity,
        title: "Backstage refuses who does not log in",
        why: "A portal that answers without a login shows everybody what is deployed, and where.",
        remedy: "Turn authentication on in Backstage (auth.providers, permission.enabled), and guest access off.",
        judge: acceptance::unauthorised,
        ..ACCEPTED
    },
];
