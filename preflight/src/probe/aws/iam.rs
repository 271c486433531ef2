//! IAM: roles, what they may do, and who may become them.

use std::collections::BTreeSet;

use aws_sdk_iam::types::{ContextEntry, ContextKeyTypeEnum, EvaluationResult, ResourceSpecificResult};
use futures_util::stream::{self, StreamExt};
use percent_encoding::percent_decode_str;
use platform::aws::Fault;
use serde_json::{Value, json};

use super::failure::nonsense;
use super::missed::{Missed, Subject};
use super::{Clients, SIDE_BY_SIDE, Seen, object};
use crate::look::surroundings;

/// A policy that is attached to a role: its name and ARN.
type Attached = (String, String);

impl Clients {
    fn role_subject(&self, name: &str) -> Subject {
        Subject::new(format!("the role {name}"), self.place.iam_arn(&format!("role/{name}")))
    }

    pub(super) async fn role(&self, name: &str) -> Seen {
        let call = self.iam.get_role().role_name(name).send().await;
        let answer = call.map_err(self.role_subject(name).missed("iam:GetRole"))?;
        let role = answer.role().ok_or(Missed::Absent)?;
        let trust = document(role.assume_role_policy_document().unwrap_or_default(), &format!("the trust of {name}"))?;
        Ok(json!({"RoleName": role.role_name(), "Arn": role.arn(), "AssumeRolePolicyDocument": trust}))
    }

    pub(super) async fn role_policies(&self, name: &str) -> Seen {
        let (attached, inline) = tokio::join!(self.attached(name), self.inline(name));
        let listed = |(name, arn): &Attached| json!({"PolicyName": name, "PolicyArn": arn});
        let attached: Vec<Value> = attached?.iter().map(listed).collect();
        Ok(json!({"AttachedPolicies": attached, "PolicyNames": inline?}))
    }

    pub(super) async fn role_policy_documents(&self, name: &str) -> Seen {
        let (attached, inline) = tokio::join!(self.attached(name), self.inline(name));
        let (attached, inline) = (attached?, inline?);
        let attached = stream::iter(&attached).map(|policy| self.attached_document(policy)).buffered(SIDE_BY_SIDE);
        let attached: Vec<Result<Option<Value>, Missed>> = attached.collect().await;
        let inline = stream::iter(&inline).map(|policy| self.inline_document(name, policy)).buffered(SIDE_BY_SIDE);
        let inline: Vec<Result<Option<Value>, Missed>> = inline.collect().await;
        let all = attached.into_iter().chain(inline).filter_map(Result::transpose);
        Ok(Value::Array(all.collect::<Result<_, _>>()?))
    }

    async fn attached(&self, role: &str) -> Result<Vec<Attached>, Missed> {
        let pages = self.iam.list_attached_role_policies().role_name(role).into_paginator().items().send();
        let policies = pages.try_collect().await;
        let policies = policies.map_err(self.role_subject(role).missed("iam:ListAttachedRolePolicies"))?;
        Ok(policies.into_iter().filter_map(|policy| Some((policy.policy_name?, policy.policy_arn?))).collect())
    }

    async fn inline(&self, role: &str) -> Result<Vec<String>, Missed> {
        let pages = self.iam.list_role_policies().role_name(role).into_paginator().items().send();
        pages.try_collect().await.map_err(self.role_subject(role).missed("iam:ListRolePolicies"))
    }

    /// A policy's document in its current version, unless the policy has just been taken away.
    async fn attached_document(&self, (name, arn): &Attached) -> Result<Option<Value>, Missed> {
        let subject = Subject::new(format!("the policy {name}"), arn.as_str());
        let policy = self.iam.get_policy().policy_arn(arn).send().await.map_err(|error| Fault::of(&error));
        let Some(policy) = still_there(policy, &subject, "iam:GetPolicy")? else { return Ok(None) };
        let version = policy.policy().and_then(|policy| policy.default_version_id()).unwrap_or_default();
        let call = self.iam.get_policy_version().policy_arn(arn).version_id(version).send().await;
        let call = call.map_err(|error| Fault::of(&error));
        let Some(answer) = still_there(call, &subject, "iam:GetPolicyVersion")? else { return Ok(None) };
        let text = answer.policy_version().and_then(|version| version.document()).unwrap_or_default();
        Ok(Some(json!({"Name": name, "Document": document(text, &format!("the policy {name}"))?})))
    }

    async fn inline_document(&self, role: &str, name: &str) -> Result<Option<Value>, Missed> {
        let subject = self.role_subject(role);
        let call = self.iam.get_role_policy().role_name(role).policy_name(name).send().await;
        let call = call.map_err(|error| Fault::of(&error));
        let Some(answer) = still_there(call, &subject, "iam:GetRolePolicy")? else { return Ok(None) };
        let document = document(answer.policy_document(), &format!("the policy {name} of the role {role}"))?;
        Ok(Some(json!({"Name": name, "Document": document})))
    }

    pub(super) async fn oidc_provider(&self, arn: &str) -> Seen {
        let subject = Subject::new(format!("the OIDC provider {arn}"), arn);
        let call = self.iam.get_open_id_connect_provider().open_id_connect_provider_arn(arn).send().await;
        let provider = call.map_err(subject.missed("iam:GetOpenIDConnectProvider"))?;
        let (ids, thumbprints) = (provider.client_id_list(), provider.thumbprint_list());
        Ok(json!({"Url": provider.url(), "ClientIDList": ids, "ThumbprintList": thumbprints}))
    }

    pub(super) async fn simulate(
        &self,
        role: &str,
        actions: &[String],
        resource: &str,
        context: &[(String, Vec<String>)],
    ) -> Seen {
        let around = surroundings(role, resource);
        let unsaid = around.iter().filter(|(key, _)| !context.iter().any(|(said, _)| said.eq_ignore_ascii_case(key)));
        let entries = context.iter().chain(unsaid).map(|(key, values)| {
            let entry = ContextEntry::builder().context_key_name(key).context_key_type(kind_of_key(key, values));
            entry.set_context_key_values(Some(values.clone())).build()
        });
        let call = self.iam.simulate_principal_policy().policy_source_arn(role).resource_arns(resource);
        let call = call.set_action_names(Some(actions.to_vec())).set_context_entries(Some(entries.collect()));
        let subject = Subject::new(format!("what {role} may do"), role);
        match call.into_paginator().items().send().try_collect().await {
            Ok(results) => Ok(Value::Array(results.iter().map(evaluation).collect())),
            Err(error) => Err(subject.fault("iam:SimulatePrincipalPolicy")(not_served(Fault::of(&error)))),
        }
    }
}

/// The type of a key: AWS' own have one value, but for those of tags; those of services are lists here.
fn kind_of_key(key: &str, values: &[String]) -> ContextKeyTypeEnum {
    match (key.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("aws:")), values) {
        (true, [value]) if value == "true" || value == "false" => ContextKeyTypeEnum::Boolean,
        (true, [_]) if !key.eq_ignore_ascii_case("aws:TagKeys") => ContextKeyTypeEnum::String,
        _ => ContextKeyTypeEnum::StringList,
    }
}

fn evaluation(result: &EvaluationResult) -> Value {
    // Where the question names a resource, they stand with that resource; its documentation says both.
    let of_resources =
        result.resource_specific_results().iter().flat_map(ResourceSpecificResult::missing_context_values);
    let missing: BTreeSet<&String> = result.missing_context_values().iter().chain(of_resources).collect();
    let organization = result.organizations_decision_detail();
    let organization = organization.map(|it| json!({"AllowedByOrganizations": it.allowed_by_organizations()}));
    let boundary = result.permissions_boundary_decision_detail();
    let boundary = boundary.map(|it| json!({"AllowedByPermissionsBoundary": it.allowed_by_permissions_boundary()}));
    object([
        ("EvalActionName", Value::from(result.eval_action_name())),
        ("EvalResourceName", result.eval_resource_name().map_or(Value::Null, Value::from)),
        ("EvalDecision", Value::from(result.eval_decision().as_str())),
        ("MissingContextValues", missing.into_iter().map(String::as_str).collect()),
        ("OrganizationsDecisionDetail", organization.unwrap_or_default()),
        ("PermissionsBoundaryDecisionDetail", boundary.unwrap_or_default()),
    ])
}

/// Stand-ins for AWS answer a call that they do not serve with a page of their own; to wait for it does not help.
fn not_served(fault: Fault) -> Fault {
    match fault {
        Fault::Unavailable { code } if code == "HTTP 500" => nonsense("it does not serve this call"),
        fault => fault,
    }
}

/// What a call about a part of something told, if that part has not just been taken away.
fn still_there<T>(call: Result<T, Fault>, subject: &Subject, action: &'static str) -> Result<Option<T>, Missed> {
    match call {
        Ok(answer) => Ok(Some(answer)),
        Err(Fault::NotFound { .. }) => Ok(None),
        Err(fault) => Err(subject.fault(action)(fault)),
    }
}

/// A policy's document; IAM sends it percent-encoded.
fn document(encoded: &str, words: &str) -> Seen {
    let decoded = percent_decode_str(encoded).decode_utf8().ok();
    let document = decoded.and_then(|text| serde_json::from_str(&text).ok());
    document.ok_or_else(|| Missed::protocol(format!("cannot look at {words}: IAM's answer is no JSON document")))
}

#[cfg(test)]
mod tests {
    use platform::aws::Fault;
    use serde_json::json;

    use super::{document, not_served};
    use crate::probe::aws::missed::Missed;

    #[test]
    fn a_call_that_is_not_served_is_not_waited_for() {
        assert!(!not_served(Fault::of_code("", "", Some(500))).is_transient());
        assert!(not_served(Fault::of_code("", "", Some(503))).is_transient());
        assert!(not_served(Fault::of_code("ServiceFailure", "", Some(500))).is_transient());
    }

    #[test]
    fn documents_are_decoded() {
        let encoded = "%7B%22Version%22%3A%222012-10-17%22%2C%22Condition%22%3A%22a%2Bb%20c+d%2A%22%7D";
        let expected = json!({"Version": "2012-10-17", "Condition": "a+b c+d*"});
        assert_eq!(document(encoded, "x").unwrap(), expected);
        assert_eq!(document(&expected.to_string(), "x").unwrap(), expected);
        for broken in ["", "%7B", "%FF%FE"] {
            assert!(matches!(document(broken, "x"), Err(Missed::Cannot(cannot)) if cannot.reason == "protocol"));
        }
    }
}
