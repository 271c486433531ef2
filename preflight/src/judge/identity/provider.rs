//! What the identity provider says of itself.

use serde_json::Value;

use crate::judge::foundation::input::filled;
use crate::judge::http::{Reply, reply};
use crate::judge::objects::text;
use crate::verdict::{Finding, Judged, Short, Verdict};
use crate::view::View;

/// Where the identity provider of the run is asked: an ephemeral cluster has none of its own.
fn base(view: &View<'_>) -> Result<String, Short> {
    let identity = &view.scope.profile.identity;
    let url = if view.scope.is_ephemeral() { &identity.foreign_url } else { &identity.url };
    Ok(filled(view, url)?.trim_end_matches('/').to_owned())
}

/// `idp.realm`: the realm is there. That of another cluster's provider only warns: nobody here can mend it.
pub fn realm(view: &View<'_>) -> Judged {
    let judged = own_realm(view);
    if !view.scope.is_ephemeral() {
        return judged;
    }
    match judged {
        Ok(Verdict::Fail(finding)) => Ok(Verdict::Warn(finding)),
        Err(Short::Cannot(cannot)) => {
            let finding = Finding::new(cannot.reason, cannot.summary);
            Ok(Verdict::Warn(Finding { remedy: cannot.remedy, ..finding }))
        }
        judged => judged,
    }
}

fn own_realm(view: &View<'_>) -> Judged {
    let name = &view.scope.profile.identity.realm;
    let url = format!("{}/realms/{name}", base(view)?);
    let reply = match reply(view, &url)? {
        Ok(reply) => reply,
        Err(finding) => return Ok(Verdict::Fail(finding)),
    };
    let found = reply.json().map(|document| text(&document, "/realm").to_owned());
    Ok(match (reply.status, found) {
        (200, Some(found)) if found == *name => Verdict::Pass(format!("{url} is the realm {name}")),
        (200, Some(found)) if !found.is_empty() => {
            let summary = format!("{url} answers for the realm {found}, not {name}");
            Verdict::Fail(Finding::new("wrong_realm", summary).for_good())
        }
        (200, _) => Verdict::Fail(not_keycloak(&reply, "the realm")),
        // Keycloak says so in JSON; a proxy's own 404 is a page, or Kong's word.
        (404, Some(_)) if !reply.unexpected().reason.eq("no_route") => {
            let summary = format!("{url}: Keycloak has no realm {name}");
            Verdict::Fail(
                Finding::new("realm_missing", summary)
                    .fix(format!("Import the realm {name}: see the job or the ConfigMap that does, and its log.")),
            )
        }
        _ => Verdict::Fail(reply.unexpected()),
    })
}

/// `idp.discovery`: the provider calls itself what its clients expect.
pub fn discovery(view: &View<'_>) -> Judged {
    let identity = &view.scope.profile.identity;
    let base = base(view)?;
    let url = format!("{base}/realms/{}/.well-known/openid-configuration", identity.realm);
    let external = filled(view, &identity.external_url)?;
    let expected = format!("{}/realms/{}", external.trim_end_matches('/'), identity.realm);
    let reply = match reply(view, &url)? {
        Ok(reply) => reply,
        Err(finding) => return Ok(Verdict::Fail(finding)),
    };
    if reply.status != 200 {
        return Ok(Verdict::Fail(reply.unexpected().passing()));
    }
    let document = reply.json().unwrap_or(Value::Null);
    let issuer = text(&document, "/issuer");
    if issuer.is_empty() {
        return Ok(Verdict::Fail(not_keycloak(&reply, "an issuer")));
    }
    if issuer == expected {
        return Ok(Verdict::Pass(format!("the issuer is {issuer}")));
    }
    let why =
        if issuer.starts_with(&base) { ": it takes its name from the request, so KC_HOSTNAME is not set" } else { "" };
    let summary = format!("{url} names the issuer {issuer}, and its clients expect {expected}{why}");
    let remedy =
        format!("Set KC_HOSTNAME of Keycloak to {external}, or identity.external_url of the profile to what is right.");
    Ok(Verdict::Fail(Finding::new("wrong_issuer", summary).fix(remedy)))
}

fn not_keycloak(reply: &Reply<'_>, what: &str) -> Finding {
    let summary = format!("{} answers 200 without {what}: something else than Keycloak answers there", reply.url);
    Finding::new("not_keycloak", summary)
}
