//! The harness itself: what the other tests take for granted about servers, proxies and stand-ins.

use std::panic::catch_unwind;
use std::time::Duration;

use acceptance::engine::block_on;
use acceptance::{
    AwsFault, AwsProxy, Cut, Proxy, Rule, SecretsManager, ServerTls, TestServer, Workspace, assert_no_leak, majors,
    on_each_major, on_newest_major,
};
use serde_json::json;
use tokio_postgres::error::SqlState;

#[test]
fn a_server_is_like_the_platforms_instance() {
    on_each_major(async |server| {
        let master = server.as_master().await;
        let row = master
            .query_one(
                "SELECT rolsuper, rolcreaterole AND rolcreatedb, pg_has_role('rds_superuser', 'member'), ssl
                 FROM pg_roles, pg_stat_ssl WHERE rolname = current_user AND pid = pg_backend_pid()",
                &[],
            )
            .await
            .unwrap();
        let facts: [bool; 4] = std::array::from_fn(|column| row.get(column));
        assert_eq!(facts, [false, true, true, true], "superuser, creates, member of rds_superuser, TLS");
        assert!(server.version().starts_with(&format!("{}.", server.major())));
    });
}

#[test]
fn a_server_is_clean_and_its_log_is_readable() {
    on_each_major(async |server| {
        let roles = "SELECT count(*) FROM pg_roles WHERE rolname LIKE 'app%'";
        assert_eq!(server.superuser().await.query_one(roles, &[]).await.unwrap().get::<_, i64>(0), 0);
        let mark = server.log_mark().await;
        server.as_master().await.batch_execute("CREATE ROLE app_of_a_test").await.unwrap();
        server.superuser().await.batch_execute("CREATE ROLE app_of_the_judge").await.unwrap();
        assert_eq!(server.ddl_since(&mark).await, ["CREATE ROLE app_of_a_test"], "and nothing of the judge's");
    });
}

#[test]
fn the_proxy_counts_and_keeps_channel_binding() {
    on_each_major(async |server| {
        let proxy = Proxy::in_front_of(server).await;
        let client = server.login(&proxy.route(server.master())).await.unwrap();
        assert_eq!(proxy.users(), ["platform_admin"]);
        let log_in = proxy.counts();
        assert_eq!((log_in.connections, log_in.units, log_in.round_trips), (1, 0, 3), "start-up, SASL, its answer");
        client.batch_execute("SELECT 1").await.unwrap();
        client.query_one("SELECT $1::text", &[&"x"]).await.unwrap();
        let sql: Vec<String> = proxy.units().into_iter().map(|unit| unit.sql).collect();
        assert_eq!(sql, ["SELECT 1", "SELECT $1::text", "SELECT $1::text"], "the second is prepared, then executed");
        assert_eq!(proxy.counts().round_trips, 6);
    });
}

#[test]
fn the_proxy_cuts_where_it_is_told_to() {
    on_newest_major(async |server| {
        let proxy = Proxy::in_front_of(server).await;
        let judge = server.superuser().await;
        for (cut, name, exists) in
            [(Cut::BeforeSending, "a", false), (Cut::AfterSending, "b", true), (Cut::BeforeAnswer, "c", true)]
        {
            let client = server.login(&proxy.route(server.master())).await.unwrap();
            proxy.forget();
            proxy.cut_at(2, cut);
            client.batch_execute("SELECT 1").await.unwrap();
            client.batch_execute(&format!("CREATE ROLE app_{name}")).await.unwrap_err();
            server.login(&proxy.route(server.master())).await.unwrap_err();
            if cut == Cut::AfterSending {
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
            let found =
                judge.query("SELECT FROM pg_roles WHERE rolname = $1", &[&format!("app_{name}")]).await.unwrap();
            assert_eq!(!found.is_empty(), exists, "{cut:?}");
            proxy.heal();
        }
    });
}

#[test]
fn the_proxy_holds_and_passes_errors_on() {
    on_newest_major(async |server| {
        let proxy = Proxy::in_front_of(server).await;
        let wrong = proxy.route(server.master()).with_password("wrong");
        let error = server.login(&wrong).await.map(drop).unwrap_err();
        assert_eq!(error.code(), Some(&SqlState::INVALID_PASSWORD), "{error:?}");
        let client = server.login(&proxy.route(server.master())).await.unwrap();
        proxy.hold_at(1);
        let held = tokio::time::timeout(Duration::from_millis(200), client.batch_execute("SELECT 1"));
        assert!(held.await.is_err(), "held");
        proxy.release();
        client.batch_execute("SELECT 2").await.unwrap();
    });
}

#[test]
fn a_server_with_bad_tls_is_not_trusted() {
    let newest = *majors().last().unwrap();
    block_on(async {
        for tls in [ServerTls::Expired, ServerTls::OtherAuthority, ServerTls::OtherName, ServerTls::Off] {
            let server = TestServer::with_tls(newest, tls).await;
            let trusted = server.login(server.master()).await;
            assert_eq!(trusted.is_ok(), tls == ServerTls::Off, "{tls:?}: only without TLS is nothing verified");
            server.superuser().await;
        }
    });
}

#[test]
fn a_server_stops_and_starts_where_it_was() {
    on_newest_major(async |server| {
        let port = server.port();
        server.as_master().await.batch_execute("CREATE ROLE app_that_stays").await.unwrap();
        server.crash().await;
        server.login(server.master()).await.unwrap_err();
        server.start().await;
        server.restart().await;
        assert_eq!(server.port(), port);
        let roles = server.superuser().await.query("SELECT FROM pg_roles WHERE rolname = 'app_that_stays'", &[]).await;
        assert_eq!(roles.unwrap().len(), 1);
    });
}

#[test]
fn access_rules_and_settings_change_and_change_back() {
    let newest = *majors().last().unwrap();
    block_on(async {
        let server = TestServer::shared(newest).await;
        server.prepend_access_rules(&["hostssl all platform_admin all reject"]).await;
        server.set("log_statement", "all").await;
        let refused = server.login(server.master()).await.map(drop).unwrap_err();
        assert_eq!(refused.code(), Some(&SqlState::INVALID_AUTHORIZATION_SPECIFICATION));
        drop(server);
    });
    on_newest_major(async |server| {
        let setting = server.as_master().await.query_one("SHOW log_statement", &[]).await.unwrap();
        assert_eq!(setting.get::<_, &str>(0), "ddl");
    });
}

#[test]
fn a_secrets_manager_answers_and_fails_on_demand() {
    block_on(async {
        let (secrets, other) = (SecretsManager::new().await, SecretsManager::new().await);
        secrets.create_text("goldenpath/dev/keycloak/postgres", r#"{"a":1}"#).await;
        assert_eq!(secrets.content("goldenpath/dev/keycloak/postgres").await, Some(json!({"a": 1})));
        assert_eq!(secrets.versions("goldenpath/dev/keycloak/postgres").await, 1);
        assert_eq!(other.content("goldenpath/dev/keycloak/postgres").await, None, "each has its own");
        secrets.delete("goldenpath/dev/keycloak/postgres").await;
        assert_eq!(secrets.content("goldenpath/dev/keycloak/postgres").await, None);
    });
}

#[test]
fn faults_on_the_way_to_aws_hit_the_calls_they_are_meant_for() {
    block_on(async {
        let secrets = SecretsManager::new().await;
        let proxy = AwsProxy::in_front_of(&secrets).await;
        let route = proxy.route(&secrets);
        proxy.fault(Rule::on("GetSecretValue", AwsFault::Throttle).skip(1).times(1));
        proxy.fault(Rule::on("CreateSecret", AwsFault::Lose).times(1));
        proxy.fault(Rule::on("DeleteSecret", AwsFault::Cut));
        proxy.fault(Rule::on("ListSecrets", AwsFault::Error("AccessDeniedException", 400)));
        let (name, create) = (json!({"SecretId": "a"}), json!({"Name": "a", "SecretString": "{}"}));

        route.call("CreateSecret", &create).await.unwrap_err();
        assert_eq!(route.content("a").await, Some(json!({})), "its answer was lost, its effect was not");
        let (status, throttled) = route.call("GetSecretValue", &name).await.unwrap();
        assert_eq!((status, &throttled["__type"]), (400, &json!("ThrottlingException")));
        assert!(route.content("a").await.is_some(), "once only");
        route.call("DeleteSecret", &name).await.unwrap_err();
        assert_eq!(route.call("ListSecrets", &json!({})).await.unwrap().1["__type"], "AccessDeniedException");
        assert!(secrets.content("a").await.is_some(), "the cut call was not carried out");
        assert_eq!((proxy.count("GetSecretValue"), proxy.calls().len()), (3, 6));
    });
}

#[test]
fn a_run_is_seen_whole() {
    let workspace = Workspace::new("/bin/sh");
    let script = |text: &str| workspace.bare("-c").args(&[text]);
    let run = script("echo out; echo err >&2; mkdir run-1/out; echo 7 >run-1/out/changes; pwd; env; exit 3").expect(3);
    assert_eq!((run.stderr.as_str(), run.changes()), ("err\n", 7));
    assert!(!run.stdout.contains("HOME="), "nothing of this process' environment: {run}");

    let running = script("sleep 0.2 & trap 'exit 143' TERM; while :; do wait; done").spawn();
    std::thread::sleep(Duration::from_millis(100));
    running.signal("TERM");
    assert_eq!(running.wait().code, Some(143));
    assert_eq!(script("sleep 9").spawn().kill().signal, Some(9));
    catch_unwind(|| drop(script("sleep 9").patience(Duration::from_millis(50)).run())).unwrap_err();
}

#[test]
fn a_leak_is_found_wherever_it_is() {
    let leaks = |script: &str, log: &str| {
        let workspace = Workspace::new("/bin/sh");
        workspace.put_secret_text("goldenpath/dev/a/postgres", r#"{"password":"Pw-of-an-app"}"#);
        assert_eq!(workspace.passwords(), ["Pw-of-an-app"]);
        let finished = workspace.bare("-c").args(&[script]).env("PART", "Pw-of-").run();
        catch_unwind(|| assert_no_leak(&workspace.passwords(), &finished, log)).is_err()
    };
    assert!(!leaks("echo fine", "LOG:  fine"));
    assert!(leaks("echo ${PART}an-app", ""), "standard output");
    assert!(leaks("echo ${PART}an-app >&2", ""), "standard error");
    assert!(leaks("echo ${PART}an-app >anywhere", ""), "a file");
    assert!(leaks("sleep 0.1 # Pw-of-an-app", ""), "arguments");
    assert!(leaks("echo fine", "LOG:  ALTER ROLE a PASSWORD 'SCRAM-SHA-256$4096:x'"), "the stored form");
}
