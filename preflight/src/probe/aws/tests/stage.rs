//! Clients whose network is a function.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::body::SdkBody;

use crate::probe::aws::AwsProbe;
use crate::probe::aws::Clients;

/// What was sent.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) method: String,
    pub(super) uri: String,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: String,
}

impl Asked {
    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.as_str())
    }

    /// Whether it is this call: by the form, by the header, or by the path.
    pub(super) fn is(&self, call: &str) -> bool {
        self.body.starts_with(&format!("Action={call}&"))
            || self.header("x-amz-target").ends_with(&format!(".{call}"))
            || self.uri.ends_with(call)
    }
}

/// What comes back.
#[derive(Clone, Debug)]
pub(super) struct Said {
    status: u16,
    headers: Vec<(&'static str, &'static str)>,
    body: String,
}

pub(super) fn said(status: u16, body: impl Into<String>) -> Said {
    Said { status, headers: Vec::new(), body: body.into() }
}

impl Said {
    pub(super) fn with(mut self, name: &'static str, value: &'static str) -> Self {
        self.headers.push((name, value));
        self
    }
}

type Answers = dyn Fn(&Asked) -> Said + Send + Sync;

/// A probe, and what it has sent.
pub(super) struct Stage {
    pub(super) probe: AwsProbe,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Stage {
    pub(super) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

pub(super) fn stage(answers: impl Fn(&Asked) -> Said + Send + Sync + 'static) -> Stage {
    let network = Network { answers: Arc::new(answers), asked: Arc::default() };
    let asked = Arc::clone(&network.asked);
    let credentials = Credentials::new("AKIAEXAMPLE", "a secret key", Some("a session".to_owned()), None, "test");
    let config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-west-2"))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .retry_config(RetryConfig::standard().with_max_attempts(3).with_initial_backoff(Duration::from_millis(1)))
        .http_client(http_client_fn(move |_, _| SharedHttpConnector::new(network.clone())))
        .build();
    let mut probe = AwsProbe::new(None, Duration::ZERO);
    probe.clients = tokio::sync::OnceCell::new_with(Some(Clients::new(config)));
    Stage { probe, asked }
}

#[derive(Clone)]
struct Network {
    answers: Arc<Answers>,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl std::fmt::Debug for Network {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Network")
    }
}

impl HttpConnector for Network {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let headers = request.headers().iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
        let asked = Asked {
            method: request.method().to_owned(),
            uri: request.uri().to_owned(),
            headers: headers.collect(),
            body: String::from_utf8_lossy(request.body().bytes().unwrap()).into_owned(),
        };
        let said = (self.answers)(&asked);
        self.asked.lock().unwrap().push(asked);
        let mut response = HttpResponse::new(said.status.try_into().unwrap(), SdkBody::from(said.body));
        for (name, value) in said.headers {
            response.headers_mut().insert(name, value);
        }
        HttpConnectorFuture::ready(Ok(response))
    }
}
