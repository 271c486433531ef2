//! What names the database, the instance, its name, its port and its TLS.

use platform::postgres::{CertificateFault, Stage};

use super::*;
use crate::judge::days::DAY;
use crate::judge::objects::example::{failure, never_passes_blind, skip, warning};
use crate::look::Certificate;
use crate::verdict::Short;

/// Everything that `rds.hosts-agree` looks at, in agreement.
fn agreed() -> Seen {
    let master = LoginFacts { instance: Some(INSTANCE.to_owned()), ..facts(HOST) };
    secret(seen(), MASTER, master).aws(all_instances(), json!([instance(HOST)])).objects(APPLICATIONS, json!([]))
}

fn application(name: &str, namespace: &str, host: &str) -> Value {
    json!({"metadata": {"name": name, "namespace": "argocd"}, "spec": {"destination": {"namespace": namespace},
        "source": {"helm": {"values": format!("postgres:\n  host: {host}\n")}}}})
}

#[test]
fn hosts_agree() {
    never_passes_blind(&agreed(), &scope(), "rds.hosts-agree", "");
    let input = example::changed(Tier::Experience, &[(Name::RdsEndpoint, &format!("{}.:5432", HOST.to_uppercase()))]);
    let judged = agreed().judge(&input, "rds.hosts-agree");
    assert!(matches!(&judged, Ok(Verdict::Pass(text)) if text.contains("rdsEndpoint (--rds-endpoint)")), "{judged:?}");
    let own = agreed().objects(APPLICATIONS, json!([application("dev-backstage", "backstage", HOST)]));
    own.passes(&scope(), "rds.hosts-agree");
    // No master's secret, no instance by name, no Argo CD, no cluster.
    let little = seen().no_aws(described(MASTER)).aws(all_instances(), json!([]));
    little.clone().no_kind(APPLICATIONS).passes(&scope(), "rds.hosts-agree");
    let mut no_cluster = scope();
    no_cluster.asked.cluster = false;
    little.passes(&no_cluster, "rds.hosts-agree");
}

#[test]
fn d11_values_name_a_host_that_is_gone() {
    let scope = example::persistent(Tier::Identity);
    let seen = secret(agreed(), KEYCLOAK, facts(HOST));
    let seen = seen.objects(APPLICATIONS, json!([application("dev-keycloak", "keycloak", STALE)]));
    let stale = failing(seen.judge(&scope, "rds.hosts-agree"));
    assert_eq!(stale.reason, "stale_host");
    assert_eq!(
        stale.summary,
        format!("Application argocd/dev-keycloak names the host {STALE}, but RDS instance {INSTANCE} names {HOST}")
    );
    // Keycloak is not in the scope of tier 2, and another team's database is nobody's business here.
    seen.passes(&super::scope(), "rds.hosts-agree");
    let other = agreed().objects(APPLICATIONS, json!([application("shop", "shop", STALE)]));
    other.passes(&super::scope(), "rds.hosts-agree");
}

#[test]
fn each_that_differs_is_told() {
    let elsewhere = "other.abc123.eu-west-2.rds.amazonaws.com";
    let input = example::changed(Tier::Experience, &[(Name::RdsEndpoint, elsewhere)]);
    let (reason, summary) = failure(agreed().judge(&input, "rds.hosts-agree"));
    assert_eq!(reason, "endpoint_differs");
    assert!(summary.starts_with(&format!("rdsEndpoint (--rds-endpoint) names the host {elsewhere}, but")), "{summary}");
    let app = secret(agreed(), LOGIN, facts(elsewhere));
    assert_eq!(app.fails(&scope(), "rds.hosts-agree"), "secret_differs");
    let moved = agreed().aws(all_instances(), json!([instance(elsewhere)]));
    assert_eq!(moved.fails(&scope(), "rds.hosts-agree"), "secret_differs");
    let mut named = scope();
    named.profile.database.instance = "goldenpath-{env}-platform-dev".to_owned();
    let by_profile = secret(agreed(), MASTER, facts(HOST))
        .aws(Aws::DatabaseInstances { id: INSTANCE.to_owned() }, json!([instance(elsewhere)]));
    assert_eq!(by_profile.fails(&named, "rds.hosts-agree"), "secret_differs");
}

/// A scope in which the flag says that there is no database.
fn denied(tier: Option<Tier>) -> Scope {
    let mut scope = example::changed(Tier::Experience, &[(Name::RdsAvailable, "false")]);
    scope.asked.tier = tier;
    scope
}

#[test]
fn without_a_database_a_tier_that_was_asked_for_fails_once_and_auto_skips() {
    let nothing =
        [LOGIN, KEYCLOAK, MASTER].into_iter().fold(Seen::default(), |seen, path| seen.no_aws(described(path)));
    let none = failing(nothing.judge(&denied(Some(Tier::Experience)), "rds.hosts-agree"));
    assert_eq!(none.reason, "no_database");
    assert!(
        none.summary.starts_with("tier 2 needs a database, and there is none: rdsAvailable is false"),
        "{}",
        none.summary
    );
    assert!(none.remedy.unwrap().starts_with("Make it (make rds-apply ENV=dev; then argo submit --from"));
    let others = ["rds.instance", "rds.dns", "rds.tcp", "rds.tls", "rds.version", "rds.headroom"];
    for id in others {
        let judged = nothing.judge(&denied(Some(Tier::Experience)), id);
        assert!(
            matches!(&judged, Err(Short::Blocked(why)) if why.starts_with("needs rds.hosts-agree")),
            "{id} {judged:?}"
        );
        skip(nothing.judge(&denied(None), id));
    }
    for id in ["rds.auth.{app}", "rds.privs.{app}"] {
        let judged = nothing.judge_of(&denied(Some(Tier::Experience)), id, "backstage");
        assert!(matches!(judged, Err(Short::Blocked(_))), "{id} {judged:?}");
        skip(nothing.judge_of(&denied(None), id, "backstage"));
    }
    skip(nothing.judge(&denied(None), "rds.hosts-agree"));
}

#[test]
fn d2_the_flag_alone_decides_nothing() {
    agreed().no_aws(described(KEYCLOAK)).passes(&denied(None), "rds.hosts-agree");
    let mut scope = denied(None);
    scope.inputs.add(Name::RdsEndpoint, HOST, crate::inputs::Source::Flag("rds-endpoint"));
    agreed().no_aws(described(KEYCLOAK)).passes(&scope, "rds.hosts-agree");
}

#[test]
fn the_instance_is_available_private_and_in_the_clusters_vpc() {
    let network = json!({"name": "goldenpath-dev-eks", "resourcesVpcConfig": {"vpcId": "vpc-1"}});
    let cluster = || Aws::Cluster { name: "goldenpath-dev-eks".to_owned() };
    let good = seen().aws(all_instances(), json!([instance(HOST)])).aws(cluster(), network);
    never_passes_blind(&good, &scope(), "rds.instance", "");
    let of = |key: &str, value: Value| {
        let mut instance = instance(HOST);
        instance[key] = value;
        failing(good.clone().aws(all_instances(), json!([instance])).judge(&scope(), "rds.instance"))
    };
    for (status, reason, converges) in [
        ("stopped", "stopped", true),
        ("stopping", "stopped", true),
        ("starting", "not_available", true),
        ("modifying", "not_available", true),
        ("rebooting", "not_available", true),
        ("storage-full", "storage_full", false),
        ("failed", "broken", false),
        ("deleting", "broken", false),
        ("incompatible-parameters", "broken", false),
    ] {
        let finding = of("DBInstanceStatus", json!(status));
        assert_eq!((finding.reason, finding.converges), (reason, Some(converges)), "{status}");
        assert!(finding.summary.contains(status), "{}", finding.summary);
    }
    let started = of("DBInstanceStatus", json!("stopped")).remedy.unwrap();
    assert_eq!(started, format!("aws rds start-db-instance --db-instance-identifier {INSTANCE}"));
    assert_eq!(of("PubliclyAccessible", json!(true)).reason, "public");
    let other = of("DBSubnetGroup", json!({"VpcId": "vpc-2"}));
    assert_eq!((other.reason, other.converges), ("wrong_vpc", Some(false)));
    for status in ["backing-up", "storage-optimization", "configuring-log-exports"] {
        let mut instance = instance(HOST);
        instance["DBInstanceStatus"] = json!(status);
        good.clone().aws(all_instances(), json!([instance])).passes(&scope(), "rds.instance");
    }
}

#[test]
fn an_instance_that_is_not_there_is_told_and_a_server_that_is_none_of_rds_is_left_alone() {
    let network = cluster(Seen::default());
    let missing = secret(network.clone(), LOGIN, facts(STALE)).aws(all_instances(), json!([instance(HOST)]));
    let not_found = failing(missing.judge(&scope(), "rds.instance"));
    assert_eq!((not_found.reason, not_found.converges), ("not_found", Some(false)));
    assert_eq!(not_found.evidence, [format!("instance {INSTANCE} has {HOST}")]);
    let local = secret(network.clone(), LOGIN, facts("postgres.test")).aws(all_instances(), json!([]));
    assert!(
        skip(local.judge(&scope(), "rds.instance"))
            .starts_with("postgres.test (secret goldenpath/dev/backstage/postgres)")
    );
    for other in ["app.proxy-a1b2c3", "app.cluster-a1b2c3", "app.cluster-ro-a1b2c3"] {
        let host = format!("{other}.eu-west-2.rds.amazonaws.com");
        let elsewhere = secret(network.clone(), LOGIN, facts(&host)).aws(all_instances(), json!([instance(HOST)]));
        assert!(skip(elsewhere.judge(&scope(), "rds.instance")).starts_with(&host));
    }
    let mut named = scope();
    named.profile.database.instance = INSTANCE.to_owned();
    let gone = local.no_aws(Aws::DatabaseInstances { id: INSTANCE.to_owned() });
    assert_eq!(gone.fails(&named, "rds.instance"), "not_found");
    let mut unnamed = scope();
    unnamed.inputs = example::inputs(&[]);
    let unknown = seen()
        .aws(all_instances(), json!([instance(HOST)]))
        .no_aws(Aws::Cluster { name: "goldenpath-dev-eks".to_owned() });
    unknown.passes(&unnamed, "rds.instance");
}

fn resolves(seen: Seen, addresses: &[&str]) -> Seen {
    let addresses = addresses.iter().map(|address| address.parse().unwrap()).collect();
    seen.answer(Look::Resolve { host: HOST.to_owned() }, Answer::Addresses(addresses))
}

#[test]
fn the_name_leads_to_the_vpc() {
    let of = |addresses: &[&str]| resolves(cluster(seen()), addresses);
    for good in [&["10.0.11.7"][..], &["100.64.3.3"], &["10.0.11.7", "2a05:d01c::7"]] {
        of(good).passes(&scope(), "rds.dns");
    }
    for (addresses, reason) in [
        (&[][..], "no_such_host"),
        (&["10.1.11.7"], "outside_vpc"),
        (&["3.8.1.1"], "public_address"),
        (&["127.0.0.1"], "public_address"),
        (&["10.0.11.7", "3.8.1.1"], "public_address"),
        (&["2a05:d01c::7"], "public_address"),
    ] {
        assert_eq!(of(addresses).fails(&scope(), "rds.dns"), reason, "{addresses:?}");
    }
    // Without the VPC's blocks, a private address must do.
    let unknown = Aws::Cluster { name: "goldenpath-dev-eks".to_owned() };
    let blind = |addresses: &[&str]| resolves(seen(), addresses).cannot(Look::Aws(unknown.clone()));
    blind(&["10.1.11.7"]).passes(&scope(), "rds.dns");
    assert_eq!(blind(&["3.8.1.1"]).fails(&scope(), "rds.dns"), "public_address");
    for look in [
        Look::Resolve { host: HOST.to_owned() },
        Look::Aws(described(LOGIN)),
        Look::SecretContent { path: LOGIN.to_owned() },
    ] {
        let judged = of(&["10.0.11.7"]).cannot(look.clone()).judge(&scope(), "rds.dns");
        assert!(matches!(judged, Err(Short::Cannot(_))), "{look:?}: {judged:?}");
    }
}

#[test]
fn rds_private_name_outside_the_vpc() {
    for addresses in [&[][..], &["3.8.1.1"], &["10.1.11.7"]] {
        let judged = resolves(cluster(seen()), addresses).judge(&outside(), "rds.dns");
        let Err(Short::Cannot(cannot)) = judged else { panic!("{addresses:?}: {judged:?}") };
        assert_eq!(cannot.reason, "outside");
        assert!(cannot.remedy.unwrap().starts_with("Run preflight inside the cluster"));
    }
    resolves(cluster(seen()), &["10.0.11.7"]).passes(&outside(), "rds.dns");
}

#[test]
fn who_says_where_the_database_is() {
    let missing = || Seen::default().no_aws(described(LOGIN));
    let input = example::changed(Tier::Experience, &[(Name::RdsEndpoint, HOST)]);
    resolves(cluster(missing()), &["10.0.11.7"]).passes(&input, "rds.dns");
    resolves(cluster(secret(missing(), MASTER, facts(HOST))), &["10.0.11.7"]).passes(&scope(), "rds.dns");
    let judged = missing().no_aws(described(MASTER)).judge(&scope(), "rds.dns");
    assert!(matches!(judged, Err(Short::Blocked(_))), "{judged:?}");
}

fn tcp(seen: Seen, answer: TcpAnswer) -> Seen {
    seen.answer(Look::Tcp { host: HOST.to_owned(), port: 5432 }, Answer::Tcp(answer))
}

fn silent() -> TcpAnswer {
    TcpAnswer::TimedOut { peer: "10.0.11.7".parse().unwrap(), local: Some("10.0.12.40".parse().unwrap()) }
}

fn rules(rules: &Value) -> Seen {
    let groups = Aws::SecurityGroupRules { groups: vec!["sg-0ab".to_owned()] };
    cluster(seen()).aws(all_instances(), json!([instance(HOST)])).aws(groups, rules.clone())
}

#[test]
fn the_port_takes_connections_or_says_why_not() {
    let peer = "10.0.11.7".parse().unwrap();
    never_passes_blind(&tcp(seen(), TcpAnswer::Open { peer }), &scope(), "rds.tcp", "");
    for (answer, reason, stays) in [
        (TcpAnswer::Refused { peer }, "refused", true),
        (TcpAnswer::Unreachable("no route to host".to_owned()), "unreachable", false),
        (TcpAnswer::NoSuchHost, "no_such_host", false),
        (silent(), "timeout", false),
    ] {
        let seen = tcp(rules(&json!([])), answer.clone());
        assert_eq!(seen.fails(&scope(), "rds.tcp"), reason);
        // From outside, only a refusal says something.
        match seen.judge(&outside(), "rds.tcp") {
            Ok(Verdict::Fail(_)) => assert!(stays, "{answer:?}"),
            Err(Short::Cannot(cannot)) => assert_eq!((cannot.reason, stays), ("outside", false)),
            other => panic!("{answer:?}: {other:?}"),
        }
    }
}

#[test]
fn a_time_out_is_told_with_the_group_and_the_rule_that_is_missing() {
    let rule = |more: Value| {
        let mut rule =
            json!({"GroupId": "sg-0ab", "IsEgress": false, "IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432});
        rule.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        rule
    };
    let of = |all: Value| failing(tcp(rules(&all), silent()).judge(&scope(), "rds.tcp"));
    let shut = of(json!([
        rule(json!({"IsEgress": true, "CidrIpv4": "0.0.0.0/0"})),
        rule(json!({"CidrIpv4": "192.168.0.0/16"}))
    ]));
    assert_eq!(shut.summary, "10.0.11.7:5432 timed out from 10.0.12.40");
    assert_eq!((shut.reason, shut.converges), ("timeout", Some(false)));
    assert_eq!(
        shut.remedy.as_deref(),
        Some(
            "Open 5432 from 10.0.0.0/16 on sg-0ab: aws ec2 authorize-security-group-ingress --group-id sg-0ab --protocol tcp \
             --port 5432 --cidr 10.0.0.0/16"
        )
    );
    assert!(shut.evidence[1].contains("only 192.168.0.0/16"), "{:?}", shut.evidence);
    assert!(of(json!([])).evidence[1].contains("sg-0ab lets nobody in on 5432"));
    for open in [
        json!({"CidrIpv4": "10.0.0.0/16"}),
        json!({"ReferencedGroupInfo": {"GroupId": "sg-cluster"}}),
        json!({"IpProtocol": "-1", "FromPort": -1, "ToPort": -1, "CidrIpv4": "10.0.12.0/24"}),
        json!({"FromPort": 1024, "ToPort": 65535, "CidrIpv4": "0.0.0.0/0"}),
    ] {
        let finding = of(json!([rule(open)]));
        assert_eq!((finding.reason, finding.converges), ("timeout", None));
        assert!(finding.remedy.unwrap().contains("network ACLs"));
    }
    for shut in [
        json!({"CidrIpv4": "10.0.0.0/16", "ToPort": 5431, "FromPort": 1}),
        json!({"CidrIpv4": "10.0.0.0/16", "IpProtocol": "udp"}),
    ] {
        assert!(of(json!([rule(shut)])).remedy.unwrap().starts_with("Open 5432"));
    }
    // Who is in another group cannot be told.
    let other = of(json!([rule(json!({"ReferencedGroupInfo": {"GroupId": "sg-9"}}))]));
    assert_eq!(other.converges, None);
}

#[test]
fn a_time_out_is_told_also_where_its_cause_may_not_be_looked_for() {
    let groups = Look::Aws(Aws::SecurityGroupRules { groups: vec!["sg-0ab".to_owned()] });
    let cluster = Look::Aws(Aws::Cluster { name: "goldenpath-dev-eks".to_owned() });
    for look in [Look::Aws(all_instances()), groups, cluster] {
        let finding = failing(tcp(rules(&json!([])), silent()).cannot(look).judge(&scope(), "rds.tcp"));
        assert_eq!(finding.reason, "timeout");
        assert!(finding.remedy.unwrap().starts_with("Open 5432 from 10.0."));
    }
}

fn tls(answer: TlsAnswer) -> Seen {
    let question = Tls { host: HOST.to_owned(), port: 5432, protocol: TlsProtocol::Postgres };
    seen().answer(Look::Tls(question), Answer::Tls(answer))
}

#[test]
fn tls_is_there_and_its_certificate_lasts() {
    let valid = |days: i64| {
        let (issuer, names) = ("Amazon RDS eu-west-2 Root CA RSA2048 G1".to_owned(), vec![HOST.to_owned()]);
        tls(TlsAnswer::Established(Certificate { not_after: NOW + days * DAY, issuer, names }))
    };
    never_passes_blind(&valid(30), &scope(), "rds.tls", "");
    assert_eq!(warning(valid(29).judge(&scope(), "rds.tls")), "expires_soon");
}

#[test]
fn each_fault_of_tls_has_a_reason() {
    let certificate = ConnectFault::Certificate;
    for (fault, reason, converges) in [
        (ConnectFault::NoTls, "no_tls", false),
        (ConnectFault::NotPostgres, "not_postgres", false),
        (ConnectFault::Tls("alert".to_owned()), "tls_failed", false),
        (ConnectFault::Protocol("nonsense".to_owned()), "protocol", false),
        (certificate(CertificateFault::UnknownIssuer), "unknown_issuer", false),
        (certificate(CertificateFault::WrongHost), "wrong_host", false),
        (certificate(CertificateFault::Expired), "certificate_expired", false),
        (certificate(CertificateFault::NotYetValid), "certificate_not_yet_valid", false),
        (certificate(CertificateFault::Other("bad".to_owned())), "certificate_refused", false),
        (ConnectFault::NoSuchHost, "no_such_host", true),
        (ConnectFault::Refused, "refused", true),
        (ConnectFault::Unreachable("x".to_owned()), "unreachable", true),
        (ConnectFault::TimedOut(Stage::Tls), "timeout", true),
        (ConnectFault::Reset(Stage::Tls), "reset", true),
    ] {
        let finding = failing(tls(TlsAnswer::Failed(fault.clone())).judge(&scope(), "rds.tls"));
        assert_eq!((finding.reason, finding.converges), (reason, Some(converges)), "{fault:?}");
        assert!(finding.summary.contains(HOST), "{}", finding.summary);
    }
    let silent = tls(TlsAnswer::Failed(ConnectFault::ResolverSilent)).judge(&scope(), "rds.tls");
    assert!(matches!(silent, Err(Short::Cannot(cannot)) if cannot.may_pass));
    for fault in
        [ConnectFault::NoSuchHost, ConnectFault::TimedOut(Stage::Connect), ConnectFault::Unreachable("x".to_owned())]
    {
        let judged = tls(TlsAnswer::Failed(fault)).judge(&outside(), "rds.tls");
        assert!(matches!(judged, Err(Short::Cannot(_))), "{judged:?}");
    }
}
