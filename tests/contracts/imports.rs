//! Pure code names nothing that does I/O, reads the clock, the environment or a random source, and imports pure code
//! alone; the library that the binaries share imports none of them.

use std::collections::BTreeSet;

use crate::sources::{code, modules, text};

/// A binary's crate, with its modules in two tables. A module stands for the files below it too, but for those that are
/// in the other table.
struct Binary {
    name: &'static str,
    /// Those that decide, and touch nothing.
    pure: &'static [&'static str],
    /// Those that look, write, or put the others together.
    edges: &'static [&'static str],
    /// What its pure code does not name, beside what none does.
    forbidden: &'static [&'static str],
    /// It has at least so many pure files: the tables are not empty by mistake.
    least: usize,
}

const PROVISIONER: Binary = Binary {
    name: "provisioner",
    pure: &[
        "access",
        "change",
        "desired",
        "diagnostic",
        "digest",
        "human",
        "marker",
        "model",
        "observed",
        "outcome",
        "plan",
        "report",
        "secrets/agreement",
        "secrets/state",
        "site",
        "statement",
        "tfvars",
        "validation",
        "flags/choices",
    ],
    edges: &[
        "apply",
        "audit",
        "caller",
        "catalog",
        "ending",
        "flags",
        "fuzzing",
        "guard",
        "journal",
        "lib",
        "lock",
        "main",
        "observe",
        "outputs",
        "process",
        "run",
        "scram",
        "secrets",
        "secrets/aws",
        "secrets/file",
        "settings",
        "trial",
        "vault",
        "verify",
        "run/access",
        "run/carry_out",
        "run/input",
        "run/server",
    ],
    forbidden: &["platform::postgres", "std::net"],
    least: 30,
};

const PREFLIGHT: Binary = Binary {
    name: "preflight",
    pure: &[
        "access",
        "catalogue",
        "check",
        "inputs",
        "judge",
        "kinds",
        "lines",
        "look",
        "outcome",
        "permissions",
        "profile",
        "report",
        "schedule",
        "scope",
        "verdict",
        "view",
        "probe/aws/content",
    ],
    edges: &["engine", "flags", "lib", "main", "outputs", "probe", "process", "run", "settings"],
    // A fault of a connection is data, and judged; who connects is not.
    forbidden: &["Connector", "aws_sdk", "kube::", "hickory"],
    least: 90,
};

const BINARIES: [Binary; 2] = [PROVISIONER, PREFLIGHT];

/// What pure code does not name.
const FORBIDDEN: [&str; 16] = [
    "tokio",
    "tokio_postgres",
    "aws_",
    "futures_util",
    "rustls",
    "std::env",
    "std::fs",
    "std::net::TcpStream",
    "std::process",
    "std::thread",
    "SystemTime::now",
    "Instant::now",
    "rand::rng",
    "clock::now",
    "platform::artifact",
    "platform::stop",
];

/// The longest entry of a table that a file belongs to.
fn entry<'t>(table: &[&'t str], module: &str) -> Option<&'t str> {
    let belongs = |name: &&&str| module == **name || module.starts_with(&format!("{name}/"));
    table.iter().filter(belongs).max_by_key(|name| name.len()).copied()
}

impl Binary {
    fn files(&self) -> Vec<String> {
        let all = modules(&format!("{}/src", self.name));
        all.iter().filter_map(|file| file.strip_suffix(".rs")).map(str::to_owned).collect()
    }

    fn code(&self, module: &str) -> String {
        code(&format!("{}/src/{module}.rs", self.name))
    }

    fn is_pure(&self, module: &str) -> bool {
        let (pure, edge) = (entry(self.pure, module), entry(self.edges, module));
        let name = self.name;
        assert!(pure.is_some() || edge.is_some(), "{name}/src/{module}.rs stands in neither table: is it pure?");
        pure.map_or(0, str::len) > edge.map_or(0, str::len)
    }

    /// The files that pure code is in.
    fn pure_files(&self) -> Vec<String> {
        self.files().into_iter().filter(|module| self.is_pure(module)).collect()
    }
}

/// The modules of the crate that a file imports, as paths: `crate::tfvars::value` is `tfvars/value`.
fn imported(code: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let is_name = |c: &char| c.is_ascii_lowercase() || c.is_ascii_digit() || *c == '_' || *c == ':';
    for (start, prefix) in code.match_indices("crate::") {
        let rest = &code[start + prefix.len()..];
        let names = match rest.strip_prefix('{') {
            Some(list) => list.split('}').next().unwrap_or_default().split(',').map(str::trim).collect(),
            None => vec![rest],
        };
        for name in names {
            let path: String = name.chars().take_while(is_name).collect();
            found.insert(path.trim_end_matches(':').replace("::", "/"));
        }
    }
    found
}

#[test]
fn the_tables_name_what_there_is() {
    for binary in BINARIES {
        let files: BTreeSet<String> = binary.files().into_iter().collect();
        let stale: Vec<_> = binary.pure.iter().chain(binary.edges).filter(|name| !files.contains(**name)).collect();
        assert!(stale.is_empty(), "{} has no such file any more: {stale:?}", binary.name);
        assert!(binary.pure_files().len() > binary.least, "{:?}", binary.pure_files());
    }
}

#[test]
fn pure_code_touches_nothing() {
    for binary in BINARIES {
        for module in binary.pure_files() {
            let code = binary.code(&module);
            let named: Vec<&&str> =
                FORBIDDEN.iter().chain(binary.forbidden).filter(|name| code.contains(**name)).collect();
            assert!(named.is_empty(), "{}/src/{module}.rs is pure, and names {named:?}", binary.name);
        }
    }
}

#[test]
fn pure_code_imports_pure_code() {
    for binary in BINARIES {
        for module in binary.pure_files() {
            for import in imported(&binary.code(&module)) {
                let name = binary.name;
                assert!(binary.is_pure(&import), "{name}/src/{module}.rs is pure, and imports {import}");
            }
        }
    }
}

#[test]
fn what_the_binaries_share_knows_neither() {
    for file in modules("platform/src") {
        let code = code(&format!("platform/src/{file}"));
        for binary in ["provisioner::", "preflight::"] {
            assert!(!code.contains(binary), "platform/src/{file} imports {binary}");
        }
    }
    for package in ["platform", "provisioner", "preflight"] {
        let manifest = text(&format!("{package}/Cargo.toml"));
        let dependencies = manifest.split("[dependencies]").nth(1).expect("dependencies");
        for other in ["provisioner", "preflight", "acceptance"].into_iter().filter(|other| *other != package) {
            assert!(!dependencies.contains(&format!("\n{other}")), "{package} depends on {other}");
        }
    }
}

#[test]
fn imports_are_found_in_every_form() {
    let code = "use crate::plan::Plan;\nuse crate::{trial, verify};\nfn a() { crate::lock::DATABASE }";
    assert_eq!(imported(code).into_iter().collect::<Vec<_>>(), ["lock", "plan", "trial", "verify"]);
}
