//! One entry by itself.

use std::collections::BTreeSet;
use std::fmt::Display;
use std::str::FromStr;

use platform::names::{AppKey, DatabaseName, Environment, RoleName, SecretPath};

use super::{Conventions, expand};
use crate::diagnostic::{Place, quoted};
use crate::model::{Access, App, Location};
use crate::tfvars::document::{Fault, Span};
use crate::tfvars::value::{Item, Node};

mod limit;

const ATTRIBUTES: [&str; 7] =
    ["database_name", "username", "access_level", "secret_name", "createdb", "extensions", "connection_limit"];

/// The site's pattern for names, ready for use.
pub(super) struct NamePattern {
    text: String,
    expression: regex_lite::Regex,
}

impl NamePattern {
    pub(super) fn new(text: &str) -> Result<Self, regex_lite::Error> {
        // Alone first: `a)(b` would be an expression only between our own parentheses.
        regex_lite::Regex::new(text)?;
        let expression = regex_lite::Regex::new(&format!(r"\A(?:{text})\z"))?;
        Ok(Self { text: text.to_owned(), expression })
    }
}

/// What every entry is read with.
pub(super) struct Context<'a> {
    pub environment: &'a Environment,
    pub conventions: &'a Conventions,
    pub names: &'a NamePattern,
}

/// A problem of an entry; what stands behind it on its line may have to be kept back.
pub(super) struct EntryProblem {
    pub fault: Fault,
    pub conceal: bool,
}

/// A value and where it was read, or where it was derived from.
pub(super) type Spanned<T> = Option<(T, Span)>;

/// What is known of an entry, complete or not.
pub(super) struct Draft {
    pub key: Node,
    pub app: Option<AppKey>,
    pub database: Spanned<DatabaseName>,
    pub role: Spanned<RoleName>,
    pub access: Option<Access>,
    pub secret: Spanned<SecretPath>,
    pub createdb: bool,
    pub extensions: BTreeSet<String>,
    pub connection_limit: Option<u32>,
    pub problems: Vec<EntryProblem>,
}

impl Draft {
    /// The app, if all of it is known.
    pub(super) fn app(&self, location: &Place) -> Option<App> {
        Some(App {
            key: self.app.clone()?,
            database: self.database.clone()?.0,
            role: self.role.clone()?.0,
            access: self.access?,
            secret: self.secret.clone()?.0,
            createdb: self.createdb,
            extensions: self.extensions.clone(),
            connection_limit: self.connection_limit,
            location: Location { file: location.file.clone(), line: location.line },
        })
    }

    pub(super) fn problem(&mut self, fault: Fault) {
        self.problems.push(EntryProblem { fault, conceal: false });
    }

    /// The value, or nothing and a problem.
    fn keep<T>(&mut self, result: Result<T, Fault>) -> Option<T> {
        result.map_err(|fault| self.problem(fault)).ok()
    }
}

/// Reads one entry.
pub(super) fn draft(item: &Item, context: &Context<'_>) -> Draft {
    let mut draft = Draft {
        key: item.key.clone(),
        app: None,
        database: None,
        role: None,
        access: None,
        secret: None,
        createdb: false,
        extensions: BTreeSet::new(),
        connection_limit: None,
        problems: Vec::new(),
    };
    let key = item.key.text().and_then(|key| {
        key.parse().map_err(|error| Fault::new(item.key.span, format!("the key {} {error}", quoted(&key))))
    });
    draft.app = draft.keep(key);
    let name = item.key.text().unwrap_or_default();
    if !item.value.is_given() {
        let message = format!("the entry {} is null", quoted(&name));
        draft.problem(Fault::new(item.value.span, message).help("give `database_name` and `username`, or remove it"));
    } else if let Some(attributes) = draft.keep(item.value.map().map_err(|fault| named(&name, fault))) {
        let given = Attributes::new(attributes, context, &mut draft);
        given.fill(&mut draft, &name, context);
    }
    draft
}

/// The attributes of an entry that are given and known.
struct Attributes<'a>(Vec<(&'static str, &'a Node)>);

impl<'a> Attributes<'a> {
    fn new(items: &'a [Item], context: &Context<'_>, draft: &mut Draft) -> Self {
        let mut known: Vec<(&str, &Node, Span)> = Vec::new();
        for Item { key, value } in items {
            let Some(name) = draft.keep(key.text()) else { continue };
            if let Some(attribute) = ATTRIBUTES.into_iter().find(|attribute| *attribute == name) {
                if let Some((.., first)) = known.iter().find(|(other, ..)| *other == attribute) {
                    let mut fault = Fault::new(key.span, format!("`{attribute}` is given twice"));
                    fault.related = Some((*first, "first given here".to_owned()));
                    draft.problem(fault.help("keep one of the two; Terraform would silently take the last"));
                } else {
                    known.push((attribute, value, key.span));
                }
            } else if !context.conventions.ignore_attributes.contains(&name) {
                draft.problems.push(EntryProblem { fault: unknown(&name, key.span), conceal: true });
            }
        }
        // Null is Terraform's way to say that something is not given.
        Self(known.into_iter().filter(|(_, node, _)| node.is_given()).map(|(name, node, _)| (name, node)).collect())
    }

    fn fill(&self, draft: &mut Draft, entry: &str, context: &Context<'_>) {
        draft.database = self.name(draft, entry, "database_name", context);
        draft.role = self.name(draft, entry, "username", context);
        draft.access = match self.get("access_level") {
            None => Some(Access::Owner),
            Some(node) => draft.keep(access(node).map_err(|fault| named("access_level", fault))),
        };
        draft.secret = match self.get("secret_name") {
            Some(node) => draft.keep(checked("secret_name", node)),
            None => draft.app.clone().and_then(|app| derived_secret(draft, &app, context)),
        };
        let createdb = self.get("createdb").map(|node| node.truth().map_err(|fault| named("createdb", fault)));
        draft.createdb = match createdb {
            Some(createdb) => draft.keep(createdb).unwrap_or_default(),
            None => draft.access == Some(Access::Owner),
        };
        if let Some(node) = self.get("extensions") {
            extensions(draft, entry, node);
        }
        let limit = self.get("connection_limit").map(limit::connection_limit);
        draft.connection_limit = limit.and_then(|limit| draft.keep(limit)).flatten();
    }

    fn get(&self, name: &str) -> Option<&'a Node> {
        self.0.iter().find(|(known, _)| *known == name).map(|(_, node)| *node)
    }

    fn name<T>(&self, draft: &mut Draft, entry: &str, attribute: &str, context: &Context<'_>) -> Spanned<T>
    where
        T: FromStr<Err: Display>,
    {
        let Some(node) = self.get(attribute) else {
            // Once per entry is enough if the key itself cannot be read.
            let message = format!("{} has no `{attribute}`", quoted(entry));
            draft.problem(Fault::new(draft.key.span, message).help(format!("add `{attribute} = \"…\"`")));
            return None;
        };
        let (name, span) = draft.keep(checked::<T>(attribute, node))?;
        let text = node.text().unwrap_or_default();
        if !context.names.expression.is_match(&text) {
            draft.problem(mismatch(attribute, &text, span, context.names));
            return None;
        }
        Some((name, span))
    }
}

fn extensions(draft: &mut Draft, entry: &str, node: &Node) {
    let Some(nodes) = draft.keep(node.list().map_err(|fault| named("extensions", fault))) else { return };
    if let Some(access) = draft.access.filter(|access| *access != Access::Owner)
        && !nodes.is_empty()
    {
        let message = format!("{} is no owner but {access}, and names extensions", quoted(entry));
        draft.problem(Fault::new(node.span, message).help("name them in the entry of the database's owner"));
    }
    for node in nodes {
        if let Some(name) = draft.keep(extension(node).map_err(|fault| named("extensions", fault))) {
            draft.extensions.insert(name);
        }
    }
}

/// Says of which attribute or entry a fault is.
fn named(name: &str, fault: Fault) -> Fault {
    Fault { message: format!("{}: {}", quoted(name), fault.message), ..fault }
}

fn checked<T: FromStr<Err: Display>>(attribute: &str, node: &Node) -> Result<(T, Span), Fault> {
    let text = node.text().map_err(|fault| named(attribute, fault))?;
    let message = |error| format!("`{attribute}` {} {error}", quoted(&text));
    text.parse().map(|name| (name, node.span)).map_err(|error| Fault::new(node.span, message(error)))
}

fn mismatch(attribute: &str, text: &str, span: Span, names: &NamePattern) -> Fault {
    let fault = Fault::new(span, format!("`{attribute}` {} does not match `{}`", quoted(text), names.text));
    let nearest = text.trim().to_lowercase().replace(|c: char| !(c.is_ascii_alphanumeric() || c == '_'), "_");
    if text.ends_with('\n') {
        fault.help("a text between `<<` markers ends with a newline; write it in quotes")
    } else if names.expression.is_match(&nearest) {
        fault.help(format!("for instance {}", quoted(&nearest)))
    } else {
        fault.help("the pattern is `name_pattern` in the settings")
    }
}

fn access(node: &Node) -> Result<Access, Fault> {
    let text = node.text()?;
    let all = [Access::Owner, Access::Editor, Access::Reader];
    all.into_iter().find(|access| access.as_str() == text).ok_or_else(|| {
        let fault = Fault::new(node.span, format!("{} is none of `owner`, `editor`, `reader`", quoted(&text)));
        match nearest(&text.to_lowercase(), &all.map(Access::as_str)) {
            Some(near) => fault.help(format!("did you mean `{near}`?")),
            None => fault,
        }
    })
}

fn derived_secret(draft: &mut Draft, app: &AppKey, context: &Context<'_>) -> Spanned<SecretPath> {
    let Conventions { app_secret_pattern, build_id, .. } = context.conventions;
    let span = draft.key.span;
    let path = expand(app_secret_pattern, context.environment, Some(app), build_id);
    draft.keep(path.map(|path| (path, span)).map_err(|error| Fault::new(span, error.to_string())))
}

fn extension(node: &Node) -> Result<String, Fault> {
    let name = node.text()?;
    let allowed = |c: char| c.is_ascii_alphanumeric() || "_-".contains(c);
    if name.is_empty() || name.len() > 63 || !name.chars().all(allowed) {
        let message = format!("{} is no name of an extension", quoted(&name));
        return Err(Fault::new(node.span, message).help("they hold letters, digits, - and _"));
    }
    Ok(name)
}

fn unknown(name: &str, span: Span) -> Fault {
    match nearest(name, &ATTRIBUTES) {
        Some(near) => Fault::new(span, format!("unknown attribute {}; did you mean `{near}`?", quoted(name))),
        None => Fault::new(span, format!("unknown attribute {}", quoted(name)))
            .help(format!("known are {}; `ignore_attributes` in the settings lists others", ATTRIBUTES.join(", "))),
    }
}

/// The name that was probably meant.
fn nearest<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    let plain = name.to_lowercase().replace(['-', ' '], "_");
    let likeness = |known: &&str| strsim::jaro_winkler(&plain, known);
    known.iter().copied().max_by(|a, b| likeness(a).total_cmp(&likeness(b))).filter(|near| likeness(near) > 0.8)
}
