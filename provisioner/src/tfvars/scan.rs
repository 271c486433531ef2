//! Finds the statements of a tfvars file, and what would confuse a reader of it: open quotes, brackets, comments.
//!
//! Most of such a file is none of our business, and it must neither break us nor mislead us: so the file is cut
//! into its `name = value` statements by HCL's own lexical rules, and only those that matter are parsed.

use super::document::{Fault, Span};

mod cursor;

use cursor::Cursor;

/// One `name = value`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Statement {
    /// The name.
    pub name: String,
    /// Where the name is.
    pub name_span: Span,
    /// All of it, up to the end of its last line.
    pub span: Span,
    /// A line that Terraform takes as part of a heredoc, and others as its end.
    pub ambiguous: Option<Span>,
}

/// The statements of a file, and what is wrong with its form.
pub(super) fn statements(document: usize, text: &str) -> (Vec<Statement>, Vec<Fault>) {
    let mut cursor = Cursor::new(document, text);
    let (mut statements, mut faults) = (Vec::new(), Vec::new());
    loop {
        // What follows an open quote or bracket cannot be told apart from its content.
        match cursor.statement() {
            Ok(None) => break,
            Ok(Some(Ok(statement))) => statements.push(statement),
            Ok(Some(Err(fault))) => faults.push(fault),
            Err(fault) => {
                faults.push(fault);
                break;
            }
        }
    }
    faults.extend(redefinitions(&statements));
    (statements, faults)
}

fn redefinitions(statements: &[Statement]) -> Vec<Fault> {
    let mut first = std::collections::BTreeMap::new();
    let mut faults = Vec::new();
    for statement in statements {
        let earlier = *first.entry(statement.name.as_str()).or_insert(statement.name_span);
        if earlier != statement.name_span {
            let message = format!("`{}` is given twice in one file", statement.name);
            let mut fault = Fault::new(statement.name_span, message).help("keep one of the two");
            fault.related = Some((earlier, "first given here".to_owned()));
            faults.push(fault);
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::statements;

    fn names(text: &str) -> Vec<String> {
        let (statements, faults) = statements(0, text);
        assert_eq!(faults, [], "{text}");
        statements.into_iter().map(|statement| statement.name).collect()
    }

    fn faults(text: &str) -> Vec<(usize, String)> {
        statements(0, text).1.into_iter().map(|fault| (fault.span.start, fault.message)).collect()
    }

    #[test]
    fn what_looks_like_a_statement_elsewhere_is_none() {
        assert_eq!(names("a = 1 # b = 2\n// c = 3\n/* d = 4\ne = 5 */ f = 6"), ["a", "f"]);
        assert_eq!(names("a = <<E\nb = 1\n \"\n  E\nc = \"d = ${ {\n} }\" \n"), ["a", "c"]);
        assert_eq!(names("a = \"\\\"\"\r\nb = \"$${\"\r\nc = \"%%{\\\\\"\r\n"), ["a", "b", "c"]);
        assert_eq!(names("a = [\n{ b = 1 }\n]\nc = <<-E\n${\"E\"}\n E2\n E \nd = 1"), ["a", "c", "d"]);
    }

    #[test]
    fn what_is_open_is_told_where_it_was_opened() {
        assert_eq!(faults("a = \"x\nb = 1"), [(4, "the text that begins here does not end on its line".to_owned())]);
        assert_eq!(faults("a = 1\n/* b"), [(6, "the comment that begins here does not end".to_owned())]);
        assert_eq!(faults("a = <<E\nx\nF\n"), [(4, "the text that begins here is not ended by a line `E`".to_owned())]);
        assert_eq!(faults("a = [1\n"), [(4, "`[` is not closed".to_owned())]);
        assert_eq!(faults("a = { b = [1 }\n"), [(13, "`}` does not close the `[` before it".to_owned())]);
        assert_eq!(faults("a = 1\n}\n"), [(6, "`}` closes nothing".to_owned())]);
    }

    #[test]
    fn the_bracket_that_was_forgotten_is_found_by_its_indentation() {
        let text = "a = {\n  b = {\n    x = 1\n  c = {\n  }\n}\n";
        assert_eq!(faults(text), [(text.find("b = {").unwrap() + 4, "`{` is not closed".to_owned())]);
    }

    #[test]
    fn blocks_and_quoted_names_are_refused_as_terraform_does() {
        assert_eq!(faults("a {\n}\nb \"c\" {\n}\nd = 1\n").len(), 2);
        assert_eq!(faults("\"a\" = 1\n").len(), 1);
        assert_eq!(faults("a == 1\n").len(), 1);
        assert_eq!(faults("a = 1\na = 2\n"), [(6, "`a` is given twice in one file".to_owned())]);
    }
}
