//! The catalogue as a whole: what must hold of every row, and of every judge.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use serde_json::{Value, json};

use super::checks;
use crate::access;
use crate::check::{Access, Each, Gate, RunGate, Tier, When};
use crate::inputs::Name;
use crate::look::{Absent, Answer, Certificate, HttpAnswer, Look, PostgresAnswer, SecretContent, TcpAnswer, TlsAnswer};
use crate::outcome::{Outcome, Whole, whole};
use crate::schedule::{Planned, schedule};
use crate::scope::{Scope, example};
use crate::verdict::{CannotLook, Judged, Short, Status, Verdict};
use crate::view::{Facts, View};

#[test]
fn every_row_is_whole() {
    let mut ids = BTreeSet::new();
    for check in checks() {
        let id = check.id;
        assert!(ids.insert(id), "{id} is there twice");
        assert!(id.contains('.') && !id.contains(' '), "{id}");
        assert_eq!(check.each == Each::Once, !id.contains('{'), "{id}");
        assert!(check.each == Each::Once || id.contains(check.each.placeholder()), "{id}");
        for (what, text) in [("title", check.title), ("why", check.why), ("remedy", check.remedy)] {
            assert!(!text.trim().is_empty() && !text.contains('\n') && text.trim() == text, "{id} has no good {what}");
        }
        let access: BTreeSet<_> = check.access.iter().collect();
        assert_eq!(access.len(), check.access.len(), "{id} lists a permission twice");
        let asks_cluster = check.access.iter().any(|access| !matches!(access, Access::Aws { .. }));
        let leaves_out = check.when.contains(&When::Cluster);
        assert!(
            !asks_cluster
                || leaves_out
                || id.starts_with("fnd.")
                || id.starts_with("config.")
                || id.starts_with("rds.")
                || id == "secrets.keys",
            "{id} asks the cluster, and says not that it needs one"
        );
    }
    assert!(ids.len() > 60, "{} rows", ids.len());
}

#[test]
fn what_a_row_needs_is_there_and_comes_no_later() {
    let rows: BTreeMap<&str, _> = checks().into_iter().map(|check| (check.id, check)).collect();
    for check in rows.values() {
        for need in check.needs {
            let needed = rows.get(need).unwrap_or_else(|| panic!("{} needs {need}, which is not there", check.id));
            assert!(needed.tier <= check.tier, "{} needs {need} of a higher tier", check.id);
            let later = needed.tier == check.tier
                && needed.gate != Gate::Before
                && needed.gate != check.gate
                && check.gate != Gate::Post;
            assert!(!later, "{} needs {need}, which can hold only later", check.id);
        }
    }
}

#[test]
fn needs_have_no_cycle() {
    let rows: BTreeMap<&str, _> = checks().into_iter().map(|check| (check.id, check)).collect();
    let mut settled: BTreeSet<&str> = BTreeSet::new();
    while settled.len() < rows.len() {
        let ready: Vec<&str> = rows
            .values()
            .filter(|check| !settled.contains(check.id) && check.needs.iter().all(|need| settled.contains(need)))
            .map(|check| check.id)
            .collect();
        assert!(!ready.is_empty(), "a cycle among those that are not in {settled:?}");
        settled.extend(ready);
    }
}

/// The answer of a world in which everything is of the right kind and nothing else is known.
fn some_answer(look: &Look, seed: u64) -> Result<Answer, CannotLook> {
    let pick = seed % 5;
    if pick == 0 {
        return Err(CannotLook::new("forbidden", "may not look"));
    }
    Ok(match look {
        Look::Kubernetes(_) | Look::Aws(_) => match pick {
            1 => Answer::Absent(Absent::Object),
            2 => Answer::Absent(Absent::Kind),
            3 => Answer::Json(json!([])),
            _ => Answer::Json(some_json(seed / 5)),
        },
        Look::SecretContent { .. } => {
            if pick == 1 {
                Answer::Absent(Absent::Object)
            } else {
                Answer::Secret(SecretContent::default())
            }
        }
        Look::Resolve { .. } => Answer::Addresses(if pick == 1 { vec![] } else { vec![address()] }),
        Look::Dns(_) => Answer::Records(if pick == 1 { vec![] } else { vec!["ns.example.com.".to_owned()] }),
        Look::Tcp { .. } => {
            Answer::Tcp(if pick == 1 { TcpAnswer::NoSuchHost } else { TcpAnswer::Open { peer: address() } })
        }
        Look::Tls(_) => {
            Answer::Tls(TlsAnswer::Established(Certificate { not_after: 0, issuer: String::new(), names: vec![] }))
        }
        Look::Http { .. } => Answer::Http(HttpAnswer::Answered {
            status: 200,
            content_type: String::new(),
            location: None,
            body: "{}".to_owned(),
        }),
        Look::Postgres { .. } => Answer::Postgres(PostgresAnswer::Open(Box::default())),
    })
}

fn address() -> std::net::IpAddr {
    std::net::Ipv4Addr::new(10, 0, 0, 1).into()
}

fn some_json(seed: u64) -> Value {
    match seed % 6 {
        0 => json!({}),
        1 => json!(null),
        2 => json!("text"),
        3 => {
            json!([{"metadata": {"name": "x", "namespace": "y", "labels": {"goldenpath.idp/tier": "platform"}}, "status": {"conditions": [{"type": "Ready", "status": "True"}]}}])
        }
        4 => json!({"metadata": {"name": "x"}, "spec": {}, "status": {}, "data": {}}),
        _ => json!([null, 1, "x", {}]),
    }
}

/// Judges to the end, in a world that answers whatever is asked.
fn judged(
    planned: &Planned,
    scope: &Scope,
    world: &mut impl FnMut(&Look) -> Result<Answer, CannotLook>,
) -> (Judged, Facts) {
    let mut facts = Facts::new();
    for _ in 0..50 {
        let view = View::new(scope, &planned.of, crate::view::example::NOW, &facts);
        let judged = (planned.check.judge)(&view);
        let used = view.used();
        for look in &used {
            assert!(
                access::allows(planned.check.access, look),
                "{} asks what its row does not list: {look:?}",
                planned.id
            );
        }
        match judged {
            Err(Short::Look(looks)) => {
                assert!(
                    !looks.is_empty() && looks.iter().any(|look| !facts.contains_key(look)),
                    "{} asks in circles",
                    planned.id
                );
                for look in looks {
                    facts.entry(look.clone()).or_insert_with(|| world(&look));
                }
            }
            ended => return (ended, facts),
        }
    }
    panic!("{} asks without end", planned.id);
}

fn scopes() -> Vec<Scope> {
    let mut all = Vec::new();
    for tier in Tier::ALL {
        for mut scope in [example::persistent(tier), example::ephemeral(tier)] {
            scope.asked.gate = RunGate::Post;
            all.push(scope);
        }
    }
    all
}

#[test]
fn where_nothing_can_be_looked_at_no_required_check_that_looks_passes() {
    for scope in scopes() {
        for planned in schedule(&checks(), &scope).iter().filter(|planned| planned.skipped.is_none()) {
            let mut blind = |_: &Look| Err(CannotLook::new("forbidden", "may not look"));
            let (judged, facts) = judged(planned, &scope, &mut blind);
            // What asks nothing judges the inputs alone.
            let asked = !facts.is_empty();
            let endpoint_answered = planned.id == "fnd.secretsmanager";
            assert!(
                !asked || endpoint_answered || !matches!(judged, Ok(Verdict::Pass(_))),
                "{} passes although it could not look: {judged:?}",
                planned.id
            );
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// No input and no answer makes a judge panic, ask in circles, or ask what its row does not list; and whatever could
    /// not be looked at, in a check that is required, the whole is never ready.
    #[test]
    fn no_answer_breaks_a_judge(seed in any::<u64>(), mode in 0usize..2, tier in 0usize..5, inside in any::<bool>()) {
        let tier = Tier::ALL[tier];
        let mut scope = if mode == 0 { example::persistent(tier) } else { example::ephemeral(tier) };
        scope.asked.gate = RunGate::Post;
        scope.asked.inside = inside;
        let mut state = seed;
        for planned in schedule(&checks(), &scope).iter().filter(|planned| planned.skipped.is_none()) {
            let mut world = |look: &Look| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                some_answer(look, state >> 33)
            };
            let (judged, _) = judged(planned, &scope, &mut world);
            if let Err(Short::Cannot(cannot)) = judged {
                let mut outcome = Outcome::of(planned, Status::Unknown, cannot.reason, cannot.summary);
                outcome.required = true;
                let pass = Outcome::of(planned, Status::Pass, "", "");
                prop_assert_eq!(whole(&[pass, outcome], false, true), Whole::CannotTell);
            }
        }
    }

    /// No input makes a scope whose texts cannot be made.
    #[test]
    fn no_input_breaks_a_scope(values in proptest::collection::vec(".{0,12}", Name::ALL.len())) {
        let changes: Vec<(Name, &str)> = Name::ALL.into_iter().zip(values.iter().map(String::as_str)).collect();
        let inputs = example::inputs(&changes);
        if let Ok(scope) = Scope::new(example::asked(Tier::Identity), crate::profile::Profile::default(), inputs, crate::scope::Bootstrap::Read) {
            let _ = schedule(&checks(), &scope);
        }
    }
}
