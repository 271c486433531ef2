mod unowned;

use super::example::{app, converged, empty, right, role};
use super::{Approval, NotApproved, Plan, Wanted, approve, plan};
use crate::change::{Acting, Action, Attribute, Change};
use crate::model::{Access, App};
use crate::observed::{DefaultRights, Inside, LoginState, Membership, Observed, Relation, SecretFact};
use crate::statement::Dialect;

fn made(apps: &[App], observed: &Observed) -> Plan {
    plan(&Wanted { apps, all: apps, adopt: std::collections::BTreeSet::new() }, observed)
}

fn adopting(apps: &[App], observed: &Observed, name: &str) -> Plan {
    plan(&Wanted { apps, all: apps, adopt: [name.to_owned()].into() }, observed)
}

fn actions(plan: &Plan) -> Vec<Action> {
    plan.steps().map(super::Step::action).collect()
}

/// A converged server with one owner, after one change to it.
fn after(change: impl FnOnce(&mut Observed)) -> Plan {
    let apps = [app("shop", Access::Owner)];
    let mut observed = converged(150_000, &apps);
    change(&mut observed);
    made(&apps, &observed)
}

fn shop(observed: &mut Observed) -> &mut crate::observed::Role {
    observed.server.roles.get_mut("shop_user").unwrap()
}

fn shop_database(observed: &mut Observed) -> &mut crate::observed::Database {
    observed.server.databases.get_mut("shop").unwrap()
}

/// An owner, and beside it an app of another access level, which shares its database.
fn shared(access: Access) -> [App; 2] {
    let guest = App { database: "shop".parse().unwrap(), ..app("guest", access) };
    [app("shop", Access::Owner), guest]
}

fn with_guest(access: Access) -> Observed {
    let mut observed = converged(150_000, &[app("shop", Access::Owner)]);
    let guest = &shared(access)[1];
    observed.server.roles.insert("guest_user".into(), role("guest_user"));
    observed.logins.insert(guest.key.clone(), LoginState::Correct);
    observed.secrets.insert(guest.secret.clone(), SecretFact::Usable { version: "v1".into() });
    observed
}

#[test]
fn nothing_is_there_and_everything_is_made_in_order() {
    let mut owner = app("shop", Access::Owner);
    owner.extensions = ["citext".to_owned()].into();
    let mut observed = empty(160_000, std::slice::from_ref(&owner));
    observed.secrets.insert(owner.secret.clone(), SecretFact::ToCreate);
    observed.server.extensions.insert("citext".into());
    let plan = made(&[owner], &observed);
    let wanted = [Action::CreateSecret, Action::CreateRole, Action::CreateDatabase, Action::CreateExtension];
    assert_eq!(actions(&plan), wanted);
    assert!(plan.refusals.is_empty() && plan.apps[0].is_new);
}

#[test]
fn only_the_last_step_says_that_the_app_is_done() {
    let apps = [app("shop", Access::Owner)];
    let plan = made(&apps, &empty(150_000, &apps));
    let declared: Vec<bool> =
        plan.steps().map(|step| step.marker.as_ref().is_some_and(|(_, marker)| marker.declared.is_some())).collect();
    assert_eq!(declared, [false, true]);

    let drifted = after(|observed| shop(observed).createdb = false);
    let marker = drifted.steps().last().and_then(|step| step.marker.clone());
    assert!(marker.is_some_and(|(_, marker)| marker.declared.is_some()), "also where it said so before");
}

#[test]
fn what_is_as_declared_needs_nothing() {
    for version in [130_000, 150_000, 160_000, 180_000] {
        let apps = [app("shop", Access::Owner), app("blog", Access::Owner)];
        let plan = made(&apps, &converged(version, &apps));
        assert_eq!((plan.changes(), plan.refusals.len(), plan.notes.len()), (0, 0, 0), "{version}");
    }
}

#[test]
fn each_drift_of_a_role_has_its_step() {
    let attribute = |change: fn(&mut crate::observed::Role)| {
        let plan = after(|observed| change(shop(observed)));
        match plan.steps().next().map(|step| step.change.clone()) {
            Some(Change::AlterRole { attributes, .. }) => attributes,
            other => unreachable!("{other:?}"),
        }
    };
    assert_eq!(attribute(|role| role.createdb = false), [Attribute::Createdb(true)]);
    assert_eq!(attribute(|role| role.connection_limit = 3), [Attribute::ConnectionLimit(None)]);
    assert_eq!(attribute(|role| role.login = false), [Attribute::Login]);
    assert_eq!(attribute(|role| role.expired = true), [Attribute::NeverExpires]);
}

#[test]
fn a_password_that_does_not_log_in_is_set_and_one_that_does_is_not() {
    let login = |state: LoginState| {
        actions(&after(|observed| {
            observed.logins.insert("shop".parse().unwrap(), state);
        }))
    };
    assert_eq!(login(LoginState::Refused), [Action::SetPassword]);
    for state in
        [LoginState::In, LoginState::Correct, LoginState::Full, LoginState::Trusted, LoginState::Barred("pam".into())]
    {
        assert!(login(state).is_empty());
    }
}

#[test]
fn a_login_that_no_step_lets_in_is_told() {
    let barred = |change: fn(&mut Observed)| {
        after(|observed| {
            observed.logins.insert("shop".parse().unwrap(), LoginState::Barred("PAM says no".into()));
            change(observed);
        })
    };
    let plan = barred(|_| ());
    assert_eq!((plan.changes(), plan.refusals.len()), (0, 0));
    assert!(plan.notes[0].starts_with("shop_user cannot log in to shop with its password: PAM says no; "));
    assert_eq!(barred(|observed| shop(observed).createdb = false).notes.len(), 1);
    let of_a_tool = barred(|observed| {
        observed.server.memberships = vec![Membership {
            role: "shop_user".into(),
            member: "platform_admin".into(),
            grantor: Some("platform_admin".into()),
            admin: false,
            inherit: None,
            set: None,
        }];
    });
    assert_eq!((of_a_tool.changes(), of_a_tool.notes.len()), (1, 0), "it may be let in");
}

#[test]
fn a_new_version_of_the_secret_is_noted_on_the_role() {
    let plan = after(|observed| {
        let path = "goldenpath/dev/shop/postgres".parse().unwrap();
        observed.secrets.insert(path, SecretFact::Usable { version: "v2".into() });
    });
    assert_eq!(actions(&plan), [Action::AlterRole]);
    assert_eq!(plan.steps().next().unwrap().marker.as_ref().unwrap().1.secret_version.as_deref(), Some("v2"));
}

#[test]
fn what_is_not_provably_ours_is_refused() {
    let unmarked = |state: LoginState, comment: Option<&str>| {
        after(|observed| {
            shop(observed).comment = comment.map(ToOwned::to_owned);
            observed.logins.insert("shop".parse().unwrap(), state);
        })
    };
    let plan = unmarked(LoginState::Refused, Some("billing, ask Ann"));
    assert!(plan.refusals[0].reason.contains("not provably ours"));
    assert!(plan.refusals[0].remedy.contains("--adopt shop_user"));
    let proven = unmarked(LoginState::In, None);
    assert_eq!(actions(&proven), [Action::Adopt]);
}

#[test]
fn adopting_is_asked_for_by_name() {
    let apps = [app("shop", Access::Owner)];
    let mut observed = converged(150_000, &apps);
    shop(&mut observed).comment = None;
    observed.logins.insert("shop".parse().unwrap(), LoginState::Refused);
    assert_eq!(adopting(&apps, &observed, "other").refusals.len(), 1);
    let plan = adopting(&apps, &observed, "shop_user");
    assert_eq!((actions(&plan), plan.refusals.len()), (vec![Action::SetPassword], 0));
}

#[test]
fn a_role_with_power_is_never_an_apps() {
    let powers: [fn(&mut crate::observed::Role); 4] = [
        |role| role.superuser = true,
        |role| role.createrole = true,
        |role| role.replication = true,
        |role| role.bypassrls = true,
    ];
    for change in powers {
        let plan = after(|observed| change(shop(observed)));
        assert_eq!((plan.refusals.len(), plan.changes()), (1, 0));
    }
    let membership = |role: &str, member: &str| Membership {
        role: role.into(),
        member: member.into(),
        grantor: Some("platform_admin".into()),
        admin: false,
        inherit: None,
        set: None,
    };
    let plan = after(|observed| {
        observed.server.memberships = vec![membership("team", "shop_user"), membership("platform_admin", "team")];
    });
    assert!(plan.refusals[0].reason.contains("team through platform_admin"), "{:?}", plan.refusals);
}

#[test]
fn strays_are_ended() {
    let apps = [app("shop", Access::Owner), app("blog", Access::Owner)];
    let mut observed = converged(150_000, &apps);
    let stray = |role: &str, member: &str| Membership {
        role: role.into(),
        member: member.into(),
        grantor: Some("platform_admin".into()),
        admin: false,
        inherit: None,
        set: None,
    };
    observed.server.memberships =
        vec![stray("shop_user", "platform_admin"), stray("blog_user", "shop_user"), stray("shop_user", "alice")];
    let plan = made(&apps, &observed);
    let Change::AlterRole { memberships, .. } = &plan.steps().next().unwrap().change else { unreachable!() };
    let pair = |role: &str, member: &str| (role.to_owned(), member.to_owned());
    assert_eq!(*memberships, [pair("shop_user", "platform_admin"), pair("blog_user", "shop_user")]);
    assert_eq!(plan.changes(), 1);
}

#[test]
fn the_implicit_membership_of_a_creator_is_none() {
    let plan = after(|observed| {
        observed.server.version_number = 160_000;
        observed.server.memberships = vec![Membership {
            role: "shop_user".into(),
            member: "platform_admin".into(),
            grantor: Some("postgres".into()),
            admin: true,
            inherit: Some(false),
            set: Some(false),
        }];
    });
    assert_eq!((plan.changes(), plan.notes.len()), (0, 0));
}

#[test]
fn a_role_that_the_master_may_not_alter_is_refused_from_16_on() {
    let at = |version: u32| {
        after(|observed| {
            observed.server.version_number = version;
            shop(observed).administered = false;
        })
    };
    assert!(at(150_000).refusals.is_empty());
    assert!(at(160_000).refusals[0].remedy.contains("WITH ADMIN OPTION"));
}

#[test]
fn a_database_is_closed_to_everybody_else() {
    let plan = after(|observed| shop_database(observed).acl.push(right(None, "CONNECT")));
    assert_eq!(actions(&plan), [Action::AlterDatabase]);
    let apps = [app("shop", Access::Owner), app("blog", Access::Owner)];
    let mut observed = converged(150_000, &apps);
    shop_database(&mut observed).acl.push(right(Some("blog_user"), "CONNECT"));
    shop_database(&mut observed).acl.push(right(Some("alice"), "CONNECT"));
    let plan = made(&apps, &observed);
    let Change::AlterDatabase { rights, .. } = &plan.steps().next().unwrap().change else { unreachable!() };
    assert_eq!(
        rights.iter().map(ToString::to_string).collect::<Vec<_>>(),
        ["revoke CONNECT on database shop from blog_user"]
    );
}

#[test]
fn a_database_of_somebody_else_is_refused_or_adopted() {
    let apps = [app("shop", Access::Owner)];
    let mut observed = converged(150_000, &apps);
    shop_database(&mut observed).owner = "ann".into();
    assert!(made(&apps, &observed).refusals[0].reason.contains("owned by ann"));
    let plan = adopting(&apps, &observed, "shop");
    assert_eq!((actions(&plan), plan.unseen.len()), (vec![Action::Adopt], 1));
}

#[test]
fn a_half_made_database_is_finished_and_one_made_by_hand_is_not_ours() {
    let by_master = |accepts: bool| {
        after(|observed| {
            shop_database(observed).owner = "platform_admin".into();
            shop_database(observed).accepts_connections = accepts;
        })
    };
    assert_eq!(actions(&by_master(false)), [Action::CreateDatabase]);
    assert_eq!(by_master(true).refusals.len(), 1);
}

#[test]
fn a_template_that_others_could_copy_is_one_no_longer() {
    let plan = after(|observed| shop_database(observed).template = true);
    assert_eq!(
        plan.steps().next().unwrap().to_string(),
        "alter database shop, no longer let others copy it as a template"
    );
    assert_eq!(plan.changes(), 1);
}

#[test]
fn an_owner_that_was_locked_out_of_its_schema_gets_back_in() {
    let plan = after(|observed| {
        let public = &mut observed.insides.values_mut().next().unwrap().schemas[0];
        public.acl = vec![right(None, "USAGE")];
    });
    let Change::ApplyGrants { rights, .. } = &plan.steps().next().unwrap().change else { unreachable!() };
    assert_eq!(rights[0].to_string(), "grant CREATE on schema public to shop_user");
}

#[test]
fn what_an_interrupted_drop_left_is_refused() {
    assert!(after(|observed| shop_database(observed).invalid = true).refusals[0].reason.contains("interrupted DROP"));
}

#[test]
fn a_database_that_an_app_made_is_closed_and_named() {
    let plan = after(|observed| {
        let mut plugin = shop_database(observed).clone();
        plugin.name = "shop_plugin".into();
        plugin.acl = vec![
            right(None, "CONNECT"),
            right(Some("shop_user"), "CONNECT"),
            right(Some("shop_user"), "CREATE"),
            right(Some("shop_user"), "TEMPORARY"),
        ];
        observed.server.databases.insert(plugin.name.clone(), plugin);
    });
    assert_eq!(actions(&plan), [Action::AlterDatabase]);
    assert!(plan.notes[0].contains("shop_plugin was made by shop_user itself"));
}

#[test]
fn a_reader_gets_what_is_there_and_what_will_be() {
    let apps = shared(Access::Reader);
    let mut observed = with_guest(Access::Reader);
    let inside = observed.insides.values_mut().next().unwrap();
    let relation =
        |name: &str, sequence: bool| Relation { schema: "public".into(), name: name.into(), sequence, acl: vec![] };
    inside.relations = vec![relation("item", false), relation("item_id_seq", true)];
    let plan = made(&apps, &observed);
    let Change::ApplyGrants { acting, rights, .. } = &plan.steps().last().unwrap().change else { unreachable!() };
    assert_eq!(*acting, Acting::As("shop_user".into()));
    let texts: Vec<String> = rights.iter().map(ToString::to_string).collect();
    assert_eq!(
        texts,
        [
            "grant CONNECT on database shop to guest_user",
            "grant SELECT on table public.item to guest_user",
            "grant SELECT on sequence public.item_id_seq to guest_user",
            "grant SELECT on future tables to guest_user",
            "grant SELECT on future sequences to guest_user",
            "grant USAGE on future schemas to guest_user",
        ]
    );
}

#[test]
fn an_editor_that_becomes_a_reader_loses_what_a_reader_has_not() {
    let apps = shared(Access::Reader);
    let mut observed = with_guest(Access::Reader);
    shop_database(&mut observed).acl.push(right(Some("guest_user"), "CONNECT"));
    let rights = |names: &[&str]| names.iter().map(|name| right(Some("guest_user"), name)).collect::<Vec<_>>();
    let tables = rights(&["SELECT", "INSERT"]);
    let defaults = |kind: &str, schema: Option<&str>, acl| DefaultRights {
        schema: schema.map(Into::into),
        kind: kind.into(),
        acl,
    };
    let inside = observed.insides.values_mut().next().unwrap();
    inside.relations =
        vec![Relation { schema: "public".into(), name: "item".into(), sequence: false, acl: tables.clone() }];
    inside.defaults = vec![
        defaults("r", None, tables.clone()),
        defaults("r", Some("public"), tables),
        defaults("S", None, rights(&["SELECT"])),
        defaults("n", None, rights(&["USAGE"])),
    ];
    let plan = made(&apps, &observed);
    let Change::ApplyGrants { rights, .. } = &plan.steps().last().unwrap().change else { unreachable!() };
    assert_eq!(
        rights.iter().map(ToString::to_string).collect::<Vec<_>>(),
        [
            "revoke INSERT on table public.item from guest_user",
            "revoke INSERT on future tables from guest_user",
            "revoke INSERT on future tables in schema public from guest_user",
        ]
    );
}

#[test]
fn a_right_that_may_be_passed_on_is_taken_back_and_given_plainly() {
    let apps = shared(Access::Reader);
    let mut observed = with_guest(Access::Reader);
    let grantable = crate::observed::Right { grantable: true, ..right(Some("guest_user"), "CONNECT") };
    shop_database(&mut observed).acl.push(grantable);
    let plan = made(&apps, &observed);
    let Change::ApplyGrants { rights, .. } = &plan.steps().last().unwrap().change else { unreachable!() };
    let on_database: Vec<String> = rights.iter().take(2).map(ToString::to_string).collect();
    assert_eq!(
        on_database,
        ["revoke CONNECT on database shop from guest_user", "grant CONNECT on database shop to guest_user"]
    );
}

#[test]
fn a_right_that_may_be_passed_on_is_had() {
    let grantable =
        |grantee: &str, privilege: &str| crate::observed::Right { grantable: true, ..right(Some(grantee), privilege) };
    for version in [130_000, 150_000] {
        let plan = after(|observed| {
            observed.server.version_number = version;
            let acl = &mut shop_database(observed).acl;
            acl.retain(|right| right.grantee.as_deref() != Some("platform_admin"));
            acl.push(grantable("platform_admin", "CONNECT"));
            let public = &mut observed.insides.values_mut().next().unwrap().schemas[0];
            public.acl = ["CREATE", "USAGE"].map(|privilege| grantable("shop_user", privilege)).into();
            if version < 150_000 {
                public.owner = "postgres".into();
            }
        });
        assert_eq!((plan.changes(), plan.refusals.len()), (0, 0), "{version}: {plan:?}");
    }
}

#[test]
fn an_owner_does_not_become_a_reader() {
    let mut apps = [app("shop", Access::Owner)];
    let observed = converged(150_000, &apps);
    apps[0].access = Access::Reader;
    assert!(made(&apps, &observed).refusals[0].reason.contains("does not become reader"));
    let apps = shared(Access::Reader);
    let mut observed = with_guest(Access::Reader);
    observed.insides.values_mut().next().unwrap().owners.insert("guest_user".into());
    assert!(made(&apps, &observed).refusals[0].reason.contains("owns objects"));
}

#[test]
fn a_schema_public_of_the_superuser_keeps_readers_out_and_owners_in() {
    let old = |observed: &mut Observed| {
        observed.server.version_number = 130_000;
        let public = &mut observed.insides.values_mut().next().unwrap().schemas[0];
        public.owner = "postgres".into();
        public.acl = vec![right(None, "USAGE"), right(None, "CREATE")];
    };
    let plan = after(old);
    assert_eq!((plan.changes(), plan.refusals.len(), plan.notes.len()), (0, 0, 1));
    let mut observed = with_guest(Access::Reader);
    old(&mut observed);
    let plan = made(&shared(Access::Reader), &observed);
    assert!(plan.refusals[0].remedy.contains("REVOKE CREATE ON SCHEMA public FROM PUBLIC"), "{:?}", plan.refusals);
}

#[test]
fn a_schema_public_of_the_masters_is_closed_and_opened_to_its_owner() {
    let plan = after(|observed| {
        observed.server.version_number = 140_000;
        let public = &mut observed.insides.values_mut().next().unwrap().schemas[0];
        public.owner = "platform_admin".into();
        public.acl = vec![right(None, "USAGE"), right(None, "CREATE")];
    });
    let Change::ApplyGrants { acting, rights, .. } = &plan.steps().next().unwrap().change else { unreachable!() };
    assert_eq!(*acting, Acting::Master);
    assert_eq!(
        rights.iter().map(ToString::to_string).collect::<Vec<_>>(),
        ["revoke CREATE on schema public from PUBLIC", "grant CREATE on schema public to shop_user",]
    );
}

#[test]
fn a_database_that_nobody_could_look_into_is_told() {
    let plan = after(|observed| {
        observed.insides = std::collections::BTreeMap::<_, Inside>::new();
        observed.logins.insert("shop".parse().unwrap(), LoginState::Refused);
    });
    assert_eq!((actions(&plan), plan.unseen.len()), (vec![Action::SetPassword], 1));
}

#[test]
fn what_is_declared_no_more_is_told_and_left_alone() {
    let apps = [app("shop", Access::Owner), app("blog", Access::Owner)];
    let observed = converged(150_000, &apps);
    let plan = made(&apps[..1], &observed);
    assert_eq!(plan.changes(), 0);
    assert_eq!(plan.orphans.iter().map(|orphan| orphan.name.as_str()).collect::<Vec<_>>(), ["blog_user"]);
}

#[test]
fn an_approval_is_of_one_plan_on_one_server() {
    let apps = [app("shop", Access::Owner)];
    let observed = empty(150_000, &apps);
    let dialect = Dialect { version_number: 150_000, master: "platform_admin".into() };
    let digest = |observed: &Observed, address: &str| made(&apps, observed).digest(&dialect, address, observed);
    let one = digest(&observed, "db:5432");
    assert_eq!(one, digest(&observed, "db:5432"));
    assert_ne!(one, digest(&observed, "other:5432"));
    let mut rotated = observed.clone();
    rotated.secrets.insert(apps[0].secret.clone(), SecretFact::Usable { version: "v2".into() });
    assert_ne!(one, digest(&rotated, "db:5432"));

    let asked = |blanket: bool, digest: Option<&str>| {
        approve(made(&apps, &observed), &one, &Approval { blanket, digest: digest.map(ToOwned::to_owned) }).err()
    };
    assert!(matches!(asked(false, None), Some(NotApproved::Missing { .. })));
    assert!(matches!(asked(false, Some("sha256:0")), Some(NotApproved::Another { .. })));
    assert!(matches!(asked(true, Some("sha256:0")), Some(NotApproved::Another { .. })));
    assert!(asked(false, Some(&one)).is_none() && asked(true, None).is_none());
    let nothing = approve(made(&apps, &converged(150_000, &apps)), "", &Approval { blanket: false, digest: None });
    assert!(nothing.is_ok());
}
