//! The document that `validate` prints: `provision-input/v1`. Its fields are part of the interface.

use serde::Serialize;

use crate::desired::Reading;
use crate::diagnostic::Problem;
use crate::model::{Access, App};

/// What was read, and what was wrong with it.
#[derive(Debug, Serialize)]
pub struct Validation<'a> {
    schema: &'static str,
    apps: Vec<ValidApp<'a>>,
    problems: Vec<FoundProblem<'a>>,
}

#[derive(Debug, Serialize)]
struct ValidApp<'a> {
    app: &'a str,
    database: &'a str,
    role: &'a str,
    access: Access,
    secret: &'a str,
    file: &'a str,
    line: usize,
}

#[derive(Debug, Serialize)]
struct FoundProblem<'a> {
    file: &'a str,
    line: usize,
    column: usize,
    message: &'a str,
}

impl<'a> Validation<'a> {
    /// The document of a reading: the apps that are right, and all problems.
    pub fn new(reading: &'a Reading) -> Self {
        Self {
            schema: "provision-input/v1",
            apps: reading.apps.iter().map(ValidApp::new).collect(),
            problems: reading.problems.iter().map(FoundProblem::new).collect(),
        }
    }

    /// As JSON, on one line.
    ///
    /// # Panics
    ///
    /// Never: a document of texts and numbers can always be written.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("a document of texts and numbers can always be written")
    }
}

impl<'a> ValidApp<'a> {
    fn new(app: &'a App) -> Self {
        Self {
            app: app.key.as_str(),
            database: app.database.as_str(),
            role: app.role.as_str(),
            access: app.access,
            secret: app.secret.as_str(),
            file: &app.location.file,
            line: app.location.line,
        }
    }
}

impl<'a> FoundProblem<'a> {
    fn new(problem: &'a Problem) -> Self {
        let place = &problem.place;
        Self { file: &place.file, line: place.line, column: place.column, message: &problem.message }
    }
}

#[cfg(test)]
mod tests {
    use super::Validation;
    use crate::desired::Reading;
    use crate::diagnostic::{Place, Problem};
    use crate::model::{Access, App, Location};

    #[test]
    fn the_document_is_as_the_interface_says() {
        let app = App {
            key: "keycloak".parse().unwrap(),
            database: "keycloak".parse().unwrap(),
            role: "keycloak_user".parse().unwrap(),
            access: Access::Owner,
            secret: "goldenpath/dev/keycloak/postgres".parse().unwrap(),
            createdb: true,
            extensions: std::collections::BTreeSet::new(),
            connection_limit: None,
            location: Location { file: "t".to_owned(), line: 12 },
        };
        let problems = vec![Problem::new(Place::new("t", 14, 5), "unknown attribute").help("remove it")];
        let reading = Reading { environment: "dev".parse().unwrap(), apps: vec![app], problems };
        assert_eq!(
            Validation::new(&reading).to_json(),
            concat!(
                r#"{"schema":"provision-input/v1","apps":[{"app":"keycloak","database":"keycloak","#,
                r#""role":"keycloak_user","access":"owner","secret":"goldenpath/dev/keycloak/postgres","#,
                r#""file":"t","line":12}],"problems":[{"file":"t","line":14,"column":5,"message":"unknown attribute"}]}"#
            )
        );
    }
}
