//! Secrets in every state that Secrets Manager knows.

use serde_json::{Value, json};

use crate::check::{RunGate, Tier};
use crate::inputs::Name;
use crate::judge::days::DAY;
use crate::judge::objects::example::{failure, never_passes_blind, skip};
use crate::kinds::EXTERNAL_SECRETS;
use crate::look::{Absent, Answer, Aws, LoginFacts, Look, SecretContent, ValueState};
use crate::scope::{Scope, example};
use crate::verdict::example::{failing, warned};
use crate::verdict::{Short, Verdict};
use crate::view::example::{NOW, Seen};

const LOGIN: &str = "goldenpath/dev/backstage/postgres";
const TOKENS: &str = "goldenpath/dev/backstage/secrets";
const ADMIN: &str = "goldenpath/dev/keycloak/admin";
const OTHER_LOGIN: &str = "goldenpath/dev/keycloak/postgres";
const MASTER: &str = "goldenpath/dev/rds/master";

fn scope() -> Scope {
    example::persistent(Tier::Experience)
}

/// The same once the app has been synced, so that its `ExternalSecrets` are as Git has them.
fn after() -> Scope {
    let mut scope = scope();
    scope.asked.gate = RunGate::After("backstage".to_owned());
    scope
}

fn question(path: &str) -> Aws {
    Aws::SecretDescription { path: path.to_owned() }
}

fn description(path: &str) -> Value {
    json!({"ARN": format!("arn:aws:secretsmanager:eu-west-2:123456789012:secret:{path}-AbCdEf"), "Name": path,
        "DeletedDate": null, "LastChangedDate": NOW - 3 * DAY, "CreatedDate": NOW - 400 * DAY,
        "VersionIdsToStages": {"v2": ["AWSCURRENT"], "v1": ["AWSPREVIOUS"]}})
}

fn changed(path: &str, key: &str, value: Value) -> Value {
    let mut description = description(path);
    description[key] = value;
    description
}

fn content(keys: &[(&str, ValueState)]) -> SecretContent {
    let keys = keys.iter().map(|(key, state)| ((*key).to_owned(), *state)).collect();
    SecretContent { version: "v2".to_owned(), has_value: true, is_object: true, keys, login: None }
}

fn login() -> SecretContent {
    let keys = ["host", "port", "username", "password", "dbname", "engine"].map(|key| (key, ValueState::Present));
    let login = LoginFacts {
        username: "backstage_user".to_owned(),
        host: "db.x.eu-west-2.rds.amazonaws.com".to_owned(),
        port: 5432,
        dbname: "backstage".to_owned(),
        instance: None,
    };
    SecretContent { login: Some(login), ..content(&keys) }
}

fn with(seen: Seen, path: &str, content: SecretContent) -> Seen {
    let look = Look::SecretContent { path: path.to_owned() };
    seen.aws(question(path), description(path)).answer(look, Answer::Secret(content))
}

/// Backstage's secrets as they should be.
fn good() -> Seen {
    let seen = with(Seen::default(), LOGIN, login());
    with(seen, TOKENS, content(&[("token", ValueState::Present)])).objects(EXTERNAL_SECRETS, json!([]))
}

/// The same, in an account in which no master has a secret.
fn without_master() -> Seen {
    good().no_aws(question(MASTER))
}

fn external(place: &str, reads: &[(&str, &str)]) -> Value {
    let (namespace, name) = crate::judge::objects::split(place);
    let data: Vec<Value> = reads
        .iter()
        .map(|(key, property)| json!({"secretKey": property, "remoteRef": {"key": key, "property": property}}))
        .collect();
    json!({"metadata": {"name": name, "namespace": namespace}, "spec": {"data": data}})
}

#[test]
fn good_secrets_pass_and_nothing_passes_unseen() {
    never_passes_blind(
        &Seen::default().aws(question(LOGIN), description(LOGIN)),
        &scope(),
        "secrets.exists.{secret}",
        LOGIN,
    );
    let described =
        || Seen::default().aws(question(LOGIN), description(LOGIN)).aws(question(TOKENS), description(TOKENS));
    for id in ["secrets.current", "secrets.age"] {
        never_passes_blind(&described(), &scope(), id, "");
    }
    never_passes_blind(&described().no_aws(question(MASTER)), &scope(), "secrets.not-deleted", "");
    let read = with(with(Seen::default(), LOGIN, login()), TOKENS, content(&[("token", ValueState::Present)]));
    never_passes_blind(&read, &scope(), "secrets.not-placeholder", "");
    never_passes_blind(&good(), &scope(), "secrets.keys", "");
}

#[test]
fn a_missing_secret_is_told_once_with_how_it_is_made() {
    let seen = Seen::default()
        .no_aws(question(LOGIN))
        .no_aws(question(TOKENS))
        .no_aws(question(MASTER))
        .objects(EXTERNAL_SECRETS, json!([]));
    let of = |path| failing(seen.judge_of(&scope(), "secrets.exists.{secret}", path));
    assert_eq!(of(LOGIN).reason, "not_found");
    assert_eq!(of(LOGIN).summary, "secret goldenpath/dev/backstage/postgres does not exist");
    assert_eq!(
        of(LOGIN).remedy.as_deref(),
        Some(
            "make rds-apply ENV=dev; then argo submit --from workflowtemplate/rds-provision -n platform-system -p \
             environment=dev"
        )
    );
    assert!(
        of(TOKENS)
            .remedy
            .unwrap()
            .starts_with("aws secretsmanager create-secret --name goldenpath/dev/backstage/secrets")
    );
    for id in ["secrets.not-deleted", "secrets.current", "secrets.not-placeholder", "secrets.keys", "secrets.age"] {
        seen.passes(&scope(), id);
    }
}

#[test]
fn a_secret_that_is_being_deleted_is_told_once_with_the_command_that_restores_it() {
    let seen = without_master().aws(question(TOKENS), changed(TOKENS, "DeletedDate", json!(NOW + 7 * DAY)));
    let deleted = failing(seen.judge(&scope(), "secrets.not-deleted"));
    assert_eq!(deleted.reason, "being_deleted");
    assert_eq!(deleted.summary, "secret goldenpath/dev/backstage/secrets is scheduled for deletion (2026-01-30)");
    assert_eq!(
        deleted.remedy.as_deref(),
        Some("aws secretsmanager restore-secret --secret-id goldenpath/dev/backstage/secrets")
    );
    assert!(matches!(seen.judge_of(&scope(), "secrets.exists.{secret}", TOKENS), Ok(Verdict::Pass(_))));
    for id in ["secrets.current", "secrets.not-placeholder", "secrets.keys", "secrets.age"] {
        seen.passes(&scope(), id);
    }
}

#[test]
fn the_masters_secret_is_not_being_deleted_either() {
    let seen = good().aws(question(MASTER), changed(MASTER, "DeletedDate", json!(NOW + 7 * DAY)));
    let deleted = failing(seen.judge(&scope(), "secrets.not-deleted"));
    assert_eq!(deleted.summary, "secret goldenpath/dev/rds/master is scheduled for deletion (2026-01-30)");
    // It shows that there is a database, so that nothing is left out for it.
    let mut auto = example::changed(Tier::Experience, &[(Name::RdsAvailable, "false")]);
    auto.asked.tier = None;
    let seen = seen.no_aws(question(ADMIN)).no_aws(question(OTHER_LOGIN));
    assert_eq!(seen.fails(&auto, "secrets.not-deleted"), "being_deleted");
}

#[test]
fn secrets_without_awscurrent() {
    for stages in [json!({}), json!(null), json!({"v1": ["AWSPENDING"]}), json!({"v1": []})] {
        let seen = without_master().aws(question(TOKENS), changed(TOKENS, "VersionIdsToStages", stages));
        let current = failing(seen.judge(&scope(), "secrets.current"));
        assert_eq!(current.reason, "no_current_value");
        assert!(
            current.summary.contains("goldenpath/dev/backstage/secrets has no current value"),
            "{}",
            current.summary
        );
        assert!(
            current
                .remedy
                .unwrap()
                .starts_with("aws secretsmanager put-secret-value --secret-id goldenpath/dev/backstage/secrets")
        );
        for id in ["secrets.not-deleted", "secrets.not-placeholder", "secrets.keys"] {
            seen.passes(&scope(), id);
        }
    }
    // Nobody need know the password of a login.
    let seen = good().aws(question(LOGIN), changed(LOGIN, "VersionIdsToStages", json!({})));
    let remedy = failing(seen.judge(&scope(), "secrets.current")).remedy.unwrap();
    assert!(remedy.ends_with("-p environment=dev -p missing_secrets=create"), "{remedy}");
}

#[test]
fn several_bad_secrets_are_one_finding() {
    let none = |path| changed(path, "VersionIdsToStages", json!({}));
    let seen = good().aws(question(TOKENS), none(TOKENS)).aws(question(LOGIN), none(LOGIN));
    let current = failing(seen.judge(&scope(), "secrets.current"));
    assert!(current.summary.ends_with(", and 1 more"), "{}", current.summary);
    assert!(current.evidence[0].contains(TOKENS) && current.remedy.unwrap().contains("; aws secretsmanager"));
}

#[test]
fn placeholders_and_nothing_are_told_by_their_keys() {
    let of = |secret: SecretContent| failing(with(good(), TOKENS, secret).judge(&scope(), "secrets.not-placeholder"));
    let placeholder = of(content(&[("token", ValueState::Placeholder), ("url", ValueState::Present)]));
    assert_eq!(placeholder.reason, "placeholder");
    assert_eq!(placeholder.summary, "secret goldenpath/dev/backstage/secrets: key 'token' is still a placeholder");
    let empty = of(content(&[("a", ValueState::Empty), ("b", ValueState::Empty)]));
    assert_eq!(empty.reason, "empty");
    assert_eq!(empty.summary, "secret goldenpath/dev/backstage/secrets: key 'a', key 'b' are empty");
    let both = of(content(&[("a", ValueState::Empty), ("b", ValueState::Placeholder)]));
    assert_eq!((both.reason, both.evidence.len()), ("placeholder", 1));
}

#[test]
fn a_text_that_is_no_object_is_a_placeholder_or_lacks_its_keys() {
    let text = |state| SecretContent { is_object: false, ..content(&[("", state)]) };
    let wants =
        good().objects(EXTERNAL_SECRETS, json!([external("backstage/backstage-secrets", &[(TOKENS, "token")])]));
    let placeholder = with(wants.clone(), TOKENS, text(ValueState::Placeholder));
    let (reason, summary) = failure(placeholder.judge(&scope(), "secrets.not-placeholder"));
    assert_eq!((reason, summary.ends_with(": its text is still a placeholder")), ("placeholder", true));
    placeholder.passes(&after(), "secrets.keys");
    let other = with(wants, TOKENS, text(ValueState::Present));
    other.passes(&scope(), "secrets.not-placeholder");
    assert_eq!(other.fails(&after(), "secrets.keys"), "not_json");
    // Nothing reads a key of it.
    with(good(), TOKENS, text(ValueState::Present)).passes(&scope(), "secrets.keys");
}

#[test]
fn d13_the_key_that_an_external_secret_asks_for_is_missing_though_the_placeholder_is_gone() {
    let scope = example::persistent(Tier::Identity);
    let seen = with(good(), OTHER_LOGIN, login());
    let seen = with(seen, ADMIN, content(&[("username", ValueState::Present), ("password", ValueState::Present)]));
    let seen = seen.objects(
        EXTERNAL_SECRETS,
        json!([external("keycloak/keycloak-admin-secret", &[(ADMIN, "admin-password"), (ADMIN, "username")])]),
    );
    seen.passes(&scope, "secrets.not-placeholder");
    let keys = failing(seen.judge(&scope, "secrets.keys"));
    assert_eq!(keys.reason, "missing_key");
    assert_eq!(
        keys.summary,
        "secret goldenpath/dev/keycloak/admin lacks 'admin-password' (ExternalSecret keycloak/keycloak-admin-secret, the \
         profile)"
    );
    assert_eq!(keys.evidence, ["secret goldenpath/dev/keycloak/admin has the keys password, username"]);
}

#[test]
fn what_is_put_into_a_secret_takes_the_place_of_all_that_is_in_it() {
    let remedy = |seen: Seen, id| failing(seen.judge(&after(), id)).remedy.unwrap();
    let placeholder =
        with(good(), TOKENS, content(&[("token", ValueState::Placeholder), ("url", ValueState::Present)]));
    assert_eq!(
        remedy(placeholder, "secrets.not-placeholder"),
        "aws secretsmanager put-secret-value --secret-id goldenpath/dev/backstage/secrets --secret-string \
         file://secret.json (with all its keys)"
    );
    let lacks = good().objects(EXTERNAL_SECRETS, json!([external("backstage/x", &[(TOKENS, "url")])]));
    assert_eq!(
        remedy(lacks, "secrets.keys"),
        "Add url to goldenpath/dev/backstage/secrets (aws secretsmanager put-secret-value --secret-id \
         goldenpath/dev/backstage/secrets --secret-string file://secret.json, with all the keys that it has), or let its \
         reader ask for one of those"
    );
}

#[test]
fn d14_which_key_is_wanted_the_external_secret_says_and_no_document() {
    let reads = |property| good().objects(EXTERNAL_SECRETS, json!([external("backstage/x", &[(TOKENS, property)])]));
    reads("token").passes(&after(), "secrets.keys");
    assert_eq!(reads("GITHUB_TOKEN").fails(&after(), "secrets.keys"), "missing_key");
}

#[test]
fn what_only_an_external_secret_reads_that_is_held_back_holds_nothing_back() {
    let oidc = "goldenpath/dev/backstage/oidc";
    let reads = |place, path, key| good().objects(EXTERNAL_SECRETS, json!([external(place, &[(path, key)])]));
    // Git may ask for `password` by now.
    let old = reads("backstage/x", LOGIN, "postgres-password");
    let finding = warned(old.judge(&scope(), "secrets.keys"));
    assert_eq!(finding.reason, "missing_key");
    assert_eq!(old.fails(&after(), "secrets.keys"), "missing_key");
    let later = old.clone().no_aws(question(ADMIN)).no_aws(question(OTHER_LOGIN));
    assert_eq!(later.fails(&example::persistent(Tier::Identity), "secrets.keys"), "missing_key");
    let missing = reads("backstage/x", oidc, "clientSecret").no_aws(question(oidc));
    assert_eq!(warned(missing.judge(&scope(), "secrets.keys")).reason, "not_found");
    assert_eq!(missing.fails(&after(), "secrets.keys"), "not_found");
    let text = SecretContent { is_object: false, ..content(&[("", ValueState::Present)]) };
    let no_object = with(reads("backstage/x", TOKENS, "token"), TOKENS, text);
    assert_eq!(warned(no_object.judge(&scope(), "secrets.keys")).reason, "not_json");
    // Nobody brings another app's anew.
    assert_eq!(reads("elsewhere/x", LOGIN, "postgres-password").fails(&scope(), "secrets.keys"), "missing_key");
    // What the login wants too is wanted whatever Git says, and is told first.
    let mut secret = login();
    secret.keys.remove("password");
    secret.login = None;
    let both = json!([external("backstage/x", &[(LOGIN, "password"), (oidc, "clientSecret")])]);
    let both = with(good(), LOGIN, secret).objects(EXTERNAL_SECRETS, both).no_aws(question(oidc));
    let finding = failing(both.judge(&scope(), "secrets.keys"));
    assert_eq!(
        finding.summary,
        "secret goldenpath/dev/backstage/postgres lacks 'password' (ExternalSecret backstage/x, the app's login), and 1 more"
    );
    assert!(finding.evidence.iter().any(|seen| seen.contains("oidc does not exist")), "{:?}", finding.evidence);
}

#[test]
fn d15_an_alias_that_nobody_writes_and_a_secret_that_nobody_makes() {
    let oidc = "goldenpath/dev/backstage/oidc";
    let reads = |place| external(place, &[(LOGIN, "postgres-password"), (oidc, "clientSecret")]);
    let seen = good().objects(EXTERNAL_SECRETS, json!([reads("backstage/backstage-postgres")]));
    let keys = failing(seen.clone().no_aws(question(oidc)).judge(&after(), "secrets.keys"));
    assert_eq!(keys.reason, "not_found");
    assert_eq!(
        keys.summary,
        "secret goldenpath/dev/backstage/oidc does not exist, and ExternalSecret backstage/backstage-postgres reads it, and 1 \
         more"
    );
    assert!(keys.evidence[0].contains("lacks 'postgres-password'"), "{:?}", keys.evidence);
    // The same of a secret that the profile does not name, and that nobody else looks at.
    let of = |key, value| seen.clone().aws(question(oidc), changed(oidc, key, value)).fails(&after(), "secrets.keys");
    assert_eq!(of("DeletedDate", json!(NOW)), "being_deleted");
    assert_eq!(of("VersionIdsToStages", json!({})), "no_current_value");
    // Another app's ExternalSecret concerns only what is in scope here.
    let others = good().objects(EXTERNAL_SECRETS, json!([external("elsewhere/x", &[(oidc, "clientSecret")])]));
    others.passes(&after(), "secrets.keys");
}

#[test]
fn a_login_lacks_none_of_its_keys() {
    for key in ["host", "port", "username", "password", "dbname"] {
        let mut secret = login();
        secret.keys.remove(key);
        secret.login = None;
        let (reason, summary) = failure(with(good(), LOGIN, secret).judge(&scope(), "secrets.keys"));
        assert_eq!(reason, "missing_key");
        assert!(summary.contains(&format!("lacks '{key}' (the app's login)")), "{summary}");
    }
    let malformed = SecretContent { login: None, ..login() };
    assert_eq!(with(good(), LOGIN, malformed).fails(&scope(), "secrets.keys"), "malformed");
}

#[test]
fn without_external_secrets_the_other_keys_are_still_looked_for() {
    let no_operator = with(good(), LOGIN, login()).no_kind(EXTERNAL_SECRETS);
    no_operator.passes(&scope(), "secrets.keys");
    let mut no_cluster = scope();
    no_cluster.asked.cluster = false;
    let read = with(with(Seen::default(), LOGIN, login()), TOKENS, content(&[]));
    assert!(
        matches!(read.judge(&no_cluster, "secrets.keys"), Ok(Verdict::Pass(text)) if text.contains("--cluster none"))
    );
}

#[test]
fn an_old_secret_is_told() {
    let old = |days: i64| good().aws(question(TOKENS), changed(TOKENS, "LastChangedDate", json!(NOW - days * DAY)));
    old(30).passes(&scope(), "secrets.age");
    let (reason, summary) = failure(old(31).judge(&scope(), "secrets.age"));
    assert_eq!(reason, "old");
    assert_eq!(summary, "secret goldenpath/dev/backstage/secrets was last changed 31 days ago, more than 30");
    let made = good().aws(question(TOKENS), changed(TOKENS, "LastChangedDate", json!(null)));
    assert_eq!(made.fails(&scope(), "secrets.age"), "old");
    let float = good().aws(question(TOKENS), changed(TOKENS, "LastChangedDate", json!(1_769_169_599.5)));
    float.passes(&scope(), "secrets.age");
    let mut undated = changed(TOKENS, "LastChangedDate", json!(null));
    undated["CreatedDate"] = json!(null);
    assert!(matches!(good().aws(question(TOKENS), undated).judge(&scope(), "secrets.age"), Err(Short::Cannot(_))));
}

#[test]
fn a_path_that_no_input_completes_names_no_secret() {
    let mut scope = scope();
    scope.inputs = crate::inputs::Inputs::default();
    let path = "goldenpath/{env}/backstage/secrets";
    assert!(matches!(Seen::default().judge_of(&scope, "secrets.exists.{secret}", path), Err(Short::Blocked(_))));
    assert!(matches!(Seen::default().judge(&scope, "secrets.current"), Err(Short::Blocked(_))));
}

/// A scope in which nobody says that there is a database.
fn without_database(tier: Option<Tier>) -> Scope {
    let mut scope = example::changed(Tier::Experience, &[(Name::RdsAvailable, "false")]);
    scope.asked.tier = tier;
    scope
}

#[test]
fn without_a_database_the_tier_is_skipped_for_auto_and_looked_at_where_it_was_asked_for() {
    let nothing = || {
        [LOGIN, TOKENS, ADMIN, OTHER_LOGIN, MASTER]
            .into_iter()
            .fold(Seen::default(), |seen, path| seen.no_aws(question(path)))
    };
    let auto = without_database(None);
    for id in ["secrets.not-deleted", "secrets.current", "secrets.not-placeholder", "secrets.keys", "secrets.age"] {
        let why = skip(nothing().judge(&auto, id));
        assert!(why.starts_with("rdsAvailable is false (--rds-available), and no database is found"), "{why}");
    }
    skip(nothing().judge_of(&auto, "secrets.exists.{secret}", LOGIN));
    let asked = without_database(Some(Tier::Experience));
    assert!(matches!(nothing().judge_of(&asked, "secrets.exists.{secret}", LOGIN), Ok(Verdict::Fail(_))));
    // Not to know whether there is one is not to know.
    let blind = nothing().cannot(Look::Aws(question(MASTER)));
    assert!(matches!(blind.judge(&auto, "secrets.current"), Err(Short::Cannot(_))));
}

#[test]
fn d2_a_stale_flag_does_not_hide_a_database() {
    let nothing =
        [LOGIN, TOKENS, ADMIN, OTHER_LOGIN].into_iter().fold(Seen::default(), |seen, path| seen.no_aws(question(path)));
    let seen = nothing.aws(question(MASTER), description(MASTER));
    let judged = seen.judge_of(&without_database(None), "secrets.exists.{secret}", LOGIN);
    assert!(matches!(judged, Ok(Verdict::Fail(_))), "{judged:?}");
}

#[test]
fn a_secret_that_goes_between_two_looks_does_not_pass_for_read() {
    let gone = Look::SecretContent { path: TOKENS.to_owned() };
    let seen = good().answer(gone, Answer::Absent(Absent::Object));
    for id in ["secrets.not-placeholder", "secrets.keys"] {
        assert!(matches!(seen.judge(&scope(), id), Err(Short::Cannot(_))), "{id}");
    }
}
