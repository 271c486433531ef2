//! Readers of databases that no entry owns: apps made them themselves, or somebody else did.

use super::{adopting, made, shop_database, with_guest};
use crate::change::{Acting, Change};
use crate::model::{Access, App};
use crate::observed::{Database, Membership, Observed, Right};
use crate::plan::Plan;
use crate::plan::example::{app, right, role};
use crate::statement::Dialect;

/// A reader of `plugin`, which `owner` owns, beside an app with a database of its own.
fn plugin(owner: &str, rights: Vec<Right>) -> ([App; 2], Observed) {
    let guest = App { database: "plugin".parse().unwrap(), ..app("guest", Access::Reader) };
    let mut observed = with_guest(Access::Reader);
    observed.server.roles.entry(owner.into()).or_insert_with(|| role(owner));
    let of_owner = ["CONNECT", "CREATE", "TEMPORARY"].map(|name| right(Some(owner), name));
    let acl = of_owner.into_iter().chain(rights).collect();
    let plugin = Database { name: "plugin".into(), owner: owner.into(), acl, ..shop_database(&mut observed).clone() };
    observed.server.databases.insert(plugin.name.clone(), plugin);
    ([app("shop", Access::Owner), guest], observed)
}

fn words(plan: &Plan) -> Vec<String> {
    plan.steps().map(ToString::to_string).collect()
}

const CLOSE: &str = "alter database plugin, revoke CONNECT on database plugin from PUBLIC";
const TAKE_OVER: &str = "take over role guest_user";
const LET_IN: &str = "alter database plugin, grant CONNECT on database plugin to platform_admin";
const GRANT: &str = "in database plugin: grant to guest_user CONNECT on database plugin";

#[test]
fn what_an_app_made_is_closed_also_where_another_reads_it() {
    let (apps, observed) = plugin("shop_user", vec![right(None, "CONNECT")]);
    // The master comes in as PUBLIC until then.
    assert_eq!(words(&made(&apps, &observed)), [CLOSE, TAKE_OVER, LET_IN, GRANT]);
}

#[test]
fn the_master_is_let_in_where_it_is_to_grant() {
    let (apps, observed) = plugin("shop_user", Vec::new());
    let plan = made(&apps, &observed);
    assert_eq!(words(&plan), [TAKE_OVER, LET_IN, GRANT]);
    let Change::AlterDatabase { acting, .. } = &plan.steps().nth(1).unwrap().change else { unreachable!() };
    assert_eq!(*acting, Acting::As("shop_user".into()));
    let (apps, observed) = plugin("shop_user", vec![right(Some("platform_admin"), "CONNECT")]);
    assert_eq!(words(&made(&apps, &observed)), [TAKE_OVER, GRANT]);

    let strangers = |rights: Vec<Right>| {
        let (apps, observed) = plugin("legacy", rights);
        words(&adopting(&apps, &observed, "plugin"))
    };
    assert_eq!(strangers(Vec::new()), [TAKE_OVER, LET_IN, GRANT]);
    assert_eq!(strangers(vec![right(None, "CONNECT")]), [TAKE_OVER, GRANT], "nobody closes it");
}

#[test]
fn a_database_that_no_app_owns_stays_open_and_that_is_told() {
    let notes = |owner: &str, rights: Vec<Right>| {
        let (apps, observed) = plugin(owner, rights);
        adopting(&apps, &observed, "plugin").notes
    };
    let open = || vec![right(None, "CONNECT")];
    assert!(notes("platform_admin", open())[0].contains("every app can connect"));
    assert!(notes("legacy", open())[0].contains(r#"REVOKE CONNECT ON DATABASE "plugin" FROM PUBLIC"#));
    assert!(notes("legacy", Vec::new()).is_empty());
    assert!(!notes("shop_user", open())[0].contains("every app can connect"), "it is closed");
}

/// A membership of the master's in `legacy`; its options from PostgreSQL 16 on.
fn membership(grantor: &str, options: Option<(bool, bool)>) -> Membership {
    let (inherit, set) = options.unzip();
    Membership {
        role: "legacy".into(),
        member: "platform_admin".into(),
        grantor: Some(grantor.into()),
        admin: false,
        inherit,
        set,
    }
}

/// A database of `legacy`'s, to be read or, with `Access::Owner`, taken over.
fn of_legacy(access: Access, membership: Membership) -> Plan {
    let ([_, guest], mut observed) = plugin("legacy", Vec::new());
    observed.server.version_number = if membership.set.is_some() { 160_000 } else { 150_000 };
    observed.server.memberships = vec![membership];
    adopting(&[App { access, createdb: false, ..guest }], &observed, "plugin")
}

#[test]
fn a_membership_that_the_master_has_is_used_and_stays() {
    let old = [membership("platform_admin", None), membership("rdsadmin", None)];
    let new = [membership("platform_admin", Some((true, true))), membership("rdsadmin", Some((true, true)))];
    for found in old.into_iter().chain(new) {
        for access in [Access::Reader, Access::Owner] {
            let plan = of_legacy(access, found.clone());
            assert!(plan.refusals.is_empty(), "{:?}", plan.refusals);
            let dialect = Dialect { version_number: 160_000, master: "platform_admin".into() };
            let sql: String = plan.steps().filter_map(|step| dialect.shown(step)).collect();
            assert!(!sql.contains(r#"GRANT "legacy""#) && !sql.contains(r#"REVOKE "legacy""#), "{sql}");
            assert_eq!(sql.contains(r#"SET LOCAL ROLE "legacy""#), access == Access::Reader, "{sql}");
        }
    }
}

#[test]
fn a_membership_that_does_not_serve_is_not_lost() {
    let of_master = |access, options| of_legacy(access, membership("platform_admin", Some(options)));
    for (access, options, lacks) in [(Access::Owner, (false, true), "INHERIT"), (Access::Reader, (true, false), "SET")]
    {
        let refusal = of_master(access, options).refusals.remove(0);
        assert!(refusal.reason.contains(&format!("membership in legacy without {lacks}")), "{refusal:?}");
        let sql = format!(r#"GRANT "legacy" TO "platform_admin" WITH {lacks} TRUE"#);
        assert!(refusal.remedy.contains(&sql), "{refusal:?}");
    }
    assert!(of_master(Access::Owner, (true, false)).refusals.is_empty());
    assert!(of_master(Access::Reader, (false, true)).refusals.is_empty());
    // What the creator of a role has, or somebody else granted, is another row: it stays.
    for access in [Access::Reader, Access::Owner] {
        let plan = of_legacy(access, membership("rdsadmin", Some((false, false))));
        assert!(plan.refusals.is_empty());
        let dialect = Dialect { version_number: 160_000, master: "platform_admin".into() };
        let sql: String = plan.steps().filter_map(|step| dialect.shown(step)).collect();
        assert!(sql.contains(r#"REVOKE "legacy" FROM CURRENT_USER"#), "{sql}");
    }
}
