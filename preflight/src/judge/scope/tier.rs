//! `scope.tier`: the tier that is asked for is allowed, and the ceiling is what it should be.

use std::collections::BTreeSet;

use super::untold::untold;
use crate::inputs::{Name, Source};
use crate::judge::findings::together;
use crate::judge::rds::presence::{Presence, presence};
use crate::scope::Mode;
use crate::verdict::{Finding, Judged, Short, Verdict};
use crate::view::View;

/// The tier is not above the ceiling. A ceiling that was overridden, or is not what mode and database imply, is named.
pub fn judge(view: &View<'_>) -> Judged {
    let scope = view.scope;
    let ceiling = &scope.max_tier;
    if let Some(tier) = scope.asked.tier.filter(|tier| *tier > ceiling.value) {
        let summary = format!("tier {tier} was asked for (--tier), and maxTier is {ceiling}");
        let fix =
            format!("Ask for --tier {} or --tier auto; a higher tier is not part of this cluster.", ceiling.value);
        return Ok(Verdict::Fail(Finding::new("above_ceiling", summary).fix(fix)));
    }
    let findings: Vec<Finding> = overridden(view).into_iter().chain(not_implied(view)?).collect();
    let pass = || format!("tier {} of at most {ceiling}", scope.tier());
    Ok(together(findings).map_or_else(|| Verdict::Pass(pass()), Verdict::Warn))
}

fn overridden(view: &View<'_>) -> Option<Finding> {
    let all = view.scope.inputs.all(Name::MaxTier);
    let values: BTreeSet<&str> = all.iter().map(|given| given.value.as_str()).collect();
    let told: Vec<String> = all.iter().rev().map(ToString::to_string).collect();
    let summary = || format!("maxTier is overridden: {}", told.join(" in place of "));
    let fix = "Leave the override away, so that the run goes by the cluster's own ceiling.";
    (values.len() > 1).then(|| Finding::new("overridden", summary()).fix(fix))
}

/// Of an ephemeral cluster the ceiling follows from whether there is a database. Where that cannot be told,
/// this is a warning, too.
fn not_implied(view: &View<'_>) -> Result<Option<Finding>, Short> {
    let scope = view.scope;
    if matches!(scope.max_tier.source, Source::Derived(_)) {
        return Ok(None);
    }
    let (has_database, because) = match scope.mode.value {
        Mode::Persistent => (false, ""),
        Mode::Ephemeral => match presence(view) {
            Ok(Presence::Flag | Presence::Found(_)) => (true, " with a database"),
            Ok(Presence::Nowhere(_)) => (false, " without a database"),
            Err(short) => return untold(short, "whether maxTier is what the database implies").map(Some),
        },
    };
    let implied = scope.mode.value.ceiling(has_database);
    let summary =
        || format!("maxTier is {}, but {implied} is what mode {}{because} implies", scope.max_tier, scope.mode.value);
    let fix = "Let Terraform derive bootstrap.maxTier from the life cycle and the database.";
    Ok((implied != scope.max_tier.value).then(|| Finding::new("not_implied", summary()).fix(fix)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::check::Tier;
    use crate::inputs::{Inputs, Name, Source};
    use crate::look::{Aws, Look};
    use crate::profile::Profile;
    use crate::scope::{Bootstrap, Scope, example};
    use crate::verdict::example::warned;
    use crate::verdict::{CannotLook, Finding, Short, Verdict};
    use crate::view::example::Seen;

    const ID: &str = "scope.tier";

    fn scope(tier: Option<Tier>, values: &[(Name, &str)]) -> Scope {
        let mut inputs = Inputs::default();
        for (name, value) in [(Name::Environment, "dev")].iter().chain(values) {
            inputs.add(*name, *value, Source::ConfigMap("argocd/argocd-bootstrap-config".to_owned()));
        }
        let mut asked = example::asked(Tier::Cluster);
        asked.tier = tier;
        Scope::new(asked, Profile::default(), inputs, Bootstrap::Read).unwrap()
    }

    fn description() -> Aws {
        Aws::SecretDescription { path: "goldenpath/dev/rds/master".to_owned() }
    }

    /// An account in which the app has no secret for its database yet.
    fn without_login() -> Seen {
        Seen::default().no_aws(Aws::SecretDescription { path: "goldenpath/dev/backstage/postgres".to_owned() })
    }

    fn warns(seen: &Seen, scope: &Scope) -> Finding {
        warned(seen.judge(scope, ID))
    }

    #[test]
    fn a_tier_up_to_the_ceiling_passes() {
        let persistent = [(Name::Mode, "persistent"), (Name::MaxTier, "3")];
        for tier in [None, Some(Tier::Cluster), Some(Tier::Identity)] {
            Seen::default().passes(&scope(tier, &persistent), ID);
        }
        Seen::default().passes(&scope(None, &[(Name::Mode, "ephemeral")]), ID);
        let ephemeral = |ceiling, rds| {
            scope(None, &[(Name::Mode, "ephemeral"), (Name::MaxTier, ceiling), (Name::RdsAvailable, rds)])
        };
        Seen::default().passes(&ephemeral("2", "true"), ID);
        Seen::default().no_aws(description()).passes(&ephemeral("1.5", "false"), ID);
        without_login().aws(description(), json!({})).passes(&ephemeral("2", "false"), ID);
        let deleted = json!({"DeletedDate": 1_769_169_600});
        without_login().aws(description(), deleted).passes(&ephemeral("2", "false"), ID);
    }

    #[test]
    fn a_tier_above_the_ceiling_fails_wherever_the_ceiling_comes_from() {
        let given = scope(Some(Tier::Identity), &[(Name::Mode, "ephemeral"), (Name::MaxTier, "2")]);
        let judged = Seen::default().judge(&given, ID);
        let Ok(Verdict::Fail(finding)) = judged else { panic!("{judged:?}") };
        assert_eq!(finding.reason, "above_ceiling");
        assert_eq!(
            finding.summary,
            "tier 3 was asked for (--tier), and maxTier is 2 (configmap argocd/argocd-bootstrap-config)"
        );
        let derived = scope(Some(Tier::Experience), &[(Name::Mode, "ephemeral")]);
        assert_eq!(Seen::default().fails(&derived, ID), "above_ceiling");
    }

    #[test]
    fn a_ceiling_that_was_overridden_is_named() {
        let raised = example::changed(Tier::Cluster, &[(Name::MaxTier, "2")]);
        let finding = warns(&Seen::default(), &raised);
        assert_eq!(finding.reason, "overridden");
        assert!(finding.summary.contains("2 (--max-tier) in place of 3 (configmap"), "{}", finding.summary);
        assert!(finding.evidence[0].contains("3 is what mode persistent implies"), "{:?}", finding.evidence);
        Seen::default().passes(&example::changed(Tier::Cluster, &[(Name::MaxTier, "3")]), ID);
    }

    #[test]
    fn a_ceiling_that_nothing_implies_is_named() {
        let persistent = scope(None, &[(Name::Mode, "persistent"), (Name::MaxTier, "1")]);
        assert_eq!(warns(&Seen::default(), &persistent).reason, "not_implied");
        let ephemeral = scope(None, &[(Name::Mode, "ephemeral"), (Name::MaxTier, "2")]);
        assert_eq!(warns(&without_login().no_aws(description()), &ephemeral).reason, "not_implied");
        let denied = without_login().cannot(Look::Aws(description()));
        assert_eq!(warns(&denied, &ephemeral).reason, "cannot_tell");
        let later = CannotLook::new("throttled", "later").passing();
        let later = without_login().cannot_because(Look::Aws(description()), later);
        assert!(matches!(later.judge(&ephemeral, ID), Err(Short::Cannot(cannot)) if cannot.may_pass));
    }
}
