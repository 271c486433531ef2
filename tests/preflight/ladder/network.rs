//! Between here and the port.

use acceptance::postgres::free_port;
use acceptance::{AwsFault, Impostor, Rule, World, on_newest_major};
use serde_json::json;

use super::{ABOVE, AUTH, assert_rung, good, look, look_briefly};
use crate::{of, text};

/// The database's host and port are others, for everybody who names them.
async fn move_to(world: &World, host: &str, port: u16) {
    world.move_endpoint(host);
    let login = world.login("backstage").await.at(host, port);
    world.put_login("backstage", &login).await;
    world.secrets().put("goldenpath/dev/rds/master", &login).await;
}

#[test]
fn a_name_that_does_not_exist() {
    on_newest_major(async |server| {
        let (world, workspace) = good(server).await;
        move_to(&world, "db.nowhere.invalid", server.port()).await;
        let run = look_briefly(&world, &workspace).run();
        let blocked = ["rds.tcp blocked needs", "rds.tls blocked needs", AUTH, ABOVE[0], ABOVE[1], ABOVE[2]];
        // A machine without a name server that answers cannot tell.
        let told = text(of(&run, "rds.dns"), "reason").to_owned();
        let (dns, cause) = match told.as_str() {
            "no_such_host" => ("rds.dns fail no_such_host", "rds.dns: db.nowhere.invalid does not exist in DNS"),
            "resolver" => ("rds.dns unknown resolver", "the resolver does not answer"),
            _ => ("rds.dns unknown deadline", "the deadline came before it was judged"),
        };
        let found: Vec<&str> = std::iter::once(dns).chain(blocked).collect();
        assert_rung(&run, 75, &found, cause);
    });
}

#[test]
fn an_address_that_is_not_the_clusters() {
    on_newest_major(async |server| {
        let (world, workspace) = good(server).await;
        let blocked = ["rds.tcp blocked needs", "rds.tls blocked needs", AUTH, ABOVE[0], ABOVE[1], ABOVE[2]];
        for (host, reason, cause) in [
            ("10.0.11.7", "outside_vpc", "10.0.11.7 is 10.0.11.7, which is not in the cluster's VPC (127.0.0.0/16)"),
            ("192.0.2.1", "public_address", "192.0.2.1 is 192.0.2.1, which is no private address"),
        ] {
            move_to(&world, host, server.port()).await;
            let dns = format!("rds.dns fail {reason}");
            let found: Vec<&str> = std::iter::once(dns.as_str()).chain(blocked).collect();
            assert_rung(&look(&world, &workspace).run(), 1, &found, cause);
            // From elsewhere the name may be another one.
            let outside = look(&world, &workspace).without_env("KUBERNETES_SERVICE_HOST").run();
            let found: Vec<&str> = std::iter::once("rds.dns unknown outside").chain(blocked).collect();
            assert_rung(&outside, 4, &found, cause);
            assert!(text(of(&outside, "rds.dns"), "remediation").starts_with("Run preflight inside the cluster"));
        }
    });
}

#[test]
fn hosts_that_do_not_agree() {
    on_newest_major(async |server| {
        let (world, workspace) = good(server).await;
        world.move_endpoint("goldenpath-dev.abc.eu-west-2.rds.amazonaws.com");
        let run = look(&world, &workspace).run();
        let cause = "names the host 127.0.0.1, but secret goldenpath/dev/rds/master names";
        assert!(!run.termination_line().contains(cause), "{run}");
        assert_eq!(of(&run, "rds.hosts-agree")["status"], "pass", "no secret names the instance: {run}");
        move_to(&world, "127.0.0.1", server.port()).await;
        let other = world.login("backstage").await.at("127.0.0.2", server.port());
        world.put_login("backstage", &other).await;
        let run = look(&world, &workspace).run();
        assert_eq!(of(&run, "rds.hosts-agree")["reason"], "secret_differs", "{run}");
        assert_eq!(run.code, Some(1), "{run}");
    });
}

#[test]
fn a_port_that_nobody_answers_for() {
    on_newest_major(async |server| {
        let (world, workspace) = good(server).await;
        move_to(&world, "127.0.0.1", free_port()).await;
        let above = ["rds.tls blocked needs", AUTH, ABOVE[0], ABOVE[1], ABOVE[2]];
        let refused: Vec<&str> = std::iter::once("rds.tcp fail refused").chain(above).collect();
        let run = look_briefly(&world, &workspace).run();
        assert_rung(&run, 75, &refused, "rds.tcp: 127.0.0.1:");
        assert!(of(&run, "rds.tcp")["attempts"].as_u64().unwrap() > 1, "looked at again: {run}");

        let full = Impostor::full().await;
        move_to(&world, "127.0.0.1", full.port()).await;
        let silent: Vec<&str> = std::iter::once("rds.tcp fail timeout").chain(above).collect();
        // Nobody is let in on this port: that stays.
        let run = look(&world, &workspace).run();
        assert_rung(&run, 1, &silent, "timed out from 127.0.0.1");
        let fix = text(of(&run, "rds.tcp"), "remediation");
        assert!(fix.contains("aws ec2 authorize-security-group-ingress --group-id sg-"), "{fix}");
        let port = full.port().to_string();
        let rule = [
            ("GroupId", world.network.database_group.as_str()),
            ("IpPermissions.1.IpProtocol", "tcp"),
            ("IpPermissions.1.FromPort", &port),
            ("IpPermissions.1.ToPort", &port),
            ("IpPermissions.1.Groups.1.GroupId", &world.network.nodes_group),
        ];
        world.account.query("ec2", "AuthorizeSecurityGroupIngress", &rule).await;
        let run = look(&world, &workspace).flag("--deadline", "4s").run();
        assert_rung(&run, 75, &silent, "timed out from 127.0.0.1");
        assert!(text(of(&run, "rds.tcp"), "remediation").contains("look at network ACLs"), "{run}");
    });
}

#[test]
fn a_port_that_is_something_else() {
    on_newest_major(async |server| {
        let (world, workspace) = good(server).await;
        let above = [AUTH, ABOVE[0], ABOVE[1], ABOVE[2]];
        let http = Impostor::http().await;
        move_to(&world, "127.0.0.1", http.port()).await;
        let found: Vec<&str> = std::iter::once("rds.tls fail not_postgres").chain(above).collect();
        assert_rung(&look(&world, &workspace).run(), 1, &found, "answers, but is not PostgreSQL");
        let rude = Impostor::hanging_up().await;
        move_to(&world, "127.0.0.1", rude.port()).await;
        let found: Vec<&str> = std::iter::once("rds.tls fail reset").chain(above).collect();
        assert_rung(&look_briefly(&world, &workspace).run(), 75, &found, "connection reset by peer");
    });
}

#[test]
fn an_instance_that_is_not_as_it_should_be() {
    on_newest_major(async |server| {
        let (world, workspace) = good(server).await;
        let stop = [("DBInstanceIdentifier", "goldenpath-dev-platform")];
        world.account.query("rds", "StopDBInstance", &stop).await;
        let run = look_briefly(&world, &workspace).run();
        assert_rung(&run, 75, &["rds.instance fail stopped"], "RDS instance goldenpath-dev-platform is stopped");
        world.account.query("rds", "StartDBInstance", &stop).await;
        world.change_cluster(json!({"resourcesVpcConfig": {"vpcId": "vpc-0123456789abcdef0"}}));
        let run = look(&world, &workspace).run();
        assert_eq!(of(&run, "rds.instance")["reason"], "wrong_vpc", "{run}");
        world.change_cluster(json!({"resourcesVpcConfig": {"vpcId": world.network.vpc}}));
        world.fault(Rule::only("DescribeDBInstances", AwsFault::Deny));
        let run = look(&world, &workspace).run();
        let found = ["rds.hosts-agree unknown denied", "rds.instance unknown denied"];
        assert_rung(&run, 4, &found, "(rds:DescribeDBInstances)");
        world.account.query("rds", "DeleteDBInstance", &[stop[0], ("SkipFinalSnapshot", "true")]).await;
        world.heal();
        let run = look(&world, &workspace).run();
        assert_rung(&run, 0, &[], "");
        assert!(text(of(&run, "rds.instance"), "summary").contains("is no host of an instance of RDS"), "{run}");
    });
}
