//! The provisioner at work, from nothing to logins, on a server that is thrown away afterwards.
//!
//! `tests/demo` builds what this needs and runs it; `PROVISIONER` is the path of the program to show.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Instant;

use acceptance::workspace::{App, application_databases};
use acceptance::{Secret, TestServer, Workspace, engine, tls};
use tokio_postgres::error::SqlState;

fn main() -> ExitCode {
    let keep = std::env::args().any(|argument| argument == "--keep");
    let Some(program) = std::env::var_os("PROVISIONER") else {
        eprintln!("demo: PROVISIONER names no program; run tests/demo");
        return ExitCode::FAILURE;
    };
    match engine::run(Demo::play(program.into(), keep)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("\ndemo: {reason}");
            ExitCode::FAILURE
        }
    }
}

/// What the demo's tfvars declare: two owners, and two guests in a database of one of them.
fn apps() -> [App; 4] {
    [
        App::owner("keycloak"),
        App::owner("backstage"),
        App::guest("reporting", "backstage", "reader"),
        App::guest("importer", "backstage", "editor"),
    ]
}

struct Demo {
    server: TestServer,
    workspace: Workspace,
    program: PathBuf,
}

impl Demo {
    async fn play(program: PathBuf, keep: bool) -> Result<(), String> {
        let started = Instant::now();
        heading("A PostgreSQL like RDS: TLS forced, and a master that is not a superuser");
        let server = TestServer::of_any_version().await;
        if server.major() < 15 {
            server.let_master_own_public_schema().await;
        }
        println!("{server} at {}:{}", server.host(), server.port());
        let demo = Self { workspace: Workspace::new(&program), server, program };
        demo.write_inputs();

        demo.step("What would be done? Reads, and writes nothing", &["plan", "--missing-secrets=create"])?;
        demo.step(
            "Do it, with new passwords for the secrets that are missing",
            &["apply", "--missing-secrets=create"],
        )?;
        demo.step("Log in as every application, and check what each may do", &["verify"])?;
        heading("The same from outside, with the passwords in the secrets");
        demo.log_in().await?;
        demo.step("Once more: nothing is left to do", &["apply", "--missing-secrets=create"])?;
        let changes = demo.changes()?;

        heading("Done");
        println!(
            "4 applications can log in, the second run made {changes} changes, {:.1} s",
            started.elapsed().as_secs_f32()
        );
        if changes != "0" {
            return Err("a second run must change nothing".to_owned());
        }
        if keep {
            demo.keep()?;
        }
        Ok(())
    }

    fn write_inputs(&self) {
        let text = application_databases(&apps());
        self.workspace.write_tfvars(&text);
        self.workspace.put_master(self.server.master());
        std::fs::copy(tls::authority_file(), self.folder().join("authority.pem"))
            .expect("copy the authority's certificate");
        heading("What the platform declares: terraform.tfvars");
        print!("{text}");
    }

    fn folder(&self) -> &Path {
        self.workspace.path()
    }

    /// Shows a command, runs it, and lets it speak for itself.
    fn step(&self, title: &str, arguments: &[&str]) -> Result<(), String> {
        heading(title);
        let flags = [
            "--env=dev",
            "--tfvars=terraform.tfvars",
            "--secrets=file:secrets",
            "--ca-bundle=authority.pem",
            "--out=out",
        ];
        let arguments: Vec<&str> = arguments.iter().copied().chain(flags).collect();
        println!("$ provisioner {}", arguments.join(" "));
        let mut command = Command::new(&self.program);
        command.args(&arguments).current_dir(self.folder());
        if std::env::var_os("RUST_LOG").is_none() {
            command.env("RUST_LOG", "warn");
        }
        let status = command.status().map_err(|error| format!("{}: {error}", self.program.display()))?;
        if status.success() { Ok(()) } else { Err(format!("`provisioner {}` ended with {status}", arguments[0])) }
    }

    fn changes(&self) -> Result<String, String> {
        let file = self.folder().join("out/changes");
        let text = std::fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
        Ok(text.trim().to_owned())
    }

    async fn log_in(&self) -> Result<(), String> {
        let [keycloak, backstage, reporting, importer] = apps().map(|app| self.workspace.secret(&app.secret_path()));
        let elsewhere = Secret { dbname: keycloak.dbname.clone(), ..backstage.clone() };
        self.tries(&keycloak, "CREATE TABLE realm (id int)", true).await?;
        self.tries(&backstage, "CREATE TABLE entity (id serial, name text)", true).await?;
        self.tries(&importer, "INSERT INTO entity (name) VALUES ('made after the grants')", true).await?;
        self.tries(&reporting, "SELECT name FROM entity", true).await?;
        self.tries(&reporting, "DELETE FROM entity", false).await?;
        self.tries(&elsewhere, "SELECT 1", false).await
    }

    /// Runs a statement as an application, and says what came of it.
    async fn tries(&self, secret: &Secret, statement: &str, expected: bool) -> Result<(), String> {
        let result = match self.server.login(secret).await {
            Ok(client) => client.batch_execute(statement).await,
            Err(error) => Err(error),
        };
        let Secret { username, dbname, .. } = secret;
        let outcome = match &result {
            Ok(()) => "works",
            Err(error) if error.code() == Some(&SqlState::INSUFFICIENT_PRIVILEGE) => "refused: permission denied",
            Err(error) => return Err(format!("{username} in {dbname}: {error:?}")),
        };
        println!("{username:<15} in {dbname:<10} {statement:<63} {outcome}");
        if result.is_ok() == expected { Ok(()) } else { Err("that is not what was declared".to_owned()) }
    }

    /// Leaves everything as it is until Enter or the end of the input.
    fn keep(&self) -> Result<(), String> {
        let folder = self.folder().display();
        let keycloak = self.workspace.secret(&apps()[0].secret_path());
        let Secret { username, password, host, port, dbname } = &keycloak;
        println!("\nThe server runs on until Enter is pressed; then it is gone, and so is {folder}");
        println!(
            "Log in:  PGPASSWORD={password} psql 'host={host} port={port} dbname={dbname} user={username} sslmode=verify-full sslrootcert={folder}/authority.pem'"
        );
        println!(
            "Or change {folder}/terraform.tfvars, and there run the commands above with {}",
            self.program.display()
        );
        std::io::stdin().read_line(&mut String::new()).map(drop).map_err(|error| error.to_string())
    }
}

fn heading(text: &str) {
    if std::io::stdout().is_terminal() {
        println!("\n\x1b[1m{text}\x1b[0m");
    } else {
        println!("\n== {text}");
    }
}
