//! Audit rows: CSV that existing consumers read, JSON lines with more, and both on stdout.

use acceptance::{Finished, on_newest_major};
use serde_json::Value;

use super::workspace;

const HEADER: &str = "timestamp_utc,environment,build_id,run_id,database,username,action,status,duration_ms,message";

#[test]
fn rows_are_csv_and_are_appended_without_a_second_header() {
    on_newest_major(async |server| {
        let workspace = workspace(server);
        let (csv, lines) = (workspace.path().join("audit.csv"), workspace.path().join("audit.jsonl"));
        let run = |command: &str| {
            let jsonl = lines.display().to_string();
            workspace
                .run(command)
                .flag("--audit-output", csv.display())
                .args(&["--audit-output", &jsonl])
                .flag("--build-id", "7, the \"seventh\"")
                .flag("--run-id", "it's\t1")
        };
        let runs = [run("plan").expect(0), run("apply").expect(0), run("apply").expect(0)];
        let text = std::fs::read_to_string(&csv).unwrap();
        assert_eq!(text.lines().next(), Some(HEADER));
        assert_eq!(text.matches("timestamp_utc").count(), 1, "one header");
        assert!(text.contains(",\"7, the \"\"seventh\"\"\","), "quoted as RFC 4180 says: {text}");

        let mut reader = csv::ReaderBuilder::new().flexible(false).from_reader(text.as_bytes());
        let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
        assert_eq!(rows.len(), runs.iter().map(steps).sum::<usize>(), "one row for each step");
        assert!(rows.iter().all(|row| &row[1] == "dev" && &row[2] == "7, the \"seventh\"" && &row[3] == "it's\t1"));
        assert!(rows.is_sorted_by_key(|row| row[0].to_owned()), "each has its own time: {text}");
        let count = |status: &str| rows.iter().filter(|row| &row[7] == status).count() as u64;
        assert_eq!((count("dry_run"), count("no_change")), (runs[0].changes(), 3), "{text}");
        assert_eq!(count("success"), runs[1].changes() + 3, "the steps, and a proof for each app");
        let made = rows.iter().filter(|row| &row[6] == "create_database" && &row[7] == "success");
        let mut made: Vec<[&str; 2]> = made.map(|row| [&row[4], &row[5]]).collect();
        made.sort_unstable();
        assert_eq!(made, [["backstage", "backstage_user"], ["keycloak", "keycloak_user"]]);

        let text = std::fs::read_to_string(&lines).unwrap();
        let objects: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(objects.len(), rows.len());
        for (object, row) in objects.iter().zip(&rows) {
            assert_eq!((object["action"].as_str(), object["status"].as_str()), (Some(&row[6]), Some(&row[7])));
            for key in HEADER.split(',').chain(["sqlstate", "plan_digest", "secret_version", "master", "server"]) {
                assert!(object.get(key).is_some(), "{key}: {object}");
            }
            assert_eq!(object["master"], "platform_admin");
        }
        let digests: Vec<&Value> = objects.iter().map(|object| &object["plan_digest"]).collect();
        assert!(digests.contains(&&runs[1].report()["plan_digest"]));
    });
}

fn steps(run: &Finished) -> usize {
    run.report()["apps"].as_array().unwrap().iter().map(|app| app["steps"].as_array().unwrap().len()).sum()
}

#[test]
fn rows_go_to_stdout_where_that_is_asked() {
    on_newest_major(async |server| {
        let workspace = workspace(server);
        let run = workspace.run("apply").flag("--audit-output", "-").expect(0);
        assert_eq!(run.stdout.matches(HEADER).count(), 1, "{run}");
        let rows = run.stdout.lines().filter(|line| line.contains(",dev,manual,local,")).count();
        assert_eq!(rows, steps(&run), "{run}");
        assert!(!workspace.path().join("-").exists());

        for output in ["json", "human"] {
            let both = workspace.run("plan").flag("--audit-output", "-").flag("--output", output);
            let code = if output == "json" { 2 } else { 0 };
            let both = both.expect(code);
            if code == 2 {
                assert_eq!(
                    both.termination_line(),
                    "--audit-output - and --output json would both write to stdout: choose one"
                );
                assert_eq!(both.stdout, "");
            }
        }
    });
}

#[test]
fn a_failure_has_its_row_too() {
    on_newest_major(async |server| {
        let workspace = workspace(server);
        let judge = server.superuser().await;
        judge.batch_execute("CREATE ROLE keycloak_user LOGIN PASSWORD 'somebody-elses'").await.unwrap();
        let refused = workspace.run("apply").expect(3);
        let rows = refused.audit_rows();
        assert!(rows.iter().any(|row| row["status"] == "refused" && row["username"] == "keycloak_user"), "{refused}");
        assert_eq!(
            rows[0].keys().map(String::as_str).collect::<std::collections::BTreeSet<_>>(),
            HEADER.split(',').collect()
        );
    });
}
