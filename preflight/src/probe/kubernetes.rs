//! The Kubernetes API.
//!
//! Objects are JSON, so that no version of an API is built in: where a kind is served is discovered (`discovery`). What
//! an answer means is told by its status and fields (`reply`), what is missing to get one by the rule that would allow
//! it (`asked`).

mod api;
mod asked;
mod connection;
mod discovery;
mod memo;
mod objects;
mod path;
mod reply;
mod server;
mod storage;

use std::hash::{BuildHasher, RandomState};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{RwLock, oneshot};

use crate::look::{Answer, Kubernetes};
use crate::verdict::CannotLook;
use api::Api;
use asked::Asked;
use connection::Chosen;
use storage::Trial;

/// Which cluster, and how it is asked.
#[derive(Clone, Debug)]
pub struct KubernetesSettings {
    /// The kubeconfig; `None` for `KUBECONFIG`, then the pod's own cluster, then `~/.kube/config`.
    pub kubeconfig: Option<PathBuf>,
    /// The context in it; `None` for its current one.
    pub context: Option<String>,
    /// For how long to go on connecting while no connection comes about, in all and not for each question.
    pub patience: Duration,
    /// The image of the pod that a trial of storage makes.
    pub trial_image: String,
}

impl Default for KubernetesSettings {
    fn default() -> Self {
        Self {
            kubeconfig: None,
            context: None,
            patience: Duration::from_secs(30),
            trial_image: "registry.k8s.io/pause:3.10".to_owned(),
        }
    }
}

/// Answers questions to the Kubernetes API. Clones share one connection and what was discovered.
#[derive(Clone)]
pub struct KubernetesProbe {
    api: Arc<Api>,
    trial_image: String,
    /// Held for reading by each trial of storage until it has cleaned up.
    trials: Arc<RwLock<()>>,
}

impl KubernetesProbe {
    /// A probe that connects when it is asked the first question.
    pub fn new(settings: KubernetesSettings) -> Self {
        let KubernetesSettings { kubeconfig, context, patience, trial_image } = settings;
        let api = Arc::new(Api::new(Chosen { kubeconfig, context }, patience));
        Self { api, trial_image, trials: Arc::default() }
    }

    /// Answers a question.
    pub async fn look(&self, question: &Kubernetes) -> Result<Answer, CannotLook> {
        match question {
            Kubernetes::Get { kind, namespace, name } => self.api.object(*kind, namespace, name).await,
            Kubernetes::List { kind, namespace, labels } => self.api.list(*kind, namespace, labels).await,
            Kubernetes::Ready => self.api.ready().await,
            Kubernetes::Version => self.api.version().await,
            Kubernetes::MayI { verb, kind, namespace, name } => {
                self.api.may_i(&Asked::Objects { verb, kind: *kind, namespace, name }).await.map(Answer::Json)
            }
            Kubernetes::StorageTrial { class, namespace } => self.storage_trial(class, namespace).await,
        }
    }

    /// A token of a service account for an audience, good for ten minutes. It must not be shown.
    pub async fn service_account_token(
        &self,
        namespace: &str,
        name: &str,
        audience: &str,
    ) -> Result<String, CannotLook> {
        self.api.token(namespace, name, audience).await
    }

    /// Waits until every trial of storage has cleaned up, also those whose question was dropped; `false` where they
    /// take longer than that. A run that was cut short must call it before the process ends.
    pub async fn settled(&self, limit: Duration) -> bool {
        tokio::time::timeout(limit, self.trials.write()).await.is_ok()
    }

    /// Runs in a task of its own: where this question is dropped, it still cleans up.
    async fn storage_trial(&self, class: &str, namespace: &str) -> Result<Answer, CannotLook> {
        let held = Arc::clone(&self.trials).read_owned().await;
        let (_waiting, abandoned) = oneshot::channel();
        let trial = Trial {
            api: Arc::clone(&self.api),
            name: format!("preflight-{:016x}", RandomState::new().hash_one(namespace)),
            namespace: namespace.to_owned(),
            class: class.to_owned(),
            image: self.trial_image.clone(),
        };
        let running = tokio::spawn(async move {
            let answer = trial.run(abandoned).await;
            drop(held);
            answer
        });
        running.await.unwrap_or_else(|_| Err(CannotLook::new("protocol", "the storage trial broke off")))
    }
}

#[cfg(test)]
mod tests;
