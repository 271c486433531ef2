//! The message for Kubernetes: one line that Argo shows, and detail below it.

use std::fs;

use acceptance::postgres::free_port;
use acceptance::{ARGO_PHRASES, App, Workspace, on_newest_major};

use super::{apps, workspace};

#[test]
fn nothing_is_written_where_nobody_asked() {
    on_newest_major(async |server| {
        let workspace = workspace(server);
        let well = workspace.run("plan").expect(0);
        assert_eq!(well.termination.as_deref(), Some(""), "a run that ends well has nothing to say");

        let run = workspace.run("apply").flag("--tfvars", "/nowhere");
        fs::remove_file(run.folder().join("termination")).unwrap();
        assert_eq!(run.expect(2).termination, None, "the file is the kubelet's to make");
        let default = workspace.run("apply").flag("--tfvars", "/nowhere").without("--termination-log").expect(2);
        assert_eq!(default.termination.as_deref(), Some(""));
    });
}

#[test]
fn a_long_message_is_cut_and_keeps_its_headline() {
    let workspace = Workspace::new(crate::PROVISIONER);
    let entries: String = (0..200).map(|n| format!("  app{n} = {{ databäse_näme = \"ä{n}\" }}\n")).collect();
    workspace.write_tfvars(&format!("application_databases = {{\n{entries}}}\n"));
    for command in ["validate", "apply"] {
        let run = workspace.run(command).expect(2);
        let message = run.termination.as_deref().unwrap();
        assert!(message.len() <= 4096 && message.len() > 4000, "{}", message.len());
        assert!(!message.contains('\u{fffd}') && !message.ends_with('\n'));
        let line = run.termination_line();
        assert!(line.chars().count() <= 200, "{line}");
        assert!(line.contains("terraform.tfvars:2:") && line.contains("more)"), "{line}");
    }
}

#[test]
fn with_75_the_line_holds_a_phrase_of_argos_however_long_the_names_are() {
    on_newest_major(async |server| {
        let workspace = workspace(server);
        let port = free_port();
        workspace.put_master(&server.master().clone().at("127.0.0.1", port));
        for app in apps() {
            let secret = workspace.secret(&app.secret_path()).at("127.0.0.1", port);
            workspace.put_secret(&app.secret_path(), &secret);
        }
        let run = workspace.run("apply").flag("--connect-patience", "100ms").expect(75);
        let line = format!("127.0.0.1:{port}: connect: connection refused; is the server running?");
        assert_eq!(run.termination.as_deref(), Some(line.as_str()), "no newline at its end");
        assert_eq!(run.report()["outcome"], "unavailable");
    });
}

/// The name of another run is as long as it may be: what Argo looks for is not what is cut.
#[test]
fn the_holder_of_the_lock_is_named_beside_the_phrase() {
    on_newest_major(async |server| {
        let long = |letter: &str| letter.repeat(63);
        let app =
            App { name: "n".repeat(120), database: long("d"), role: long("r"), access: None, attributes: Vec::new() };
        let workspace = Workspace::with_apps(crate::PROVISIONER, server, std::slice::from_ref(&app));
        let postgres = acceptance::Secret { dbname: "postgres".to_owned(), ..server.master().clone() };
        let holder = server.login(&postgres).await.unwrap();
        let name = format!("provisioner/0.1.0 apply run={}", "x".repeat(30));
        holder.batch_execute(&format!("SET application_name = '{name}'")).await.unwrap();
        holder.execute("SELECT pg_advisory_lock(8102661233958912001)", &[]).await.unwrap();
        let run = workspace.run("apply").flag("--lock-wait", "100ms").expect(75);
        assert!(ARGO_PHRASES.iter().any(|phrase| run.termination_line().contains(phrase)), "{run}");
        assert!(run.termination_line().contains("xxx"), "the holder is named: {run}");
    });
}
