//! What becomes of calls that fail.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::stage::{Stage, said, stage};
use crate::look::Aws;
use crate::verdict::CannotLook;

const SUBNETS: &str = include_str!("subnets.xml");

fn subnets() -> Aws {
    Aws::Subnets { vpc: "vpc-1".to_owned() }
}

async fn cannot(stage: &Stage, question: Aws) -> CannotLook {
    match stage.probe.look(&question).await {
        Err(cannot) => cannot,
        Ok(answer) => panic!("{answer:?}"),
    }
}

fn ec2_error(code: &str, message: &str) -> String {
    format!("<Response><Errors><Error><Code>{code}</Code><Message>{message}</Message></Error></Errors></Response>")
}

#[tokio::test]
async fn what_passes_is_tried_again() {
    for (status, body) in [(503, String::new()), (400, ec2_error("RequestLimitExceeded", "slow down"))] {
        let left = AtomicUsize::new(2);
        let count = move || left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok();
        let stage = stage(move |_| if count() { said(status, body.clone()) } else { said(200, SUBNETS) });
        assert!(stage.probe.look(&subnets()).await.is_ok(), "{status}");
        assert_eq!(stage.asked().len(), 3);
    }
}

#[tokio::test]
async fn what_does_not_pass_in_time_may_pass_later() {
    let body = ec2_error("RequestLimitExceeded", "slow down");
    let throttled = stage(move |_| said(400, body.clone()));
    let seen = cannot(&throttled, subnets()).await;
    assert_eq!((seen.reason, seen.may_pass, throttled.asked().len()), ("throttled", true, 3));
    let unavailable = stage(|_| said(503, ""));
    let seen = cannot(&unavailable, subnets()).await;
    assert_eq!((seen.reason, seen.may_pass), ("unavailable", true));
}

#[tokio::test]
async fn a_denial_is_not_tried_again_and_names_what_is_missing() {
    let body = ec2_error(
        "UnauthorizedOperation",
        "You are not authorized to perform this operation. User: \
        arn:aws:sts::123456789012:assumed-role/preflight/x is not authorized to perform: ec2:DescribeSubnets because no \
        identity-based policy allows the ec2:DescribeSubnets action",
    );
    let stage = stage(move |_| said(403, body.clone()));
    let seen = cannot(&stage, subnets()).await;
    assert_eq!((seen.reason, seen.may_pass, stage.asked().len()), ("denied", false, 1));
    assert!(
        seen.summary.starts_with("cannot look at the subnets of the VPC vpc-1 (ec2:DescribeSubnets): access denied")
    );
    let statement = "{\"Action\":\"ec2:DescribeSubnets\",\"Effect\":\"Allow\",\"Resource\":\"*\"}";
    assert!(seen.remedy.unwrap().ends_with(statement));
}

#[tokio::test]
async fn json_and_xml_services_are_denied_alike() {
    let json = |asked: &str, message: &str| format!("{{\"__type\":\"{asked}\",\"message\":\"{message}\"}}");
    let by_json = json("AccessDeniedException", "User: arn:aws:iam::1:user/x is not authorized to perform: x:Y");
    let by_xml = "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>User: \
        arn:aws:iam::1:user/x is not authorized</Message></Error><RequestId>1</RequestId></ErrorResponse>";
    let questions = [
        (Aws::Cluster { name: "c".to_owned() }, "eks:DescribeCluster"),
        (Aws::Addons { cluster: "c".to_owned() }, "eks:ListAddons"),
        (Aws::Image { repository: "r".to_owned(), tag: "t".to_owned() }, "ecr:DescribeImages"),
        (Aws::SecretDescription { path: "p".to_owned() }, "secretsmanager:DescribeSecret"),
        (Aws::Role { name: "r".to_owned() }, "iam:GetRole"),
        (Aws::RolePolicies { name: "r".to_owned() }, "iam:ListAttachedRolePolicies"),
        (Aws::RolePolicyDocuments { name: "r".to_owned() }, "iam:ListAttachedRolePolicies"),
        (Aws::OidcProvider { arn: "a".to_owned() }, "iam:GetOpenIDConnectProvider"),
        (Aws::HostedZones, "route53:ListHostedZones"),
        (Aws::HostedZone { id: "Z".to_owned() }, "route53:GetHostedZone"),
        (Aws::Records { zone: "Z".to_owned() }, "route53:ListResourceRecordSets"),
        (Aws::DatabaseInstances { id: String::new() }, "rds:DescribeDBInstances"),
    ];
    for (question, action) in questions {
        let by_json = by_json.clone();
        let stage =
            stage(move |asked| match asked.header("x-amz-target").is_empty() && !asked.uri.contains("/clusters/") {
                true => said(403, by_xml),
                false => said(400, by_json.clone()),
            });
        let seen = cannot(&stage, question).await;
        assert_eq!(seen.reason, "denied", "{action}: {}", seen.summary);
        assert!(seen.summary.contains(&format!("({action})")), "{}", seen.summary);
        assert!(seen.remedy.unwrap().starts_with("add to the policy of arn:aws:iam::1:user/x: {\"Action\""));
    }
}

#[tokio::test]
async fn an_answer_of_somebody_else_is_no_answer() {
    for status in [200, 403, 404] {
        let stage = stage(move |_| said(status, "<html><body>Access to this site is blocked</body></html>"));
        let seen = cannot(&stage, subnets()).await;
        assert_eq!((seen.reason, seen.may_pass), ("protocol", false), "{}", seen.summary);
        assert!(!seen.summary.contains("blocked"), "{}", seen.summary);
        for question in [Aws::Cluster { name: "c".to_owned() }, Aws::Role { name: "r".to_owned() }] {
            assert_eq!(cannot(&stage, question).await.reason, "protocol", "{status}");
        }
    }
}

#[tokio::test]
async fn expired_credentials_are_named() {
    let body = ec2_error("RequestExpired", "Request has expired.");
    let stage = stage(move |_| said(400, body.clone()));
    let seen = cannot(&stage, subnets()).await;
    assert_eq!((seen.reason, seen.may_pass), ("credentials", false));
    assert!(seen.summary.contains("have expired"), "{}", seen.summary);
}
