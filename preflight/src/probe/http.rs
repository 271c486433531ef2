//! HTTP: what a URL answers.
//!
//! The client is the one that the AWS SDK brings anyway: the proxies of the environment, and the system's trust anchors.

use std::time::Duration;

use aws_smithy_runtime_api::client::http::HttpConnector;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use http::Uri;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use platform::aws::{NetworkFault, plain_connector};
use platform::error::chain;
use platform::resolver::{NameFault, addresses};
use serde_json::Value;
use tokio::time::timeout;

use super::network::{RESOLVE, resolver_silent};
use crate::look::{Answer, HttpAnswer};
use crate::verdict::CannotLook;

/// Of a body no more is read.
const BODY_BYTES: usize = 64 * 1024;

const USER_AGENT: &str = concat!("preflight/", env!("CARGO_PKG_VERSION"));
/// What stands for itself in a form.
const FORM: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
const NOT_SHOWN: &str = "(not shown)";

/// Asks URLs, each time on a new connection: no redirection is followed, no request repeated.
#[derive(Default)]
pub struct HttpProbe {
    limits: Limits,
}

struct Limits {
    /// Name, TCP and TLS.
    connect: Duration,
    /// From the start to the first byte of the answer.
    answer: Duration,
    /// From there to the end of the body, or of what is read of it.
    body: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self { connect: seconds(3), answer: seconds(5), body: seconds(5) }
    }
}

impl HttpProbe {
    /// What the URL answers to GET.
    pub async fn get(&self, url: &str) -> Result<Answer, CannotLook> {
        self.ask(&Target::of(url)?, "GET", None).await.map(Answer::Http)
    }

    /// What the URL, a token endpoint, answers to the client's credentials. In the answer's body there is neither the
    /// secret nor the tokens that it bought.
    pub async fn token(&self, url: &str, client: &str, secret: &str) -> Result<Answer, CannotLook> {
        let encoded = |text: &str| utf8_percent_encode(text, FORM).to_string();
        let (client, encoded_secret) = (encoded(client), encoded(secret));
        let form = format!("grant_type=client_credentials&client_id={client}&client_secret={encoded_secret}");
        let answer = self.ask(&Target::of(url)?, "POST", Some(form)).await?;
        Ok(Answer::Http(without_secrets(answer, &[secret, &encoded_secret])))
    }

    async fn ask(&self, target: &Target<'_>, method: &str, form: Option<String>) -> Result<HttpAnswer, CannotLook> {
        let request = request(target.url, method, form).map_err(|why| target.cannot("url", &why))?;
        // A connection that is left of an earlier question says nothing of what is there now.
        let connector = plain_connector(self.limits.connect, self.limits.answer);
        match connector.call(request).await {
            Ok(response) => answered(target, response, self.limits.body).await,
            Err(error) => not_answered(target, &error).await,
        }
    }
}

/// A URL that can be asked.
struct Target<'a> {
    url: &'a str,
    host: String,
    port: u16,
}

impl<'a> Target<'a> {
    fn of(url: &'a str) -> Result<Self, CannotLook> {
        let cannot = |why: &str| CannotLook::new("url", format!("cannot ask {url}: {why}"));
        let parsed: Uri = url.parse().map_err(|error| cannot(&format!("it is no URL ({error})")))?;
        let port = match parsed.scheme_str() {
            Some("http") => 80,
            Some("https") => 443,
            _ => return Err(cannot("it begins with neither http:// nor https://")),
        };
        let host = parsed.host().filter(|host| !host.is_empty()).ok_or_else(|| cannot("it names no host"))?;
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        Ok(Self { url, host, port: parsed.port_u16().unwrap_or(port) })
    }

    fn cannot(&self, reason: &'static str, why: &str) -> CannotLook {
        CannotLook::new(reason, format!("cannot ask {}: {why}", self.url))
    }
}

fn request(url: &str, method: &str, form: Option<String>) -> Result<HttpRequest, String> {
    let is_form = form.is_some();
    let mut request = HttpRequest::new(form.map_or_else(SdkBody::empty, SdkBody::from));
    request.set_method(method).map_err(|error| error.to_string())?;
    request.set_uri(url).map_err(|error| error.to_string())?;
    let headers = request.headers_mut();
    headers.insert("user-agent", USER_AGENT);
    headers.insert("accept", "*/*");
    if is_form {
        headers.insert("content-type", "application/x-www-form-urlencoded");
    }
    Ok(request)
}

async fn answered(target: &Target<'_>, mut response: HttpResponse, limit: Duration) -> Result<HttpAnswer, CannotLook> {
    let header = |name: &str| response.headers().try_get(name)?.ok().map(ToOwned::to_owned);
    let (status, location) = (response.status().as_u16(), header("location"));
    let content_type = header("content-type").map(|text| media_type(&text)).unwrap_or_default();
    match timeout(limit, beginning(response.take_body())).await {
        Ok(Ok(body)) => Ok(HttpAnswer::Answered { status, content_type, location, body }),
        Ok(Err(error)) => match NetworkFault::of(&error) {
            Some(fault) => Ok(HttpAnswer::Failed(fault)),
            None => Err(target.cannot("protocol", &chain(&error))),
        },
        Err(_) => Ok(HttpAnswer::Failed(NetworkFault::Slow)),
    }
}

async fn not_answered(target: &Target<'_>, error: &ConnectorError) -> Result<HttpAnswer, CannotLook> {
    match NetworkFault::of(error) {
        Some(NetworkFault::ResolverSilent) => Err(resolver_silent(&target.host)),
        // The time for connecting is too short for a resolver that is silent: whether that is so is asked here.
        Some(NetworkFault::ConnectTimedOut)
            if addresses(&target.host, target.port, RESOLVE).await == Err(NameFault::ResolverSilent) =>
        {
            Err(resolver_silent(&target.host))
        }
        Some(fault) => Ok(HttpAnswer::Failed(fault)),
        None => Err(target.cannot("protocol", &chain(error))),
    }
}

async fn beginning(body: SdkBody) -> Result<String, aws_smithy_types::byte_stream::error::Error> {
    let mut stream = ByteStream::new(body);
    let mut read = Vec::new();
    while let Some(bytes) = stream.next().await {
        read.extend_from_slice(&bytes?);
        if read.len() >= BODY_BYTES {
            read.truncate(BODY_BYTES);
            break;
        }
    }
    Ok(String::from_utf8_lossy(&read).into_owned())
}

fn media_type(content_type: &str) -> String {
    content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// A token endpoint's answer is kept for what it says, not for what it hands out: a body that cannot be told apart is
/// dropped.
fn without_secrets(answer: HttpAnswer, secrets: &[&str]) -> HttpAnswer {
    let HttpAnswer::Answered { status, content_type, location, body } = answer else { return answer };
    let body = match serde_json::from_str(&body) {
        Ok(Value::Object(mut members)) => {
            for (key, value) in &mut members {
                if key.ends_with("token") {
                    *value = NOT_SHOWN.into();
                }
            }
            Value::Object(members).to_string()
        }
        _ if (200..300).contains(&status) => String::new(),
        _ => body,
    };
    let secrets = secrets.iter().filter(|secret| !secret.is_empty());
    let body = secrets.fold(body, |body, secret| body.replace(secret, NOT_SHOWN));
    HttpAnswer::Answered { status, content_type, location, body }
}

#[cfg(test)]
mod tests;
