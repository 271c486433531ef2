//! What is there already: taken over with proof or on request, refused otherwise, and left alone where it is not ours.

mod databases;
mod foreign;
mod roles;

use acceptance::generate::{identifier, literal};
use acceptance::{Finished, Secret, TestServer};

/// Everything that a refusal says.
fn refusal(run: &Finished) -> String {
    assert_eq!(run.report()["outcome"], "refused", "{run}");
    let error = &run.report()["error"];
    [&error["message"], &error["detail"]].map(|part| part.as_str().unwrap_or_default().to_owned()).join("\n")
}

/// Makes a role by hand, as the master did before there was a program for it.
async fn role_by_hand(server: &TestServer, secret: &Secret, attributes: &str) {
    let (role, password) = (identifier(&secret.username), literal(&secret.password));
    let create = format!("CREATE ROLE {role} LOGIN PASSWORD {password} {attributes}");
    // As the judge, so that the password is in no log; the master gets what a creator has.
    let superuser = server.superuser().await;
    superuser.batch_execute("SET log_statement = 'none'; SET createrole_self_grant = ''").await.ok();
    superuser.batch_execute("SET SESSION AUTHORIZATION platform_admin").await.unwrap();
    superuser.batch_execute(&create).await.unwrap_or_else(|error| panic!("{role}: {error:?}"));
}

async fn run_sql(server: &TestServer, database: &str, sql: &str) {
    let superuser = server.superuser_in(database).await;
    superuser.batch_execute(sql).await.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
}

/// What a run wrote, in the order of the report: actions and targets.
fn steps(run: &Finished) -> Vec<String> {
    let apps = run.report()["apps"].as_array().expect("a list of apps").iter();
    let steps = apps.flat_map(|app| app["steps"].as_array().expect("a list of steps"));
    let wrote = steps.filter(|step| step["action"] != "verify_login" && step["status"] == "success");
    wrote.map(|step| format!("{} {}", step["action"], step["target"]).replace('"', "")).collect()
}
