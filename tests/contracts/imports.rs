//! Pure code names nothing that does I/O, reads the clock, the environment or a random source, and imports pure code
//! alone; the library that the binaries share imports none of them.

use std::collections::BTreeSet;

use crate::sources::{code, modules, text};

/// The provisioner's modules that decide, and touch nothing. A module stands for the files below it too, but for those
/// that are among the edges.
const PURE: [&str; 19] = [
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
];

/// Those that look, write, or put the others together.
const EDGES: [&str; 28] = [
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
];

/// What pure code does not name.
const FORBIDDEN: [&str; 17] = [
    "tokio",
    "tokio_postgres",
    "aws_",
    "futures_util",
    "rustls",
    "std::env",
    "std::fs",
    "std::net",
    "std::process",
    "std::thread",
    "SystemTime::now",
    "Instant::now",
    "rand::rng",
    "clock::now",
    "platform::postgres",
    "platform::artifact",
    "platform::stop",
];

/// The longest entry of a table that a file belongs to.
fn entry<'t>(table: &[&'t str], module: &str) -> Option<&'t str> {
    let belongs = |name: &&&str| module == **name || module.starts_with(&format!("{name}/"));
    table.iter().filter(belongs).max_by_key(|name| name.len()).copied()
}

fn is_pure(module: &str) -> bool {
    let (pure, edge) = (entry(&PURE, module), entry(&EDGES, module));
    assert!(pure.is_some() || edge.is_some(), "provisioner/src/{module}.rs stands in neither table: is it pure?");
    pure.map_or(0, str::len) > edge.map_or(0, str::len)
}

/// The files that pure code is in.
fn pure_modules() -> Vec<String> {
    let all = modules("provisioner/src");
    all.iter().filter_map(|file| file.strip_suffix(".rs")).filter(|module| is_pure(module)).map(str::to_owned).collect()
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
    let files: BTreeSet<String> =
        modules("provisioner/src").iter().filter_map(|file| file.strip_suffix(".rs")).map(str::to_owned).collect();
    let stale: Vec<_> = PURE.iter().chain(&EDGES).filter(|name| !files.contains(**name)).collect();
    assert!(stale.is_empty(), "no such file any more: {stale:?}");
    assert!(pure_modules().len() > 30, "{:?}", pure_modules());
}

#[test]
fn pure_code_touches_nothing() {
    for module in pure_modules() {
        let code = code(&format!("provisioner/src/{module}.rs"));
        let named: Vec<&&str> = FORBIDDEN.iter().filter(|name| code.contains(**name)).collect();
        assert!(named.is_empty(), "provisioner/src/{module}.rs is pure, and names {named:?}");
    }
}

#[test]
fn pure_code_imports_pure_code() {
    for module in pure_modules() {
        for import in imported(&code(&format!("provisioner/src/{module}.rs"))) {
            assert!(is_pure(&import), "provisioner/src/{module}.rs is pure, and imports {import}");
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
    for package in ["platform", "provisioner"] {
        let manifest = text(&format!("{package}/Cargo.toml"));
        let dependencies = manifest.split("[dependencies]").nth(1).expect("dependencies");
        for other in ["provisioner", "preflight", "acceptance"] {
            assert!(!dependencies.contains(&format!("\n{other}")), "{package} depends on {other}");
        }
    }
}

#[test]
fn imports_are_found_in_every_form() {
    let code = "use crate::plan::Plan;\nuse crate::{trial, verify};\nfn a() { crate::lock::DATABASE }";
    assert_eq!(imported(code).into_iter().collect::<Vec<_>>(), ["lock", "plan", "trial", "verify"]);
}
