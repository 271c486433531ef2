//! Readers of databases that no entry owns: apps made them themselves, or somebody else did.

use super::{adopting, made, shop_database, with_guest};
use crate::change::{Acting, Change};
use crate::model::{Access, App};
use crate::observed::{Database, Observed, Right};
use crate::plan::Plan;
use crate::plan::example::{app, right, role};

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
