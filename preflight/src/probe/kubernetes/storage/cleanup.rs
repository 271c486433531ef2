//! After a trial: nothing of it stays, or it is said what does.

use std::time::Duration;

use serde_json::json;
use tokio::time::{Instant, sleep};

use super::super::asked::Asked;
use super::super::path::{Call, object};
use super::super::reply::Fault;
use super::{PAUSE, Trial};
use crate::kinds::{Kind, PODS, VOLUME_CLAIMS, VOLUMES};
use crate::verdict::CannotLook;

/// How long what was deleted may take to go.
const GONE: Duration = Duration::from_secs(30);
/// The same for a volume: its disk is unmounted and detached first, and its provisioner tries again at growing distances.
const VOLUME_GONE: Duration = Duration::from_secs(90);
const ATTEMPTS: usize = 3;

impl Trial {
    /// Deletes what was made, and waits until it is gone, with the volume; what stays, in words.
    pub(super) async fn clean_up(&self, volume: &str) -> Vec<String> {
        let mut left = self.delete().await;
        let began = Instant::now();
        for kind in [PODS, VOLUME_CLAIMS] {
            left.extend(self.still_there(kind, &self.name, began, GONE).await);
        }
        if !volume.is_empty() {
            left.extend(self.still_there(VOLUMES, volume, began, VOLUME_GONE).await);
        }
        left
    }

    /// Deletes both, whether they were made or not: a request that failed may have been carried out. The pod goes
    /// first, for it protects the claim.
    pub(super) async fn delete(&self) -> Vec<String> {
        let mut failed = Vec::new();
        for kind in [PODS, VOLUME_CLAIMS] {
            if let Err(cannot) = self.delete_one(kind).await {
                failed.push(cannot.summary);
            }
        }
        failed
    }

    async fn delete_one(&self, kind: Kind) -> Result<(), CannotLook> {
        let asked = self.asked("delete", kind);
        let options = json!({"apiVersion": "v1", "kind": "DeleteOptions", "gracePeriodSeconds": 0,
            "propagationPolicy": "Background"});
        for attempt in 1.. {
            let call = |base: &str| Call::delete(object(base, kind, &self.namespace, &self.name), options.clone());
            match self.api.ask(kind, &asked, call).await {
                Ok(_) | Err(Fault::NoObject(_)) => return Ok(()),
                Err(Fault::Cannot(cannot)) if cannot.may_pass && attempt < ATTEMPTS => sleep(PAUSE).await,
                Err(fault) => return Err(fault.cannot(&asked)),
            }
        }
        Ok(())
    }

    /// What is to say of an object that does not go.
    async fn still_there(&self, kind: Kind, name: &str, began: Instant, patience: Duration) -> Option<String> {
        let namespace = if kind.namespaced { self.namespace.as_str() } else { "" };
        let place = if namespace.is_empty() { String::new() } else { format!("-n {namespace} ") };
        let command = format!("kubectl {place}delete {} {name}", kind.plural);
        let asked = Asked::Objects { verb: "get", kind, namespace, name: "" };
        loop {
            let is_late = began.elapsed() >= patience;
            match self.api.get(kind, namespace, name, &asked).await {
                Err(Fault::NoObject(_)) => return None,
                Ok(object) => {
                    let policy = object["spec"]["persistentVolumeReclaimPolicy"].as_str();
                    if let Some(policy) = policy.filter(|policy| *policy != "Delete") {
                        return Some(format!(
                            "the volume {name} and its disk stay, for its reclaim policy is {policy}; {command}, then \
                             delete the disk"
                        ));
                    }
                    if is_late {
                        let seconds = patience.as_secs();
                        return Some(format!("{kind} {name} is still there {seconds} s after its deletion; {command}"));
                    }
                }
                Err(Fault::Cannot(cannot)) if cannot.may_pass && !is_late => {}
                Err(fault) => {
                    let why = fault.cannot(&asked).summary;
                    return Some(format!("{kind} {name} may still be there ({why}); {command}"));
                }
            }
            sleep(PAUSE).await;
        }
    }
}
