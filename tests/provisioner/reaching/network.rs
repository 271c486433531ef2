//! Between here and the port.

use std::time::Duration;

use acceptance::postgres::free_port;
use acceptance::{Impostor, Proxy, Secret, engine, on_newest_major};

use super::{ARGO_PHRASES, app, assert_ended, workspace_at};

fn master_at(host: &str, port: u16) -> Secret {
    Secret {
        username: "platform_admin".to_owned(),
        password: acceptance::secret::random_password(),
        host: host.to_owned(),
        port,
        dbname: "platform".to_owned(),
    }
}

#[test]
fn ports_that_are_no_server() {
    engine::block_on(async {
        let (silent, http) = (Impostor::silent().await, Impostor::http().await);
        let hanging_up = Impostor::hanging_up().await;
        let cases = [
            (silent.port(), 75, "TLS handshake timeout"),
            (http.port(), 1, "answers, but is not PostgreSQL: check `port`"),
            (hanging_up.port(), 75, "connection reset by peer during the TLS handshake"),
            (free_port(), 75, "connect: connection refused; is the server running?"),
        ];
        for (port, code, words) in cases {
            let workspace = workspace_at(&master_at("127.0.0.1", port));
            for command in ["plan", "apply"] {
                let run = workspace.run(command).flag("--connect-patience", "500ms").run();
                assert_ended(&run, code, words);
                assert!(run.termination_line().contains(&format!("127.0.0.1:{port}")), "{run}");
            }
        }
    });
}

#[test]
fn without_tls_they_are_told_apart_too() {
    engine::block_on(async {
        let (silent, http) = (Impostor::silent().await, Impostor::http().await);
        let hanging_up = Impostor::hanging_up().await;
        let cases = [
            (silent.port(), 75, "i/o timeout, no answer to the login"),
            (http.port(), 1, "broke the protocol"),
            (hanging_up.port(), 75, "connection reset by peer during the login"),
            (free_port(), 75, "connect: connection refused"),
        ];
        for (port, code, words) in cases {
            let workspace = workspace_at(&master_at("127.0.0.1", port));
            let run = workspace.run("plan").flag("--connect-patience", "500ms").flag("--tls", "disable").run();
            assert_ended(&run, code, words);
        }
    });
}

#[test]
fn a_host_that_does_not_exist() {
    let workspace = workspace_at(&master_at("db.nowhere.invalid", 5432));
    let run = workspace.run("plan").flag("--connect-patience", "500ms").run();
    // A machine without a name server cannot know that.
    match run.code {
        Some(75) => assert_ended(&run, 75, "db.nowhere.invalid:5432 not resolved: i/o timeout of the resolver"),
        _ => assert_ended(&run, 1, "host of db.nowhere.invalid:5432 does not exist"),
    }
}

#[test]
fn no_tls_is_for_this_machine_alone() {
    // An address for documentation, where nobody is.
    let workspace = workspace_at(&master_at("192.0.2.1", 5432));
    let run = workspace.run("plan").flag("--tls", "disable").run();
    assert_ended(&run, 3, "--tls disable is only for this machine, and 192.0.2.1 is not");
}

#[test]
fn a_network_that_is_dead_at_first() {
    on_newest_major(async |server| {
        let proxy = Proxy::in_front_of(server).await;
        let workspace = workspace_at(&proxy.route(server.master()));
        proxy.cut_now();
        let run = workspace.run("apply").spawn();
        tokio::time::sleep(Duration::from_secs(2)).await;
        proxy.heal();
        let run = run.wait().expect(0);
        assert!(run.stderr.contains("not connected, trying again"), "{run}");
        server.login(&workspace.secret(&app().secret_path())).await.unwrap();

        // With patience for less than that, it is for Argo to try again.
        proxy.cut_now();
        let run = workspace.run("apply").flag("--connect-patience", "1s").run().expect(75);
        assert!(ARGO_PHRASES.iter().any(|phrase| run.termination_line().contains(phrase)), "{run}");
    });
}

#[test]
fn a_connection_that_is_lost_once_while_looking() {
    on_newest_major(async |server| {
        let proxy = Proxy::in_front_of(server).await;
        let workspace = workspace_at(&proxy.route(server.master()));
        proxy.cut_once_at(2, acceptance::Cut::BeforeAnswer);
        let run = workspace.run("apply").run().expect(75);
        assert!(run.termination_line().contains("connection reset by peer"), "{run}");
        assert!(workspace.run("apply").expect(0).changes() > 0);
    });
}
