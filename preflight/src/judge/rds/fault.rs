//! What a fault of a connection means: its reason, whether it passes, and what to do. The sentences are the platform's.
//! Pure.

use platform::postgres::{CertificateFault, ConnectError, ConnectFault};

use super::network::outside;
use crate::verdict::{CannotLook, Finding, Short};
use crate::view::View;

/// What a fault at `address` is. What is not there seen from outside the VPC, and a resolver that is silent, is
/// "could not look".
pub fn finding(view: &View<'_>, address: &str, fault: &ConnectFault) -> Result<Finding, Short> {
    let sentence = ConnectError { address: address.to_owned(), fault: fault.clone() }.to_string();
    let is_of_network =
        matches!(fault, ConnectFault::NoSuchHost | ConnectFault::Unreachable(_) | ConnectFault::TimedOut(_));
    if is_of_network && !view.scope.asked.inside {
        return Err(outside(&sentence));
    }
    if *fault == ConnectFault::ResolverSilent {
        return Err(Short::Cannot(CannotLook::new("timeout", sentence).passing()));
    }
    let finding = Finding::new(reason(fault), sentence);
    let finding = if passes(fault) { finding.passing() } else { finding.for_good() };
    Ok(match remedy(fault) {
        Some(remedy) => finding.fix(remedy),
        None => finding,
    })
}

const fn reason(fault: &ConnectFault) -> &'static str {
    match fault {
        ConnectFault::NoSuchHost => "no_such_host",
        ConnectFault::ResolverSilent | ConnectFault::TimedOut(_) => "timeout",
        ConnectFault::Refused => "refused",
        ConnectFault::Unreachable(_) => "unreachable",
        ConnectFault::Reset(_) => "reset",
        ConnectFault::NotPostgres => "not_postgres",
        ConnectFault::NoTls => "no_tls",
        ConnectFault::Certificate(CertificateFault::UnknownIssuer) => "unknown_issuer",
        ConnectFault::Certificate(CertificateFault::WrongHost) => "wrong_host",
        ConnectFault::Certificate(CertificateFault::Expired) => "certificate_expired",
        ConnectFault::Certificate(CertificateFault::NotYetValid) => "certificate_not_yet_valid",
        ConnectFault::Certificate(CertificateFault::Other(_)) => "certificate_refused",
        ConnectFault::Tls(_) => "tls_failed",
        ConnectFault::Rejected(_) => "rejected",
        ConnectFault::Protocol(_) => "protocol",
    }
}

const fn passes(fault: &ConnectFault) -> bool {
    matches!(
        fault,
        ConnectFault::NoSuchHost
            | ConnectFault::Refused
            | ConnectFault::Unreachable(_)
            | ConnectFault::TimedOut(_)
            | ConnectFault::Reset(_)
    )
}

const fn remedy(fault: &ConnectFault) -> Option<&'static str> {
    Some(match fault {
        ConnectFault::NotPostgres => "Correct host and port in the secret: what answers there is not PostgreSQL",
        ConnectFault::NoTls => "Turn TLS on: every instance of RDS has it; elsewhere set ssl = on and a certificate",
        ConnectFault::Certificate(CertificateFault::UnknownIssuer) => {
            "Give the server's CA with --ca-bundle; Amazon's RDS roots are built in, so a host of RDS that fails here is \
             not the one that it says"
        }
        ConnectFault::Certificate(CertificateFault::WrongHost) => {
            "Let the secret name the instance's own endpoint: the certificate is for that name, not for an alias or address"
        }
        ConnectFault::Certificate(CertificateFault::Expired) => {
            "aws rds modify-db-instance --db-instance-identifier <instance> --ca-certificate-identifier \
             rds-ca-rsa2048-g1 --apply-immediately (applies its PendingModifiedValues, too)"
        }
        ConnectFault::Certificate(CertificateFault::NotYetValid) => "Set the clocks of the node and the server",
        _ => return None,
    })
}
