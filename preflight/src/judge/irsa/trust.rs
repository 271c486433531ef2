//! `irsa.trust.{component}`: the role lets the component's service account take it.

mod document;
#[cfg(test)]
mod tests;

use serde_json::Value;

use super::component::Part;
use crate::inputs::Name;
use crate::judge::foundation::oidc::{AUDIENCE, Issuer, id, issuer};
use crate::judge::objects::listed;
use crate::judge::policy::{Decision, decide_trust};
use crate::verdict::{CannotLook, Finding, Judged, Short, Verdict};
use crate::view::View;
use document::{condition_keys, condition_values, federated, without};

/// The action by which a token is changed for a role.
const WITH_TOKEN: &str = "sts:AssumeRoleWithWebIdentity";
/// The one who takes roles for pods in EKS Pod Identity.
const PODS: (&str, &str) = ("Service", "pods.eks.amazonaws.com");
/// Nobody's, to see whether anybody's would do.
const NOBODY: &str = "preflight:nobody";

/// What a token says of itself.
#[derive(Clone, Copy, Debug)]
struct Token<'a> {
    issuer: &'a Issuer,
    subject: &'a str,
    audience: &'a str,
}

/// The trust policy lets a token of this cluster's issuer, for the component's service account, take the role.
pub fn judge(view: &View<'_>) -> Judged {
    let part = Part::of(view)?;
    let role = part.role_seen(view)?;
    let issuer = match issuer(view)? {
        Ok(issuer) => issuer,
        // A cluster without an issuer is told by fnd.oidc.
        Err(Verdict::Fail(finding)) => return Err(Short::Blocked(format!("fnd.oidc: {}", finding.summary))),
        Err(verdict) => return Ok(verdict),
    };
    let document = &role["AssumeRolePolicyDocument"];
    let token = Token { issuer: &issuer, subject: &part.subject(), audience: AUDIENCE };
    match decision(document, token) {
        Decision::Allowed => Ok(too_wide(&part, document, token)),
        Decision::ImplicitDeny if trusts_pod_identity(view, &part, role) => Ok(Verdict::Pass(format!(
            "{} trusts EKS Pod Identity; whether an association with {} exists is not looked at",
            part.role,
            part.account()
        ))),
        Decision::ImplicitDeny => Ok(Verdict::Fail(refusal(&part, document, token))),
        Decision::ExplicitDeny => {
            let summary = format!("a statement in the trust policy of role {} denies {}", part.role, part.subject());
            Ok(Verdict::Fail(Finding::new("denied", summary).seen([document.to_string()])))
        }
        Decision::Undecided(why) => {
            let summary = format!("whether role {} trusts {} cannot be told: {why}", part.role, part.subject());
            let fix = format!("Ask STS itself: --opt-in irsa.assume.{}", part.component.name);
            Err(Short::Cannot(CannotLook::new("undecided", summary).fix(fix)))
        }
    }
}

/// What the policy says to a token. Of another issuer's claims it has none.
fn decision(document: &Value, token: Token<'_>) -> Decision {
    let issuer = &token.issuer.name;
    let mut context = vec![
        (format!("{issuer}:sub"), vec![token.subject.to_owned()]),
        (format!("{issuer}:aud"), vec![token.audience.to_owned()]),
    ];
    let others = condition_keys(document).into_iter().filter(|key| is_claim(key) && !key.starts_with(issuer.as_str()));
    context.extend(others.map(|key| (key.to_owned(), Vec::new())));
    decide_trust(document, ("Federated", &token.issuer.provider), WITH_TOKEN, &context)
}

/// Whether a condition key is a claim of some issuer's tokens, such as `oidc.eks.…/id/AAAA:sub`.
fn is_claim(key: &str) -> bool {
    key.rsplit_once(':').is_some_and(|(issuer, claim)| issuer.contains('/') && matches!(claim, "sub" | "aud"))
}

/// It works; what else would work, too, is a warning.
fn too_wide(part: &Part<'_>, document: &Value, token: Token<'_>) -> Verdict {
    let would_do = |token| decision(document, token) == Decision::Allowed;
    let issuer = &token.issuer.name;
    if would_do(Token { subject: NOBODY, ..token })
        || would_do(Token { subject: "system:serviceaccount:preflight:nobody", ..token })
    {
        let summary = format!("role {} can be taken by every service account of the cluster", part.role);
        let fix = format!("In its trust policy, let {issuer}:sub be {}.", token.subject);
        return Verdict::Warn(Finding::new("any_account", summary).fix(fix));
    }
    if would_do(Token { audience: NOBODY, ..token }) {
        let summary = format!("role {} can be taken with a token that is for somebody else than AWS", part.role);
        let fix = format!("In its trust policy, let {issuer}:aud be {AUDIENCE}.");
        return Verdict::Warn(Finding::new("any_audience", summary).fix(fix));
    }
    Verdict::Pass(format!("{} trusts {} of this cluster", part.role, part.account()))
}

/// Why the policy does not let it.
fn refusal(part: &Part<'_>, document: &Value, token: Token<'_>) -> Finding {
    let providers = federated(document);
    let own = token.issuer;
    if !providers.contains(&own.provider.as_str()) {
        return other_provider(part, &providers, own);
    }
    let (subject, audience) = (format!("{}:sub", own.name), format!("{}:aud", own.name));
    let helps = |keys: &[&str]| decision(&without(document, keys), token) == Decision::Allowed;
    let is_audience = helps(&[&audience]);
    if !is_audience && helps(&[&subject, &audience]) {
        let trusted = listed(condition_values(document, &subject));
        let summary = format!("role {} trusts {trusted}, not {}", part.role, token.subject);
        return Finding::new("wrong_subject", summary)
            .fix(format!("In its trust policy, let {subject} be {}.", token.subject));
    }
    if is_audience {
        let trusted = listed(condition_values(document, &audience));
        let summary = format!("role {} trusts tokens for {trusted}, not for {AUDIENCE}", part.role);
        return Finding::new("wrong_audience", summary)
            .fix(format!("In its trust policy, let {audience} be {AUDIENCE}."));
    }
    let foreign = condition_keys(document).into_iter().find(|key| is_claim(key) && !key.starts_with(own.name.as_str()));
    if let Some(key) = foreign {
        let summary = format!(
            "role {} trusts this cluster's OIDC provider {}, but asks for claims of another one ({key})",
            part.role,
            own.id()
        );
        return Finding::new("stale_issuer", summary);
    }
    let summary = format!("the trust policy of role {} does not allow {WITH_TOKEN} to {}", part.role, token.subject);
    Finding::new("not_allowed", summary).seen([document.to_string()])
}

/// A rebuilt cluster has a new issuer; its roles go on trusting the old one until they are applied again.
fn other_provider(part: &Part<'_>, providers: &[&str], own: &Issuer) -> Finding {
    let role = &part.role;
    let seen = [format!("trusts: {}", listed(providers)), format!("this cluster's: {}", own.provider)];
    let finding = match providers.iter().find(|provider| provider.contains(":oidc-provider/")) {
        None => {
            Finding::new("no_trust", format!("role {role} trusts no OIDC provider: no service account can take it"))
        }
        Some(other) if other.ends_with(&format!("/{}", own.name)) => {
            let summary =
                format!("role {role} trusts this cluster's issuer as a provider of another account ({other})");
            Finding::new("other_account", summary)
        }
        Some(other) => {
            let (theirs, ours) = (id(other), own.id());
            Finding::new("stale_issuer", format!("role {role} trusts OIDC id {theirs}, this cluster is {ours}"))
        }
    };
    finding.seen(seen)
}

/// Whether a role's trust policy names any provider of tokens.
pub(super) fn trusts_tokens(role: &Value) -> bool {
    !federated(&role["AssumeRolePolicyDocument"]).is_empty()
}

/// Whether EKS Pod Identity may hand the role to the component's service account.
pub(super) fn trusts_pod_identity(view: &View<'_>, part: &Part<'_>, role: &Value) -> bool {
    let text = |name| view.scope.text(name).map(str::to_owned);
    let known = [
        ("aws:RequestTag/kubernetes-namespace", Some(part.namespace.clone())),
        ("aws:RequestTag/kubernetes-service-account", Some(part.name.clone())),
        ("aws:RequestTag/eks-cluster-name", text(Name::ClusterName)),
        ("aws:SourceAccount", text(Name::Account)),
    ];
    let context: Vec<(String, Vec<String>)> =
        known.into_iter().filter_map(|(key, value)| Some((key.to_owned(), vec![value?]))).collect();
    let document = &role["AssumeRolePolicyDocument"];
    ["sts:AssumeRole", "sts:TagSession"]
        .iter()
        .all(|action| decide_trust(document, PODS, action, &context) == Decision::Allowed)
}
