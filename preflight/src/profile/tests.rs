//! The profile's format, and its documentation.

use super::{Profile, ProfileError};

/// The first block of TOML in a document.
fn block(document: &str) -> &str {
    let (_, rest) = document.split_once("```toml\n").expect("a block of TOML");
    rest.split_once("```").expect("the block's end").0
}

#[test]
fn the_documentation_has_every_key_with_its_default() {
    let text = block(include_str!("../../../docs/profile.md"));
    let documented: toml::Table = text.parse().expect("TOML");
    let defaults = toml::Table::try_from(Profile::default()).expect("a table");
    for (section, value) in &defaults {
        assert_eq!(documented.get(section), Some(value), "[{section}] of docs/profile.md");
    }
    assert_eq!(documented.len(), defaults.len());
    Profile::parse(text, "docs/profile.md").expect("a profile");
}

#[test]
fn the_example_of_the_readme_is_a_profile() {
    let readme = include_str!("../../../README.md");
    let example = readme.split("```toml\n").find(|block| block.contains("contract = \"1\"")).expect("an example");
    Profile::parse(example.split_once("```").expect("its end").0, "README.md").expect("a profile");
}

#[test]
fn what_is_not_known_is_an_error_with_its_line() {
    let wrong = |text: &str| Profile::parse(text, "preflight.toml").unwrap_err().to_string();
    let unknown = wrong("contract = \"1\"\n[cluster]\nversoin = \"1.31\"\n");
    assert!(unknown.contains("versoin") && unknown.contains("line 3"), "{unknown}");
    assert!(matches!(Profile::parse("", "p"), Err(ProfileError::Contract { .. })));
    assert!(wrong("contract = \"2\"\n").contains("this version reads contract = \"1\""));
    assert!(wrong("contract = \"1\"\n[cluster]\nmin_ready_nodes = \"two\"\n").contains("line 3"));
    assert!(wrong("contract = \n").contains("preflight.toml"));
}

#[test]
fn a_profile_changes_what_it_names_and_nothing_else() {
    let profile = Profile::parse("contract = \"1\"\n[storage]\nclasses = [\"gp3\"]\n", "p").unwrap();
    assert_eq!(profile.storage.classes, ["gp3"]);
    assert_eq!(profile.storage.namespaces, Profile::default().storage.namespaces);
    assert_eq!(profile.apps.len(), Profile::default().apps.len());
}

/// Prints the defaults, for whoever writes docs/profile.md anew.
#[test]
fn the_defaults_can_be_written_down() {
    let json = serde_json::to_string(&Profile::default()).expect("JSON");
    assert!(json.contains("\"contract\":\"1\""));
    if std::env::var_os("PRINT_DEFAULTS").is_some() {
        println!("{json}");
    }
}
