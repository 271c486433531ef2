//! Whether the server is the one that is meant.

use acceptance::tls::other_authority_file;
use acceptance::{Proxy, ServerTls, TestServer, engine, majors, on_newest_major};

use super::{assert_ended, workspace_at};

#[test]
fn certificates_and_what_each_mode_makes_of_them() {
    const UNTRUSTED: &str = "is signed by none of the trusted CAs: pass the server's CA with --ca-bundle";
    const EXPIRED: &str = "has expired: renew it on the server";
    // What verify-full says, what verify-ca says; `require` takes any.
    let cases = [
        (ServerTls::OtherAuthority, Some(UNTRUSTED), Some(UNTRUSTED)),
        (ServerTls::Expired, Some(EXPIRED), Some(EXPIRED)),
        (ServerTls::OtherName, Some("is for another host: use the name that the certificate is for"), None),
    ];
    engine::block_on(async {
        for (tls, full, chain) in cases {
            let server = TestServer::with_tls(newest(), tls).await;
            let workspace = workspace_at(server.master());
            for (mode, words) in [("verify-full", full), ("verify-ca", chain), ("require", None)] {
                let run = workspace.run("plan").flag("--tls", mode).run();
                match words {
                    Some(words) => assert_ended(&run, 1, words),
                    None => assert!(run.expect(0).changes() > 0, "{tls:?} with {mode}"),
                }
            }
        }
    });
}

#[test]
fn a_server_without_tls() {
    engine::block_on(async {
        let server = TestServer::with_tls(newest(), ServerTls::Off).await;
        let workspace = workspace_at(server.master());
        for mode in ["verify-full", "verify-ca", "require"] {
            let run = workspace.run("plan").flag("--tls", mode).run();
            assert_ended(&run, 1, "offers no TLS: turn on `ssl` on the server");
        }
        assert!(workspace.run("apply").flag("--tls", "disable").expect(0).changes() > 0);
        assert_eq!(workspace.run("apply").flag("--tls", "disable").expect(0).changes(), 0);
    });
}

#[test]
fn trust_anchors_that_are_not_the_servers() {
    on_newest_major(async |server| {
        let workspace = workspace_at(server.master());
        let other = other_authority_file();
        let run = workspace.run("plan").flag("--ca-bundle", other.display()).run();
        assert_ended(&run, 1, "is signed by none of the trusted CAs");
        // Amazon's own.
        assert_ended(&workspace.run("plan").without("--ca-bundle").run(), 1, "is signed by none of the trusted CAs");

        let file = |name: &str, content: &str| {
            let path = workspace.path().join(name);
            std::fs::write(&path, content).unwrap();
            path.display().to_string()
        };
        let torn = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        for (path, words) in [
            (file("empty.pem", ""), "holds no certificate"),
            (file("junk.pem", "this is no certificate\n"), "holds no certificate"),
            (file("torn.pem", torn), "has a bad certificate, number 1"),
            (workspace.path().join("missing.pem").display().to_string(), "missing.pem"),
        ] {
            for mode in ["verify-full", "verify-ca", "require"] {
                let run = workspace.run("plan").flag("--ca-bundle", &path).flag("--tls", mode).run();
                assert_eq!(run.code, Some(2), "{run}");
                assert!(run.stderr.contains(words), "{run}");
            }
        }
    });
}

#[test]
fn other_names_and_ways_to_the_same_server() {
    on_newest_major(async |server| {
        // An address is in the certificate as one; a name as the other.
        for host in ["127.0.0.1", "localhost"] {
            let workspace = workspace_at(&server.master().clone().at(host, server.port()));
            assert!(workspace.run("plan").expect(0).changes() > 0, "{host}");
        }
        let Some(folder) = server.socket_folder() else {
            println!("a server in a container has no Unix socket on this side: not tested");
            return;
        };
        let folder = folder.display().to_string();
        let workspace = workspace_at(&server.master().clone().at(&folder, server.port()));
        let apply = || workspace.run("apply").flag("--tls", "disable");
        assert!(apply().expect(0).changes() > 0);
        assert_eq!(apply().expect(0).changes(), 0);
    });
}

#[test]
fn a_man_in_the_middle_with_a_good_certificate() {
    engine::block_on(async {
        // He ends TLS with a certificate that is trusted for this host, and the server has another one.
        let server = TestServer::with_tls(newest(), ServerTls::OtherAuthority).await;
        let proxy = Proxy::in_front_of(&server).await;
        let workspace = workspace_at(&proxy.route(server.master()));
        for mode in ["verify-full", "verify-ca", "require"] {
            let run = workspace.run("plan").flag("--tls", mode).run();
            assert_ended(&run, 1, "channel binding check failed");
        }
    });
}

fn newest() -> u8 {
    *majors().last().expect("a version under test")
}
