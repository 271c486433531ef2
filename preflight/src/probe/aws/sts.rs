//! STS: who the caller is, and who a service account's token can become.

use aws_sdk_sts::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_sts::types::AssumedRoleUser;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use platform::aws::Fault;
use serde_json::json;
use tracing::instrument::WithSubscriber;
use tracing::subscriber::NoSubscriber;

use super::missed::{Missed, Subject};
use super::{Clients, Seen};

/// The shortest that STS gives; nobody uses them.
const SECONDS: i32 = 900;
/// STS could not ask the issuer; that passes, or it is not reachable from AWS.
const NO_ISSUER: &str = "IDPCommunicationError";

impl Clients {
    pub(super) async fn caller_identity(&self) -> Seen {
        let subject = Subject::new("the caller's identity", "*");
        let call = self.sts.get_caller_identity().send().await;
        let identity = call.map_err(subject.missed("sts:GetCallerIdentity"))?;
        let (account, arn, user) = (identity.account(), identity.arn(), identity.user_id());
        Ok(json!({"Account": account, "Arn": arn, "UserId": user}))
    }

    /// The token stays out of the logs, whatever the SDK may print one day.
    pub(super) async fn assume(&self, role: &str, token: &str) -> Seen {
        let call = self.sts.assume_role_with_web_identity().role_arn(role).web_identity_token(token);
        let call = call.role_session_name("preflight").duration_seconds(SECONDS);
        let made = call.send().with_subscriber(NoSubscriber::default()).await;
        let error = match made {
            Ok(answer) => return Ok(json!({"Arn": answer.assumed_role_user().map(AssumedRoleUser::arn)})),
            Err(error) => error,
        };
        let fault = Fault::of(&error);
        let (code, message) = (error.code().unwrap_or_default(), error.message().unwrap_or_default());
        if is_about_the_token(&error, code, &fault) {
            return Ok(json!({"Error": code, "Message": message}));
        }
        let fault = if code == NO_ISSUER { Fault::Unavailable { code: code.to_owned() } } else { fault };
        let subject = Subject::new(format!("whether a token can assume {role}"), role);
        Err(Missed::Cannot(subject.cannot("sts:AssumeRoleWithWebIdentity", &fault)))
    }
}

/// Whether STS judged the token and the role, and it was not something else that failed.
fn is_about_the_token<E>(error: &SdkError<E, HttpResponse>, code: &str, fault: &Fault) -> bool {
    let answered = matches!(error, SdkError::ServiceError(_)) && !code.is_empty();
    answered && !fault.is_transient() && code != NO_ISSUER
}
