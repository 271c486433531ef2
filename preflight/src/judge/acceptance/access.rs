//! Tiers 2 and 3: the portal, and who gets in.

use serde_json::Value;

use super::{answers, url};
use crate::judge::foundation::input::filled;
use crate::judge::http::{read, reply};
use crate::judge::objects::text;
use crate::look::{HttpClient, ValueState};
use crate::verdict::{Finding, Judged, Short, Verdict};
use crate::view::View;

/// `acc.backstage`: Backstage answers.
pub fn backstage(view: &View<'_>) -> Judged {
    answers(view, &url(view, &view.scope.profile.acceptance.backstage, "/")?)
}

/// `acc.unauthorised`: who does not log in is refused.
pub fn unauthorised(view: &View<'_>) -> Judged {
    let acceptance = &view.scope.profile.acceptance;
    let url = url(view, &acceptance.backstage, &acceptance.backstage_protected)?;
    let reply = match reply(view, &url)? {
        Ok(reply) => reply,
        Err(finding) => return Ok(Verdict::Fail(finding)),
    };
    Ok(match reply.status {
        401 | 403 => Verdict::Pass(format!("{url} answers {} without a login", reply.status)),
        200..=299 => {
            let summary = format!("{url} answers {} without a login: whoever reaches it may read it", reply.status);
            Verdict::Fail(Finding::new("open", summary).for_good())
        }
        404 => Verdict::Fail(
            Finding::new("no_such_path", format!("{url} answers 404: that proves nothing of who may do what"))
                .fix("Name a path that needs a login as acceptance.backstage_protected in the profile.")
                .for_good(),
        ),
        _ => Verdict::Fail(reply.unexpected()),
    })
}

/// `acc.token`: a client gets a token with its secret.
pub fn token(view: &View<'_>) -> Judged {
    let identity = &view.scope.profile.identity;
    if identity.client_id.is_empty() {
        return Ok(Verdict::Skip("the profile names no identity.client_id".to_owned()));
    }
    let client = HttpClient {
        id: filled(view, &identity.client_id)?,
        secret: filled(view, &identity.client_secret)?,
        key: identity.client_secret_key.clone(),
    };
    if let Some(finding) = unusable(view, &client)? {
        return Ok(Verdict::Fail(finding.for_good()));
    }
    let url = url(view, &identity.url, &format!("/realms/{}/protocol/openid-connect/token", identity.realm))?;
    let answer = view.http_as(&url, Some(client.clone()))?;
    let reply = match read(view, &url, answer)? {
        Ok(reply) => reply,
        Err(finding) => return Ok(Verdict::Fail(finding)),
    };
    // The token itself must get no further than this.
    let document = reply.json().unwrap_or(Value::Null);
    Ok(match (reply.status, document.get("access_token").is_some()) {
        (200, true) => Verdict::Pass(format!("client {} gets a token at {url}", client.id)),
        (200, false) => Verdict::Fail(Finding::new("no_token", format!("{url} answers 200 without a token"))),
        (400 | 401 | 403, _) => Verdict::Fail(refused(&client, &url, &document)),
        _ => Verdict::Fail(reply.unexpected()),
    })
}

/// Why there is nothing to ask with.
fn unusable(view: &View<'_>, client: &HttpClient) -> Result<Option<Finding>, Short> {
    let HttpClient { secret, key, id } = client;
    let fix = format!(
        "Put the secret of client {id} under '{key}' into {secret}: aws secretsmanager put-secret-value --secret-id \
         {secret} --secret-string file://secret.json (with all its keys)"
    );
    let (reason, what) = match view.secret(secret)? {
        None => ("secret_missing", "does not exist".to_owned()),
        Some(content) if !content.has_value => ("secret_missing", "has no current value".to_owned()),
        Some(content) => match content.keys.get(key) {
            Some(ValueState::Present) => return Ok(None),
            Some(ValueState::Empty) => ("empty", format!("has nothing under '{key}'")),
            Some(ValueState::Placeholder) => ("placeholder", format!("still has a placeholder under '{key}'")),
            None => ("missing_key", format!("lacks '{key}'")),
        },
    };
    Ok(Some(Finding::new(reason, format!("secret {secret} {what}: client {id} cannot get a token")).fix(fix)))
}

/// What Keycloak says where it refuses, by its code (RFC 6749).
fn refused(client: &HttpClient, url: &str, document: &Value) -> Finding {
    let code = text(document, "/error");
    let id = &client.id;
    let (reason, why) = match code {
        "invalid_client" => {
            ("invalid_client", format!("there is no such client, or the secret in {} is not its own", client.secret))
        }
        "unauthorized_client" => {
            ("unauthorized_client", "its secret is wrong, or it has no service account".to_owned())
        }
        "" => ("refused", "no reason is given".to_owned()),
        other => ("refused", format!("{other}: {}", text(document, "/error_description"))),
    };
    let finding = Finding::new(reason, format!("client {id} gets no token at {url}: {why}"));
    finding
        .fix(format!(
            "In Keycloak, see client {id}: client authentication and service account on, and its secret as in {}.",
            client.secret
        ))
        .for_good()
}
