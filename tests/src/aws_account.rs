//! An account of its own at moto's: what is made in it, nobody else sees.

use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::Value;

use crate::http::Message;
use crate::secrets_manager::{SecretsManager, moto_port};

/// The role that a run has.
pub const ROLE: &str = "goldenpath-idp-preflight";
/// Where things are, unless a service has no regions.
pub(crate) const REGION: &str = "eu-west-2";

/// An account, and a session in it.
#[derive(Clone, Debug)]
pub struct AwsAccount {
    /// Its number.
    pub id: String,
    pub(crate) port: u16,
    key: String,
    region: String,
}

impl AwsAccount {
    /// A new account.
    pub(crate) async fn new() -> Self {
        static ACCOUNTS: AtomicU32 = AtomicU32::new(1);
        let id = format!("{:012}", 700_000_000_000_u64 + u64::from(ACCOUNTS.fetch_add(1, Ordering::Relaxed)));
        let (key, region) = ("AKIAACCEPTANCE".to_owned(), REGION.to_owned());
        let outside = Self { id: String::new(), port: moto_port().await, key, region };
        // That is how moto tells accounts apart.
        let role = format!("arn:aws:iam::{id}:role/{ROLE}");
        let assumed = outside.query("sts", "AssumeRole", &[("RoleArn", &role), ("RoleSessionName", "run")]).await;
        Self { id, key: between(&assumed, "AccessKeyId"), ..outside }
    }

    /// The same account, from another region.
    #[must_use]
    pub fn in_region(&self, region: &str) -> Self {
        Self { region: region.to_owned(), ..self.clone() }
    }

    /// The account's Secrets Manager.
    pub fn secrets(&self) -> SecretsManager {
        SecretsManager::of(self.port, &self.region, &self.key)
    }

    /// Calls an action that must succeed, of a service that takes forms; gives the XML.
    pub async fn query(&self, service: &str, action: &str, parameters: &[(&str, &str)]) -> String {
        let version = match service {
            "ec2" => "2016-11-15",
            "iam" => "2010-05-08",
            "rds" => "2014-10-31",
            _ => "2011-06-15",
        };
        let fields = [("Action", action), ("Version", version)].into_iter().chain(parameters.iter().copied());
        let body: Vec<String> = fields.map(|(name, value)| format!("{name}={}", encoded(value))).collect();
        let request = Message::new("POST / HTTP/1.1", "application/x-www-form-urlencoded", body.join("&"));
        self.must(service, action, request).await
    }

    /// The same for services with methods and paths.
    pub async fn rest(&self, service: &str, method: &str, path: &str, body: &str) -> String {
        let kind = if service == "route53" { "text/xml" } else { "application/json" };
        let request = Message::new(format!("{method} {path} HTTP/1.1"), kind, body);
        self.must(service, &format!("{method} {path}"), request).await
    }

    /// The same for services that speak JSON.
    pub async fn json(&self, service: &str, method: &str, path: &str, body: &Value) -> Value {
        let answer = self.rest(service, method, path, &body.to_string()).await;
        serde_json::from_str(&answer).unwrap_or_else(|error| panic!("{service} {path}: {error}: {answer}"))
    }

    async fn must(&self, service: &str, what: &str, request: Message) -> String {
        let region = &self.region;
        let scope = format!("Credential={}/20260101/{region}/{service}/aws4_request", self.key);
        let request = request
            .header("host", format!("{service}.{region}.amazonaws.com"))
            .header("authorization", format!("AWS4-HMAC-SHA256 {scope}, SignedHeaders=host, Signature=0"));
        let answer = request.ask(self.port).await.unwrap_or_else(|error| panic!("{service} {what}: {error}"));
        let text = String::from_utf8_lossy(&answer.body).into_owned();
        assert!((200..300).contains(&answer.status()), "{service} {what}: {}\n{text}", answer.first_line);
        text
    }
}

/// The text of the first element of this name; panics where there is none.
pub(crate) fn between(xml: &str, element: &str) -> String {
    let (start, end) = (format!("<{element}>"), format!("</{element}>"));
    let found = xml.split_once(&start).and_then(|(_, rest)| rest.split_once(&end));
    found.map_or_else(|| panic!("no {element} in {xml}"), |(text, _)| text.trim().to_owned())
}

fn encoded(text: &str) -> String {
    let kept = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(byte);
    text.bytes().map(|byte| if kept(&byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}
