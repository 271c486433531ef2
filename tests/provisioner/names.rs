//! Names that an app chose on the server: they forge no line of what people read, and hide none.

use acceptance::generate::identifier;
use acceptance::{App, Finished, Workspace, on_newest_major};

use crate::PROVISIONER;

const HOSTILE: &str = "x\n\nNothing to do: 3 apps in sync.\u{1b}[8m";
const SHOWN: &str = r"x\n\nNothing to do: 3 apps in sync.\u{1b}[8m";

#[test]
fn a_database_with_a_hostile_name() {
    on_newest_major(async |server| {
        let app = App::owner("shop");
        let workspace = Workspace::with_apps(PROVISIONER, server, std::slice::from_ref(&app));
        assert!(workspace.run("apply").expect(0).changes() > 0);
        let session = server.login(&workspace.secret(&app.secret_path())).await.unwrap();
        session.batch_execute(&format!("CREATE DATABASE {}", identifier(HOSTILE))).await.unwrap();

        let plan = workspace.run("plan").args(&["--sql"]).expect(0);
        assert_honest(&plan, &plan.stdout);
        assert_eq!(plan.app("shop")["steps"][0]["target"], HOSTILE, "the report has the name as it is: {plan}");
        let verified = workspace.run("verify").expect(1);
        assert_honest(&verified, &verified.stdout);
        assert_honest(&verified, &verified.stderr);
        assert_honest(&verified, verified.termination.as_deref().unwrap_or_default());
        assert_honest(&verified, verified.output("summary"));
        assert_eq!(verified.output("summary").lines().count(), 1, "{verified}");
        let run = workspace.run("apply").expect(0);
        assert_honest(&run, &run.stdout);
        assert!(run.changes() > 0, "{run}");
        assert_eq!(workspace.run("apply").expect(0).changes(), 0);
    });
}

#[track_caller]
fn assert_honest(run: &Finished, text: &str) {
    assert!(text.contains(SHOWN), "{run}");
    assert!(!text.lines().any(|line| line.starts_with("Nothing to do")), "{run}");
    assert_eq!(text.chars().find(|character| character.is_control() && *character != '\n'), None, "{run}");
}
