//! Reads `application_databases` out of `terraform.tfvars`, `*.auto.tfvars` and `*.tfvars.json`: text to entries, with
//! the position of each part. What the entries mean is [`crate::desired`]'s business.

use crate::diagnostic::{Place, Problem};

pub mod document;
mod evaluate;
mod hcl;
mod json;
mod operate;
mod scan;
mod select;
pub mod value;

use document::{Document, Documents, Fault, Span};
use value::{Item, Node};

/// The variable of a stand-alone database server.
const STANDALONE: &str = "application_databases";
/// The variable of a server that comes with a cluster; it holds `application_databases`, too.
const COUPLED: &str = "rds_config";
/// Real files have some kilobytes.
const LIMIT: usize = 1 << 20;

/// A file as it was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// As it was named on the command line. What ends with `.json` is JSON, as for Terraform; all else is HCL.
    pub name: String,
    /// Its content.
    pub bytes: Vec<u8>,
}

/// The entries of `application_databases`, and what is wrong with the files as far as it is known yet.
#[derive(Debug)]
pub struct Entries {
    /// The files, to tell positions in them.
    pub documents: Documents,
    /// The entries, in the order of the file.
    pub items: Vec<Item>,
    /// Why something could not be read.
    pub problems: Vec<Problem>,
}

/// The definitions of a variable that count, and the names of all others.
#[derive(Default)]
struct Variables {
    standalone: Option<Node>,
    coupled: Option<Node>,
    names: Vec<String>,
    faults: Vec<Fault>,
}

/// Reads the files. The last definition of a variable wins, and wins whole, as in Terraform.
pub fn read(files: &[Source]) -> Entries {
    let mut documents = Documents::default();
    let mut variables = Variables::default();
    let mut problems = Vec::new();
    for file in files {
        match text(file) {
            Ok(text) => {
                let number = documents.push(Document::new(file.name.clone(), text));
                variables.define(number, documents.get(number));
            }
            Err(problem) => {
                let problem = *problem;
                // Positions in other files count the files.
                documents.push(Document::new(file.name.clone(), String::new()));
                problems.push(problem);
            }
        }
    }
    let (items, missing) = select::entries(&documents, &mut variables);
    problems.extend(variables.faults.iter().map(|fault| documents.problem(fault)));
    // What could not be read may have held them.
    problems.extend(missing.filter(|_| problems.is_empty()));
    Entries { documents, items, problems }
}

impl Variables {
    fn define(&mut self, number: usize, document: &Document) {
        if has_extension(&document.name, "json") {
            match json::items(number, document) {
                Ok(items) => self.define_json(items),
                Err(fault) => self.faults.push(fault),
            }
        } else {
            self.define_hcl(number, document);
        }
    }

    fn define_hcl(&mut self, number: usize, document: &Document) {
        let (statements, faults) = scan::statements(number, &document.text);
        self.faults.extend(faults);
        for statement in statements {
            let (slot, wanted): (_, &[&str]) = match statement.name.as_str() {
                STANDALONE => (&mut self.standalone, &[]),
                COUPLED => (&mut self.coupled, &[STANDALONE, "enabled"]),
                _ => {
                    self.names.push(statement.name);
                    continue;
                }
            };
            match hcl::value(document, &statement, wanted) {
                Ok(node) => *slot = Some(node),
                Err(fault) => self.faults.push(fault),
            }
        }
    }

    fn define_json(&mut self, items: Vec<Item>) {
        let mut seen: Vec<(String, Span)> = Vec::new();
        for Item { key, value } in items {
            let Ok(name) = key.text() else { continue };
            let slot = match name.as_str() {
                STANDALONE => &mut self.standalone,
                COUPLED => &mut self.coupled,
                _ => {
                    self.names.push(name);
                    continue;
                }
            };
            *slot = Some(value);
            if let Some((_, earlier)) = seen.iter().find(|(known, _)| *known == name) {
                let mut fault = Fault::new(key.span, format!("`{name}` is given twice in one file"));
                fault.related = Some((*earlier, "first given here".to_owned()));
                self.faults.push(fault.help("keep one of the two"));
            }
            seen.push((name, key.span));
        }
    }
}

fn has_extension(name: &str, extension: &str) -> bool {
    std::path::Path::new(name).extension().is_some_and(|found| found.eq_ignore_ascii_case(extension))
}

fn text(file: &Source) -> Result<String, Box<Problem>> {
    let place = |line, column| Place::new(&file.name, line, column);
    if file.bytes.len() > LIMIT {
        let message = format!("the file has {} bytes; at most {LIMIT} are read", file.bytes.len());
        return Err(Box::new(Problem::new(place(1, 1), message).help("is this the right file?")));
    }
    let error = match String::from_utf8(file.bytes.clone()) {
        Ok(text) => return Ok(text),
        Err(error) => error.utf8_error(),
    };
    let (before, after) = file.bytes.split_at(error.valid_up_to());
    let start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1);
    let before = String::from_utf8_lossy(before);
    let line = before.lines().count().max(1) + usize::from(before.ends_with('\n'));
    let column = before[start..].chars().count() + 1;
    let message = match file.bytes.as_slice() {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => "the file is in UTF-16".to_owned(),
        _ => format!("byte 0x{:02x} at offset {} is not UTF-8", after[0], before.len()),
    };
    Err(Box::new(Problem::new(place(line, column), message).help("save the file as UTF-8")))
}
