//! Rows of the catalogue: production identity. An ephemeral cluster has none; the one exception is the realm of another
//! cluster's provider that it uses, which the profile must name.

use super::secrets::{DESCRIBE, READ};
use crate::check::{Access, Check, Each, Gate, Retry, Severity, Tier, When};
use crate::judge::identity;
use crate::kinds::EXTERNAL_SECRETS;

/// The app after which the provider can be asked.
const PROVIDER: Gate = Gate::After("keycloak");

/// The rows, in the report's order.
pub const CHECKS: &[Check] = &[
    Check {
        id: "idp.secrets",
        tier: Tier::Identity,
        gate: Gate::Before,
        severity: Severity::Required,
        retry: Retry::Deterministic,
        each: Each::Once,
        when: &[When::Cluster, When::OwnIdentity],
        needs: &[
            "secrets.exists.{secret}",
            "secrets.not-deleted",
            "secrets.current",
            "secrets.not-placeholder",
            "secrets.keys",
        ],
        title: "Keycloak's secrets are whole",
        why: "Keycloak starts without an administrator, or not at all.",
        remedy: "See what secrets.* say of them.",
        access: &[DESCRIBE, READ, Access::Kubernetes { verbs: &["list"], kind: EXTERNAL_SECRETS }],
        judge: identity::secrets,
    },
    Check {
        id: "idp.db",
        tier: Tier::Identity,
        gate: Gate::Before,
        severity: Severity::Required,
        retry: Retry::Deterministic,
        each: Each::Once,
        when: &[When::OwnIdentity],
        needs: &["rds.auth.{app}", "rds.privs.{app}"],
        title: "Keycloak's database takes its login and its migrations",
        why: "Keycloak makes its tables at its first start, and does not start where it may not.",
        remedy: "See what rds.auth and rds.privs say of it.",
        access: &[DESCRIBE, READ],
        judge: identity::database,
    },
    Check {
        id: "idp.realm",
        tier: Tier::Identity,
        gate: PROVIDER,
        severity: Severity::Required,
        retry: Retry::Converges,
        each: Each::Once,
        when: &[When::Cluster, When::Identity],
        needs: &[],
        title: "Keycloak answers for the realm",
        why: "Whatever logs in with OpenID Connect fails at its start without the realm.",
        remedy: "See whether Keycloak runs (kubectl get pods -n keycloak), whether its Ingress has an address, and \
                 whether the realm was imported.",
        access: &[],
        judge: identity::realm,
    },
    Check {
        id: "idp.discovery",
        tier: Tier::Identity,
        gate: PROVIDER,
        severity: Severity::Required,
        retry: Retry::Deterministic,
        each: Each::Once,
        when: &[When::Cluster, When::OwnIdentity],
        needs: &["idp.realm"],
        title: "Keycloak names the issuer that its clients expect",
        why: "A client refuses every token whose issuer is not the one that it was told.",
        remedy: "See which host Keycloak's own pod thinks that it has: KC_HOSTNAME.",
        access: &[],
        judge: identity::discovery,
    },
    Check {
        id: "idp.tls",
        tier: Tier::Identity,
        gate: PROVIDER,
        severity: Severity::RequiredInProduction,
        retry: Retry::Deterministic,
        each: Each::Once,
        when: &[When::OwnIdentity],
        needs: &[],
        title: "Keycloak's external host serves a certificate that browsers trust",
        why: "Nobody can log in past a browser's warning, and Backstage refuses to ask an issuer that it does not \
              trust.",
        remedy: "Let the Ingress name the production ClusterIssuer, and see its Certificate: kubectl get \
                 certificates -A",
        access: &[],
        judge: identity::tls,
    },
];
