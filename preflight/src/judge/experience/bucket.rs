//! Whether a bucket is there, in the run's region, and its user may use it. Pure.

use serde_json::Value;

use crate::inputs::Name;
use crate::judge::findings::together;
use crate::judge::objects::{items, listed, text};
use crate::judge::policy::{self, Decision, decide};
use crate::look::{Answer, Aws, Look, surroundings};
use crate::profile::Bucket;
use crate::verdict::{CannotLook, Finding, Judged, Short, Verdict};
use crate::view::View;

/// `s3.{bucket}`: all buckets of one user.
pub fn bucket(view: &View<'_>) -> Judged {
    let buckets: Vec<&Bucket> = view.scope.profile.buckets.iter().filter(|bucket| bucket.user == view.of).collect();
    let name = |bucket: &Bucket| view.scope.expand(&bucket.name);
    view.all(buckets.iter().map(|bucket| Look::Aws(Aws::Bucket { name: name(bucket) })))?;
    let (mut findings, mut absent) = (Vec::new(), Vec::new());
    for bucket in &buckets {
        let name = name(bucket);
        let Some(head) = view.aws(Aws::Bucket { name: name.clone() })? else {
            absent.push(name);
            continue;
        };
        findings.extend(match place(view, &name, head)? {
            Some(finding) => Some(finding),
            None => permissions(view, &name, bucket)?,
        });
    }
    // The flag alone is no proof: it may be stale where a bucket is there.
    let flag = view.scope.s3_available.as_ref().filter(|given| !given.value);
    if let (Some(flag), true) = (flag, absent.len() == buckets.len()) {
        return Ok(Verdict::Skip(format!("s3Available is {flag}, and there is no bucket {}", listed(absent))));
    }
    let missing = absent.iter().map(|name| not_found(view, name));
    Ok(match together(missing.chain(findings).collect()) {
        Some(finding) => Verdict::Fail(finding),
        None => Verdict::Pass(format!("{} may use {}", view.of, listed(buckets.iter().map(|bucket| name(bucket))))),
    })
}

fn not_found(view: &View<'_>, name: &str) -> Finding {
    // What S3 takes for its first region is the absence of one.
    let place = match view.scope.text(Name::Region).unwrap_or("<region>") {
        "us-east-1" => String::new(),
        region => format!(" --create-bucket-configuration LocationConstraint={region}"),
    };
    Finding::new("not_found", format!("bucket {name} of {} does not exist", view.of))
        .fix(format!("Make it with Terraform, or: aws s3api create-bucket --bucket {name}{place}"))
}

/// Whether a bucket is where it should be. That it may not be looked at says nothing of it.
fn place(view: &View<'_>, name: &str, head: &Value) -> Result<Option<Finding>, Short> {
    let region = head.get("BucketRegion").and_then(Value::as_str).filter(|region| !region.is_empty());
    let wanted = view.scope.text(Name::Region);
    let elsewhere = |region: &str| {
        let summary =
            format!("bucket {name} of {} is in {region}, not in {}", view.of, wanted.unwrap_or("this region"));
        Finding::new("wrong_region", summary).fix(format!(
            "Name the bucket of {} in the profile, or let {} use the region {region}",
            wanted.unwrap_or("this region"),
            view.of
        ))
    };
    match (head.get("Status").and_then(Value::as_u64), region, wanted) {
        (Some(200), Some(region), Some(wanted)) if region != wanted => Ok(Some(elsewhere(region))),
        (Some(200), _, _) => Ok(None),
        (Some(301 | 307 | 400), region, _) => Ok(Some(elsewhere(region.unwrap_or("another region")))),
        (Some(403), _, _) => {
            let summary = format!("cannot look at bucket {name}: 403, which is all that S3 says");
            let cannot = CannotLook::new("denied", summary);
            Err(Short::Cannot(cannot.fix(format!(
                "Allow s3:ListBucket on arn:aws:s3:::{name} for this run's role, in its policy and in the bucket's; or the \
                 bucket is another account's"
            ))))
        }
        (status, _, _) => {
            let status = status.map_or_else(|| "no status".to_owned(), |status| status.to_string());
            Err(Short::Cannot(
                CannotLook::new("protocol", format!("bucket {name}: S3 answers with {status}")).passing(),
            ))
        }
    }
}

/// What the bucket's user may not do there, where the profile names its role.
fn permissions(view: &View<'_>, name: &str, bucket: &Bucket) -> Result<Option<Finding>, Short> {
    if bucket.role.is_empty() {
        return Ok(None);
    }
    let role = view.scope.expand(&bucket.role);
    let Some(found) = view.aws(Aws::Role { name: role.clone() })? else {
        let summary = format!("role {role} of {} does not exist; it is to use bucket {name}", view.of);
        return Ok(Some(Finding::new("no_such_role", summary).fix("Apply the Terraform module that makes the role")));
    };
    let arn = text(found, "/Arn");
    let partition = arn.split(':').nth(1).filter(|partition| !partition.is_empty()).unwrap_or("aws");
    let of_bucket = format!("arn:{partition}:s3:::{name}");
    let wanted: [(&[&str], String); 2] =
        [(&["s3:ListBucket"], of_bucket.clone()), (&["s3:GetObject", "s3:PutObject"], format!("{of_bucket}/*"))];
    view.all(wanted.iter().map(|(actions, resource)| Look::Aws(simulation(arn, actions, resource))))?;
    let mut denied = Vec::new();
    for (actions, resource) in &wanted {
        for action in denied_of(view, &role, &simulation(arn, actions, resource))? {
            denied.push(format!("{action} on {resource}"));
        }
    }
    Ok((!denied.is_empty()).then(|| {
        let denied = listed(denied);
        Finding::new("denied", format!("role {role} of {} may not {denied}", view.of))
            .fix(format!("Allow it in the role's policy: {denied}"))
    }))
}

fn simulation(role: &str, actions: &[&str], resource: &str) -> Aws {
    Aws::Simulate {
        role: role.to_owned(),
        actions: actions.iter().map(|action| (*action).to_owned()).collect(),
        resource: resource.to_owned(),
        context: Vec::new(),
    }
}

/// The actions that the role may not do: by IAM's simulator, or, where that may not be asked, by the role's own policies.
fn denied_of(view: &View<'_>, role: &str, question: &Aws) -> Result<Vec<String>, Short> {
    let Aws::Simulate { role: arn, actions, resource, .. } = question else { return Ok(Vec::new()) };
    let cannot = match view.tried(Look::Aws(question.clone()))? {
        Ok(Answer::Json(results)) => return simulated(actions, items(results, "")),
        Ok(_) => CannotLook::new("protocol", format!("IAM does not simulate role {role}")),
        Err(cannot) => cannot.clone(),
    };
    let documents = match view.tried(Look::Aws(Aws::RolePolicyDocuments { name: role.to_owned() }))? {
        Ok(Answer::Json(documents)) => items(documents, ""),
        Ok(_) | Err(_) => return Err(Short::Cannot(cannot)),
    };
    let documents: Vec<Value> = documents.iter().filter_map(|named| named.get("Document").cloned()).collect();
    let mut denied = Vec::new();
    for action in actions {
        match decide(&documents, action, resource, &surroundings(arn, resource)) {
            Decision::Allowed => {}
            Decision::ExplicitDeny | Decision::ImplicitDeny => denied.push(action.clone()),
            Decision::Undecided(_) => return Err(Short::Cannot(cannot)),
        }
    }
    Ok(denied)
}

/// An action of which the simulator says nothing is not known to be allowed.
fn simulated(actions: &[String], results: &[Value]) -> Result<Vec<String>, Short> {
    let mut denied = Vec::new();
    for action in actions {
        let result = results.iter().find(|result| text(result, "/EvalActionName") == action);
        let untold = || Decision::Undecided("its answer says nothing of it".to_owned());
        match result.map_or_else(untold, policy::simulated) {
            Decision::Allowed => {}
            Decision::ExplicitDeny | Decision::ImplicitDeny => denied.push(action.clone()),
            Decision::Undecided(why) => {
                let summary = format!("IAM's simulation does not tell whether {action} is allowed: {why}");
                return Err(Short::Cannot(CannotLook::new("undecided", summary)));
            }
        }
    }
    Ok(denied)
}
