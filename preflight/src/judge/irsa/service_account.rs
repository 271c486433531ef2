//! `irsa.sa.{component}`: the service account is there, and names its role.

#[cfg(test)]
mod tests;

use regex_lite::Regex;
use serde_json::Value;

use super::component::{Part, ROLE_ARN};
use super::trust::{trusts_pod_identity, trusts_tokens};
use crate::inputs::Name;
use crate::judge::foundation::caller::caller;
use crate::judge::objects::text;
use crate::look::{Answer, Look};
use crate::verdict::{Finding, Judged, Short, Verdict};
use crate::view::View;

/// A role's ARN, taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct RoleArn<'a> {
    account: &'a str,
    name: &'a str,
}

impl<'a> RoleArn<'a> {
    /// The parts of an ARN of a role, if it is one.
    fn parse(arn: &'a str) -> Option<Self> {
        let parts: Vec<&str> = arn.splitn(6, ':').collect();
        let ["arn", _, "iam", "", account, resource] = parts.as_slice() else { return None };
        let name = resource.strip_prefix("role/")?.rsplit('/').next().filter(|name| !name.is_empty())?;
        let is_account = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
        is_account.then_some(Self { account, name })
    }
}

/// The service account exists, and its annotation is the ARN of the component's role.
pub fn judge(view: &View<'_>) -> Judged {
    let part = Part::of(view)?;
    part.look_at_both(view)?;
    let role = role(view, &part)?;
    let Some(annotated) = part.annotated(view)? else {
        let summary = format!("service account {} of {} does not exist", part.account(), part.component.name);
        return Ok(Verdict::Fail(Finding::new("not_found", summary)));
    };
    if annotated.is_empty() {
        return Ok(unannotated(view, &part, role));
    }
    if let Some(finding) = wrong(view, &part, role, annotated)? {
        let seen = [format!("{ROLE_ARN}: {annotated}"), format!("wanted the role {}", part.role)];
        return Ok(Verdict::Fail(finding.seen(seen).fix(annotate(&part, role))));
    }
    if let Some(role) = role.filter(|role| trusts_pod_identity(view, &part, role) && !trusts_tokens(role)) {
        let summary = format!(
            "service account {} is annotated with {}, which trusts EKS Pod Identity and no tokens: the annotation comes \
             first, and is refused",
            part.account(),
            text(role, "/RoleName")
        );
        let fix = format!("kubectl -n {} annotate serviceaccount {} {ROLE_ARN}-", part.namespace, part.name);
        return Ok(Verdict::Fail(Finding::new("pod_identity", summary).fix(fix)));
    }
    let stale = view.scope.irsa_configured.as_ref().filter(|given| !given.value);
    let stale = stale.map(|given| format!("; the flag irsaConfigured is stale: {given}")).unwrap_or_default();
    Ok(Verdict::Pass(format!("{} takes {}{stale}", part.account(), part.role)))
}

/// The role, where it can be looked at and is there; whether it is, is another check's.
fn role<'a>(view: &View<'a>, part: &Part<'_>) -> Result<Option<&'a Value>, Short> {
    Ok(match view.tried(Look::Aws(part.role_question()))? {
        Ok(Answer::Json(role)) => Some(role),
        _ => None,
    })
}

/// With EKS Pod Identity a service account has no annotation.
fn unannotated(view: &View<'_>, part: &Part<'_>, role: Option<&Value>) -> Verdict {
    if role.is_some_and(|role| trusts_pod_identity(view, part, role)) {
        let account = part.account();
        let told = format!(
            "{account} has no annotation, and {} trusts EKS Pod Identity; whether an association of the two exists is not looked at",
            part.role
        );
        return Verdict::Pass(told);
    }
    let summary =
        format!("service account {} has no annotation {ROLE_ARN}: its pods have no role in AWS", part.account());
    Verdict::Fail(Finding::new("not_annotated", summary).fix(annotate(part, role)))
}

fn annotate(part: &Part<'_>, role: Option<&Value>) -> String {
    let arn = role.map_or_else(|| format!("<ARN of {}>", part.role), |role| text(role, "/Arn").to_owned());
    format!(
        "Correct the manifest or Terraform that owns the service account ({ROLE_ARN}: {arn}), and restart its pods; at \
         once: kubectl -n {} annotate --overwrite serviceaccount {} {ROLE_ARN}={arn}",
        part.namespace, part.name
    )
}

/// What is wrong with the annotation.
fn wrong(view: &View<'_>, part: &Part<'_>, role: Option<&Value>, annotated: &str) -> Result<Option<Finding>, Short> {
    let account = part.account();
    let Some(found) = RoleArn::parse(annotated) else {
        // A manifest that was never filled in overwrites what Terraform wrote.
        let (reason, why) = match annotated.split(':').nth(4) {
            Some(text) if text.len() != 12 || !text.bytes().all(|byte| byte.is_ascii_digit()) => {
                ("placeholder", format!("has {text:?} where an account's 12 digits belong"))
            }
            _ => ("malformed", "is no ARN of a role".to_owned()),
        };
        return Ok(Some(Finding::new(reason, format!("service account {account} names {annotated}, which {why}"))));
    };
    let points = |whose: &str| format!("service account {account} points at {whose}");
    if found.name != part.role {
        let (reason, whose) = whose(view, part, found.name);
        return Ok(Some(Finding::new(reason, points(&format!("role {} {whose}", found.name)))));
    }
    let Some(arn) = role.map(|role| text(role, "/Arn")) else { return other_account(view, part, found) };
    if annotated == arn {
        return Ok(None);
    }
    let is_elsewhere = RoleArn::parse(arn).is_some_and(|own| own.account != found.account);
    let reason = if is_elsewhere { "other_account" } else { "other_role" };
    Ok(Some(Finding::new(reason, points(&format!("{annotated}, and the role is {arn}")))))
}

/// Without the role itself, its account is the run's.
fn other_account(view: &View<'_>, part: &Part<'_>, found: RoleArn<'_>) -> Result<Option<Finding>, Short> {
    let expected = match view.scope.text(Name::Account) {
        Some(account) => account,
        None => caller(view)?.account,
    };
    let summary = || {
        let account = part.account();
        format!(
            "service account {account} points at a role of account {}, and {expected} is the platform's",
            found.account
        )
    };
    Ok((found.account != expected).then(|| Finding::new("other_account", summary())))
}

/// Whose role it is instead, by its name.
fn whose(view: &View<'_>, part: &Part<'_>, name: &str) -> (&'static str, String) {
    let scope = view.scope;
    let pattern = Regex::new(&scope.profile.bootstrap.build_id_pattern);
    let looks_like_build = |text: &str| pattern.as_ref().is_ok_and(|pattern| pattern.is_match(text));
    let base = part.component.role.replace("{suffix}", "");
    match name.strip_prefix(scope.expand(&base).as_str()) {
        Some("") => ("other_build", "(the persistent cluster's)".to_owned()),
        Some(rest) if rest.strip_prefix('-').is_some_and(looks_like_build) => {
            ("other_build", format!("(another build's), not {}", part.role))
        }
        _ => ("other_role", format!("and not at {}", part.role)),
    }
}
