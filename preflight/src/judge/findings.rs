//! Several findings of one check as one: a person reads one line, and acts on all of it. Pure.

use crate::verdict::Finding;

/// Several findings as one, told under the first one's reason; `None` of none.
///
/// It passes by itself only where all of them do, and stays where one of them stays.
pub fn together(findings: Vec<Finding>) -> Option<Finding> {
    let mut findings = findings.into_iter();
    let mut all = findings.next()?;
    let rest: Vec<Finding> = findings.collect();
    if rest.is_empty() {
        return Some(all);
    }
    let mut remedies: Vec<String> = all.remedy.take().into_iter().collect();
    let count = rest.len();
    for finding in rest {
        all.converges = converges(all.converges, finding.converges);
        all.evidence.push(finding.summary);
        all.evidence.extend(finding.evidence);
        remedies.extend(finding.remedy.filter(|remedy| !remedies.contains(remedy)));
    }
    all.summary = format!("{}, and {count} more", all.summary);
    all.remedy = (!remedies.is_empty()).then(|| remedies.join("; "));
    Some(all)
}

/// Whether both pass by themselves; `None` is as the check's row says.
const fn converges(one: Option<bool>, other: Option<bool>) -> Option<bool> {
    match (one, other) {
        (Some(false), _) | (_, Some(false)) => Some(false),
        (Some(true), Some(true)) => Some(true),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::together;
    use crate::verdict::Finding;

    #[test]
    fn the_first_is_told_and_the_others_are_evidence() {
        let one = Finding::new("a", "one is gone").fix("restore one");
        let two = Finding::new("b", "two is gone").seen(["seen two".to_owned()]).fix("restore two");
        let three = Finding::new("b", "three is gone").fix("restore two");
        let all = together(vec![one.clone(), two, three]).unwrap();
        assert_eq!((all.reason, all.summary.as_str()), ("a", "one is gone, and 2 more"));
        assert_eq!(all.evidence, ["two is gone", "seen two", "three is gone"]);
        assert_eq!(all.remedy.as_deref(), Some("restore one; restore two"));
        assert_eq!(together(vec![one.clone()]), Some(one));
        assert_eq!(together(Vec::new()), None);
    }

    #[test]
    fn what_stays_outweighs_what_passes() {
        let of = |findings: [Finding; 2]| together(findings.to_vec()).and_then(|all| all.converges);
        let finding = || Finding::new("a", "a");
        assert_eq!(of([finding().passing(), finding().passing()]), Some(true));
        assert_eq!(of([finding().passing(), finding().for_good()]), Some(false));
        assert_eq!(of([finding().passing(), finding()]), None);
    }
}
