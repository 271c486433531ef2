//! `irsa.perms.{component}`: the role may do what its component does.

#[cfg(test)]
mod tests;

use serde_json::Value;

use super::component::Part;
use crate::judge::foundation::caller::caller;
use crate::judge::foundation::input::{filled, protocol};
use crate::judge::objects::{listed, text};
use crate::judge::policy::{self, Decision, decide};
use crate::judge::zones;
use crate::look::{Answer, Aws, Look, surroundings};
use crate::profile::Allowed;
use crate::verdict::{CannotLook, Finding, Judged, Short, Verdict};
use crate::view::View;

/// What is asked of the role: actions on one resource, as a request that says this of itself.
struct Question {
    actions: Vec<String>,
    resource: String,
    context: Vec<(String, Vec<String>)>,
}

/// What came of one action.
struct Said {
    action: String,
    resource: String,
    decision: Decision,
    note: String,
}

/// IAM itself says what the role may do; where it cannot be asked, the role's own policies do.
pub fn judge(view: &View<'_>) -> Judged {
    let part = Part::of(view)?;
    if part.component.allowed.is_empty() {
        return Ok(Verdict::Skip(format!("the profile lists nothing that {} must be allowed", part.component.name)));
    }
    let role = part.role_seen(view)?;
    let questions =
        part.component.allowed.iter().map(|allowed| question(view, allowed)).collect::<Result<Vec<_>, _>>()?;
    let (said, by) = match simulated(view, text(role, "/Arn"), &questions)? {
        Ok(said) => (said, "by IAM's simulation"),
        // Trying again may help; another way to ask would fail the same way.
        Err(cannot) if cannot.may_pass => return Err(Short::Cannot(cannot.clone())),
        Err(cannot) => match evaluated(view, &part.role, text(role, "/Arn"), &questions)? {
            Some(said) => (said, "by its own policies; boundaries and the organization's policies were not seen"),
            None => return Err(Short::Cannot(cannot.clone())),
        },
    };
    verdict(&part, &said, by)
}

fn question(view: &View<'_>, allowed: &Allowed) -> Result<Question, Short> {
    let mut resource = view.scope.expand(&allowed.resource);
    if resource.contains("{account}") {
        resource = resource.replace("{account}", caller(view)?.account);
    }
    if resource.contains("{zone}") {
        let none = || Short::Blocked("fnd.route53-zone: no hosted zone serves the cluster's names".to_owned());
        resource = resource.replace("{zone}", &zones::id_of_cluster(view)?.ok_or_else(none)?);
    }
    let context = allowed.context.iter().map(|(key, values)| {
        let values = values.iter().map(|value| filled(view, value)).collect::<Result<Vec<_>, _>>()?;
        Ok((key.clone(), values))
    });
    Ok(Question {
        actions: allowed.actions.clone(),
        resource: filled(view, &resource)?,
        context: context.collect::<Result<_, Short>>()?,
    })
}

/// What IAM's simulation says, or why it says nothing.
fn simulated<'a>(
    view: &View<'a>,
    role: &str,
    questions: &[Question],
) -> Result<Result<Vec<Said>, &'a CannotLook>, Short> {
    let look = |question: &Question| {
        Look::Aws(Aws::Simulate {
            role: role.to_owned(),
            actions: question.actions.clone(),
            resource: question.resource.clone(),
            context: question.context.clone(),
        })
    };
    view.all(questions.iter().map(look))?;
    let mut all = Vec::new();
    for question in questions {
        let results = match view.tried(look(question))? {
            Ok(Answer::Json(Value::Array(results))) => results,
            Ok(_) => return Err(protocol("what the role may do")),
            Err(cannot) => return Ok(Err(cannot)),
        };
        for action in &question.actions {
            let same = |result: &&Value| text(result, "/EvalActionName").eq_ignore_ascii_case(action);
            let result = results.iter().find(same).ok_or_else(|| protocol(&format!("a decision on {action}")))?;
            all.push(read(action, &question.resource, result));
        }
    }
    Ok(Ok(all))
}

fn read(action: &str, resource: &str, result: &Value) -> Said {
    let denies = |pointer: &str| result.pointer(pointer) == Some(&Value::Bool(false));
    let note = if denies("/OrganizationsDecisionDetail/AllowedByOrganizations") {
        "a policy of the organization does not allow it"
    } else if denies("/PermissionsBoundaryDecisionDetail/AllowedByPermissionsBoundary") {
        "the role's permissions boundary does not allow it"
    } else {
        ""
    };
    let decision = policy::simulated(result);
    Said { action: action.to_owned(), resource: resource.to_owned(), decision, note: note.to_owned() }
}

/// What the role's own policies say; `None` where they cannot be looked at either.
fn evaluated(view: &View<'_>, name: &str, arn: &str, questions: &[Question]) -> Result<Option<Vec<Said>>, Short> {
    let seen = match view.tried(Look::Aws(Aws::RolePolicyDocuments { name: name.to_owned() }))? {
        Ok(Answer::Json(Value::Array(documents))) => documents,
        Ok(_) => return Err(protocol("the documents of the role's policies")),
        Err(_) => return Ok(None),
    };
    let documents: Vec<Value> = seen.iter().map(|policy| policy["Document"].clone()).collect();
    let said = questions.iter().flat_map(|question| {
        let context = [question.context.clone(), surroundings(arn, &question.resource)].concat();
        let documents = &documents;
        question.actions.iter().map(move |action| Said {
            action: action.clone(),
            resource: question.resource.clone(),
            decision: decide(documents, action, &question.resource, &context),
            note: String::new(),
        })
    });
    Ok(Some(said.collect()))
}

fn verdict(part: &Part<'_>, said: &[Said], by: &str) -> Judged {
    let denied: Vec<&Said> =
        said.iter().filter(|said| matches!(said.decision, Decision::ImplicitDeny | Decision::ExplicitDeny)).collect();
    if let Some(first) = denied.first() {
        return Ok(Verdict::Fail(denial(part, first).seen(denied.iter().map(|said| told(said)))));
    }
    let undecided = said.iter().find_map(|said| match &said.decision {
        Decision::Undecided(why) => {
            Some(format!("whether role {} may {} cannot be told: {why}", part.role, deed(said)))
        }
        _ => None,
    });
    if let Some(summary) = undecided {
        let fix = "Say in the profile what such a request says of itself (components.allowed.context).";
        return Err(Short::Cannot(CannotLook::new("undecided", summary).fix(fix)));
    }
    let actions = listed(said.iter().map(|said| said.action.as_str()));
    Ok(Verdict::Pass(format!("{} may {actions} ({by})", part.role)))
}

fn denial(part: &Part<'_>, said: &Said) -> Finding {
    let (role, deed) = (&part.role, deed(said));
    if !said.note.is_empty() {
        let fix = "Allow it there; the role's own policies cannot.".to_owned();
        return Finding::new("denied_above", format!("role {role} may not {deed}: {}", said.note)).fix(fix);
    }
    if said.decision == Decision::ExplicitDeny {
        let fix = "Take that statement away, or narrow it; one that allows it does not help.";
        return Finding::new("explicit_deny", format!("role {role} may not {deed}: a statement denies it")).fix(fix);
    }
    let statement = serde_json::json!({"Effect": "Allow", "Action": said.action, "Resource": said.resource});
    let fix = format!("Add to the policy of role {role}: {statement}, or widen a condition that keeps it from this.");
    Finding::new("denied", format!("role {role} may not {deed}: no statement allows it")).fix(fix)
}

fn deed(said: &Said) -> String {
    format!("{} on {}", said.action, said.resource)
}

fn told(said: &Said) -> String {
    let how = if said.decision == Decision::ExplicitDeny { "denied by a statement" } else { "not allowed" };
    format!("{}: {how}", deed(said))
}
