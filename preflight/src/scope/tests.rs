//! What follows from the inputs.

use super::example;
use super::{Bootstrap, Scope};
use crate::check::Tier;
use crate::inputs::{Inputs, Name, Source};
use crate::profile::Profile;

#[test]
fn texts_are_filled_in_and_what_is_not_known_stays() {
    let scope = example::ephemeral(Tier::Experience);
    assert_eq!(scope.expand("goldenpath-idp-eso-role{suffix}"), "goldenpath-idp-eso-role-26-01-23-01");
    assert_eq!(scope.expand("{env}/{host_suffix}/{zone}"), "dev/b-26-01-23-01.dev.goldenpathidp.io/{zone}");
    assert_eq!(example::persistent(Tier::Delivery).expand("x{suffix}"), "x");
}

#[test]
fn the_ceiling_follows_from_the_life_cycle_where_nobody_gave_one() {
    let ceiling = |mode: &str, rds: &str| {
        let mut inputs = Inputs::default();
        inputs.add(Name::Mode, mode, Source::Flag("mode"));
        inputs.add(Name::RdsAvailable, rds, Source::Flag("rds-available"));
        let asked = example::asked(Tier::Cluster);
        Scope::new(asked, Profile::default(), inputs, Bootstrap::NotAsked).unwrap().max_tier
    };
    assert_eq!(ceiling("persistent", "false").value, Tier::Identity);
    assert_eq!(ceiling("ephemeral", "true").value, Tier::Experience);
    assert_eq!(ceiling("ephemeral", "").value, Tier::Observability);
    assert_eq!(ceiling("ephemeral", "").source.to_string(), "derived: ephemeral without a database");
}

#[test]
fn a_value_that_cannot_be_parsed_is_told_with_its_source() {
    let inputs = example::inputs(&[(Name::MaxTier, "two")]);
    let error = Scope::new(example::asked(Tier::Cluster), Profile::default(), inputs, Bootstrap::Read).unwrap_err();
    assert_eq!(error.to_string(), "maxTier \"two\" from --max-tier: must be 0, 1, 1.5, 2 or 3");
}

#[test]
fn apps_and_their_secrets_are_those_of_the_tier() {
    let names = |scope: &Scope| scope.apps().iter().map(|app| app.name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&example::persistent(Tier::Experience)), ["backstage"]);
    assert_eq!(names(&example::persistent(Tier::Identity)), ["backstage", "keycloak"]);
    let ephemeral = example::changed(Tier::Identity, &[(Name::Mode, "ephemeral"), (Name::BuildId, "26-01-23-01")]);
    assert_eq!(names(&ephemeral), ["backstage"]);
    let scope = example::persistent(Tier::Identity);
    let paths: Vec<String> = scope.secrets().keys().map(|path| scope.short_secret_name(path)).collect();
    assert_eq!(paths, ["backstage/postgres", "backstage/secrets", "keycloak/admin", "keycloak/postgres"]);
}
