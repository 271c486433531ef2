//! AWS Secrets Manager, as moto's server plays it.
//!
//! Where it differs from AWS: it accepts writes to deleted secrets, and moves `AWSCURRENT` loosely. A test for which
//! that matters says what AWS does.

use std::io;
use std::path::PathBuf;
use std::process::Command;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use serde_json::{Value, json};

use crate::command::Run;
use crate::http::Message;
use crate::installed::setup_folder;
use crate::postgres::free_port;
use crate::secret::Secret;
use crate::supervised::{Program, Supervised};

/// The server: one for all tests of a process.
#[derive(Debug)]
struct Moto {
    port: u16,
    _process: Supervised,
}

static MOTO: LazyLock<Moto> = LazyLock::new(Moto::start);
static REGIONS: AtomicU32 = AtomicU32::new(1);

/// A Secrets Manager of a test's own: a region that nobody else uses.
#[derive(Debug)]
pub struct SecretsManager {
    port: u16,
    region: String,
    /// Whose it is: moto tells accounts apart by it.
    key: String,
}

impl SecretsManager {
    /// An empty Secrets Manager.
    pub async fn new() -> Self {
        let region = format!("eu-test-{}", REGIONS.fetch_add(1, Ordering::Relaxed));
        Self::of(moto_port().await, &region, "AKIAACCEPTANCE")
    }

    /// The one of a region, of the account that the key is of.
    pub(crate) fn of(port: u16, region: &str, key: &str) -> Self {
        Self { port, region: region.to_owned(), key: key.to_owned() }
    }

    /// The server's port, for a proxy.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// The region that this one is.
    pub fn region(&self) -> &str {
        &self.region
    }

    /// The same by way of another port.
    pub(crate) fn at(&self, port: u16) -> Self {
        Self { port, region: self.region.clone(), key: self.key.clone() }
    }

    /// Lets a run use this, by way of AWS's own variables.
    #[must_use]
    pub fn serve(&self, run: Run) -> Run {
        let run = run.flag("--secrets", "aws");
        self.environment().into_iter().fold(run, |run, (name, value)| run.env(name, value))
    }

    /// AWS's own variables, as a client of this needs them.
    pub fn environment(&self) -> [(&'static str, String); 5] {
        [
            ("AWS_ENDPOINT_URL", format!("http://127.0.0.1:{}", self.port)),
            ("AWS_REGION", self.region.clone()),
            ("AWS_ACCESS_KEY_ID", self.key.clone()),
            ("AWS_SECRET_ACCESS_KEY", "acceptance".to_owned()),
            ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
        ]
    }

    /// Calls an action: the status and the answer.
    pub async fn call(&self, action: &str, input: &Value) -> io::Result<(u16, Value)> {
        let scope = format!("Credential={}/20260101/{}/secretsmanager/aws4_request", self.key, self.region);
        let request = Message::new("POST / HTTP/1.1", "application/x-amz-json-1.1", input.to_string())
            .header("host", format!("secretsmanager.{}.amazonaws.com", self.region))
            .header("x-amz-target", format!("secretsmanager.{action}"))
            .header("authorization", format!("AWS4-HMAC-SHA256 {scope}, SignedHeaders=host, Signature=0"));
        let answer = request.ask(self.port).await?;
        let body = serde_json::from_slice(&answer.body).unwrap_or(Value::Null);
        Ok((answer.status(), body))
    }

    /// Calls an action that must succeed.
    pub async fn must(&self, action: &str, input: &Value) -> Value {
        let (status, answer) = self.call(action, input).await.unwrap_or_else(|error| panic!("{action}: {error}"));
        assert_eq!(status, 200, "{action} {input}: {answer}");
        answer
    }

    /// Creates a secret; gives its version.
    pub async fn create(&self, path: &str, secret: &Secret) -> String {
        self.create_text(path, &secret.json().to_string()).await
    }

    /// Creates a secret with any content; gives its version.
    pub async fn create_text(&self, path: &str, content: &str) -> String {
        let created = self.must("CreateSecret", &json!({"Name": path, "SecretString": content})).await;
        created["VersionId"].as_str().expect("a version").to_owned()
    }

    /// Writes a new current version of a secret; gives it.
    pub async fn put(&self, path: &str, secret: &Secret) -> String {
        let content = secret.json().to_string();
        let put = self.must("PutSecretValue", &json!({"SecretId": path, "SecretString": content})).await;
        put["VersionId"].as_str().expect("a version").to_owned()
    }

    /// The current content of a secret; none where it does not exist, has no value or is being deleted.
    pub async fn content(&self, path: &str) -> Option<Value> {
        let (status, answer) = self.call("GetSecretValue", &json!({"SecretId": path})).await.ok()?;
        let text = (status == 200).then(|| answer["SecretString"].as_str().map(str::to_owned))??;
        Some(serde_json::from_str(&text).unwrap_or(Value::String(text)))
    }

    /// What is known about a secret but its content: tags, deletion, versions with their stages.
    pub async fn describe(&self, path: &str) -> Option<Value> {
        let (status, answer) = self.call("DescribeSecret", &json!({"SecretId": path})).await.ok()?;
        (status == 200).then_some(answer)
    }

    /// How many versions a secret has: a run that changes nothing adds none.
    pub async fn versions(&self, path: &str) -> usize {
        let versions = self.must("ListSecretVersionIds", &json!({"SecretId": path, "IncludeDeprecated": true})).await;
        versions["Versions"].as_array().map_or(0, Vec::len)
    }

    /// Schedules a secret for deletion.
    pub async fn delete(&self, path: &str) {
        self.must("DeleteSecret", &json!({"SecretId": path, "RecoveryWindowInDays": 7})).await;
    }
}

/// The port of moto's server, which answers.
pub(crate) async fn moto_port() -> u16 {
    let port = MOTO.port;
    for _ in 0..600 {
        if tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_ok() {
            return port;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("moto's server did not start; its log: {}", log_file().display());
}

impl Moto {
    fn start() -> Self {
        let port = free_port();
        let mut command = moto_command();
        command.extend(["-H".to_owned(), "127.0.0.1".to_owned(), "-p".to_owned(), port.to_string()]);
        let program = Program {
            command,
            environment: &[("MOTO_ALLOW_NONEXISTENT_REGION", "true"), ("AWS_EC2_METADATA_DISABLED", "true")],
            account: None,
            log: &log_file(),
            final_signal: "KILL",
            folder: None,
        };
        Self { port, _process: program.start().expect("start moto's server") }
    }
}

fn log_file() -> PathBuf {
    std::fs::create_dir_all(setup_folder()).expect("make target/acceptance");
    setup_folder().join("moto.log")
}

/// What starts moto's server: `MOTO_SERVER`, the one on the PATH, the one that `tests/setup` installed.
fn moto_command() -> Vec<String> {
    if let Ok(command) = std::env::var("MOTO_SERVER") {
        return command.split_whitespace().map(str::to_owned).collect();
    }
    let installed = setup_folder().join("moto/bin/moto_server").display().to_string();
    for candidate in ["moto_server".to_owned(), installed] {
        let runs = Command::new(&candidate).arg("--help").output().is_ok_and(|answer| answer.status.success());
        if runs {
            return vec![candidate];
        }
    }
    panic!(
        "no moto server to play AWS Secrets Manager. Any one of these gives one:\n\
         - `tests/setup` (it needs python3 with venv)\n\
         - `pip install 'moto[server]'`, with moto_server on the PATH\n\
         - MOTO_SERVER=<command that starts it>"
    )
}
