//! `config.bootstrap`: the bootstrap values are there, and say what every run must know.

use regex_lite::Regex;

use crate::inputs::{Name, Source};
use crate::scope::Bootstrap;
use crate::verdict::{CannotLook, Finding, Judged, Short, Verdict};
use crate::view::View;

/// The `ConfigMap` was read, and mode, environment and build are given. What cannot be parsed has ended the run before.
pub fn judge(view: &View<'_>) -> Judged {
    let scope = view.scope;
    match &scope.bootstrap {
        Bootstrap::CannotLook(cannot) => return Err(Short::Cannot(cannot.clone())),
        Bootstrap::Missing => {
            let summary = format!("ConfigMap {} is missing", scope.config_map);
            return Ok(Verdict::Fail(Finding::new("not_found", summary)));
        }
        Bootstrap::Read | Bootstrap::NotAsked => {}
    }
    let by_default = matches!(scope.mode.source, Source::Derived(_));
    if by_default && scope.bootstrap == Bootstrap::Read {
        return Ok(Verdict::Fail(missing(view, "no_mode", Name::Mode)));
    }
    if scope.environment.is_none() {
        return Ok(Verdict::Fail(missing(view, "no_environment", Name::Environment)));
    }
    if scope.is_ephemeral() && scope.text(Name::BuildId).is_none() {
        return Ok(Verdict::Fail(missing(view, "no_build_id", Name::BuildId)));
    }
    if let Some(finding) = odd_build(view)? {
        return Ok(Verdict::Warn(finding));
    }
    if by_default {
        let summary = format!("mode is not given; {} is taken for it ({})", scope.mode.value, scope.mode.source);
        return Ok(Verdict::Warn(
            Finding::new("no_mode", summary).fix("Give --mode, or mode in the profile's [inputs]."),
        ));
    }
    Ok(Verdict::Pass(told(view)))
}

fn missing(view: &View<'_>, reason: &'static str, name: Name) -> Finding {
    let scope = view.scope;
    let mode = format!("mode {}", scope.mode);
    let (place, fix) = match scope.bootstrap {
        Bootstrap::Read => (
            format!("in ConfigMap {}, nor elsewhere", scope.config_map),
            format!("Set {} there, or give --{}.", name.keys().join(" or "), name.flag()),
        ),
        _ => ("anywhere".to_owned(), format!("Give --{}, or set it in the profile's [inputs].", name.flag())),
    };
    Finding::new(reason, format!("{} is not given {place}", name.as_str())).seen([mode]).fix(fix)
}

/// A build is asked for by the mode alone: a long-lived cluster may well have something in that place.
fn odd_build(view: &View<'_>) -> Result<Option<Finding>, Short> {
    let scope = view.scope;
    let (Some(build), true) = (scope.text(Name::BuildId), scope.is_ephemeral()) else { return Ok(None) };
    let pattern = &scope.profile.bootstrap.build_id_pattern;
    let regex = Regex::new(pattern).map_err(|error| {
        let summary = format!("the profile's bootstrap.build_id_pattern {pattern:?} is no regular expression: {error}");
        Short::Cannot(CannotLook::new("input", summary).fix("Correct bootstrap.build_id_pattern in the profile."))
    })?;
    let summary = || format!("buildId {build} does not look like a build ({pattern})");
    let fix = "Name the build as the pipeline does, or set bootstrap.build_id_pattern in the profile.";
    Ok((!regex.is_match(build))
        .then(|| Finding::new("odd_build_id", summary()).seen([scope.told(Name::BuildId)]).fix(fix)))
}

fn told(view: &View<'_>) -> String {
    let scope = view.scope;
    let environment = scope.text(Name::Environment).unwrap_or_default();
    let build = scope.text(Name::BuildId).filter(|_| scope.is_ephemeral());
    let build = build.map(|build| format!(", build {build}")).unwrap_or_default();
    format!("{} cluster of {environment}{build}, maxTier {}", scope.mode.value, scope.max_tier)
}

#[cfg(test)]
mod tests {
    use crate::check::Tier;
    use crate::inputs::{Inputs, Name, Source};
    use crate::profile::Profile;
    use crate::scope::{Bootstrap, Scope, example};
    use crate::verdict::example::warned;
    use crate::verdict::{CannotLook, Finding, Short, Verdict};
    use crate::view::example::Seen;

    const ID: &str = "config.bootstrap";

    fn with(bootstrap: Bootstrap, values: &[(Name, &str)]) -> Scope {
        let mut inputs = Inputs::default();
        for (name, value) in values {
            inputs.add(*name, *value, Source::ConfigMap("argocd/argocd-bootstrap-config".to_owned()));
        }
        Scope::new(example::asked(Tier::Cluster), Profile::default(), inputs, bootstrap).unwrap()
    }

    fn fails(scope: &Scope) -> &'static str {
        Seen::default().fails(scope, ID)
    }

    fn warns(scope: &Scope) -> Finding {
        warned(Seen::default().judge(scope, ID))
    }

    #[test]
    fn both_life_cycles_pass() {
        Seen::default().passes(&example::persistent(Tier::Cluster), ID);
        Seen::default().passes(&example::ephemeral(Tier::Cluster), ID);
        let judged = Seen::default().judge(&example::ephemeral(Tier::Cluster), ID);
        let told = "ephemeral cluster of dev, build 26-01-23-01, maxTier 2 (--max-tier)";
        assert_eq!(judged, Ok(Verdict::Pass(told.to_owned())));
    }

    #[test]
    fn a_build_does_not_make_a_cluster_ephemeral() {
        // Golden Path's dev has build_id = "persistent".
        Seen::default().passes(&example::changed(Tier::Cluster, &[(Name::BuildId, "persistent")]), ID);
    }

    #[test]
    fn each_way_to_fail_has_its_reason() {
        let mode = (Name::Mode, "ephemeral");
        let dev = (Name::Environment, "dev");
        assert_eq!(fails(&with(Bootstrap::Missing, &[mode, dev])), "not_found");
        assert_eq!(fails(&with(Bootstrap::Read, &[dev])), "no_mode");
        assert_eq!(fails(&with(Bootstrap::Read, &[mode])), "no_environment");
        assert_eq!(fails(&with(Bootstrap::NotAsked, &[mode])), "no_environment");
        assert_eq!(fails(&with(Bootstrap::Read, &[mode, dev])), "no_build_id");
    }

    #[test]
    fn what_is_odd_is_warned_of() {
        let odd = example::changed(Tier::Cluster, &[(Name::Mode, "ephemeral"), (Name::BuildId, "b-7")]);
        let finding = warns(&odd);
        assert_eq!(finding.reason, "odd_build_id");
        assert!(finding.summary.contains("buildId b-7"), "{}", finding.summary);
        assert_eq!(warns(&with(Bootstrap::NotAsked, &[(Name::Environment, "dev")])).reason, "no_mode");
    }

    #[test]
    fn what_cannot_be_looked_at_is_no_pass() {
        let cannot = CannotLook::new("forbidden", "may not get configmaps");
        let judged = Seen::default().judge(&with(Bootstrap::CannotLook(cannot.clone()), &[]), ID);
        assert_eq!(judged, Err(Short::Cannot(cannot)));
        let mut scope = example::ephemeral(Tier::Cluster);
        scope.profile.bootstrap.build_id_pattern = "(".to_owned();
        let judged = Seen::default().judge(&scope, ID);
        assert!(matches!(judged, Err(Short::Cannot(cannot)) if cannot.reason == "input"));
    }
}
