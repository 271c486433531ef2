//! Which cluster, as whom: in the cluster itself by the pod's service account, elsewhere as `kubectl` finds it.

use std::path::PathBuf;
use std::time::Duration;

use kube::client::AuthError;
use kube::config::{ExecInteractiveMode, InClusterError, KubeConfigOptions, Kubeconfig, KubeconfigError};
use kube::{Client, Config};
use platform::termination::without_retry_phrases;

use super::reply::sentence;
use crate::verdict::CannotLook;

/// For how long a connection may take to come about, with TLS.
const CONNECT: Duration = Duration::from_secs(3);
/// For how long a plugin may take to come up with credentials.
const CREDENTIALS: Duration = Duration::from_secs(30);
const REMEDY: &str = "set KUBECONFIG (aws eks update-kubeconfig --name CLUSTER), run in the cluster, or leave the \
                      cluster out with --cluster none";

/// A client, and what it is connected to.
#[derive(Clone)]
pub(super) struct Connection {
    /// The client.
    pub(super) client: Client,
    /// The API server's URL.
    pub(super) server: String,
}

/// Which kubeconfig and context are asked for, if any.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Chosen {
    pub(super) kubeconfig: Option<PathBuf>,
    pub(super) context: Option<String>,
}

impl Chosen {
    /// Sets up the client; nothing is asked yet, but a plugin of the kubeconfig's may be run for credentials.
    pub(super) async fn connection(&self) -> Result<Connection, CannotLook> {
        let mut config = self.config().await?;
        config.connect_timeout = Some(CONNECT);
        // What is tried again, and for how long, is for the caller to say.
        config.default_retry = false;
        if let Some(plugin) = config.auth_info.exec.as_mut() {
            // Nobody sits there to answer it.
            plugin.interactive_mode = Some(ExecInteractiveMode::Never);
        }
        let server = config.cluster_url.to_string().trim_end_matches('/').to_owned();
        let made = tokio::task::spawn_blocking(move || Client::try_from(config));
        match tokio::time::timeout(CREDENTIALS, made).await {
            Ok(Ok(Ok(client))) => Ok(Connection { client, server }),
            Ok(Ok(Err(error))) => Err(not_made(&error)),
            Ok(Err(_)) => Err(unconfigured("the client of the Kubernetes API could not be set up")),
            Err(_) => Err(CannotLook::new(
                "timeout",
                "i/o timeout: the kubeconfig's plugin does not come up with credentials",
            )
            .fix("run the plugin that the kubeconfig names (users[].user.exec) by hand")
            .passing()),
        }
    }

    /// What was asked for comes first, then `KUBECONFIG`, then the pod's own cluster, then the file in the home.
    async fn config(&self) -> Result<Config, CannotLook> {
        let kubeconfig = match &self.kubeconfig {
            Some(path) => Kubeconfig::read_from(path).map_err(|error| not_read(&error))?,
            None => match Kubeconfig::from_env().map_err(|error| not_read(&error))? {
                Some(kubeconfig) => kubeconfig,
                None if self.context.is_some() => Kubeconfig::read().map_err(|error| not_read(&error))?,
                None => match Config::incluster() {
                    Ok(config) => return Ok(config),
                    Err(InClusterError::ReadEnvironmentVariable(_)) => {
                        Kubeconfig::read().map_err(|error| not_read(&error))?
                    }
                    Err(error) => return Err(not_in_pod(&error)),
                },
            },
        };
        let options = KubeConfigOptions { context: self.context.clone(), ..KubeConfigOptions::default() };
        Config::from_custom_kubeconfig(kubeconfig, &options).await.map_err(|error| not_read(&error))
    }
}

fn unconfigured(summary: &str) -> CannotLook {
    CannotLook::new("unconfigured", without_retry_phrases(summary)).fix(REMEDY)
}

fn not_in_pod(error: &InClusterError) -> CannotLook {
    let summary = format!("this pod has no credentials for its cluster: {}", sentence(&error.to_string()));
    unconfigured(&summary).fix("let the pod mount its service account's token (automountServiceAccountToken: true)")
}

/// A kubeconfig may hold tokens and keys: what cannot be parsed is not quoted.
fn not_read(error: &KubeconfigError) -> CannotLook {
    let is_missing = |error: &std::io::Error| error.kind() == std::io::ErrorKind::NotFound;
    match error {
        KubeconfigError::FindPath => unconfigured("there is no kubeconfig, and this is no pod of a cluster"),
        KubeconfigError::ReadConfig(error, path) if is_missing(error) => {
            unconfigured(&format!("there is no kubeconfig {}, and this is no pod of a cluster", path.display()))
        }
        KubeconfigError::CurrentContextNotSet => unconfigured("the kubeconfig names no current context"),
        KubeconfigError::Parse(_) => unconfigured("the kubeconfig is not what a kubeconfig should be (YAML)"),
        error => unconfigured(&format!("the kubeconfig cannot be used: {}", sentence(&error.to_string()))),
    }
}

/// Why there is no client.
fn not_made(error: &kube::Error) -> CannotLook {
    match error {
        kube::Error::Auth(error) => no_credentials(error),
        error => unconfigured(&format!("the cluster's settings cannot be used: {}", sentence(&error.to_string()))),
    }
}

/// Why there are no credentials. What a plugin printed may hold a token: only its last word of complaint is shown.
pub(super) fn no_credentials(error: &AuthError) -> CannotLook {
    let why = match error {
        AuthError::AuthExecRun { cmd, out } => {
            let complaint =
                String::from_utf8_lossy(&out.stderr).trim().lines().next_back().unwrap_or_default().to_owned();
            format!("{cmd} ended with {}: {complaint}", out.status)
        }
        AuthError::AuthExecParse(_) => "what the plugin printed are no credentials".to_owned(),
        error => error.to_string(),
    };
    let summary = format!("there are no credentials for the cluster: {}", sentence(&why));
    CannotLook::new("unauthorized", without_retry_phrases(&summary))
        .fix("run the plugin that the kubeconfig names (users[].user.exec) by hand, or renew the kubeconfig")
        .passing()
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::Chosen;
    use crate::verdict::CannotLook;

    async fn failure(kubeconfig: &str, context: Option<&str>) -> CannotLook {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(kubeconfig.as_bytes()).unwrap();
        let chosen = Chosen { kubeconfig: Some(file.path().to_owned()), context: context.map(str::to_owned) };
        chosen.connection().await.err().unwrap()
    }

    #[tokio::test]
    async fn a_missing_kubeconfig_says_what_to_do() {
        let chosen = Chosen { kubeconfig: Some("/nowhere/config".into()), context: None };
        let cannot = chosen.connection().await.err().unwrap();
        assert_eq!((cannot.reason, cannot.may_pass), ("unconfigured", false));
        assert!(cannot.summary.contains("/nowhere/config"), "{}", cannot.summary);
        let remedy = cannot.remedy.unwrap();
        assert!(remedy.contains("KUBECONFIG") && remedy.contains("--cluster none"), "{remedy}");
    }

    #[tokio::test]
    async fn an_unreadable_kubeconfig_is_not_quoted() {
        for text in ["users: [{name: a, user: {token: hunter2", "users: hunter2", "users: [{name: a, user: hunter2}]"] {
            let cannot = failure(text, None).await;
            assert_eq!(cannot.reason, "unconfigured");
            assert!(!cannot.summary.contains("hunter2"), "{}", cannot.summary);
        }
    }

    #[tokio::test]
    async fn a_context_must_be_there() {
        assert!(failure("clusters: []", None).await.summary.contains("no current context"));
        assert!(failure("clusters: []", Some("prod")).await.summary.contains("prod"));
    }

    #[tokio::test]
    async fn a_plugin_that_fails_is_told_without_what_it_printed() {
        let plugin = "apiVersion: client.authentication.k8s.io/v1, command: sh, args: [-c, 'echo hunter2; echo no \
                      profile >&2; exit 3']";
        let kubeconfig = format!(
            "{{current-context: c, contexts: [{{name: c, context: {{cluster: c, user: u}}}}], clusters: [{{name: c, \
             cluster: {{server: 'http://127.0.0.1:1'}}}}], users: [{{name: u, user: {{exec: {{{plugin}}}}}}}]}}"
        );
        let cannot = failure(&kubeconfig, None).await;
        assert_eq!(cannot.reason, "unauthorized");
        assert!(cannot.summary.contains("no profile") && cannot.summary.contains('3'), "{}", cannot.summary);
        assert!(!cannot.summary.replace("echo hunter2", "").contains("hunter2"), "{}", cannot.summary);
    }
}
