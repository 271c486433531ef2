//! Reads the bootstrap `ConfigMap`, before anything else is known.

use std::time::Duration;

use platform::stop::{Stop, StopReason};

use super::Ended;
use crate::inputs::{Inputs, from_config_map};
use crate::kinds::CONFIG_MAPS;
use crate::look::Answer;
use crate::outcome::Whole;
use crate::probe::KubernetesProbe;
use crate::scope::Bootstrap;
use crate::settings::Settings;
use crate::verdict::CannotLook;
use crate::view::get;

/// How often it is looked where looking itself fails.
const ATTEMPTS: u32 = 4;
/// Between them.
const PAUSE: Duration = Duration::from_secs(1);

/// The run's inputs, those of the cluster below all others. A `ConfigMap` that is there and cannot be parsed ends the run.
pub async fn read(
    settings: &Settings,
    kubernetes: &KubernetesProbe,
    reads: bool,
    stop: &Stop,
) -> Result<(Inputs, Bootstrap), Ended> {
    if !reads {
        return Ok((settings.inputs.clone(), Bootstrap::NotAsked));
    }
    let name = format!("{}/{}", settings.profile.bootstrap.namespace, settings.profile.bootstrap.name);
    let seen = tokio::select! {
        seen = seen(settings, kubernetes) => seen,
        reason = stop.stopped() => return Err(stopped(reason)),
    };
    let found = match seen {
        Ok(Answer::Json(object)) => object,
        Ok(_) => return Ok((settings.inputs.clone(), Bootstrap::Missing)),
        Err(cannot) => return Ok((settings.inputs.clone(), Bootstrap::CannotLook(cannot))),
    };
    match from_config_map(&found, &name) {
        Ok(inputs) => Ok((settings.inputs.clone().over(inputs), Bootstrap::Read)),
        Err(error) => Err(Ended::early(Whole::Invalid, error.to_string())),
    }
}

async fn seen(settings: &Settings, kubernetes: &KubernetesProbe) -> Result<Answer, CannotLook> {
    let bootstrap = &settings.profile.bootstrap;
    let question = get(CONFIG_MAPS, &bootstrap.namespace, &bootstrap.name);
    let mut attempt = 1;
    loop {
        match kubernetes.look(&question).await {
            Err(cannot) if cannot.may_pass && attempt < ATTEMPTS => attempt += 1,
            seen => return seen,
        }
        tokio::time::sleep(PAUSE).await;
    }
}

fn stopped(reason: StopReason) -> Ended {
    match reason {
        StopReason::Signal => Ended::early(Whole::Stopped, "stopped by a signal; nothing was changed, run it again"),
        StopReason::Deadline => {
            Ended::early(Whole::NotYet, ": the Kubernetes API did not answer before the --deadline (i/o timeout)")
        }
    }
}
