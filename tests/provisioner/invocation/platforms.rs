//! Another platform's conventions, by a settings file; and an instance that is made for one build.

use std::fs;

use acceptance::{App, Secret, SecretsManager, Workspace, on_newest_major};
use serde_json::json;

use crate::PROVISIONER;

const SETTINGS: &str = r#"
[secrets]
master = "acme/{env}/admin"
app = "acme/{env}/pg/{app}"
placeholders = ["TBD"]
tags = { Owner = "data-team", ManagedBy = "acme" }
[tfvars]
ignore_attributes = ["cost_center"]
name_pattern = "acme_[a-z]+"
[approval]
free = ["sandbox"]
[rotation]
default = 7
"#;

#[test]
fn a_settings_file_makes_it_another_platforms_tool() {
    on_newest_major(async |server| {
        let secrets = SecretsManager::new().await;
        let workspace = Workspace::new(PROVISIONER);
        let settings = workspace.path().join("acme.toml");
        fs::write(&settings, SETTINGS).unwrap();
        workspace.write_tfvars(
            "application_databases = {\n  shop = {\n    database_name = \"acme_shop\"\n    username = \"acme_user\"\n    \
             cost_center = 42\n  }\n}\n",
        );
        for environment in ["sandbox", "dev"] {
            secrets.create(&format!("acme/{environment}/admin"), server.master()).await;
        }
        secrets.create_text("acme/sandbox/pg/shop", r#"{"password": "tbd", "postgres-password": ""}"#).await;
        let run = |command: &str, environment: &str| {
            let run = secrets.serve(workspace.run(command)).flag("--settings", settings.display());
            run.flag("--env", environment).flag("--missing-secrets", "create")
        };
        // dev is free by default, and this platform says otherwise.
        let refused = run("apply", "dev").expect(3);
        assert!(refused.termination_line().contains("--approve sha256:"), "{refused}");
        assert_eq!(secrets.describe("acme/dev/pg/shop").await, None);

        run("apply", "sandbox").expect(0);
        let content = secrets.content("acme/sandbox/pg/shop").await.unwrap();
        assert_eq!(content["postgres-password"], content["password"]);
        server.login(&Secret::from_json(&content)).await.unwrap();
        assert_eq!(run("apply", "sandbox").expect(0).changes(), 0);

        let digest = run("plan", "dev").expect(0).output("digest").to_owned();
        run("apply", "dev").flag("--approve", &digest).expect(0);
        let described = secrets.describe("acme/dev/pg/shop").await.unwrap();
        let mut tags: Vec<String> = described["Tags"]
            .as_array()
            .unwrap()
            .iter()
            .map(|tag| format!("{}={}", tag["Key"], tag["Value"]))
            .collect();
        tags.sort();
        let expected = ["BuildId=manual", "Environment=dev", "ManagedBy=acme", "Owner=data-team"];
        assert_eq!(tags.join(" ").replace('"', ""), expected.join(" "), "the site's tags win");
        workspace.write_tfvars(&acceptance::workspace::application_databases(&[App::owner("shop")]));
        let named = run("plan", "sandbox").expect(2);
        assert!(named.termination_line().contains("acme_[a-z]+"), "the pattern is told: {named}");
    });
}

#[test]
fn an_instance_of_one_build_has_secrets_of_its_own() {
    on_newest_major(async |server| {
        let secrets = SecretsManager::new().await;
        let app = App::owner("backstage");
        let workspace = Workspace::new(PROVISIONER);
        workspace.write_tfvars(&acceptance::workspace::application_databases(std::slice::from_ref(&app)));
        secrets.create("goldenpath/dev/builds/b42/rds/master", server.master()).await;
        let run = secrets.serve(workspace.run("apply")).flag("--lifecycle", "ephemeral").flag("--build-id", "b42");
        run.flag("--missing-secrets", "create").expect(0);
        let path = "goldenpath/dev/builds/b42/backstage/postgres";
        server.login(&Secret::from_json(&secrets.content(path).await.unwrap())).await.unwrap();
        let tags = secrets.describe(path).await.unwrap()["Tags"].clone();
        assert!(tags.as_array().unwrap().contains(&json!({"Key": "BuildId", "Value": "b42"})), "{tags}");
    });
}
