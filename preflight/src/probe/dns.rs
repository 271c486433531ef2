//! DNS, asked by a resolver of our own: for records that the system's resolver does not give, and for other servers than
//! the system's.

use std::net::SocketAddr;
use std::time::Duration;

use futures_util::future::join;
use hickory_resolver::TokioResolver;
use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolveHosts, ResolverConfig};
use hickory_resolver::lookup::Lookup;
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::net::{DnsError, NetError};
use hickory_resolver::proto::op::ResponseCode;
use hickory_resolver::proto::rr::{Name, RData, RecordType};
use tokio::time::error::Elapsed;
use tokio::time::timeout;

use crate::look::{Answer, Dns, RecordKind};
use crate::verdict::CannotLook;

/// For one question to one server.
const ATTEMPT: Duration = Duration::from_secs(2);
/// How often more than once it is asked.
const AGAIN: usize = 1;
/// For all of it, over TCP too where the answer is long.
const LIMIT: Duration = Duration::from_secs(5);

/// The records of a name, sorted, in the form of a zone file; none where there is none.
pub async fn records(question: &Dns) -> Result<Answer, CannotLook> {
    let mut name = Name::from_str_relaxed(&question.name)
        .map_err(|error| CannotLook::new("name", format!("cannot look up {}: {error}", question.name)))?;
    // No search domains.
    name.set_fqdn(true);
    let resolver = resolver(question.server).map_err(|error| cannot(question, &error))?;
    let ask = async |kind| asked(question, timeout(LIMIT, resolver.lookup(name.clone(), kind)).await, kind);
    let mut records = match question.kind {
        RecordKind::Ns => ask(RecordType::NS).await?,
        RecordKind::Address => either(join(ask(RecordType::A), ask(RecordType::AAAA)).await)?,
    };
    records.sort();
    records.dedup();
    Ok(Answer::Records(records))
}

fn resolver(server: Option<SocketAddr>) -> Result<TokioResolver, NetError> {
    let mut builder = match server {
        Some(server) => {
            let only = ResolverConfig::from_name_servers(vec![name_server(server)]);
            TokioResolver::builder_with_config(only, TokioRuntimeProvider::default())
        }
        None => TokioResolver::builder_tokio()?,
    };
    let options = builder.options_mut();
    options.timeout = ATTEMPT;
    options.attempts = AGAIN;
    options.use_hosts_file = ResolveHosts::Never;
    builder.build()
}

fn name_server(address: SocketAddr) -> NameServerConfig {
    let mut connections = vec![ConnectionConfig::udp(), ConnectionConfig::tcp()];
    for connection in &mut connections {
        connection.port = address.port();
    }
    NameServerConfig::new(address.ip(), true, connections)
}

type Asked = Result<Vec<String>, CannotLook>;

fn asked(question: &Dns, answer: Result<Result<Lookup, NetError>, Elapsed>, kind: RecordType) -> Asked {
    match answer {
        Ok(Ok(lookup)) => {
            // The way there may lead over records of other types.
            let wanted = lookup.answers().iter().filter(|record| record.record_type() == kind);
            Ok(wanted.filter_map(|record| record_text(&record.data)).collect())
        }
        Ok(Err(NetError::Dns(DnsError::NoRecordsFound(none))))
            if matches!(none.response_code, ResponseCode::NXDomain | ResponseCode::NoError) =>
        {
            Ok(Vec::new())
        }
        Ok(Err(error)) => Err(cannot(question, &error)),
        Err(_) => Err(cannot(question, &NetError::Timeout)),
    }
}

fn record_text(data: &RData) -> Option<String> {
    match data {
        RData::NS(server) => Some(server.0.to_ascii().to_ascii_lowercase()),
        RData::A(address) => Some(address.0.to_string()),
        RData::AAAA(address) => Some(address.0.to_string()),
        _ => None,
    }
}

/// What there is of one family is an answer; that there is nothing of either, only both can say.
fn either(asked: (Asked, Asked)) -> Asked {
    match asked {
        (Ok(v4), Ok(v6)) => Ok([v4, v6].concat()),
        (Ok(found), Err(_)) | (Err(_), Ok(found)) if !found.is_empty() => Ok(found),
        (Err(cannot), _) | (_, Err(cannot)) => Err(cannot),
    }
}

fn cannot(question: &Dns, error: &NetError) -> CannotLook {
    let resolver = match question.server {
        Some(server) if server.port() == 53 => format!("the resolver {}", server.ip()),
        Some(server) => format!("the resolver {server}"),
        None => "the system's resolver".to_owned(),
    };
    let cannot = |why: String| CannotLook::new("resolver", format!("cannot look up {} in DNS: {why}", question.name));
    match error {
        NetError::Timeout | NetError::NoConnections => {
            let policies = "let this pod reach port 53 (UDP and TCP) of it: network policies, security groups, routes";
            cannot(format!("i/o timeout, {resolver} does not answer")).fix(policies).passing()
        }
        NetError::Dns(DnsError::ResponseCode(ResponseCode::ServFail)) => {
            cannot(format!("{resolver} answers SERVFAIL: it could not find out, or the zone's own servers are wrong"))
                .passing()
        }
        NetError::Dns(DnsError::ResponseCode(ResponseCode::Refused)) => {
            cannot(format!("{resolver} answers REFUSED: it does not serve this network"))
        }
        // A port that is closed, a network that is down.
        NetError::Io(_) | NetError::Busy => cannot(format!("{resolver} cannot be asked ({error})")).passing(),
        _ => cannot(format!("{resolver}: {error}")),
    }
}

#[cfg(test)]
mod tests;
