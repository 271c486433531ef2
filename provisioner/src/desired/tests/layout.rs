//! Documents of every layout that HCL allows: exactly the apps that were written come out, and one mistake gives
//! exactly one problem, on its line.

use proptest::prelude::*;

use super::{lines, reading};
use crate::model::Access;

mod writer;

use writer::Writer;

/// An entry as it is meant; `None` is not given.
#[derive(Clone, Debug)]
struct Entry {
    access: Option<Access>,
    createdb: Option<bool>,
    limit: Option<u32>,
    extensions: Vec<&'static str>,
    secret: bool,
    /// Values that are replaced, or attributes that are added: the mistakes.
    mistake: Option<(&'static str, String)>,
}

/// Attributes with wrong values; each is one problem, whatever else the entry says.
const MISTAKES: [(&str, &str); 8] = [
    ("database_name", "\"Not A Name\""),
    ("username", "\"postgres\""),
    ("access_level", "\"root\""),
    ("createdb", "\"maybe\""),
    ("connection_limit", "1.5"),
    ("secret_name", "\"/leading/slash\""),
    ("zzz", "1"),
    ("acess_level", "\"reader\""),
];

fn entries() -> impl Strategy<Value = Vec<Entry>> {
    let access = prop::sample::select(vec![None, Some(Access::Owner), Some(Access::Editor), Some(Access::Reader)]);
    let extensions = prop::sample::subsequence(vec!["pg_trgm", "uuid-ossp", "PostGIS_3"], 0..=3);
    let limit = prop::option::of(1..1000_u32);
    let entry = (access, any::<Option<bool>>(), limit, extensions, any::<bool>()).prop_map(
        |(access, createdb, limit, extensions, secret)| {
            let extensions = if access.unwrap_or(Access::Owner) == Access::Owner { extensions } else { Vec::new() };
            Entry { access, createdb, limit, extensions, secret, mistake: None }
        },
    );
    prop::collection::vec(entry, 1..5)
}

/// What each choice of the layout is taken from.
fn choices() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(any::<u8>(), 600)
}

impl Entry {
    fn attributes(&self, number: usize) -> Vec<(&str, String)> {
        let mut attributes =
            vec![("database_name", format!("\"database_{number}\"")), ("username", format!("\"role_{number}\""))];
        attributes.extend(self.access.map(|access| ("access_level", format!("\"{access}\""))));
        attributes.extend(self.createdb.map(|createdb| ("createdb", createdb.to_string())));
        attributes.extend(self.limit.map(|limit| ("connection_limit", limit.to_string())));
        if self.secret {
            attributes.push(("secret_name", format!("\"elsewhere/{number}\"")));
        }
        if !self.extensions.is_empty() {
            let names: Vec<String> = self.extensions.iter().map(|name| format!("\"{name}\"")).collect();
            attributes.push(("extensions", format!("[{}]", names.join(", "))));
        }
        if let Some((name, value)) = &self.mistake {
            attributes.retain(|(other, _)| other != name);
            attributes.push((name, value.clone()));
        }
        attributes
    }
}

proptest! {
    #[test]
    fn what_was_written_comes_out(entries in entries(), choices in choices()) {
        let mut writer = Writer::new(choices);
        let positions = writer.document(&entries.iter().enumerate().map(|(n, e)| e.attributes(n)).collect::<Vec<_>>());
        let found = reading(&[("t.tfvars", &writer.text)]);
        prop_assert!(found.problems.is_empty(), "{:?}\n{}", lines(&found), writer.text);
        prop_assert_eq!(found.apps.len(), entries.len(), "{}", writer.text);
        for (number, (entry, app)) in entries.iter().zip(&found.apps).enumerate() {
            let access = entry.access.unwrap_or(Access::Owner);
            let secret = if entry.secret { format!("elsewhere/{number}") }
                else { format!("goldenpath/dev/key-{number}/postgres") };
            prop_assert_eq!(app.key.as_str(), format!("key-{number}"));
            prop_assert_eq!(app.database.as_str(), format!("database_{number}"));
            prop_assert_eq!(app.role.as_str(), format!("role_{number}"));
            prop_assert_eq!(app.access, access);
            prop_assert_eq!(app.secret.as_str(), secret);
            prop_assert_eq!(app.createdb, entry.createdb.unwrap_or(access == Access::Owner));
            prop_assert_eq!(app.connection_limit, entry.limit);
            prop_assert_eq!(app.extensions.len(), entry.extensions.len());
            prop_assert_eq!(app.location.line, positions[number].line);
        }
    }

    #[test]
    fn one_mistake_is_one_problem_on_its_line(
        mut entries in entries(),
        choices in choices(),
        which in any::<prop::sample::Index>(),
        (name, value) in prop::sample::select(&MISTAKES[..]),
    ) {
        let which = which.index(entries.len());
        entries[which].mistake = Some((name, value.to_owned()));
        let mut writer = Writer::new(choices);
        let positions = writer.document(&entries.iter().enumerate().map(|(n, e)| e.attributes(n)).collect::<Vec<_>>());
        let found = reading(&[("t.tfvars", &writer.text)]);
        prop_assert_eq!(found.problems.len(), 1, "{:?}\n{}", lines(&found), writer.text);
        let line = positions[which].attributes[name];
        prop_assert_eq!(found.problems[0].place.line, line, "{:?}\n{}", lines(&found), writer.text);
        prop_assert_eq!(found.apps.len(), entries.len() - 1);
    }

    #[test]
    fn a_shared_user_is_told_at_the_second(mut entries in entries(), choices in choices()) {
        prop_assume!(entries.len() > 1);
        let last = entries.len() - 1;
        entries[last].mistake = Some(("username", "\"role_0\"".to_owned()));
        let mut writer = Writer::new(choices);
        let positions = writer.document(&entries.iter().enumerate().map(|(n, e)| e.attributes(n)).collect::<Vec<_>>());
        let found = reading(&[("t.tfvars", &writer.text)]);
        prop_assert_eq!(found.problems.len(), 1, "{:?}\n{}", lines(&found), writer.text);
        prop_assert_eq!(found.problems[0].place.line, positions[last].attributes["username"]);
        prop_assert_eq!(found.problems[0].related.len(), 1);
    }

    #[test]
    fn what_is_commented_out_is_not_there(entries in entries(), choices in choices(), style in 0..3_u8) {
        let mut writer = Writer::new(choices);
        writer.document(&entries.iter().enumerate().map(|(n, e)| e.attributes(n)).collect::<Vec<_>>());
        let text = writer.text.trim_start_matches('\u{feff}').replace("*/", "").replace("/*", "");
        let hidden = match style {
            0 => format!("# {}\n", text.replace('\n', "\n# ")),
            1 => format!("//{}\n", text.replace('\n', "\n//")),
            _ => format!("/*\n{text}\n*/\n"),
        };
        let found = reading(&[("t.tfvars", &hidden)]);
        prop_assert!(found.apps.is_empty());
        prop_assert!(lines(&found)[0].contains("no application found"), "{:?}\n{}", lines(&found), hidden);
    }
}
