//! Calls of services that have no SDK here, through the SDK's own machinery: its credentials, signatures, time-outs and
//! repetitions, and errors that mean the same.

use aws_config::SdkConfig;
use aws_runtime::auth::sigv4::{SCHEME_ID, SigV4AuthScheme};
use aws_runtime::auth::{SigV4OperationSigningConfig, SigningOptions};
use aws_runtime::retries::classifiers::AwsErrorCodeClassifier;
use aws_smithy_runtime::client::orchestrator::operation::Operation;
use aws_smithy_runtime::client::retries::classifiers::{HttpStatusCodeClassifier, TransientErrorClassifier};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::auth::AuthSchemeOptionResolverParams;
use aws_smithy_runtime_api::client::auth::static_resolver::StaticAuthSchemeOptionResolver;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse, OrchestratorError};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponentsBuilder;
use aws_smithy_runtime_api::client::runtime_plugin::StaticRuntimePlugin;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::Layer;
use aws_smithy_types::error::ErrorMetadata;
use aws_types::SigningName;
use aws_types::region::SigningRegion;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use platform::aws::Fault;
use serde_json::Value;

use super::endpoint::{Place, Protocol, Service};
use super::failure::{Heard, failure, nonsense};

/// What stands for itself in a path, a query or a form, as AWS signs it.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
const USER_AGENT: &str = concat!("preflight/", env!("CARGO_PKG_VERSION"));

/// A text as part of a path, a query or a form.
pub(super) fn encoded(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

/// A call.
#[derive(Clone, Debug)]
pub(super) struct Request {
    pub(super) service: &'static Service,
    /// As AWS names it.
    pub(super) operation: &'static str,
    pub(super) method: &'static str,
    /// Path and query, encoded.
    pub(super) path: String,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: String,
}

/// What came back that is not an error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reply {
    pub(super) status: u16,
    /// `x-amz-bucket-region`.
    pub(super) bucket_region: Option<String>,
    pub(super) body: String,
}

impl Reply {
    /// Its body, where that is JSON.
    pub(super) fn json(&self) -> Result<Value, Fault> {
        serde_json::from_str(&self.body).map_err(|error| nonsense(error.to_string()))
    }
}

/// Makes such calls.
pub(super) struct Signed {
    pub(super) config: SdkConfig,
    place: Place,
}

impl Signed {
    pub(super) const fn new(config: SdkConfig, place: Place) -> Self {
        Self { config, place }
    }

    /// Calls the service where it is.
    pub(super) async fn call(&self, request: Request) -> Result<Reply, Fault> {
        let configured = request.service.configured(&self.config);
        let endpoint = configured.unwrap_or_else(|| request.service.regional(&self.place));
        self.call_at(&endpoint, request).await
    }

    /// Calls it at `endpoint`.
    pub(super) async fn call_at(&self, endpoint: &str, request: Request) -> Result<Reply, Fault> {
        self.operation(endpoint, &request).invoke(request).await.map_err(|error| Fault::of(&error))
    }

    fn operation(&self, endpoint: &str, request: &Request) -> Operation<Request, Reply, ErrorMetadata> {
        let (config, protocol) = (&self.config, request.service.protocol);
        let mut operation = Operation::builder()
            .service_name(request.service.id)
            .operation_name(request.operation)
            .endpoint_url(endpoint)
            .with_connection_poisoning()
            .retry_classifier(TransientErrorClassifier::<ErrorMetadata>::new())
            .retry_classifier(AwsErrorCodeClassifier::<ErrorMetadata>::new())
            .retry_classifier(HttpStatusCodeClassifier::default())
            .runtime_plugin(self.signature(request.service));
        if let Some(version) = config.behavior_version() {
            operation = operation.behavior_version(version);
        }
        if let Some(client) = config.http_client() {
            operation = operation.http_client(client);
        }
        if let Some(retries) = config.retry_config() {
            operation = operation.standard_retry(retries);
        }
        if let Some(timeouts) = config.timeout_config() {
            operation = operation.timeout_config(timeouts.clone());
        }
        operation.serializer(http_request).deserializer(move |response| reply(protocol, response)).build()
    }

    fn signature(&self, service: &Service) -> StaticRuntimePlugin {
        let mut options = SigningOptions::default();
        if service.protocol == Protocol::Head {
            // As S3 wants it, unlike all others.
            options.double_uri_encode = false;
            options.normalize_uri_path = false;
            options.content_sha256_header = true;
        }
        let mut layer = Layer::new("signature");
        layer.store_put(AuthSchemeOptionResolverParams::new(()));
        layer.store_put(SigV4OperationSigningConfig {
            region: Some(SigningRegion::from(aws_config::Region::new(self.place.region.clone()))),
            region_set: None,
            name: Some(SigningName::from_static(service.signing_name)),
            signing_options: options,
        });
        let components = RuntimeComponentsBuilder::new("signature")
            .with_auth_scheme_option_resolver(Some(StaticAuthSchemeOptionResolver::new(vec![SCHEME_ID])))
            .with_auth_scheme(SigV4AuthScheme::new())
            .with_identity_cache(self.config.identity_cache());
        let components = match self.config.credentials_provider() {
            Some(provider) => components.with_identity_resolver(SCHEME_ID, provider),
            None => components,
        };
        StaticRuntimePlugin::new().with_config(layer.freeze()).with_runtime_components(components)
    }
}

fn http_request(request: Request) -> Result<HttpRequest, BoxError> {
    let mut made = HttpRequest::new(SdkBody::from(request.body));
    made.set_method(request.method)?;
    made.set_uri(request.path)?;
    made.headers_mut().insert("user-agent", USER_AGENT);
    for (name, value) in request.headers {
        made.headers_mut().insert(name, value);
    }
    Ok(made)
}

fn reply(protocol: Protocol, response: &HttpResponse) -> Result<Reply, OrchestratorError<ErrorMetadata>> {
    let header = |name: &str| response.headers().get(name);
    let body = String::from_utf8_lossy(response.body().bytes().unwrap_or_default());
    let heard = Heard {
        status: response.status().as_u16(),
        error_type: header("x-amzn-errortype"),
        bucket_region: header("x-amz-bucket-region"),
        from_aws: response.headers().iter().any(|(name, _)| name.starts_with("x-amz")),
        body: &body,
    };
    if let Some(error) = failure(protocol, &heard) {
        return Err(OrchestratorError::operation(error));
    }
    let bucket_region = heard.bucket_region.map(ToOwned::to_owned);
    Ok(Reply { status: heard.status, bucket_region, body: body.into_owned() })
}
