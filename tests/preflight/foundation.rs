//! The foundation, from outside: before a cluster exists, and from CI. Each test spoils one thing of a good world.

use acceptance::engine::block_on;
use acceptance::postgres::free_port;
use acceptance::world::{DOMAIN, path};
use acceptance::{AwsFault, Delegation, Finished, Rule, Workspace, World};
use serde_json::json;

use crate::{PREFLIGHT, assert_found, check, check_with, of, profile, text};

/// A run of a tier on a world that was spoiled.
async fn spoiled(tier: &str, spoil: impl AsyncFnOnce(&World)) -> Finished {
    let world = World::new().await;
    spoil(&world).await;
    check(&world, &Workspace::new(PREFLIGHT)).flag("--tier", tier).run()
}

#[track_caller]
fn assert_summary(run: &Finished, id: &str, summary: &str) {
    let found = text(of(run, id), "summary");
    assert!(found.contains(summary), "{summary:?} expected in {found:?}");
}

#[test]
fn a_good_foundation_is_ready() {
    block_on(async {
        let run = spoiled("0", async |_| {}).await;
        assert_found(&run, 0, &[], "");
        assert_eq!(run.termination.as_deref(), Some(""), "{run}");
        assert_eq!(run.report()["verdict"], "ready");
        for id in ["config.bootstrap", "self.identity", "fnd.vpc", "fnd.route53-zone", "fnd.secretsmanager", "fnd.oidc"]
        {
            assert_eq!(of(&run, id)["status"], "pass", "{run}");
        }
        assert_eq!(of(&run, "cluster.api")["summary"], "only a cluster can answer (--cluster none)");
        let first = spoiled("1", async |_| {}).await;
        assert_found(&first, 0, &[], "");
        for id in ["irsa.role", "irsa.trust", "irsa.perms"] {
            assert_eq!(of(&first, &format!("{id}.external-dns"))["status"], "pass", "{first}");
        }
    });
}

#[test]
fn before_there_is_a_cluster_its_parts_are_skipped_and_not_failed() {
    block_on(async {
        let world = World::new().await;
        let run = check(&world, &Workspace::new(PREFLIGHT)).flag("--tier", "0").without("--cluster-name").run();
        assert_found(&run, 0, &[], "");
        assert_eq!(of(&run, "fnd.oidc")["summary"], "clusterName is not given (--cluster none)");
        let named = profile(&world) + &format!("[cluster]\nvpc_id = \"{}\"\n", world.network.vpc);
        let run = check_with(&world, &Workspace::new(PREFLIGHT), &named)
            .flag("--tier", "0")
            .flag("--cluster-name", "goldenpath-dev-eks-to-be")
            .run();
        assert_found(&run, 0, &[], "");
        assert_eq!(of(&run, "fnd.vpc")["status"], "pass", "{run}");
        assert_summary(&run, "fnd.oidc", "the cluster goldenpath-dev-eks-to-be is not there yet");
    });
}

#[test]
fn a_network_without_a_way_out_is_named() {
    block_on(async {
        let run = spoiled("0", async |world| {
            let route = [("RouteTableId", world.network.private_table.as_str()), ("DestinationCidrBlock", "0.0.0.0/0")];
            world.account.query("ec2", "DeleteRoute", &route).await;
        })
        .await;
        assert_found(&run, 1, &["fnd.vpc fail no_egress"], "has no 0.0.0.0/0 route to a NAT gateway");
        assert!(
            text(of(&run, "fnd.vpc"), "remediation").contains("Add a default route to a NAT gateway to rtb-"),
            "{run}"
        );
        let run = spoiled("0", async |world| {
            world.change_cluster(json!({"resourcesVpcConfig": {"subnetIds": [world.network.subnets[0]]}}));
        })
        .await;
        assert_found(&run, 1, &["fnd.vpc fail too_few_subnets"], "2 in as many zones are needed");
        let run = spoiled("0", async |world| {
            world.change_cluster(json!({"resourcesVpcConfig": {"vpcId": "vpc-0123456789abcdef0"}}));
        })
        .await;
        assert_found(&run, 1, &["fnd.vpc fail no_vpc"], "the VPC vpc-0123456789abcdef0 does not exist");
    });
}

#[test]
fn the_zone_is_one_public_and_asked_by_the_world() {
    block_on(async {
        let run = spoiled("0", async |world| {
            let zone = format!("/2013-04-01/hostedzone/{}", world.zone);
            world.account.rest("route53", "DELETE", &zone, "").await;
        })
        .await;
        assert_found(
            &run,
            1,
            &["fnd.route53-zone fail not_found"],
            "no public hosted zone serves dev.goldenpathidp.io",
        );
        let run = spoiled("0", async |world| {
            let again = format!(
                "<CreateHostedZoneRequest xmlns=\"https://route53.amazonaws.com/doc/2013-04-01/\"><Name>{DOMAIN}</Name>\
                 <CallerReference>again</CallerReference></CreateHostedZoneRequest>"
            );
            world.account.rest("route53", "POST", "/2013-04-01/hostedzone", &again).await;
        })
        .await;
        assert_found(
            &run,
            1,
            &["fnd.route53-zone fail duplicate"],
            "several public hosted zones serve dev.goldenpathidp.io",
        );
        let elsewhere = Delegation::To(vec!["ns1.registrar.example".to_owned()]);
        for (says, reason) in [
            (Delegation::Nobody, "undelegated"),
            (elsewhere, "undelegated"),
            (Delegation::Refused, "delegation_unknown"),
        ] {
            let run = spoiled("0", async |world| world.names.say(says)).await;
            assert_found(&run, 0, &[&format!("fnd.route53-zone warn {reason}")], "");
        }
    });
}

#[test]
fn the_issuer_and_the_roles_belong_together() {
    block_on(async {
        let run = spoiled("1", async |world| {
            let provider = format!("arn:aws:iam::{}:oidc-provider/{}", world.account.id, world.issuer);
            let provider = [("OpenIDConnectProviderArn", provider.as_str())];
            world.account.query("iam", "DeleteOpenIDConnectProvider", &provider).await;
        })
        .await;
        assert_found(&run, 1, &["fnd.oidc fail not_found"], "IAM has no OIDC provider for this cluster's issuer");
        // A cluster that was made anew has another issuer, which its roles do not know.
        let run = spoiled("1", async |world| {
            let issuer = "oidc.eks.eu-west-2.amazonaws.com/id/REBUILT";
            world.change_cluster(json!({"identity": {"oidc": {"issuer": format!("https://{issuer}")}}}));
            let provider = [
                ("Url", "https://oidc.eks.eu-west-2.amazonaws.com/id/REBUILT"),
                ("ClientIDList.member.1", "sts.amazonaws.com"),
                ("ThumbprintList.member.1", "9e99a48a9960b14926bb7f3b02e22da2b0ab7280"),
            ];
            world.account.query("iam", "CreateOpenIDConnectProvider", &provider).await;
        })
        .await;
        let stale = ["external-secrets", "external-dns", "aws-load-balancer-controller", "cluster-autoscaler"]
            .map(|component| format!("irsa.trust.{component} fail stale_issuer"));
        assert_found(&run, 1, &stale.each_ref().map(String::as_str), "this cluster is REBUILT");
    });
}

#[test]
fn a_role_that_is_missing_or_may_do_nothing_is_named() {
    block_on(async {
        let role = [("RoleName", "goldenpath-idp-eso-role")];
        let run = spoiled("1", async |world| {
            world.account.query("iam", "DeleteRolePolicy", &[role[0], ("PolicyName", "own")]).await;
            world.account.query("iam", "DeleteRole", &role).await;
        })
        .await;
        let found = [
            "irsa.role.external-secrets fail not_found",
            "irsa.trust.external-secrets blocked needs",
            "irsa.perms.external-secrets blocked needs",
        ];
        assert_found(&run, 1, &found, "irsa.role.external-secrets: role goldenpath-idp-eso-role");
        let run = spoiled("1", async |world| {
            world.account.query("iam", "DeleteRolePolicy", &[role[0], ("PolicyName", "own")]).await;
        })
        .await;
        let found = [
            "irsa.role.external-secrets fail no_policy",
            "irsa.trust.external-secrets blocked needs",
            "irsa.perms.external-secrets blocked needs",
        ];
        assert_found(&run, 1, &found, "has no policy, neither attached nor inline");
        let run = spoiled("1", async |world| world.refuse("route53:ChangeResourceRecordSets")).await;
        assert_found(&run, 1, &["irsa.perms.external-dns fail denied"], "route53:ChangeResourceRecordSets");
    });
}

/// Where the simulation may not be used, the role's own policies are read.
#[test]
fn permissions_are_judged_without_the_simulation_too() {
    block_on(async {
        let world = World::new().await;
        let workspace = Workspace::new(PREFLIGHT);
        world.fault(Rule::only("SimulatePrincipalPolicy", AwsFault::Deny));
        let run = check(&world, &workspace).flag("--tier", "1").run();
        assert_found(&run, 0, &[], "");
        assert_summary(&run, "irsa.perms.external-dns", "by its own policies");
        let policy = json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "route53:List*", "Resource": "*"},
        ]});
        let policy = policy.to_string();
        let narrow =
            [("RoleName", "goldenpath-idp-external-dns"), ("PolicyName", "own"), ("PolicyDocument", policy.as_str())];
        world.account.query("iam", "PutRolePolicy", &narrow).await;
        let run = check(&world, &workspace).flag("--tier", "1").run();
        assert_found(&run, 1, &["irsa.perms.external-dns fail denied"], "route53:ChangeResourceRecordSets");
    });
}

/// What a run may not look at is unknown, and says which statement is missing: never a pass.
#[test]
fn a_refused_action_is_unknown_and_told_as_a_statement() {
    block_on(async {
        let cases: [(&str, &[&str], &str); 6] = [
            ("DescribeCluster", &["fnd.vpc unknown denied", "fnd.oidc unknown denied"], "eks:DescribeCluster"),
            ("DescribeSubnets", &["fnd.vpc unknown denied"], "ec2:DescribeSubnets"),
            ("DescribeRouteTables", &["fnd.vpc unknown denied"], "ec2:DescribeRouteTables"),
            ("ListHostedZones", &["fnd.route53-zone unknown denied"], "route53:ListHostedZones"),
            ("GetHostedZone", &["fnd.route53-zone unknown denied"], "route53:GetHostedZone"),
            ("GetOpenIDConnectProvider", &["fnd.oidc unknown denied"], "iam:GetOpenIDConnectProvider"),
        ];
        let (world, workspace) = (World::new().await, Workspace::new(PREFLIGHT));
        for (action, found, statement) in cases {
            world.fault(Rule::only(action, AwsFault::Deny));
            let run = check(&world, &workspace).flag("--tier", "0").run();
            assert_found(&run, 4, found, &format!("({statement})"));
            let id = found[0].split(' ').next().unwrap();
            let fix = text(of(&run, id), "remediation");
            assert!(fix.starts_with("add to the policy of ") && fix.contains(statement), "{fix}: {run}");
            world.heal();
        }
        // That Secrets Manager refuses has come over the network.
        world.fault(Rule::only("DescribeSecret", AwsFault::Deny));
        let run = check(&world, &workspace).flag("--tier", "0").run();
        assert_found(&run, 0, &[], "");
    });
}

#[test]
fn what_passes_by_itself_is_waited_for_until_the_deadline() {
    block_on(async {
        let (world, workspace) = (World::new().await, Workspace::new(PREFLIGHT));
        for fault in [AwsFault::Throttle, AwsFault::WebPage(502), AwsFault::Cut, AwsFault::Truncate] {
            world.fault(Rule::only("DescribeVpcs", fault).times(1));
            let run = check(&world, &workspace).flag("--tier", "0").run();
            assert_found(&run, 0, &[], "");
            world.heal();
        }
        world.fault(Rule::only("DescribeVpcs", AwsFault::Hang));
        let run = check(&world, &workspace).flag("--tier", "0").flag("--deadline", "2s").run();
        assert_found(&run, 75, &["fnd.vpc unknown deadline"], "fnd.vpc: the deadline came before it was judged");
    });
}

#[test]
fn a_network_that_is_down_is_told_once_and_nothing_passes() {
    block_on(async {
        let (world, workspace) = (World::new().await, Workspace::new(PREFLIGHT));
        let nowhere = format!("http://127.0.0.1:{}", free_port());
        let run = check(&world, &workspace)
            .flag("--tier", "0")
            .without_env("AWS_ENDPOINT_URL")
            .env("AWS_ENDPOINT_URL", nowhere)
            .run();
        let found = [
            "self.identity unknown unreachable",
            "fnd.vpc unknown unreachable",
            "fnd.route53-zone unknown unreachable",
            "fnd.secretsmanager fail unreachable",
            "fnd.oidc unknown unreachable",
        ];
        assert_found(&run, 1, &found, "secretsmanager.eu-west-2 cannot be reached");
        assert!(text(of(&run, "fnd.secretsmanager"), "summary").contains("refused"), "{run}");
    });
}

#[test]
fn the_run_is_who_it_should_be() {
    block_on(async {
        let (world, workspace) = (World::new().await, Workspace::new(PREFLIGHT));
        let run = check(&world, &workspace).flag("--tier", "0").flag("--account", "210987654321").run();
        assert_found(&run, 1, &["self.identity fail wrong_account"], "and 210987654321 is the platform's");
        let run = check(&world, &workspace).flag("--tier", "0").without_env("AWS_ACCESS_KEY_ID").run();
        assert_eq!(run.code, Some(4), "{run}");
        assert_eq!(of(&run, "self.identity")["reason"], "credentials", "{run}");
        assert!(run.termination_line().contains("credentials"), "{run}");
        assert_eq!(of(&run, "config.bootstrap")["status"], "pass", "{run}");
    });
}

#[test]
fn inputs_that_contradict_each_other_are_a_finding() {
    block_on(async {
        let (world, workspace) = (World::new().await, Workspace::new(PREFLIGHT));
        let run = check(&world, &workspace).flag("--tier", "0").flag("--host-suffix", "test.goldenpathidp.io").run();
        assert_found(
            &run,
            1,
            &["config.consistency fail host_suffix"],
            "hostSuffix is test.goldenpathidp.io (--host-suffix)",
        );
        let run = check(&world, &workspace).flag("--tier", "0").without("--env").run();
        assert_eq!(run.code, Some(1), "{run}");
        assert_eq!(of(&run, "config.bootstrap")["reason"], "no_environment", "{run}");
        let run = check(&world, &workspace).flag("--tier", "2").flag("--max-tier", "1.5").run();
        assert_eq!(of(&run, "scope.tier")["reason"], "above_ceiling", "{run}");
        assert_eq!(of(&run, "rds.tcp")["summary"], "tier 2 > maxTier 1.5 (--max-tier)", "{run}");
        assert_eq!(run.code, Some(1), "{run}");
        // The flag says no, but the database's secret is there.
        world.secrets().create_text(&path("rds/master"), "{}").await;
        let run = check(&world, &workspace).flag("--tier", "0").flag("--rds-available", "false").run();
        assert_found(&run, 0, &["config.consistency warn stale_flag"], "");
    });
}
