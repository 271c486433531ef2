//! Which of the two places counts: `application_databases`, or `rds_config.application_databases`.

use super::document::{Documents, Fault, Span};
use super::value::{Item, Node};
use super::{COUPLED, STANDALONE, Variables};
use crate::diagnostic::{Place, Problem};

/// The entries that count; without any, what to say if nothing else explains it.
pub(super) fn entries(documents: &Documents, variables: &mut Variables) -> (Vec<Item>, Option<Problem>) {
    let standalone = variables.standalone.take().and_then(|node| filled(&node, &mut variables.faults));
    let (coupled, enabled) = match variables.coupled.take() {
        Some(node) => coupled(&node, &mut variables.faults),
        None => (None, true),
    };
    // What is left out need not be right, only there.
    let mut ignored = Vec::new();
    let faults = if enabled { &mut variables.faults } else { &mut ignored };
    let coupled = coupled.and_then(|node| filled(&node, faults));
    match (standalone, coupled) {
        (Some((items, here)), Some((_, there))) if enabled => {
            let message = format!("`{STANDALONE}` and `{COUPLED}.{STANDALONE}` both hold applications");
            let mut fault = Fault::new(here, message)
                .help(format!("keep one of them, or set `{COUPLED}.enabled = false`, which leaves the second out"));
            fault.related = Some((there, "the second is here".to_owned()));
            variables.faults.push(fault);
            (items, None)
        }
        (Some((items, _)), _) => (items, None),
        (None, Some((items, _))) if enabled => (items, None),
        (None, unused) => (Vec::new(), Some(nothing_found(documents, &variables.names, unused.map(|(_, span)| span)))),
    }
}

/// The applications of `rds_config`, and whether they are wanted. Without `enabled` they are: the module decides on
/// a default, and a file that lists applications means them.
fn coupled(node: &Node, faults: &mut Vec<Fault>) -> (Option<Node>, bool) {
    if !node.is_given() {
        return (None, true);
    }
    let items = match node.map() {
        Ok(items) => items,
        Err(fault) => {
            faults.push(Fault { message: format!("`{COUPLED}`: {}", fault.message), ..fault });
            return (None, true);
        }
    };
    let (mut applications, mut enabled) = (None, None);
    for item in items {
        let name = match item.key.text() {
            Ok(name) => name,
            Err(fault) => {
                faults.push(fault);
                continue;
            }
        };
        let slot = match name.as_str() {
            STANDALONE => &mut applications,
            "enabled" => &mut enabled,
            _ => continue,
        };
        if slot.replace(item.value.clone()).is_some() {
            let message = format!("`{name}` is given twice in `{COUPLED}`");
            faults.push(Fault::new(item.key.span, message).help("keep one of the two"));
        }
    }
    let enabled = enabled.filter(Node::is_given).map_or(Ok(true), |node| node.truth());
    let enabled = enabled.unwrap_or_else(|fault| {
        faults.push(Fault { message: format!("`{COUPLED}.enabled`: {}", fault.message), ..fault });
        true
    });
    (applications, enabled)
}

/// The entries, if there are any.
fn filled(node: &Node, faults: &mut Vec<Fault>) -> Option<(Vec<Item>, Span)> {
    if !node.is_given() {
        return None;
    }
    match node.map() {
        Ok([]) => None,
        Ok(items) => Some((items.to_vec(), node.span)),
        Err(fault) => {
            faults.push(Fault { message: format!("`{STANDALONE}`: {}", fault.message), ..fault });
            None
        }
    }
}

fn nothing_found(documents: &Documents, names: &[String], unused: Option<Span>) -> Problem {
    let looked = format!("neither `{STANDALONE}` nor `{COUPLED}.{STANDALONE}` holds an entry");
    if let Some(span) = unused {
        let message = format!("no application found: `{COUPLED}.enabled` is false, so its `{STANDALONE}` is left out");
        return Problem::new(documents.place(span), message)
            .help(format!("set `{COUPLED}.enabled = true`, or give `{STANDALONE}` at the top level"));
    }
    let place = documents.names().last().map_or_else(Place::nowhere, |name| Place::new(name, 1, 1));
    let files: Vec<&str> = documents.names().collect();
    let place_of_search = if files.is_empty() { "no file was given".to_owned() } else { files.join(", ") };
    let near = |name: &&String| strsim::jaro_winkler(name, STANDALONE) > 0.9;
    let help = match names.iter().find(near) {
        Some(name) => format!("`{name}` is given; did you mean `{STANDALONE}`?"),
        None => "is this the right file?".to_owned(),
    };
    Problem::new(place, format!("no application found: {looked} ({place_of_search})")).help(help)
}
