//! Rights: what each access level is to have on each kind of object, and the difference to what there is.

use std::collections::BTreeSet;

use crate::change::{DefaultKind, Grantee, Object, RightChange};
use crate::model::Access;
use crate::observed::{DefaultRights, Inside, Relation, Right};

/// The rights of a database's owner on it.
pub(super) const ON_OWN_DATABASE: &[&str] = &["CONNECT", "CREATE", "TEMPORARY"];
/// The rights of everybody else who works in a database.
pub(super) const ON_DATABASE: &[&str] = &["CONNECT"];
/// The rights of an owner on the schema `public`.
pub(super) const ON_OWN_SCHEMA: &[&str] = &["CREATE", "USAGE"];
/// The rights of an editor or reader on a schema.
pub(super) const ON_SCHEMA: &[&str] = &["USAGE"];

/// The rights of an editor or reader on tables and views.
pub(super) const fn on_tables(access: Access) -> &'static [&'static str] {
    match access {
        Access::Owner | Access::Editor => &["DELETE", "INSERT", "SELECT", "UPDATE"],
        Access::Reader => &["SELECT"],
    }
}

/// The rights of an editor or reader on sequences.
pub(super) const fn on_sequences(access: Access) -> &'static [&'static str] {
    match access {
        Access::Owner | Access::Editor => &["SELECT", "USAGE"],
        Access::Reader => &["SELECT"],
    }
}

/// What turns `acl` into one in which `role` has exactly `wanted` on `object`.
///
/// What `PUBLIC` has counts as had where `public_counts`. A right that may be passed on is taken back, and granted
/// again without that.
pub(super) fn difference(
    object: &Object,
    acl: &[Right],
    role: &str,
    wanted: &[&str],
    public_counts: bool,
) -> Vec<RightChange> {
    let plain: BTreeSet<&str> =
        of(acl, Some(role)).filter(|right| !right.grantable).map(|right| right.privilege.as_str()).collect();
    let public: BTreeSet<&str> = of(acl, None).map(|right| right.privilege.as_str()).collect();
    let surplus: BTreeSet<&str> = of(acl, Some(role))
        .filter(|right| right.grantable || !wanted.contains(&right.privilege.as_str()))
        .map(|right| right.privilege.as_str())
        .collect();
    let missing: BTreeSet<&str> = wanted
        .iter()
        .filter(|right| {
            let had = plain.contains(**right) && !surplus.contains(**right);
            !(had || public_counts && public.contains(**right))
        })
        .copied()
        .collect();
    let grantee = Grantee::Role(role.to_owned());
    [change(false, &surplus, object, &grantee), change(true, &missing, object, &grantee)]
        .into_iter()
        .flatten()
        .collect()
}

/// What `role` lacks of `wanted` on `object`, where what it has beyond that is not ours to take back: a right that it may
/// pass on is had, too.
pub(super) fn lacking(
    object: &Object,
    acl: &[Right],
    role: &str,
    wanted: &[&str],
    public_counts: bool,
) -> Option<RightChange> {
    let has: BTreeSet<&str> = of(acl, Some(role))
        .chain(of(acl, None).filter(|_| public_counts))
        .map(|right| right.privilege.as_str())
        .collect();
    let missing: BTreeSet<&str> = wanted.iter().copied().filter(|right| !has.contains(right)).collect();
    change(true, &missing, object, &Grantee::Role(role.to_owned()))
}

fn of<'a>(acl: &'a [Right], grantee: Option<&'a str>) -> impl Iterator<Item = &'a Right> {
    acl.iter().filter(move |right| right.grantee.as_deref() == grantee)
}

/// What takes `unwanted` from `PUBLIC`; all it has, where that is empty.
pub(super) fn closing(object: &Object, acl: &[Right], unwanted: &[&str]) -> Option<RightChange> {
    let has: BTreeSet<&str> = acl
        .iter()
        .filter(|right| right.grantee.is_none())
        .map(|right| right.privilege.as_str())
        .filter(|right| unwanted.is_empty() || unwanted.contains(right))
        .collect();
    change(false, &has, object, &Grantee::Public)
}

fn change(grant: bool, privileges: &BTreeSet<&str>, object: &Object, grantee: &Grantee) -> Option<RightChange> {
    (!privileges.is_empty()).then(|| RightChange {
        grant,
        privileges: privileges.iter().map(|&right| right.to_owned()).collect(),
        object: object.clone(),
        grantee: grantee.clone(),
    })
}

/// What `role` lacks, or has too much, on the relations of the owner that are there.
pub(super) fn on_relations(inside: &Inside, role: &str, access: Access) -> Vec<RightChange> {
    let difference = |relation: &Relation| {
        let (schema, name) = (relation.schema.clone(), relation.name.clone());
        let (object, wanted) = match relation.sequence {
            true => (Object::Sequence { schema, name }, on_sequences(access)),
            false => (Object::Table { schema, name }, on_tables(access)),
        };
        difference(&object, &relation.acl, role, wanted, false)
    };
    inside.relations.iter().flat_map(difference).collect()
}

/// What `role` lacks, or has too much, on what the owner will create: granted once for all schemas, so that a schema
/// that the owner makes later is covered, too.
pub(super) fn on_future(inside: &Inside, role: &str, access: Access) -> Vec<RightChange> {
    let everywhere = [
        (DefaultKind::Tables, on_tables(access)),
        (DefaultKind::Sequences, on_sequences(access)),
        (DefaultKind::Schemas, ON_SCHEMA),
        (DefaultKind::Functions, &[][..]),
        (DefaultKind::Types, &[][..]),
    ];
    let set = |kind, schema: Option<&str>| {
        inside.defaults.iter().find(move |defaults: &&DefaultRights| {
            DefaultKind::of_catalog(&defaults.kind) == Some(kind) && defaults.schema.as_deref() == schema
        })
    };
    let mut changes = Vec::new();
    for (kind, wanted) in everywhere {
        let acl = set(kind, None).map_or(&[][..], |defaults| defaults.acl.as_slice());
        changes.extend(difference(&Object::Default { kind, schema: None }, acl, role, wanted, false));
        // What somebody set for one schema adds to that: only what is too much is taken back.
        for defaults in inside.defaults.iter().filter(|defaults| DefaultKind::of_catalog(&defaults.kind) == Some(kind))
        {
            let Some(schema) = &defaults.schema else { continue };
            let object = Object::Default { kind, schema: Some(schema.clone()) };
            let surplus = difference(&object, &defaults.acl, role, wanted, false);
            changes.extend(surplus.into_iter().filter(|change| !change.grant));
        }
    }
    changes
}
