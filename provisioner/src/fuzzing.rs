//! The entry of the fuzz target, and of the property tests that say the same on every machine.

use crate::desired::{Conventions, desired};
use crate::diagnostic::render;
use crate::tfvars::{Source, read};
use crate::validation::Validation;

/// Reads any bytes as a tfvars file of this name, all the way to the printed result, which it returns.
pub fn validated(name: &str, bytes: &[u8]) -> String {
    let conventions = Conventions {
        app_secret_pattern: "goldenpath/{env}/{app}/postgres".to_owned(),
        build_id: "manual".to_owned(),
        ignore_attributes: ["description", "comment", "tags"].map(str::to_owned).to_vec(),
        name_pattern: "[a-z][a-z0-9_]{0,62}".to_owned(),
    };
    let files = [Source { name: name.to_owned(), bytes: bytes.to_vec() }];
    let environment = "dev".parse().expect("`dev` is an environment");
    let reading = desired(read(&files), environment, &conventions);
    format!("{}\n{}", Validation::new(&reading).to_json(), render(&reading.problems, false))
}
