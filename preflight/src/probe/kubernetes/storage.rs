//! A trial of storage: a claim, a pod that uses it, and nothing of either afterwards.

mod cleanup;
mod manifest;

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep};

use super::api::Api;
use super::asked::Asked;
use super::path::{Call, check_name, collection};
use super::reply::{Fault, sentence};
use crate::kinds::{EVENTS, Kind, PODS, VOLUME_CLAIMS};
use crate::look::{Absent, Answer};
use crate::verdict::CannotLook;

/// How long a volume may take.
const BOUND: Duration = Duration::from_secs(90);
const PAUSE: Duration = Duration::from_secs(1);
/// As many events as a person reads.
const EVENTS_SHOWN: usize = 10;

/// What is tried, and where.
pub(super) struct Trial {
    pub(super) api: Arc<Api>,
    /// Of the claim and of the pod.
    pub(super) name: String,
    pub(super) namespace: String,
    /// Empty for the default one.
    pub(super) class: String,
    /// The pod's image; it need not even start.
    pub(super) image: String,
}

/// What became of the claim.
enum Claim {
    /// It has this volume.
    Bound(String),
    /// It has none yet, or this one, which is not ready.
    Unbound(String),
    /// There is no such namespace.
    Nowhere,
}

impl Trial {
    /// Tries it, or stops where `abandoned` says that nobody waits any more; cleans up in any case.
    pub(super) async fn run(self, abandoned: oneshot::Receiver<()>) -> Result<Answer, CannotLook> {
        check_name("namespace", &self.namespace)?;
        self.may_clean_up().await?;
        let started = Instant::now();
        let tried = tokio::select! {
            tried = self.tried(started) => Some(tried),
            _ = abandoned => None,
        };
        let seconds = started.elapsed().as_secs();
        let Some(tried) = tried else {
            for left in self.delete().await {
                tracing::warn!(
                    namespace = self.namespace,
                    name = self.name,
                    left,
                    "the storage trial is not cleaned up"
                );
            }
            return Err(CannotLook::new("deadline", "the run ended before the storage trial had"));
        };
        let (mut events, volume) = match &tried {
            Ok(Claim::Nowhere) => return Ok(Answer::Absent(Absent::Object)),
            Ok(Claim::Unbound(volume)) => (self.events().await, volume.as_str()),
            Ok(Claim::Bound(volume)) => (Vec::new(), volume.as_str()),
            Err(_) => (Vec::new(), ""),
        };
        let left = self.clean_up(volume).await;
        let is_clean = left.is_empty();
        events.extend(left);
        match tried {
            Ok(claim) => {
                let is_bound = matches!(claim, Claim::Bound(_));
                Ok(Answer::Json(json!({"bound": is_bound, "seconds": seconds, "events": events, "cleaned": is_clean})))
            }
            Err(mut cannot) => {
                cannot.summary = [vec![cannot.summary], events].concat().join("; ");
                Err(cannot)
            }
        }
    }

    /// Whoever may not delete must not make.
    async fn may_clean_up(&self) -> Result<(), CannotLook> {
        for kind in [VOLUME_CLAIMS, PODS] {
            let asked = self.asked("delete", kind);
            // Where not even that may be asked, the trial itself will tell.
            let denied = self.api.may_i(&asked).await.is_ok_and(|review| review["allowed"] == false);
            if denied {
                let summary =
                    format!("the run's account may not {asked}, so that nothing was made for the storage trial");
                return Err(CannotLook::new("forbidden", summary).fix(asked.permission()));
            }
        }
        Ok(())
    }

    async fn tried(&self, started: Instant) -> Result<Claim, CannotLook> {
        match self.create(VOLUME_CLAIMS, manifest::claim(self)).await {
            Err(Fault::NoObject(_)) => return Ok(Claim::Nowhere),
            made => made.map_err(|fault| fault.cannot(&self.asked("create", VOLUME_CLAIMS)))?,
        }
        self.create(PODS, manifest::pod(self)).await.map_err(|fault| fault.cannot(&self.asked("create", PODS)))?;
        let asked = self.asked("get", VOLUME_CLAIMS);
        loop {
            let is_late = started.elapsed() >= BOUND;
            match self.api.get(VOLUME_CLAIMS, &self.namespace, &self.name, &asked).await {
                Ok(claim) => {
                    let volume = claim["spec"]["volumeName"].as_str().unwrap_or_default().to_owned();
                    match claim["status"]["phase"].as_str() {
                        Some("Bound") => return Ok(Claim::Bound(volume)),
                        Some("Lost") => return Ok(Claim::Unbound(volume)),
                        _ if is_late => return Ok(Claim::Unbound(volume)),
                        _ => {}
                    }
                }
                Err(Fault::Cannot(cannot)) if cannot.may_pass && !is_late => {}
                Err(fault) => return Err(fault.cannot(&asked)),
            }
            sleep(PAUSE).await;
        }
    }

    async fn create(&self, kind: Kind, body: Value) -> Result<(), Fault> {
        let call = |base: &str| Call::post(collection(base, kind, &self.namespace), body.clone());
        self.api.ask(kind, &self.asked("create", kind), call).await.map(drop)
    }

    /// What the cluster says of the claim and the pod; warnings first.
    async fn events(&self) -> Vec<String> {
        let about = format!("involvedObject.name={}", self.name);
        match self.api.items(EVENTS, &self.namespace, &[("fieldSelector", &about)]).await {
            Ok(events) => told(&events),
            Err(fault) => vec![fault.cannot(&self.asked("list", EVENTS)).summary],
        }
    }

    fn asked(&self, verb: &'static str, kind: Kind) -> Asked<'_> {
        Asked::Objects { verb, kind, namespace: &self.namespace, name: "" }
    }
}

fn told(events: &[Value]) -> Vec<String> {
    let is_warning = |event: &&Value| event["type"] == "Warning";
    let (warnings, others): (Vec<&Value>, Vec<&Value>) = events.iter().partition(is_warning);
    let mut told: Vec<String> = Vec::new();
    for event in warnings.into_iter().chain(others) {
        let text = |key: &str| event[key].as_str().unwrap_or_default().to_owned();
        let line = sentence(&format!("{}: {}", text("reason"), text("message")));
        if !told.contains(&line) && told.len() < EVENTS_SHOWN {
            told.push(line);
        }
    }
    told
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::told;

    #[test]
    fn warnings_come_first_and_once() {
        let normal = json!({"type": "Normal", "reason": "ExternalProvisioning", "message": "waiting\n for it"});
        let warning = json!({"type": "Warning", "reason": "ProvisioningFailed", "message": "UnauthorizedOperation"});
        assert_eq!(
            told(&[normal, warning.clone(), warning]),
            ["ProvisioningFailed: UnauthorizedOperation", "ExternalProvisioning: waiting for it"]
        );
    }
}
