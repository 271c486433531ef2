//! Whether the server is the one that it should be.

use acceptance::{Finished, ServerTls, TestServer, World, engine, majors, on_newest_major, tls};

use super::{ABOVE, AUTH, assert_rung, good, look};
use crate::{check_with, of, profile, text};

async fn on_a_server_with(tls: ServerTls) -> Finished {
    let newest = *majors().last().expect("a version under test");
    let server = TestServer::with_tls(newest, tls).await;
    let (world, workspace) = good(&server).await;
    look(&world, &workspace).run()
}

#[track_caller]
fn assert_tls(run: &Finished, reason: &str, cause: &str) {
    let tls = format!("rds.tls fail {reason}");
    assert_rung(run, 1, &[&tls, AUTH, ABOVE[0], ABOVE[1], ABOVE[2]], cause);
}

#[test]
fn a_server_that_cannot_be_trusted() {
    engine::block_on(async {
        let off = on_a_server_with(ServerTls::Off).await;
        assert_tls(&off, "no_tls", "TLS");
        let expired = on_a_server_with(ServerTls::Expired).await;
        assert_tls(&expired, "certificate_expired", "expired");
        assert!(text(of(&expired, "rds.tls"), "remediation").contains("--ca-certificate-identifier"), "{expired}");
        let other = on_a_server_with(ServerTls::OtherName).await;
        assert_tls(&other, "wrong_host", "127.0.0.1");
        let stranger = on_a_server_with(ServerTls::OtherAuthority).await;
        assert_tls(&stranger, "unknown_issuer", "rds.tls: ");
    });
}

#[test]
fn only_those_who_are_named_are_trusted() {
    on_newest_major(async |server| {
        let (world, workspace) = good(server).await;
        // Amazon's roots, which are built in, did not sign this.
        assert_tls(&look(&world, &workspace).without("--ca-bundle").run(), "unknown_issuer", "rds.tls: ");
        let other = look(&world, &workspace).flag("--ca-bundle", tls::other_authority_file().display()).run();
        assert_tls(&other, "unknown_issuer", "rds.tls: ");
        let missing = look(&world, &workspace).flag("--ca-bundle", "/nowhere/ca.pem").run();
        assert_eq!(missing.code, Some(2), "{missing}");
        assert!(missing.termination_line().contains("/nowhere/ca.pem"), "{missing}");
    });
}

#[test]
fn what_is_good_for_now_is_warned_of() {
    on_newest_major(async |server| {
        let (world, workspace) = good(server).await;
        let run = async |world: &World, change: (&str, &str)| {
            let profile = profile(world).replace("[database]\n", &format!("[database]\n{} = {}\n", change.0, change.1));
            check_with(world, &workspace, &profile).flag("--tier", "2").run()
        };
        let soon = run(&world, ("certificate_days", "200000")).await;
        assert_rung(&soon, 0, &["rds.tls warn expires_soon"], "");
        assert!(text(of(&soon, "rds.tls"), "summary").contains("200000 are wanted"), "{soon}");
        let full = run(&world, ("headroom", "5000")).await;
        assert_rung(&full, 0, &["rds.headroom warn few_connections"], "");
        let old = check_with(&world, &workspace, &profile(&world).replace("13, 14, 15, 16, 17, 18", "12"));
        let old = old.flag("--tier", "2").run();
        assert_rung(&old, 0, &["rds.version warn unsupported_version"], "");
        let summary = format!("the server is PostgreSQL {}; the platform supports 12", server.major());
        assert_eq!(of(&old, "rds.version")["summary"], summary);
    });
}
