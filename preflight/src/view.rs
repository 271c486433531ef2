//! What a judge sees: the run's scope, and what was looked at. Pure.

#[cfg(test)]
pub mod example;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::kinds::Kind;
use crate::look::{
    Absent, Answer, Aws, HttpAnswer, Kubernetes, Look, PostgresAnswer, SecretContent, TcpAnswer, Tls, TlsAnswer,
};
use crate::scope::Scope;
use crate::verdict::{CannotLook, Short};

/// What was seen so far.
pub type Facts = BTreeMap<Look, Result<Answer, CannotLook>>;

/// What a judge sees.
pub struct View<'a> {
    /// The run's inputs.
    pub scope: &'a Scope,
    /// The instance that is judged: a component, an app, a secret's path, a storage class; empty where there is one.
    pub of: &'a str,
    /// The time, in seconds since 1970.
    pub now: i64,
    facts: &'a Facts,
    used: RefCell<BTreeSet<Look>>,
}

/// An object, or in what way it is absent.
pub type Found<'a> = Result<&'a Value, Absent>;

impl<'a> View<'a> {
    /// A view for the instance `of`.
    pub fn new(scope: &'a Scope, of: &'a str, now: i64, facts: &'a Facts) -> Self {
        Self { scope, of, now, facts, used: RefCell::default() }
    }

    /// What was asked for through this view, whether it was there or not.
    pub fn used(&self) -> BTreeSet<Look> {
        self.used.borrow().clone()
    }

    /// Asks for all of these at once, so that they are looked at side by side; then each can be read.
    pub fn all(&self, looks: impl IntoIterator<Item = Look>) -> Result<(), Short> {
        let missing: Vec<Look> = looks
            .into_iter()
            .inspect(|look| {
                self.used.borrow_mut().insert(look.clone());
            })
            .filter(|look| !self.facts.contains_key(look))
            .collect();
        if missing.is_empty() { Ok(()) } else { Err(Short::Look(missing)) }
    }

    /// What was seen, where looking was possible. Also what could not be looked at is told by `?`.
    pub fn answer(&self, look: Look) -> Result<&'a Answer, Short> {
        self.tried(look)?.map_err(|cannot| Short::Cannot(cannot.clone()))
    }

    /// What was seen, or why it could not be: for a judge that has another way to know.
    pub fn tried(&self, look: Look) -> Result<Result<&'a Answer, &'a CannotLook>, Short> {
        self.used.borrow_mut().insert(look.clone());
        match self.facts.get(&look) {
            None => Err(Short::Look(vec![look])),
            Some(seen) => Ok(seen.as_ref()),
        }
    }

    fn document(&self, look: Look) -> Result<Found<'a>, Short> {
        match self.answer(look)? {
            Answer::Json(value) => Ok(Ok(value)),
            Answer::Absent(absent) => Ok(Err(*absent)),
            _ => Err(mismatch()),
        }
    }

    /// Another question to the Kubernetes API.
    pub fn kubernetes(&self, question: Kubernetes) -> Result<Found<'a>, Short> {
        self.document(Look::Kubernetes(question))
    }

    /// One Kubernetes object.
    pub fn object(&self, kind: Kind, namespace: &str, name: &str) -> Result<Found<'a>, Short> {
        self.kubernetes(get(kind, namespace, name))
    }

    /// All Kubernetes objects of a kind; none where the kind is not served.
    pub fn objects(&self, kind: Kind) -> Result<&'a [Value], Short> {
        Ok(self.served(kind)?.unwrap_or_default())
    }

    /// All Kubernetes objects of a kind, or `None` where the kind is not served.
    pub fn served(&self, kind: Kind) -> Result<Option<&'a [Value]>, Short> {
        Ok(self.kubernetes(list(kind))?.ok().map(|items| items.as_array().map_or(&[][..], Vec::as_slice)))
    }

    /// What AWS says; `None` where there is no such thing.
    pub fn aws(&self, question: Aws) -> Result<Option<&'a Value>, Short> {
        Ok(self.document(Look::Aws(question))?.ok())
    }

    /// What is in a secret; `None` where there is no such secret.
    pub fn secret(&self, path: &str) -> Result<Option<&'a SecretContent>, Short> {
        match self.answer(Look::SecretContent { path: path.to_owned() })? {
            Answer::Secret(content) => Ok(Some(content)),
            Answer::Absent(_) => Ok(None),
            _ => Err(mismatch()),
        }
    }

    /// The addresses of a host; none where the name does not exist.
    pub fn addresses(&self, host: &str) -> Result<&'a [std::net::IpAddr], Short> {
        match self.answer(Look::Resolve { host: host.to_owned() })? {
            Answer::Addresses(addresses) => Ok(addresses),
            _ => Err(mismatch()),
        }
    }

    /// Records in DNS.
    pub fn records(&self, question: crate::look::Dns) -> Result<&'a [String], Short> {
        match self.answer(Look::Dns(question))? {
            Answer::Records(records) => Ok(records),
            _ => Err(mismatch()),
        }
    }

    /// What a port does.
    pub fn tcp(&self, host: &str, port: u16) -> Result<&'a TcpAnswer, Short> {
        match self.answer(Look::Tcp { host: host.to_owned(), port })? {
            Answer::Tcp(answer) => Ok(answer),
            _ => Err(mismatch()),
        }
    }

    /// What TLS does.
    pub fn tls(&self, question: Tls) -> Result<&'a TlsAnswer, Short> {
        match self.answer(Look::Tls(question))? {
            Answer::Tls(answer) => Ok(answer),
            _ => Err(mismatch()),
        }
    }

    /// What a URL answers to GET.
    pub fn http(&self, url: &str) -> Result<&'a HttpAnswer, Short> {
        self.http_as(url, None)
    }

    /// What a URL answers to a client.
    pub fn http_as(&self, url: &str, client: Option<crate::look::HttpClient>) -> Result<&'a HttpAnswer, Short> {
        match self.answer(Look::Http { url: url.to_owned(), client })? {
            Answer::Http(answer) => Ok(answer),
            _ => Err(mismatch()),
        }
    }

    /// What PostgreSQL says to a login with this secret. A secret that cannot log in (absent, no JSON) is what
    /// [`Self::secret`] tells; asked all the same, it is "could not look".
    pub fn postgres(&self, secret: &str) -> Result<&'a PostgresAnswer, Short> {
        match self.answer(Look::Postgres { secret: secret.to_owned() })? {
            Answer::Postgres(answer) => Ok(answer),
            _ => Err(mismatch()),
        }
    }
}

/// A defect of ours, and no pass.
fn mismatch() -> Short {
    Short::Cannot(CannotLook::new("protocol", "a probe answered another question than the one that was asked"))
}

/// The question for one object.
pub fn get(kind: Kind, namespace: &str, name: &str) -> Kubernetes {
    Kubernetes::Get { kind, namespace: namespace.to_owned(), name: name.to_owned() }
}

/// The question for all objects of a kind.
pub fn list(kind: Kind) -> Kubernetes {
    Kubernetes::List { kind, namespace: String::new(), labels: String::new() }
}
