//! A run as `JUnit` XML, for what shows test results. Pure.

use quick_xml::escape::escape;

use crate::outcome::Outcome;
use crate::report::Report;
use crate::verdict::Status;

/// The report as one test suite, a test case for each check. A failure is a `failure`, what could not be looked at or is
/// blocked an `error`, a warning a case that passed and says so in its output.
pub fn text(report: &Report) -> String {
    let count = |statuses: &[Status]| report.outcomes.iter().filter(|it| statuses.contains(&it.status)).count();
    let cases: String = report.outcomes.iter().map(case).collect();
    let run_error = report.error.as_ref().map_or_else(String::new, |error| {
        format!("<testcase classname=\"preflight\" name=\"run\"><error message=\"{}\"/></testcase>\n", escaped(error))
    });
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <testsuite name=\"preflight\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\" time=\"{:.3}\" timestamp=\"{}\">\n\
         {cases}{run_error}</testsuite>\n",
        report.outcomes.len() + usize::from(report.error.is_some()),
        count(&[Status::Fail]),
        count(&[Status::Unknown, Status::Blocked]) + usize::from(report.error.is_some()),
        count(&[Status::Skipped]),
        report.took.as_secs_f64(),
        report.started,
    )
}

fn case(outcome: &Outcome) -> String {
    let message = format!("message=\"{}\"", escaped(&outcome.summary));
    let mut text = outcome.evidence.join("\n");
    if !outcome.remedy.is_empty() {
        text = format!("{text}\nfix: {}", outcome.remedy);
    }
    let text = escaped(text.trim());
    let kind = format!("type=\"{}\"", escaped(&outcome.reason));
    let body = match outcome.status {
        Status::Pass => String::new(),
        Status::Warn => format!("<system-out>warning: {}\n{text}</system-out>", escaped(&outcome.summary)),
        Status::Fail => format!("<failure {message} {kind}>{text}</failure>"),
        Status::Unknown | Status::Blocked => format!("<error {message} {kind}>{text}</error>"),
        Status::Skipped => format!("<skipped {message}/>"),
    };
    format!(
        "<testcase classname=\"preflight.tier-{}\" name=\"{}\" time=\"{:.3}\">{body}</testcase>\n",
        outcome.planned.check.tier,
        escaped(&outcome.planned.id),
        outcome.duration.as_secs_f64(),
    )
}

/// XML 1.0 has no way to write most control characters.
fn escaped(text: &str) -> String {
    let allowed: String =
        text.chars().filter(|character| !character.is_control() || matches!(character, '\n' | '\t')).collect();
    escape(&allowed).replace('\n', "&#10;")
}
