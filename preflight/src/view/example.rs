//! Recorded facts for the tests of judges.

use serde_json::Value;

use super::{Facts, View, get, list};
use crate::access;
use crate::catalogue;
use crate::kinds::Kind;
use crate::look::{Absent, Answer, Aws, Kubernetes, Look};
use crate::scope::Scope;
use crate::verdict::{CannotLook, Judged, Short, Verdict};

/// 2026-01-23T12:00:00Z.
pub const NOW: i64 = 1_769_169_600;

/// What was seen.
#[derive(Clone, Default)]
pub struct Seen(Facts);

impl Seen {
    /// With any answer.
    pub fn answer(mut self, look: Look, answer: Answer) -> Self {
        self.0.insert(look, Ok(answer));
        self
    }

    /// With something that could not be looked at.
    pub fn cannot(self, look: Look) -> Self {
        self.cannot_because(look, CannotLook::new("forbidden", "may not look"))
    }

    /// With something that could not be looked at for this reason.
    pub fn cannot_because(mut self, look: Look, cannot: CannotLook) -> Self {
        self.0.insert(look, Err(cannot));
        self
    }

    /// With an answer of the Kubernetes API.
    pub fn kubernetes(self, question: Kubernetes, answer: Value) -> Self {
        self.answer(Look::Kubernetes(question), Answer::Json(answer))
    }

    /// With an object.
    pub fn object(self, kind: Kind, namespace: &str, name: &str, object: Value) -> Self {
        self.kubernetes(get(kind, namespace, name), object)
    }

    /// Without an object.
    pub fn no_object(self, kind: Kind, namespace: &str, name: &str) -> Self {
        self.answer(Look::Kubernetes(get(kind, namespace, name)), Answer::Absent(Absent::Object))
    }

    /// With all objects of a kind.
    pub fn objects(self, kind: Kind, objects: Value) -> Self {
        self.kubernetes(list(kind), objects)
    }

    /// With a kind that is not served.
    pub fn no_kind(self, kind: Kind) -> Self {
        self.answer(Look::Kubernetes(list(kind)), Answer::Absent(Absent::Kind))
    }

    /// With an answer of AWS.
    pub fn aws(self, question: Aws, answer: Value) -> Self {
        self.answer(Look::Aws(question), Answer::Json(answer))
    }

    /// With something that AWS does not have.
    pub fn no_aws(self, question: Aws) -> Self {
        self.answer(Look::Aws(question), Answer::Absent(Absent::Object))
    }

    /// Every question that has an answer here.
    pub fn looks(&self) -> Vec<Look> {
        self.0.keys().cloned().collect()
    }

    /// What the catalogue's check says for an instance. Panics where it asks what is not recorded, or what its row
    /// does not list.
    pub fn judge_of(&self, scope: &Scope, id: &str, of: &str) -> Judged {
        let check = catalogue::checks().into_iter().find(|check| check.id == id).unwrap_or_else(|| panic!("no {id}"));
        let view = View::new(scope, of, NOW, &self.0);
        let judged = (check.judge)(&view);
        for look in view.used() {
            assert!(access::allows(check.access, &look), "{id} looks at what its row does not list: {look:?}");
        }
        if let Err(Short::Look(looks)) = &judged {
            panic!("{id} asks what is not recorded: {looks:#?}");
        }
        judged
    }

    /// The same, of a check that there is once.
    pub fn judge(&self, scope: &Scope, id: &str) -> Judged {
        self.judge_of(scope, id, "")
    }

    /// The reason of a failure; panics where there is none.
    pub fn fails(&self, scope: &Scope, id: &str) -> &'static str {
        match self.judge(scope, id) {
            Ok(Verdict::Fail(finding)) => finding.reason,
            other => panic!("{id} should fail: {other:?}"),
        }
    }

    /// Panics where it does not pass.
    pub fn passes(&self, scope: &Scope, id: &str) {
        assert!(matches!(self.judge(scope, id), Ok(Verdict::Pass(_))), "{id}: {:?}", self.judge(scope, id));
    }
}
