//! Whether the database speaks TLS with a certificate that is trusted. Pure.

use super::{fault, presence, server};
use crate::judge::days::{DAY, day};
use crate::judge::findings::together;
use crate::judge::objects::listed;
use crate::look::{Look, Tls, TlsAnswer, TlsProtocol};
use crate::verdict::{Finding, Judged, Verdict};
use crate::view::View;

/// `rds.tls`.
pub fn tls(view: &View<'_>) -> Judged {
    if let Some(skip) = presence::skip_without(view)? {
        return Ok(skip);
    }
    let servers = server::servers(view)?;
    let question =
        |server: &server::Server| Tls { host: server.host.clone(), port: server.port, protocol: TlsProtocol::Postgres };
    view.all(servers.iter().map(question).map(Look::Tls))?;
    let limit = i64::from(view.scope.profile.database.certificate_days);
    let (mut findings, mut warnings, mut good) = (Vec::new(), Vec::new(), Vec::new());
    for server in &servers {
        let certificate = match view.tls(question(server))? {
            TlsAnswer::Failed(fault) => {
                findings.push(fault::finding(view, &server.address(), fault)?);
                continue;
            }
            TlsAnswer::Established(certificate) => certificate,
        };
        let days = certificate.not_after.saturating_sub(view.now) / DAY;
        let until = format!("{}: certificate valid until {}", server.address(), day(certificate.not_after));
        if days < limit {
            let summary = format!("{until}, {days} days from now; {limit} are wanted");
            let finding = Finding::new("expires_soon", summary).seen([format!("issued by {}", certificate.issuer)]);
            warnings.push(finding.for_good());
        } else {
            good.push(until);
        }
    }
    Ok(match (together(findings), together(warnings)) {
        (Some(finding), _) => Verdict::Fail(finding),
        (None, Some(warning)) => Verdict::Warn(warning),
        (None, None) => Verdict::Pass(listed(good)),
    })
}
