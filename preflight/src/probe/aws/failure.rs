//! Which answers are errors, and what they say. Pure.

use aws_smithy_types::error::ErrorMetadata;
use platform::aws::Fault;
use serde_json::Value;

use super::endpoint::Protocol;
use super::xml::Element;

/// S3 says no more than its status to such a call.
pub(super) const BAD_REQUEST: &str = "S3 does not say why; check the credentials and the clock";

/// What there is to know of an answer.
pub(super) struct Heard<'a> {
    pub(super) status: u16,
    /// `x-amzn-errortype`.
    pub(super) error_type: Option<&'a str>,
    /// `x-amz-bucket-region`.
    pub(super) bucket_region: Option<&'a str>,
    /// Whether it has any header of AWS'.
    pub(super) from_aws: bool,
    pub(super) body: &'a str,
}

/// The error that an answer is, if it is one. Where nobody gave a code there is none: such a page is no word of AWS'.
pub(super) fn failure(protocol: Protocol, heard: &Heard<'_>) -> Option<ErrorMetadata> {
    if (200..300).contains(&heard.status) {
        return None;
    }
    let (code, message) = match protocol {
        Protocol::Query => of_xml(heard.body),
        Protocol::Json => of_json(heard.error_type, heard.body),
        Protocol::Head => of_status(heard)?,
    };
    let mut error = ErrorMetadata::builder();
    if !code.is_empty() {
        error = error.code(code).message(message);
    }
    Some(error.build())
}

/// A bucket that is somewhere else, or not ours to look into, is an answer.
fn of_status(heard: &Heard<'_>) -> Option<(String, String)> {
    match (heard.status, heard.bucket_region, heard.from_aws) {
        (301 | 307 | 403, _, true) | (400, Some(_), true) => None,
        (404, _, true) => Some(("NoSuchBucket".to_owned(), String::new())),
        (400, None, true) => Some(("BadRequest".to_owned(), BAD_REQUEST.to_owned())),
        _ => Some(Default::default()),
    }
}

/// `<Response><Errors><Error><Code/><Message/></Error></Errors></Response>` of EC2, `<ErrorResponse><Error>…` of others.
fn of_xml(body: &str) -> (String, String) {
    let Ok(answer) = Element::parse(body) else { return Default::default() };
    let error = answer.child("Errors").unwrap_or(&answer).child("Error");
    let text = |name| error.and_then(|error| error.child(name)).map(|it| it.text.clone()).unwrap_or_default();
    (text("Code"), text("Message"))
}

/// The code is in a header or in the body, with a namespace before it or an address behind it.
fn of_json(error_type: Option<&str>, body: &str) -> (String, String) {
    let body: Value = serde_json::from_str(body).unwrap_or_default();
    let text = |name: &str| body.get(name).and_then(Value::as_str);
    let code = error_type.or_else(|| text("__type")).or_else(|| text("code")).unwrap_or_default();
    let code = code.split(':').next().unwrap_or_default();
    let code = code.rsplit('#').next().unwrap_or_default();
    (code.to_owned(), text("message").or_else(|| text("Message")).unwrap_or_default().to_owned())
}

/// An answer without an error that cannot be read.
pub(super) fn nonsense(why: impl Into<String>) -> Fault {
    Fault::Other { code: "the answer is not one of AWS'".to_owned(), message: why.into() }
}

/// The token of the page to ask for next, if there is one. The same page again would never end.
pub(super) fn another_page(this: Option<&String>, next: Option<String>) -> Result<Option<String>, Fault> {
    if this.is_some() && this == next.as_ref() { Err(nonsense("one page follows upon itself")) } else { Ok(next) }
}

#[cfg(test)]
mod tests {
    use aws_smithy_types::error::ErrorMetadata;

    use super::{Heard, another_page, failure};
    use crate::probe::aws::endpoint::Protocol;

    const AWS: Heard<'_> = Heard { status: 400, error_type: None, bucket_region: None, from_aws: true, body: "" };

    fn code(protocol: Protocol, heard: &Heard<'_>) -> Option<String> {
        failure(protocol, heard).as_ref().and_then(ErrorMetadata::code).map(ToOwned::to_owned)
    }

    #[test]
    fn query_says_it_in_xml() {
        let ec2 = "<?xml version=\"1.0\"?><Response><Errors><Error><Code>InvalidVpcID.NotFound</Code><Message>The vpc ID \
                   'vpc-1' does not exist</Message></Error></Errors><RequestID>1</RequestID></Response>";
        let rds = "<ErrorResponse xmlns=\"http://rds.amazonaws.com/doc/2014-10-31/\"><Error><Type>Sender</Type>\
                   <Code>DBInstanceNotFound</Code><Message>DBInstance no not found.</Message></Error>\
                   <RequestId>1</RequestId></ErrorResponse>";
        let not_there = ("InvalidVpcID.NotFound", "The vpc ID 'vpc-1' does not exist");
        for (body, expected) in [(ec2, not_there), (rds, ("DBInstanceNotFound", "DBInstance no not found."))] {
            let error = failure(Protocol::Query, &Heard { body, ..AWS }).unwrap();
            assert_eq!((error.code(), error.message()), (Some(expected.0), Some(expected.1)));
        }
    }

    #[test]
    fn json_has_the_code_in_a_header_or_a_member() {
        let header = Some("ResourceNotFoundException:http://internal.amazon.com/coral/com.amazon.coral.service/");
        let heard = Heard { status: 404, error_type: header, body: "{}", ..AWS };
        assert_eq!(code(Protocol::Json, &heard).unwrap(), "ResourceNotFoundException");
        let body = r#"{"__type":"com.amazonaws.ecr#RepositoryNotFoundException","message":"no"}"#;
        assert_eq!(code(Protocol::Json, &Heard { body, ..AWS }).unwrap(), "RepositoryNotFoundException");
        let body = r#"{"__type":"A","Message":"why"}"#;
        assert_eq!(failure(Protocol::Json, &Heard { body, ..AWS }).unwrap().message(), Some("why"));
    }

    #[test]
    fn a_page_of_a_proxy_has_no_code() {
        let body = "<html><body>Blocked</body></html>";
        for protocol in [Protocol::Query, Protocol::Json, Protocol::Head] {
            for status in [301, 400, 403, 404, 502] {
                let error = failure(protocol, &Heard { status, from_aws: false, body, ..AWS }).unwrap();
                assert_eq!(error.code(), None, "{protocol:?} {status}");
            }
        }
    }

    #[test]
    fn pages_end() {
        let (token, a) = (|text: &str| Some(text.to_owned()), "a".to_owned());
        assert_eq!(another_page(None, token("a")).unwrap(), token("a"));
        assert_eq!(another_page(Some(&a), token("b")).unwrap(), token("b"));
        assert_eq!(another_page(Some(&a), None).unwrap(), None);
        assert!(another_page(Some(&a), token("a")).is_err());
    }

    #[test]
    fn a_bucket_that_is_elsewhere_or_not_ours_is_no_error() {
        for status in [200, 301, 307, 403] {
            assert!(failure(Protocol::Head, &Heard { status, ..AWS }).is_none(), "{status}");
        }
        assert!(failure(Protocol::Head, &Heard { bucket_region: Some("eu-central-1"), ..AWS }).is_none());
        assert_eq!(code(Protocol::Head, &AWS).unwrap(), "BadRequest");
        assert_eq!(code(Protocol::Head, &Heard { status: 404, ..AWS }).unwrap(), "NoSuchBucket");
        assert_eq!(code(Protocol::Head, &Heard { status: 503, ..AWS }), None);
    }
}
