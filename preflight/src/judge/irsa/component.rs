//! The component that is judged, with its names filled in.

use serde_json::Value;

use crate::judge::foundation::input::filled;
use crate::judge::objects::annotation;
use crate::kinds::SERVICE_ACCOUNTS;
use crate::look::{Aws, Kubernetes, Look};
use crate::profile::Component;
use crate::verdict::{CannotLook, Short};
use crate::view::{View, get};

/// Where a service account says which role it takes.
pub(super) const ROLE_ARN: &str = "eks.amazonaws.com/role-arn";

/// A component of the profile.
pub(super) struct Part<'a> {
    pub(super) component: &'a Component,
    /// Its role's name.
    pub(super) role: String,
    /// Its service account's namespace.
    pub(super) namespace: String,
    /// Its service account's name.
    pub(super) name: String,
}

impl<'a> Part<'a> {
    /// The component that the view is of.
    pub(super) fn of(view: &View<'a>) -> Result<Self, Short> {
        let unknown = || Short::Cannot(CannotLook::new("input", format!("the profile has no component {}", view.of)));
        let component = view.scope.profile.component(view.of).ok_or_else(unknown)?;
        Ok(Self {
            component,
            role: filled(view, &component.role)?,
            namespace: filled(view, &component.namespace)?,
            name: filled(view, &component.service_account)?,
        })
    }

    /// The question for its role.
    pub(super) fn role_question(&self) -> Aws {
        Aws::Role { name: self.role.clone() }
    }

    /// The question for its service account.
    pub(super) fn account_question(&self) -> Kubernetes {
        get(SERVICE_ACCOUNTS, &self.namespace, &self.name)
    }

    /// Its service account as its tokens name it.
    pub(super) fn subject(&self) -> String {
        format!("system:serviceaccount:{}:{}", self.namespace, self.name)
    }

    /// Its service account for messages.
    pub(super) fn account(&self) -> String {
        format!("{}/{}", self.namespace, self.name)
    }

    /// The role, which another check says is there.
    pub(super) fn role_seen(&self, view: &View<'a>) -> Result<&'a Value, Short> {
        let absent = || Short::Blocked(format!("irsa.role.{}: role {} does not exist", self.component.name, self.role));
        view.aws(self.role_question())?.ok_or_else(absent)
    }

    /// The ARN that its service account is annotated with, empty for none; `None` where there is no service account.
    pub(super) fn annotated(&self, view: &View<'a>) -> Result<Option<&'a str>, Short> {
        Ok(view.kubernetes(self.account_question())?.ok().map(|account| annotation(account, ROLE_ARN).trim()))
    }

    /// Both at once.
    pub(super) fn look_at_both(&self, view: &View<'a>) -> Result<(), Short> {
        view.all([Look::Aws(self.role_question()), Look::Kubernetes(self.account_question())])
    }
}
