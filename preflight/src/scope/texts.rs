//! The names that follow from a run's inputs, and the texts of the profile with them filled in.

use super::{Mode, Scope};
use crate::inputs::Name;

impl Scope {
    /// What the cluster's host names end with: as it is given, or as it follows from mode, build, environment and domain.
    pub fn host_suffix(&self) -> Option<String> {
        self.text(Name::HostSuffix).map(str::to_owned).or_else(|| self.implied_host_suffix())
    }

    /// What the host suffix must be by mode, build, environment and domain.
    pub fn implied_host_suffix(&self) -> Option<String> {
        let domain = self.environment_domain()?;
        match self.mode.value {
            Mode::Persistent => Some(domain),
            Mode::Ephemeral => Some(format!("b-{}.{domain}", self.text(Name::BuildId)?)),
        }
    }

    /// The domain of the environment's long-lived cluster.
    pub fn environment_domain(&self) -> Option<String> {
        Some(format!("{}.{}", self.text(Name::Environment)?, self.text(Name::BaseDomain)?))
    }

    /// A text of the profile or a row with the run's inputs, and the places that the profile names; what is not known
    /// stays in braces.
    pub fn expand(&self, pattern: &str) -> String {
        let mut text = pattern.to_owned();
        for (placeholder, value) in self.placeholders() {
            if let Some(value) = value {
                text = text.replace(placeholder, &value);
            }
        }
        text
    }

    fn placeholders(&self) -> [(&'static str, Option<String>); 11] {
        let text = |name| self.text(name).map(str::to_owned);
        let place = |text: &String| Some(text.clone());
        let suffix = match (self.mode.value, self.text(Name::BuildId)) {
            (Mode::Persistent, _) => Some(String::new()),
            (Mode::Ephemeral, build) => build.map(|build| format!("-{build}")),
        };
        [
            ("{env}", text(Name::Environment)),
            ("{build_id}", text(Name::BuildId)),
            ("{suffix}", suffix),
            ("{region}", text(Name::Region)),
            ("{account}", text(Name::Account)),
            ("{cluster}", text(Name::ClusterName)),
            ("{base}", text(Name::BaseDomain)),
            ("{host_suffix}", self.host_suffix()),
            ("{bootstrap_namespace}", place(&self.profile.bootstrap.namespace)),
            ("{bootstrap_name}", place(&self.profile.bootstrap.name)),
            ("{argocd_namespace}", place(&self.profile.delivery.argocd_namespace)),
        ]
    }

    /// How a secret is called in ids: its path below the environment's folder, where the path has one.
    pub fn short_secret_name(&self, path: &str) -> String {
        let folder = self.text(Name::Environment).map(|environment| format!("/{environment}/"));
        let below = folder.and_then(|folder| path.split_once(folder.as_str()).map(|(_, below)| below.to_owned()));
        below.unwrap_or_else(|| path.to_owned())
    }
}
