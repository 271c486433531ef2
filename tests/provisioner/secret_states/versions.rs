//! Secrets whose value changes: by a rotation that is over, and by one that is not.

use acceptance::{App, Secret, on_newest_major};
use serde_json::json;

use super::{Site, is_refused};

#[test]
fn a_new_value_becomes_the_password() {
    on_newest_major(async |server| {
        let app = App::owner("backstage");
        let site = Site::furnished(server, std::slice::from_ref(&app)).await;
        let old = site.secret(&app).await;
        site.run("apply").expect(0);
        server.login(&old).await.unwrap();

        let new = site.good(&app);
        let version = site.secrets.put(&app.secret_path(), &new).await;
        let run = site.run("apply").expect(0);
        assert_eq!(run.app("backstage")["status"], "changed", "{run}");
        assert_eq!(run.app("backstage")["secret_version"], version, "{run}");
        assert_eq!(run.app("backstage")["steps"][0]["action"], "set_password", "{run}");
        server.login(&new).await.unwrap();
        assert!(is_refused(server, &old).await, "the old password is no longer one");
        let versions = site.versions().await;
        assert_eq!(site.run("apply").expect(0).changes(), 0);
        assert_eq!(site.versions().await, versions);
    });
}

#[test]
fn the_same_password_as_a_new_version_is_only_marked() {
    on_newest_major(async |server| {
        let app = App::owner("backstage");
        let site = Site::furnished(server, std::slice::from_ref(&app)).await;
        let secret = site.secret(&app).await;
        site.run("apply").expect(0);
        site.secrets.put(&app.secret_path(), &secret).await;
        let run = site.run("apply").expect(0);
        let actions: Vec<&str> = run.app("backstage")["steps"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|step| step["action"].as_str())
            .collect();
        assert!(!actions.contains(&"set_password"), "{run}");
        server.login(&secret).await.unwrap();
        assert_eq!(site.run("apply").expect(0).changes(), 0);
    });
}

#[test]
fn a_rotation_in_flight_matters_only_where_the_login_fails() {
    on_newest_major(async |server| {
        let app = App::owner("backstage");
        let site = Site::furnished(server, std::slice::from_ref(&app)).await;
        site.run("apply").expect(0);
        let current = site.secret(&app).await;
        let pending = site.good(&app);
        let content = json!({
            "SecretId": app.secret_path(), "SecretString": pending.json().to_string(), "VersionStages": ["AWSPENDING"],
        });
        site.secrets.must("PutSecretValue", &content).await;
        assert_eq!(site.secret(&app).await, current, "a pending version is not the current one");

        site.proxy.heal();
        let run = site.run("apply").expect(0);
        assert_eq!(run.changes(), 0, "the login works: {run}");
        assert_eq!(site.proxy.count("DescribeSecret"), 0, "and nobody asks: {run}");

        // The rotation has set the password on the server, and not yet made its version the current one.
        set_password(&site, &pending).await;
        for command in ["plan", "apply", "verify"] {
            let run = site.expect_untouched(site.run(command), 75).await;
            let line = "app backstage: secret goldenpath/dev/backstage/postgres is being rotated and its password does \
                        not log in yet: i/o timeout waiting for the rotation";
            assert_eq!(run.termination_line(), line);
        }
        server.login(&pending).await.unwrap();

        // What cannot be told is not guessed.
        site.proxy.fault(acceptance::Rule::on("Describe", acceptance::AwsFault::Error("AccessDeniedException", 400)));
        let run = site.expect_untouched(site.run("apply"), 1).await;
        assert!(run.termination_line().contains("whether secret goldenpath/dev/backstage/postgres is being rotated"));
        site.proxy.heal();

        // Over: both labels may stay on one version.
        site.secrets.put(&app.secret_path(), &pending).await;
        let run = site.run("apply").expect(0);
        server.login(&pending).await.unwrap();
        assert_line_free(&run);
    });
}

#[test]
fn a_password_that_somebody_else_set_is_set_back() {
    on_newest_major(async |server| {
        let app = App::owner("backstage");
        let site = Site::furnished(server, std::slice::from_ref(&app)).await;
        site.run("apply").expect(0);
        let drifted = site.good(&app);
        set_password(&site, &drifted).await;
        let run = site.run("apply").expect(0);
        assert_eq!(run.changes(), 1, "{run}");
        server.login(&site.secret(&app).await).await.unwrap();
        assert!(is_refused(server, &drifted).await);
        assert_eq!(site.secrets.versions(&app.secret_path()).await, 1, "a secret is never changed for the server");
    });
}

/// A run that ended well leaves no message for Kubernetes.
fn assert_line_free(run: &acceptance::Finished) {
    assert_eq!(run.termination.as_deref(), Some(""), "{run}");
}

async fn set_password(site: &Site<'_>, secret: &Secret) {
    let Secret { username, password, .. } = secret;
    let judge = site.server.superuser().await;
    judge.batch_execute(&format!("ALTER ROLE {username} PASSWORD '{password}'")).await.unwrap();
}
