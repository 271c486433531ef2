//! The logins, and what those may do who are in.

use super::*;
use crate::judge::objects::example::{failure, never_passes_blind};
use crate::verdict::Short;

fn answered(answer: PostgresAnswer) -> Seen {
    seen().answer(Look::Postgres { secret: LOGIN.to_owned() }, Answer::Postgres(answer))
}

fn role() -> RoleFacts {
    RoleFacts {
        role: "backstage_user".to_owned(),
        database: "backstage".to_owned(),
        version: 150_018,
        can_login: true,
        can_create_databases: true,
        may_connect: true,
        may_create_schemas: true,
        may_create_in_public: true,
        owns_database: true,
        in_recovery: false,
        max_connections: 81,
        reserved_connections: 5,
        used_connections: 20,
    }
}

fn logged_in(role: RoleFacts) -> Seen {
    answered(PostgresAnswer::Open(Box::new(role)))
}

fn rejected(sqlstate: &str, routine: &str) -> Seen {
    let (sqlstate, message, routine) = (sqlstate.to_owned(), "as the server says".to_owned(), routine.to_owned());
    answered(PostgresAnswer::Failed(ConnectFault::Rejected(Rejection { sqlstate, message, routine })))
}

#[test]
fn each_refusal_has_a_reason() {
    never_passes_blind(&logged_in(role()), &scope(), "rds.auth.{app}", "backstage");
    for (sqlstate, routine, reason, converges) in [
        ("28P01", "auth_failed", "wrong_password", false),
        ("28000", "ClientAuthentication", "no_pg_hba_entry", false),
        ("28000", "InitializeSessionUserId", "login_not_permitted", false),
        ("3D000", "InitPostgres", "no_such_database", false),
        ("42501", "InitPostgres", "no_connect_privilege", false),
        ("55000", "InitPostgres", "database_closed", false),
        ("53300", "InitProcess", "too_many_connections", true),
        ("53300", "InitPostgres", "too_many_connections", true),
        ("57P03", "ProcessStartupPacket", "starting_up", true),
        ("57P01", "ProcessInterrupts", "shutting_down", true),
        ("0A000", "x", "rejected", false),
    ] {
        let finding = failing(rejected(sqlstate, routine).judge_of(&scope(), "rds.auth.{app}", "backstage"));
        assert_eq!((finding.reason, finding.converges), (reason, Some(converges)), "{sqlstate}");
        assert!(finding.summary.starts_with("backstage cannot log in: "), "{}", finding.summary);
        assert_eq!(finding.evidence, [format!("the server: as the server says (SQLSTATE {sqlstate})")]);
    }
    let wrong = failing(rejected("28P01", "auth_failed").judge_of(&scope(), "rds.auth.{app}", "backstage"));
    assert_eq!(
        wrong.remedy.as_deref(),
        Some(
            "Let the provisioner set it: argo submit --from workflowtemplate/rds-provision -n platform-system -p \
             environment=dev"
        )
    );
}

#[test]
fn other_faults_are_those_of_a_connection() {
    let cut = answered(PostgresAnswer::Failed(ConnectFault::Reset(platform::postgres::Stage::Login)));
    let (reason, summary) = failure(cut.judge_of(&scope(), "rds.auth.{app}", "backstage"));
    assert_eq!((reason, summary.contains(HOST)), ("reset", true));
}

#[test]
fn a_secret_that_nobody_can_log_in_with_is_another_checks() {
    let described = |description: Value| seen().aws(described(LOGIN), description);
    let with = |change: &dyn Fn(&mut SecretContent)| {
        let mut content =
            SecretContent { version: "v1".to_owned(), has_value: true, is_object: true, ..SecretContent::default() };
        content.keys.insert("password".to_owned(), ValueState::Present);
        content.login = Some(facts(HOST));
        change(&mut content);
        seen().answer(Look::SecretContent { path: LOGIN.to_owned() }, Answer::Secret(content))
    };
    for (seen, check) in [
        (seen().no_aws(super::described(LOGIN)), "secrets.exists.backstage/postgres"),
        (described(json!({"DeletedDate": NOW, "VersionIdsToStages": {}})), "secrets.not-deleted"),
        (described(json!({"VersionIdsToStages": {}})), "secrets.current"),
        (with(&|content| content.login = None), "secrets.keys"),
        (with(&|content| content.keys.clear()), "secrets.keys"),
        (
            with(&|content| *content.keys.get_mut("password").unwrap() = ValueState::Placeholder),
            "secrets.not-placeholder",
        ),
    ] {
        for id in ["rds.auth.{app}", "rds.privs.{app}"] {
            match seen.judge_of(&scope(), id, "backstage") {
                Err(Short::Blocked(why)) => assert!(why.starts_with(&format!("needs {check}: ")), "{why}"),
                other => panic!("{check}: {other:?}"),
            }
        }
        let judged = seen.judge(&scope(), "rds.version");
        assert!(matches!(judged, Err(Short::Blocked(_))), "{check}: {judged:?}");
    }
}

#[test]
fn each_right_that_is_missing_is_told_with_its_statement() {
    never_passes_blind(&logged_in(role()), &scope(), "rds.privs.{app}", "backstage");
    for (role, reason, fix) in [
        (RoleFacts { can_login: false, ..role() }, "no_login", "ALTER ROLE \"backstage_user\" LOGIN;"),
        (
            RoleFacts { may_connect: false, ..role() },
            "no_connect",
            "GRANT CONNECT ON DATABASE \"backstage\" TO \"backstage_user\";",
        ),
        (
            RoleFacts { may_create_schemas: false, ..role() },
            "no_create",
            "GRANT CREATE ON DATABASE \"backstage\" TO \"backstage_user\";",
        ),
        (
            RoleFacts { may_create_in_public: false, ..role() },
            "no_create_in_public",
            "GRANT CREATE ON SCHEMA public TO \"backstage_user\";",
        ),
        (RoleFacts { in_recovery: true, ..role() }, "read_replica", "Let the secret name the primary's endpoint"),
    ] {
        let finding = failing(logged_in(role).judge_of(&scope(), "rds.privs.{app}", "backstage"));
        assert_eq!((finding.reason, finding.converges), (reason, Some(false)));
        assert!(finding.remedy.as_deref().unwrap().starts_with(fix), "{finding:?}");
    }
    let poor = RoleFacts { can_create_databases: false, may_create_in_public: false, ..role() };
    let (reason, summary) = failure(logged_in(poor).judge_of(&scope(), "rds.privs.{app}", "backstage"));
    assert_eq!((reason, summary.ends_with(", and 1 more")), ("no_createdb", true));
    let refused = rejected("28P01", "auth_failed").judge_of(&scope(), "rds.privs.{app}", "backstage");
    assert!(matches!(refused, Err(Short::Blocked(_))), "{refused:?}");
}

#[test]
fn createdb_missing_for_backstage() {
    let poor = logged_in(RoleFacts { can_create_databases: false, ..role() });
    let finding = failing(poor.judge_of(&scope(), "rds.privs.{app}", "backstage"));
    assert_eq!(finding.reason, "no_createdb");
    assert_eq!(
        finding.summary,
        "backstage: role backstage_user lacks CREATEDB, and cannot make the databases that it needs"
    );
    assert_eq!(
        finding.remedy.as_deref(),
        Some(
            "ALTER ROLE \"backstage_user\" CREATEDB; (argo submit --from workflowtemplate/rds-provision -n platform-system -p \
             environment=dev)"
        )
    );
    let mut without = scope();
    without.profile.apps[0].database.as_mut().unwrap().createdb = false;
    assert!(matches!(poor.judge_of(&without, "rds.privs.{app}", "backstage"), Ok(Verdict::Pass(_))));
}

#[test]
fn who_only_reads_need_not_create() {
    let reader = logged_in(RoleFacts { may_create_schemas: false, may_create_in_public: false, ..role() });
    let mut scope = scope();
    scope.profile.apps[0].database.as_mut().unwrap().owner = false;
    assert!(matches!(reader.judge_of(&scope, "rds.privs.{app}", "backstage"), Ok(Verdict::Pass(_))));
}

#[test]
fn the_version_is_one_that_the_platform_supports() {
    never_passes_blind(&logged_in(role()), &scope(), "rds.version", "");
    let newer = logged_in(RoleFacts { version: 180_001, ..role() });
    assert_eq!(newer.fails(&scope(), "rds.version"), "unsupported_version");
    let mut any = scope();
    any.profile.database.versions.clear();
    newer.passes(&any, "rds.version");
}

#[test]
fn connections_are_left() {
    never_passes_blind(&logged_in(role()), &scope(), "rds.headroom", "");
    logged_in(RoleFacts { used_connections: 66, ..role() }).passes(&scope(), "rds.headroom");
    let full = logged_in(RoleFacts { used_connections: 67, ..role() });
    let (reason, summary) = failure(full.judge(&scope(), "rds.headroom"));
    assert_eq!(reason, "few_connections");
    assert_eq!(summary, "9 of 81 connections are left (67 in use, 5 reserved); 10 are wanted");
    let over = logged_in(RoleFacts { used_connections: 90, ..role() });
    assert_eq!(over.fails(&scope(), "rds.headroom"), "few_connections");
}

#[test]
fn whichever_app_is_in_tells_of_the_server() {
    let scope = example::persistent(Tier::Identity);
    let refused = rejected("28P01", "auth_failed");
    let keycloak = |answer| {
        secret(refused.clone(), KEYCLOAK, facts(HOST))
            .answer(Look::Postgres { secret: KEYCLOAK.to_owned() }, Answer::Postgres(answer))
    };
    keycloak(PostgresAnswer::Open(Box::new(role()))).passes(&scope, "rds.version");
    let nobody = keycloak(PostgresAnswer::Failed(ConnectFault::Refused)).judge(&scope, "rds.version");
    assert!(matches!(nobody, Err(Short::Blocked(_))), "{nobody:?}");
    let blind =
        keycloak(PostgresAnswer::Failed(ConnectFault::Refused)).cannot(Look::Postgres { secret: KEYCLOAK.to_owned() });
    assert!(matches!(blind.judge(&scope, "rds.version"), Err(Short::Cannot(_))));
}
