//! Whether IAM lets a role change records: asked of IAM, or read from the role's policies.

use serde_json::Value;

use super::super::external_dns::ExternalDns;
use super::super::names::normal;
use crate::inputs::Name;
use crate::judge::objects::text;
use crate::judge::policy::{self, Decision, decide};
use crate::look::{Answer, Aws, Look, surroundings};
use crate::verdict::{CannotLook, Short};
use crate::view::View;

/// The one action by which records are made, changed and deleted.
pub(super) const CHANGE: &str = "route53:ChangeResourceRecordSets";

/// A role.
pub(super) struct Role {
    pub(super) name: String,
    arn: String,
}

impl Role {
    /// Whether each of these is allowed: as IAM says, or, where it cannot be asked, by the role's policies.
    pub(super) fn allows(&self, view: &View<'_>, zone: &str, changes: &[Change]) -> Result<Vec<bool>, Short> {
        let partition = self.arn.split(':').nth(1).unwrap_or("aws");
        let resource = format!("arn:{partition}:route53:::hostedzone/{zone}");
        let question = |change: &Change| {
            Look::Aws(Aws::Simulate {
                role: self.arn.clone(),
                actions: vec![CHANGE.to_owned()],
                resource: resource.clone(),
                context: change.context(),
            })
        };
        view.all(changes.iter().map(question))?;
        changes
            .iter()
            .map(|change| match view.tried(question(change))? {
                Ok(Answer::Json(results)) => simulated(results),
                Ok(_) => Err(Short::Cannot(CannotLook::new("not_found", format!("IAM knows no role {}", self.arn)))),
                Err(cannot) => self.decided(view, change, &resource, cannot),
            })
            .collect()
    }

    fn decided(&self, view: &View<'_>, change: &Change, resource: &str, cannot: &CannotLook) -> Result<bool, Short> {
        let question = Look::Aws(Aws::RolePolicyDocuments { name: self.name.clone() });
        let Ok(Answer::Json(Value::Array(documents))) = view.tried(question)? else {
            return Err(Short::Cannot(cannot.clone()));
        };
        let documents: Vec<Value> = documents.iter().map(|document| document["Document"].clone()).collect();
        let context = [change.context(), surroundings(&self.arn, resource)].concat();
        match decide(&documents, CHANGE, resource, &context) {
            Decision::Allowed => Ok(true),
            Decision::ExplicitDeny | Decision::ImplicitDeny => Ok(false),
            Decision::Undecided(why) => {
                let summary = format!(
                    "IAM cannot be asked about {} ({}), and its policies do not tell: {why}",
                    self.name, cannot.summary
                );
                let unread = CannotLook::new("undecided", summary);
                Err(Short::Cannot(CannotLook { remedy: cannot.remedy.clone(), ..unread }))
            }
        }
    }
}

/// The role that writes: the one that is assumed for it, or that of the component; none where the profile has none.
pub(super) fn role(view: &View<'_>, external_dns: &ExternalDns) -> Result<Option<Role>, Short> {
    if let Some(arn) = external_dns.value("aws-assume-role")? {
        let name = arn.rsplit('/').next().unwrap_or_default().to_owned();
        return Ok(Some(Role { name, arn: arn.to_owned() }));
    }
    let wanted = &view.scope.profile.dns.component;
    let Some(component) = view.scope.profile.component(wanted) else { return Ok(None) };
    let name = view.scope.expand(&component.role);
    match (view.tried(Look::Aws(Aws::Role { name: name.clone() }))?, view.scope.text(Name::Account)) {
        (Ok(Answer::Json(role)), _) => Ok(Some(Role { arn: text(role, "/Arn").to_owned(), name })),
        (Ok(_), _) => Err(Short::Blocked(format!("needs irsa.role.{wanted}: role {name} does not exist"))),
        (Err(_), Some(account)) => Ok(Some(Role { arn: format!("arn:aws:iam::{account}:role/{name}"), name })),
        (Err(cannot), None) => Err(Short::Cannot(cannot.clone())),
    }
}

/// One change of records, as IAM is asked about it.
#[derive(Clone)]
pub(super) struct Change {
    pub(super) names: Vec<String>,
    pub(super) kind: &'static str,
    pub(super) actions: Vec<&'static str>,
}

impl Change {
    pub(super) fn of(names: Vec<String>, kind: &'static str, actions: &[&'static str]) -> Self {
        Self { names, kind, actions: actions.to_vec() }
    }

    fn context(&self) -> Vec<(String, Vec<String>)> {
        let key = |name: &str| format!("{CHANGE}{name}");
        vec![
            (key("NormalizedRecordNames"), self.names.iter().map(|name| normal(name)).collect()),
            (key("RecordTypes"), vec![self.kind.to_owned()]),
            (key("Actions"), self.actions.iter().map(|action| (*action).to_owned()).collect()),
        ]
    }
}

fn simulated(results: &Value) -> Result<bool, Short> {
    let decisions = results.as_array().filter(|results| !results.is_empty());
    let decisions =
        decisions.ok_or_else(|| Short::Cannot(CannotLook::new("protocol", "IAM's simulation has no result")))?;
    let mut allowed = true;
    for result in decisions {
        match policy::simulated(result) {
            Decision::Allowed => {}
            Decision::ExplicitDeny | Decision::ImplicitDeny => allowed = false,
            Decision::Undecided(why) => {
                let summary = format!("whether IAM lets records be changed cannot be told: {why}");
                return Err(Short::Cannot(CannotLook::new("undecided", summary)));
            }
        }
    }
    Ok(allowed)
}
