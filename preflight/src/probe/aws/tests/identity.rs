//! IAM and STS.

use serde_json::json;

use super::stage::{said, stage};
use crate::look::{Absent, Answer, Aws};

const ROLE: &str = "arn:aws:iam::123456789012:role/eso";

fn xml(call: &str, result: &str) -> String {
    format!("<{call}Response><{call}Result>{result}</{call}Result></{call}Response>")
}

fn error(code: &str, message: &str) -> String {
    format!("<ErrorResponse><Error><Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>")
}

#[tokio::test]
async fn a_simulation_is_asked_with_its_context() {
    let results = "<IsTruncated>false</IsTruncated><EvaluationResults><member><EvalActionName>s3:GetObject\
        </EvalActionName><EvalResourceName>arn:aws:s3:::b/*</EvalResourceName><EvalDecision>implicitDeny</EvalDecision>\
        <MissingContextValues/><ResourceSpecificResults><member><EvalResourceName>arn:aws:s3:::b/*</EvalResourceName>\
        <EvalResourceDecision>implicitDeny</EvalResourceDecision><MissingContextValues><member>aws:SourceIp</member>\
        </MissingContextValues></member></ResourceSpecificResults><OrganizationsDecisionDetail>\
        <AllowedByOrganizations>false</AllowedByOrganizations></OrganizationsDecisionDetail></member></EvaluationResults>";
    let stage = stage(move |_| said(200, xml("SimulatePrincipalPolicy", results)));
    let question = Aws::Simulate {
        role: ROLE.to_owned(),
        actions: vec!["s3:GetObject".to_owned(), "s3:PutObject".to_owned()],
        resource: "arn:aws:s3:::b/*".to_owned(),
        context: vec![("route53:X".to_owned(), vec!["a".to_owned(), "b".to_owned()])],
    };
    let expected = json!([{
        "EvalActionName": "s3:GetObject", "EvalResourceName": "arn:aws:s3:::b/*", "EvalDecision": "implicitDeny",
        "MissingContextValues": ["aws:SourceIp"], "OrganizationsDecisionDetail": {"AllowedByOrganizations": false},
    }]);
    assert_eq!(stage.probe.look(&question).await, Ok(Answer::Json(expected)));
    let form = &stage.asked()[0].body;
    for part in [
        "ActionNames.member.2=s3%3APutObject",
        "ResourceArns.member.1=arn%3Aaws%3As3%3A%3A%3Ab%2F%2A",
        "ContextEntries.member.1.ContextKeyName=route53%3AX",
        "ContextEntries.member.1.ContextKeyType=stringList",
        "ContextEntries.member.1.ContextKeyValues.member.2=b",
        "ContextEntries.member.2.ContextKeyName=aws%3APrincipalArn&ContextEntries.member.2.ContextKeyValues.member.1=arn%3A",
        "ContextEntries.member.4.ContextKeyName=aws%3ASecureTransport&ContextEntries.member.4.ContextKeyValues.member.1=true\
         &ContextEntries.member.4.ContextKeyType=boolean",
    ] {
        assert!(form.contains(part), "{part}: {form}");
    }
}

#[tokio::test]
async fn a_roles_documents_are_those_in_force() {
    let stage = stage(|asked| {
        let document = |text: &str| text.replace('{', "%7B").replace('"', "%22");
        match () {
            () if asked.is("ListAttachedRolePolicies") => said(
                200,
                xml(
                    "ListAttachedRolePolicies",
                    "<AttachedPolicies><member><PolicyName>read</PolicyName><PolicyArn>arn:aws:iam::1:policy/read\
                 </PolicyArn></member><member><PolicyName>gone</PolicyName><PolicyArn>arn:aws:iam::1:policy/gone\
                 </PolicyArn></member></AttachedPolicies><IsTruncated>false</IsTruncated>",
                ),
            ),
            () if asked.is("ListRolePolicies") => said(
                200,
                xml(
                    "ListRolePolicies",
                    "<PolicyNames><member>own</member></PolicyNames><IsTruncated>false</IsTruncated>",
                ),
            ),
            () if asked.is("GetPolicy") && asked.body.contains("read") => {
                said(200, xml("GetPolicy", "<Policy><DefaultVersionId>v7</DefaultVersionId></Policy>"))
            }
            () if asked.is("GetPolicyVersion") && asked.body.contains("VersionId=v7") => said(
                200,
                xml(
                    "GetPolicyVersion",
                    &format!(
                        "<PolicyVersion><Document>{}</Document></PolicyVersion>",
                        document(r#"{"Statement": []}"#)
                    ),
                ),
            ),
            () if asked.is("GetRolePolicy") => said(
                200,
                xml(
                    "GetRolePolicy",
                    &format!(
                        "<RoleName>eso</RoleName><PolicyName>own</PolicyName><PolicyDocument>{}</PolicyDocument>",
                        document(r#"{"Id": "own"}"#)
                    ),
                ),
            ),
            () => said(404, error("NoSuchEntity", "gone")),
        }
    });
    let expected = json!([{"Name": "read", "Document": {"Statement": []}}, {"Name": "own", "Document": {"Id": "own"}}]);
    let question = Aws::RolePolicyDocuments { name: "eso".to_owned() };
    assert_eq!(stage.probe.look(&question).await, Ok(Answer::Json(expected)));
}

#[tokio::test]
async fn a_role_that_is_not_there_is_absent() {
    let stage = stage(|_| said(404, error("NoSuchEntity", "The role with name eso cannot be found.")));
    let name = || "eso".to_owned();
    for question in
        [Aws::Role { name: name() }, Aws::RolePolicies { name: name() }, Aws::RolePolicyDocuments { name: name() }]
    {
        assert_eq!(stage.probe.look(&question).await, Ok(Answer::Absent(Absent::Object)));
    }
}

#[tokio::test]
async fn a_token_is_sent_unsigned_and_the_credentials_are_dropped() {
    let result = "<AssumedRoleUser><Arn>arn:aws:sts::1:assumed-role/eso/preflight</Arn><AssumedRoleId>A:b\
        </AssumedRoleId></AssumedRoleUser><Credentials><AccessKeyId>AKIA</AccessKeyId><SecretAccessKey>hunter2\
        </SecretAccessKey><SessionToken>hunter3</SessionToken><Expiration>2030-01-01T00:00:00Z</Expiration></Credentials>";
    let stage = stage(move |_| said(200, xml("AssumeRoleWithWebIdentity", result)));
    let expected = json!({"Arn": "arn:aws:sts::1:assumed-role/eso/preflight"});
    assert_eq!(stage.probe.assume(ROLE, "a.b.c").await, Ok(Answer::Json(expected)));
    let asked = &stage.asked()[0];
    assert_eq!(asked.uri, "https://sts.eu-west-2.amazonaws.com/");
    assert_eq!(asked.header("authorization"), "");
    assert!(asked.body.contains("WebIdentityToken=a.b.c&DurationSeconds=900"), "{}", asked.body);
}

#[tokio::test]
async fn what_sts_says_of_a_token_is_an_answer() {
    for (code, message) in [
        ("AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity"),
        ("InvalidIdentityToken", "No OpenIDConnect provider found in your account"),
        ("ExpiredTokenException", "Token expired"),
    ] {
        let stage = stage(move |_| said(400, error(code, message)));
        let expected = json!({"Error": code, "Message": message});
        assert_eq!(stage.probe.assume(ROLE, "a.b.c").await, Ok(Answer::Json(expected)));
    }
}

#[tokio::test]
async fn what_sts_could_not_judge_is_no_answer() {
    for (status, code, reason, may_pass) in [
        (400, "IDPCommunicationError", "unavailable", true),
        (400, "Throttling", "throttled", true),
        (500, "InternalFailure", "unavailable", true),
        (403, "", "protocol", false),
    ] {
        let stage = stage(move |_| said(status, error(code, "why")));
        let seen = stage.probe.assume(ROLE, "a.b.c").await.unwrap_err();
        assert_eq!((seen.reason, seen.may_pass), (reason, may_pass), "{}", seen.summary);
    }
}
