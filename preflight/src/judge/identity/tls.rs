//! `idp.tls`: whether browsers accept the identity provider's certificate.

use platform::postgres::{CertificateFault, ConnectFault};

use crate::inputs::Name;
use crate::judge::days::DAY;
use crate::judge::foundation::input::filled;
use crate::look::{Certificate, Tls, TlsAnswer, TlsProtocol};
use crate::verdict::{CannotLook, Finding, Judged, Short, Verdict};
use crate::view::View;

/// How Let's Encrypt names the CAs that nobody trusts.
const STAGING: [&str; 2] = ["STAGING", "Fake LE"];

/// Whether the certificate that the external host serves is trusted, for that host, and not about to expire.
pub fn tls(view: &View<'_>) -> Judged {
    if view.scope.tls_required.as_ref().is_some_and(|required| !required.value) {
        return Ok(Verdict::Skip(format!("tlsRequired is {}", view.scope.told(Name::TlsRequired))));
    }
    let url = filled(view, &view.scope.profile.identity.external_url)?;
    let Some((host, port)) = address(&url) else {
        return Ok(Verdict::Skip(format!("identity.external_url of the profile is not https: {url}")));
    };
    let question = Tls { host: host.clone(), port, protocol: TlsProtocol::Direct };
    Ok(match view.tls(question)? {
        TlsAnswer::Established(certificate) => accepted(view, &host, certificate),
        TlsAnswer::Failed(fault) => Verdict::Fail(refused(&format!("{host}:{port}"), fault)?),
    })
}

fn address(url: &str) -> Option<(String, u16)> {
    let rest = url.strip_prefix("https://")?;
    let authority = rest.split('/').next()?;
    match authority.rsplit_once(':') {
        Some((host, port)) => Some((host.to_owned(), port.parse().ok()?)),
        None => Some((authority.to_owned(), 443)),
    }
}

fn accepted(view: &View<'_>, host: &str, certificate: &Certificate) -> Verdict {
    let Certificate { issuer, not_after, .. } = certificate;
    if STAGING.iter().any(|word| issuer.contains(word)) {
        let summary = format!("the certificate of {host} is of a staging CA ({issuer}), which no browser trusts");
        return Verdict::Fail(Finding::new("staging", summary));
    }
    let days = (not_after - view.now) / DAY;
    let least = i64::from(view.scope.profile.identity.certificate_days);
    if days < least {
        let summary = format!("the certificate of {host} expires in {days} days: it should have been renewed by now");
        return Verdict::Warn(
            Finding::new("expires", summary).fix(format!("See why: kubectl describe certificate -A, for {host}.")),
        );
    }
    Verdict::Pass(format!("the certificate of {host} is of {issuer}, for {days} days more"))
}

fn refused(address: &str, fault: &ConnectFault) -> Result<Finding, Short> {
    let (reason, what) = match fault {
        ConnectFault::Certificate(fault) => return Ok(distrusted(address, fault)),
        ConnectFault::ResolverSilent => {
            let summary = format!("name of {address} not resolved: i/o timeout of the resolver");
            return Err(Short::Cannot(CannotLook::new("timeout", summary).passing()));
        }
        ConnectFault::NoSuchHost => ("no_such_host", "the host name does not exist (dns.wildcard-present)".to_owned()),
        ConnectFault::Refused => ("refused", "connect: connection refused".to_owned()),
        ConnectFault::Unreachable(why) => ("unreachable", format!("i/o timeout: no route there ({why})")),
        ConnectFault::TimedOut(_) => ("timeout", "connection timed out".to_owned()),
        ConnectFault::Reset(_) => ("reset", "connection reset by peer".to_owned()),
        ConnectFault::Tls(why) => ("tls_failed", format!("TLS failed: {why}")),
        ConnectFault::NoTls | ConnectFault::NotPostgres | ConnectFault::Rejected(_) | ConnectFault::Protocol(_) => {
            ("protocol", "what answers there does not speak TLS".to_owned())
        }
    };
    let finding = Finding::new(reason, format!("{address}: {what}"));
    Ok(if matches!(reason, "tls_failed" | "protocol") { finding } else { finding.passing() })
}

fn distrusted(address: &str, fault: &CertificateFault) -> Finding {
    let (reason, what) = match fault {
        CertificateFault::UnknownIssuer => (
            "unknown_issuer",
            "is of no CA that is trusted: of a staging CA, or Kong's own where its Secret is not there yet".to_owned(),
        ),
        CertificateFault::WrongHost => ("wrong_host", "is for another host".to_owned()),
        CertificateFault::Expired => ("certificate_expired", "has expired".to_owned()),
        CertificateFault::NotYetValid => {
            ("certificate_not_yet_valid", "is not valid yet, or the clocks differ".to_owned())
        }
        CertificateFault::Other(why) => ("certificate_refused", format!("is not accepted: {why}")),
    };
    Finding::new(reason, format!("the certificate of {address} {what}"))
}
