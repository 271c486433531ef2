//! `dns.iam-scope`: whether the role of `ExternalDNS` may write the cluster's own names, and no others. This holds
//! whatever the filters say, so it is proven from both sides.

mod change;

use serde_json::json;

use super::external_dns::ExternalDns;
use super::found::{Found, found};
use super::names::Registry;
use super::territory::Territory;
use crate::inputs::Name;
use crate::judge::zones;
use crate::scope::Scope;
use crate::verdict::{Finding, Judged, Short, Verdict};
use crate::view::View;
use change::{CHANGE, Change, Role, role};

/// Whether the role may write what is the cluster's, and nothing beside.
pub fn iam_scope(view: &View<'_>) -> Judged {
    let territory = Territory::of(view)?;
    let zone = zones::of_cluster(view, &territory.suffix)?;
    let external_dns = match found(view)? {
        Found::Deployed(mut all) => all.remove(0),
        Found::Planned(planned) => *planned,
        // Its role is there before it is, and can be judged; its registry is then taken to have no prefix.
        Found::Nothing(_) | Found::Unwanted => ExternalDns::default(),
    };
    let Some(role) = role(view, &external_dns)? else {
        return Ok(Verdict::Skip(format!("the profile has no component {}", view.scope.profile.dns.component)));
    };
    let writer = Writer { role, zone: zone.id, told: zone.told(), territory: &territory };
    if let Some(finding) = writer.denied(view, &external_dns)? {
        return Ok(Verdict::Fail(finding));
    }
    if let Some(finding) = writer.too_wide(view, &Registry::of(&external_dns)?)? {
        return Ok(Verdict::Fail(finding));
    }
    Ok(Verdict::Pass(format!(
        "{} may write below {} in zone {}, and no names of others",
        writer.role.name, territory.suffix, writer.told
    )))
}

/// Who writes, and where.
struct Writer<'a> {
    role: Role,
    zone: &'a str,
    told: String,
    territory: &'a Territory,
}

impl Writer<'_> {
    /// What of the cluster's own it may not write.
    fn denied(&self, view: &View<'_>, external_dns: &ExternalDns) -> Result<Option<Finding>, Short> {
        let actions: &[&str] = match external_dns.value("policy")? {
            Some("create-only") => &["CREATE"],
            Some("upsert-only") => &["CREATE", "UPSERT"],
            _ => &["CREATE", "UPSERT", "DELETE"],
        };
        let suffix = &self.territory.suffix;
        let own: Vec<String> = view.scope.profile.dns.names.iter().map(|name| format!("{name}.{suffix}")).collect();
        let registry = Registry::of(external_dns)?;
        let beside: Vec<String> = own.iter().flat_map(|name| registry.names(name)).collect();
        let together = [Change::of(own, "A", actions), Change::of(beside, "TXT", actions)];
        // All at once, as ExternalDNS does it; one by one only to name what is refused.
        let refused = self.refused(view, &together)?;
        if refused.is_empty() {
            return Ok(None);
        }
        let single = |change: &Change| {
            change.names.iter().map(|name| Change::of(vec![name.clone()], change.kind, actions)).collect::<Vec<_>>()
        };
        let singles: Vec<Change> = refused.iter().flat_map(single).collect();
        let named = |change: &Change| format!("{} {}", change.kind, change.names[0]);
        let names: Vec<String> = self.refused(view, &singles)?.iter().map(named).collect();
        let first =
            names.first().cloned().unwrap_or_else(|| format!("several {} records in one change", refused[0].kind));
        let summary = format!(
            "{} may not write {first} in zone {}: ExternalDNS cannot keep this cluster's records",
            self.role.name, self.told
        );
        let remedy = format!(
            "Allow {CHANGE} on zone {} for these names, with {} in its actions and TXT in its record types; {}",
            self.zone,
            actions.join(", "),
            self.condition()
        );
        Ok(Some(
            Finding::new("denied", summary).seen(names.into_iter().map(|name| format!("denied: {name}"))).fix(remedy),
        ))
    }

    /// Those of the changes that it may not make.
    fn refused(&self, view: &View<'_>, changes: &[Change]) -> Result<Vec<Change>, Short> {
        let allowed = self.role.allows(view, self.zone, changes)?;
        let refused = changes.iter().zip(allowed).filter(|(_, allowed)| !allowed);
        Ok(refused.map(|(change, _)| change.clone()).collect())
    }

    /// What of others it may write.
    fn too_wide(&self, view: &View<'_>, registry: &Registry) -> Result<Option<Finding>, Short> {
        let foreign = self.foreign(view.scope);
        let Some(first) = foreign.first() else { return Ok(None) };
        let own = format!("*.{}", self.territory.suffix);
        let mut changes: Vec<Change> =
            foreign.iter().map(|name| Change::of(vec![name.clone()], "A", &["UPSERT"])).collect();
        changes.push(Change::of(vec![first.clone()], "A", &["DELETE"]));
        changes.extend(registry.names(first).first().map(|name| Change::of(vec![name.clone()], "TXT", &["UPSERT"])));
        let mixed = changes.len();
        // A condition that one name of several satisfies (ForAnyValue) guards nothing: changes come together.
        changes.push(Change::of(vec![own, first.clone()], "A", &["UPSERT"]));
        let allowed = self.role.allows(view, self.zone, &changes)?;
        let open: Vec<usize> = (0..changes.len()).filter(|index| allowed[*index]).collect();
        let Some(&worst) = open.first() else { return Ok(None) };
        let suffix = &self.territory.suffix;
        let (role, zone) = (&self.role.name, &self.told);
        let finding = if worst == mixed {
            let told = format!("{role} may write {first} in zone {zone} together with a name of its own");
            Finding::new("mixed", format!("{told}: its condition is not ForAllValues"))
        } else {
            let name = &changes[worst].names[0];
            let told = format!("{role} may write {name} in zone {zone}, which is not below {suffix}");
            Finding::new("too_wide", format!("{told}: a wrong filter takes another cluster's records"))
        };
        let seen = open.iter().map(|index| {
            format!(
                "allowed: {} {} {}",
                changes[*index].actions[0],
                changes[*index].kind,
                changes[*index].names.join(" with ")
            )
        });
        Ok(Some(finding.seen(seen).fix(format!("In the policy of {role}: {}", self.condition()))))
    }

    /// Names that are not the cluster's: of the environment's long-lived cluster for a build, of the whole platform for
    /// that one.
    fn foreign(&self, scope: &Scope) -> Vec<String> {
        let base = scope.text(Name::BaseDomain).map(str::to_owned);
        let above = if scope.is_ephemeral() { scope.environment_domain() } else { base.clone() };
        let below =
            above.iter().flat_map(|domain| scope.profile.dns.names.iter().map(move |name| format!("{name}.{domain}")));
        below.chain(base).filter(|name| !self.territory.holds(name)).collect()
    }

    /// A pattern of IAM knows no labels: that of a long-lived cluster covers the builds below it, too.
    fn condition(&self) -> String {
        let names = json!([format!("*.{}", self.territory.suffix)]);
        format!("\"Condition\": {{\"ForAllValues:StringLike\": {{\"{CHANGE}NormalizedRecordNames\": {names}}}}}.")
    }
}

#[cfg(test)]
mod tests;
