//! No secret's value anywhere but in its secret, however much a run is told to say.

use acceptance::{Finished, Run, Workspace, World, assert_no_leak, on_newest_major};
use serde_json::json;

use crate::{PREFLIGHT, check};

fn loud(world: &World, workspace: &Workspace, form: &str) -> Run {
    check(world, workspace).flag("--tier", "2").flag("--output", form).env("RUST_LOG", "trace")
}

#[test]
fn no_run_shows_a_secret() {
    on_newest_major(async |server| {
        let (world, workspace) = (World::with_database(server).await, Workspace::new(PREFLIGHT));
        let mut secrets = world.passwords().await;
        assert_eq!(secrets.len(), 5, "of everybody");
        let mark = server.log_mark().await;
        let mut runs: Vec<Finished> =
            ["human", "json", "junit"].into_iter().map(|form| loud(&world, &workspace, form).expect(0)).collect();
        assert!(runs.iter().all(|run| run.stderr.len() > 10_000), "the log is on");

        // Where something is wrong with a secret, what is told of it is not what is in it.
        let good = world.login("backstage").await;
        let wrong = acceptance::secret::random_password();
        world.put_login("backstage", &good.clone().with_password(&wrong)).await;
        runs.push(loud(&world, &workspace, "json").expect(1));
        let text = format!("{}-PLACEHOLDER", acceptance::secret::random_password());
        for content in
            [text.clone(), json!({"password": text, "port": text}).to_string(), format!("{{\"password\": \"{text}\"")]
        {
            let put = json!({"SecretId": "goldenpath/dev/backstage/postgres", "SecretString": content});
            world.secrets().must("PutSecretValue", &put).await;
            runs.push(loud(&world, &workspace, "json").expect(1));
        }
        secrets.extend([wrong, text]);
        let log = server.log_since(&mark).await;
        for run in &runs {
            assert_no_leak(&secrets, run, &log);
        }
    });
}
