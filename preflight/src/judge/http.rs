//! What the answer of a URL means, whoever asked. Pure.

use platform::aws::NetworkFault;
use serde_json::Value;

use crate::look::HttpAnswer;
use crate::verdict::{CannotLook, Finding, Short};
use crate::view::View;

/// What a service inside the cluster is called there, and nowhere else.
const INSIDE: &str = ".svc";

/// An answer.
#[derive(Clone, Copy, Debug)]
pub struct Reply<'a> {
    /// Who answered.
    pub url: &'a str,
    /// The status.
    pub status: u16,
    /// Where it sends to, if it does.
    pub location: Option<&'a str>,
    /// Its first part, as text.
    pub body: &'a str,
}

impl Reply<'_> {
    /// The body, where it is JSON.
    pub fn json(&self) -> Option<Value> {
        serde_json::from_str(self.body).ok()
    }

    /// Why this is not the answer that was asked for.
    pub fn unexpected(&self) -> Finding {
        let Self { url, status, .. } = self;
        match (status, self.location) {
            (300..=399, location) => {
                let location = location.unwrap_or("nowhere");
                Finding::new("redirected", format!("{url} answers {status} and sends to {location}"))
            }
            (404, _) if self.is_of_kong() => Finding::new(
                "no_route",
                format!("{url} answers 404: Kong has no route for it, so its Ingress is not there or not taken up"),
            ),
            (404, _) => Finding::new("not_found", format!("{url} answers 404: there is no such path")),
            (502..=504, _) => Finding::new(
                "no_backend",
                format!("{url} answers {status}: the proxy has no pod to pass it to, or it does not answer"),
            ),
            _ => Finding::new("status", format!("{url} answers {status}")),
        }
    }

    /// Kong's word where no route fits.
    fn is_of_kong(&self) -> bool {
        self.body.contains("no Route matched")
    }
}

/// What `url` answers to GET, or why it does not.
pub fn reply<'a>(view: &View<'a>, url: &'a str) -> Result<Result<Reply<'a>, Finding>, Short> {
    let answer = view.http(url)?;
    read(view, url, answer)
}

/// What an answer of `url` is.
pub fn read<'a>(view: &View<'_>, url: &'a str, answer: &'a HttpAnswer) -> Result<Result<Reply<'a>, Finding>, Short> {
    match answer {
        HttpAnswer::Answered { status, location, body, .. } => {
            Ok(Ok(Reply { url, status: *status, location: location.as_deref(), body }))
        }
        HttpAnswer::Failed(fault) => unanswered(view, url, *fault).map(Err),
    }
}

/// A name of the cluster's own that is not there, seen from outside, is "could not look".
fn unanswered(view: &View<'_>, url: &str, fault: NetworkFault) -> Result<Finding, Short> {
    let (reason, why) = told(fault);
    let summary = format!("{url}: {why}");
    if is_inside(url) && !view.scope.asked.inside {
        let cannot = CannotLook::new("outside", format!("{summary}, and it can only be asked inside the cluster"));
        return Err(Short::Cannot(cannot.fix("Run preflight inside the cluster.")));
    }
    if fault == NetworkFault::ResolverSilent {
        return Err(Short::Cannot(CannotLook::new(reason, summary).passing()));
    }
    let finding = Finding::new(reason, summary);
    Ok(if fault == NetworkFault::Untrusted { finding.for_good() } else { finding.passing() })
}

fn is_inside(url: &str) -> bool {
    let host = url.split("://").nth(1).unwrap_or(url).split(['/', ':']).next().unwrap_or_default();
    host.ends_with(INSIDE) || host.ends_with(".svc.cluster.local") || !host.contains('.')
}

const fn told(fault: NetworkFault) -> (&'static str, &'static str) {
    match fault {
        NetworkFault::Refused => ("refused", "connect: connection refused; nothing listens there"),
        NetworkFault::Reset => ("reset", "connection reset by peer before there was an answer"),
        NetworkFault::ConnectTimedOut => ("timeout", "connection timed out (network policy, security group)"),
        NetworkFault::NoRoute => ("unreachable", "i/o timeout: no route there"),
        NetworkFault::ResolverSilent => ("timeout", "i/o timeout: the resolver did not answer"),
        NetworkFault::Slow => ("timeout", "i/o timeout: connected, and no answer in time"),
        NetworkFault::NoSuchHost => ("no_such_host", "the host name does not exist"),
        NetworkFault::Untrusted => ("untrusted", "no trusted TLS (certificate, or no TLS at all)"),
    }
}

#[cfg(test)]
pub mod example {
    //! Answers for the tests of judges.

    use crate::look::{Answer, HttpAnswer, Look};
    use crate::view::example::Seen;

    /// The question for a URL.
    pub fn ask(url: &str) -> Look {
        Look::Http { url: url.to_owned(), client: None }
    }

    /// With an answer to GET.
    pub fn answered(seen: Seen, url: &str, status: u16, body: &str) -> Seen {
        seen.answer(ask(url), answer(status, body))
    }

    /// An answer.
    pub fn answer(status: u16, body: &str) -> Answer {
        let location = (300..400).contains(&status).then(|| "https://elsewhere/".to_owned());
        let content_type = "application/json".to_owned();
        Answer::Http(HttpAnswer::Answered { status, content_type, location, body: body.to_owned() })
    }

    /// With a network that fails.
    pub fn failed(seen: Seen, url: &str, fault: platform::aws::NetworkFault) -> Seen {
        seen.answer(ask(url), Answer::Http(HttpAnswer::Failed(fault)))
    }
}

#[cfg(test)]
mod tests {
    use platform::aws::NetworkFault;

    use super::example::{answer, ask};
    use super::{is_inside, reply};
    use crate::check::Tier;
    use crate::look::{Answer, HttpAnswer};
    use crate::scope::example::persistent;
    use crate::verdict::Short;
    use crate::view::example::NOW;
    use crate::view::{Facts, View};

    const URL: &str = "http://grafana.monitoring.svc:80/api/health";

    /// The reason of a finding, or in `Err` of what could not be looked at.
    fn reason(answer: Answer, inside: bool) -> Result<&'static str, &'static str> {
        let mut scope = persistent(Tier::Identity);
        scope.asked.inside = inside;
        let facts = Facts::from([(ask(URL), Ok(answer))]);
        match reply(&View::new(&scope, "", NOW, &facts), URL) {
            Ok(Ok(reply)) => Ok(reply.unexpected().reason),
            Ok(Err(finding)) => Ok(finding.reason),
            Err(Short::Cannot(cannot)) => Err(cannot.reason),
            Err(other) => panic!("{other:?}"),
        }
    }

    #[test]
    fn each_kind_of_answer_has_its_own_reason() {
        for (status, body, expected) in [
            (302, "", "redirected"),
            (404, r#"{"message":"no Route matched with those values"}"#, "no_route"),
            (404, "", "not_found"),
            (502, "", "no_backend"),
            (503, "", "no_backend"),
            (500, "", "status"),
            (401, "", "status"),
        ] {
            assert_eq!(reason(answer(status, body), true), Ok(expected), "{status}");
        }
    }

    #[test]
    fn what_is_not_there_is_a_finding_inside_and_unknown_outside() {
        for (fault, expected) in [
            (NetworkFault::Refused, "refused"),
            (NetworkFault::NoSuchHost, "no_such_host"),
            (NetworkFault::ConnectTimedOut, "timeout"),
            (NetworkFault::Untrusted, "untrusted"),
        ] {
            let failed = || Answer::Http(HttpAnswer::Failed(fault));
            assert_eq!(reason(failed(), true), Ok(expected));
            assert_eq!(reason(failed(), false), Err("outside"));
        }
        let silent = Answer::Http(HttpAnswer::Failed(NetworkFault::ResolverSilent));
        assert_eq!(reason(silent, true), Err("timeout"));
    }

    #[test]
    fn names_of_the_cluster_are_known() {
        for inside in [URL, "http://a.b.svc.cluster.local/x", "http://localhost:1"] {
            assert!(is_inside(inside), "{inside}");
        }
        assert!(!is_inside("https://keycloak.dev.goldenpathidp.io/realms/x.svc"));
    }
}
