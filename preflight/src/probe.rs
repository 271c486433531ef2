//! The edges: each answers questions of one kind. Clients are made once, when the first question needs them.

mod aws;
mod dns;
mod http;
mod kubernetes;
mod network;
mod postgres;
mod tls;

use std::sync::Arc;

use rustls::ClientConfig;

use crate::engine::Prober;
use crate::inputs::Name;
use crate::look::{Answer, Aws, HttpClient, Look};
use crate::scope::Scope;
use crate::settings::Settings;
use crate::verdict::CannotLook;

pub use kubernetes::{KubernetesProbe, KubernetesSettings};

/// Whom AWS takes a service account's token for.
const AUDIENCE: &str = "sts.amazonaws.com";

/// All of them.
pub struct Probes {
    kubernetes: KubernetesProbe,
    aws: aws::AwsProbe,
    http: http::HttpProbe,
    postgres: postgres::PostgresProbe,
    tls: tls::TlsProbe,
    placeholders: Vec<String>,
}

impl Probes {
    /// Those of a run; servers of PostgreSQL are trusted as `trust` says.
    pub fn new(settings: &Settings, scope: &Scope, kubernetes: KubernetesProbe, trust: &Arc<ClientConfig>) -> Self {
        let region = scope.text(Name::Region).map(str::to_owned);
        Self {
            kubernetes,
            aws: aws::AwsProbe::new(region, settings.connect_patience),
            http: http::HttpProbe::default(),
            postgres: postgres::PostgresProbe::new(Arc::clone(trust)),
            tls: tls::TlsProbe::new(Arc::clone(trust)),
            placeholders: scope.profile.secrets.placeholders.clone(),
        }
    }

    /// Waits a while for what tidies up after itself.
    pub async fn settled(&self) {
        if !self.kubernetes.settled(std::time::Duration::from_secs(5)).await {
            tracing::warn!(
                "a trial of storage has not cleaned up in time: look for objects with app.kubernetes.io/managed-by=preflight"
            );
        }
    }

    async fn aws(&self, question: &Aws) -> Result<Answer, CannotLook> {
        let Aws::Assume { role, namespace, service_account } = question else { return self.aws.look(question).await };
        let token = self.kubernetes.service_account_token(namespace, service_account, AUDIENCE).await?;
        self.aws.assume(role, &token).await
    }

    async fn http(&self, url: &str, client: Option<&HttpClient>) -> Result<Answer, CannotLook> {
        let Some(HttpClient { id, secret, key }) = client else { return self.http.get(url).await };
        let value = self.aws.secret_value(secret, key).await?;
        self.http.token(url, id, value.expose()).await
    }

    async fn postgres(&self, secret: &str) -> Result<Answer, CannotLook> {
        let credentials = self.aws.login(secret, &self.placeholders).await?;
        self.postgres.look(&credentials).await
    }
}

impl Prober for Probes {
    async fn look(&self, look: &Look) -> Result<Answer, CannotLook> {
        match look {
            Look::Kubernetes(question) => self.kubernetes.look(question).await,
            Look::Aws(question) => self.aws(question).await,
            Look::SecretContent { path } => self.aws.secret_content(path, &self.placeholders).await,
            Look::Resolve { host } => network::resolve(host).await,
            Look::Dns(question) => dns::records(question).await,
            Look::Tcp { host, port } => network::tcp(host, *port).await,
            Look::Tls(question) => self.tls.look(question).await,
            Look::Http { url, client } => self.http(url, client.as_ref()).await,
            Look::Postgres { secret } => self.postgres(secret).await,
        }
    }
}
