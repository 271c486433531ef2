//! Rows of the catalogue: who writes which names in DNS.

use crate::check::{Access, Check, Each, Gate, Retry, Severity, Tier, When};
use crate::judge::dns;
use crate::kinds::{APPLICATIONS, DEPLOYMENTS, INGRESSES, SERVICES};

const DEPLOYED: Access = Access::Kubernetes { verbs: &["list"], kind: DEPLOYMENTS };
const PLANNED: Access = Access::Kubernetes { verbs: &["get"], kind: APPLICATIONS };
const ZONES: Access = Access::Aws { action: "route53:ListHostedZones", resource: "*" };
const RECORDS: Access =
    Access::Aws { action: "route53:ListResourceRecordSets", resource: "arn:aws:route53:::hostedzone/*" };

const fn of_role(action: &'static str) -> Access {
    Access::Aws { action, resource: "arn:aws:iam::{account}:role/{component_role}" }
}

const fn of_policy(action: &'static str) -> Access {
    Access::Aws { action, resource: "*" }
}

/// What proves the scope of a role.
const SCOPE: [Access; 7] = [
    of_role("iam:GetRole"),
    of_role("iam:SimulatePrincipalPolicy"),
    of_role("iam:ListAttachedRolePolicies"),
    of_role("iam:ListRolePolicies"),
    of_role("iam:GetRolePolicy"),
    of_policy("iam:GetPolicy"),
    of_policy("iam:GetPolicyVersion"),
];

/// What the role's scope is judged by; also where a filter alone does not keep `ExternalDNS` to its names.
const GUARDED: &[Access] =
    &[DEPLOYED, PLANNED, ZONES, SCOPE[0], SCOPE[1], SCOPE[2], SCOPE[3], SCOPE[4], SCOPE[5], SCOPE[6]];

/// The rows, in the report's order.
pub const CHECKS: &[Check] = &[
    Check {
        id: "dns.owner-id",
        tier: Tier::Delivery,
        gate: Gate::Before,
        severity: Severity::Required,
        retry: Retry::Deterministic,
        each: Each::Once,
        when: &[When::Cluster],
        needs: &["cluster.api"],
        title: "ExternalDNS writes as this cluster",
        why: "With another cluster's owner id, ExternalDNS takes that cluster's records for its own, and changes and \
              deletes them.",
        remedy: "Sync Application {env}-external-dns, and see why its Deployment is not there.",
        access: &[DEPLOYED, PLANNED],
        judge: dns::owner_id,
    },
    Check {
        id: "dns.domain-filter",
        tier: Tier::Delivery,
        gate: Gate::Before,
        severity: Severity::RequiredWhereEphemeral,
        retry: Retry::Deterministic,
        each: Each::Once,
        when: &[When::Cluster],
        needs: &["cluster.api"],
        title: "ExternalDNS keeps to this cluster's names",
        why: "A filter above a build's own suffix lets the build claim the wildcard of the environment's persistent \
              cluster.",
        remedy: "Set domainFilters to [{host_suffix}].",
        access: GUARDED,
        judge: dns::domain_filter,
    },
    Check {
        id: "dns.filter-selects-zone",
        tier: Tier::Delivery,
        gate: Gate::Before,
        severity: Severity::Required,
        retry: Retry::Deterministic,
        each: Each::Once,
        when: &[When::Cluster],
        needs: &["cluster.api", "fnd.route53-zone"],
        title: "ExternalDNS's filters select the zone of this cluster's names",
        why: "Where no zone is selected, ExternalDNS manages nothing, and reports no error.",
        remedy: "Set domainFilters and zoneIdFilters so that they select the zone of {host_suffix}.",
        access: &[DEPLOYED, PLANNED, ZONES],
        judge: dns::filter_selects_zone,
    },
    Check {
        id: "dns.iam-scope",
        tier: Tier::Delivery,
        gate: Gate::Before,
        severity: Severity::RequiredWhereEphemeral,
        retry: Retry::Deterministic,
        each: Each::Once,
        when: &[When::Cluster],
        needs: &["fnd.route53-zone"],
        title: "the role of ExternalDNS may write this cluster's names, and no others",
        why: "It is the one guard that holds whatever the flags say; without a condition on record names, one wrong \
              value takes another cluster's records.",
        remedy: "In the policy of the role, allow route53:ChangeResourceRecordSets with the condition \
                 ForAllValues:StringLike route53:ChangeResourceRecordSetsNormalizedRecordNames \
                 [\"*.{host_suffix}\"]; where it also limits record types, include TXT.",
        access: GUARDED,
        judge: dns::iam_scope,
    },
    Check {
        id: "dns.sources-in-scope",
        tier: Tier::Delivery,
        // The proxy's Service is what names the wildcard.
        gate: Gate::After("kong"),
        severity: Severity::RequiredWhereEphemeral,
        retry: Retry::Deterministic,
        each: Each::Once,
        when: &[When::Cluster],
        needs: &["cluster.api"],
        title: "Ingresses and Services name hosts of this cluster alone",
        why: "ExternalDNS writes whatever host they name; a build that names the wildcard of the persistent cluster \
              claims it.",
        remedy: "Give them hosts below {host_suffix}.",
        access: &[
            Access::Kubernetes { verbs: &["list"], kind: INGRESSES },
            Access::Kubernetes { verbs: &["list"], kind: SERVICES },
        ],
        judge: dns::sources_in_scope,
    },
    Check {
        id: "dns.ownership-conflict",
        tier: Tier::Delivery,
        gate: Gate::Before,
        severity: Severity::Required,
        retry: Retry::Deterministic,
        each: Each::Once,
        when: &[When::Cluster],
        needs: &["fnd.route53-zone"],
        title: "no record of this cluster belongs to another owner, and none of others to this one's",
        why: "ExternalDNS skips a record that another owner has, and says so at debug level only.",
        remedy: "Finish the teardown of the other cluster, or delete its TXT records.",
        access: &[DEPLOYED, PLANNED, ZONES, RECORDS],
        judge: dns::ownership_conflict,
    },
    Check {
        id: "dns.wildcard-present",
        tier: Tier::Delivery,
        // ExternalDNS makes it of the proxy's Service; whoever comes after that one stands on it.
        gate: Gate::After("kong"),
        severity: Severity::Advisory,
        retry: Retry::Converges,
        each: Each::Once,
        when: &[],
        needs: &["fnd.route53-zone"],
        title: "the wildcard of this cluster is in the zone, and resolves",
        why: "No host of the platform is reached by its name, and no certificate is issued, without it.",
        remedy: "Where it is not in the zone, look at the hostname annotation of the proxy's Service and at \
                 ExternalDNS's log; where it is, and does not resolve, at the zone's delegation, and wait for the \
                 TTL.",
        access: &[ZONES, RECORDS],
        judge: dns::wildcard_present,
    },
];
