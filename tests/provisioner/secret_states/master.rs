//! What can be the matter with the master's secret: nothing is ever made for it.

use acceptance::{App, Secret, on_newest_major};
use serde_json::json;

use super::{MASTER, Site};

const GIVE_JSON: &str = ": give it JSON with username, password, host, port and dbname";

#[test]
fn a_master_without_a_usable_secret_stops_the_run() {
    on_newest_major(async |server| {
        let apps = [App::owner("backstage")];
        let put = async |site: &Site<'_>, text: &str| {
            site.secrets.must("PutSecretValue", &json!({"SecretId": MASTER, "SecretString": text})).await;
        };
        let good = server.master();
        for (content, what) in [
            ("PLACEHOLDER".to_owned(), "still holds a placeholder: give it a value".to_owned()),
            (
                good.clone().with_password("changeme").json().to_string(),
                "still holds a placeholder: give it a value".to_owned(),
            ),
            ("hunter2".to_owned(), format!("is not JSON{GIVE_JSON}")),
            ("{}".to_owned(), format!("has no key username{GIVE_JSON}")),
        ] {
            let site = Site::furnished(server, &apps).await;
            put(&site, &content).await;
            for run in [site.run("apply"), site.creating("apply")] {
                let run = site.expect_untouched(run, 2).await;
                assert_eq!(run.termination_line(), format!("secret {MASTER} {what}"));
            }
        }
    });
}

#[test]
fn a_master_whose_secret_is_not_there_stops_the_run() {
    on_newest_major(async |server| {
        let site = Site::furnished(server, &[App::owner("backstage")]).await;
        let elsewhere = site.creating("apply").flag("--master-secret", "no/such/master");
        let run = site.expect_untouched(elsewhere, 2).await;
        let line = "secret no/such/master does not exist: let Terraform make it (terraform apply)";
        assert_eq!(run.termination_line(), line);
        site.secrets.delete(MASTER).await;
        let run = site.expect_untouched(site.creating("apply"), 2).await;
        assert!(run.termination_line().starts_with(&format!("secret {MASTER} is scheduled for deletion")), "{run}");
    });
}

#[test]
fn a_master_who_cannot_log_in_stops_the_run() {
    on_newest_major(async |server| {
        let site = Site::furnished(server, &[App::owner("backstage")]).await;
        let address = format!("{}:{}", server.host(), server.port());
        let refused = |what: &str| format!("{address} refused the login: {what}");
        let wrong = server.master().clone().with_password("wrong-password");
        site.secrets.put(MASTER, &wrong).await;
        let run = site.expect_untouched(site.run("apply"), 1).await;
        let expected = refused(&format!(
            "password authentication failed for user \"platform_admin\" (SQLSTATE 28P01); is the password in {MASTER} the server's?"
        ));
        assert_eq!(run.termination_line(), expected);

        let nobody = Secret { username: "nobody".to_owned(), ..server.master().clone() };
        site.secrets.put(MASTER, &nobody).await;
        let run = site.expect_untouched(site.run("apply"), 1).await;
        assert!(run.termination_line().contains("28P01"), "{run}");
    });
}

#[test]
fn no_app_may_be_the_master() {
    on_newest_major(async |server| {
        let master = App { role: server.master().username.clone(), ..App::owner("backstage") };
        let site = Site::furnished(server, std::slice::from_ref(&master)).await;
        let run = site.expect_untouched(site.run("apply"), 2).await;
        assert!(run.termination_line().contains("platform_admin"), "{run}");
    });
}
