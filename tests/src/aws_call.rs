//! What a request asks of AWS, and errors in the form that its service gives them.

use serde_json::json;

use crate::http::Message;

/// A call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AwsCall {
    /// The service, as signatures name it.
    pub(crate) service: String,
    /// The action, such as `DescribeVpcs`; empty where this does not know it.
    pub(crate) action: String,
}

impl AwsCall {
    /// What a request asks.
    pub(crate) fn of(request: &Message) -> Self {
        let scope = request.get("authorization").split('/').nth(3).unwrap_or_default();
        let target = request.get("x-amz-target");
        // Those services that name the call in a header are asked without a signature by some tests.
        let service = if scope.is_empty() { target.split('.').next().unwrap_or_default() } else { scope };
        let action = match target.rsplit('.').next().filter(|name| !name.is_empty()) {
            Some(name) => name.to_owned(),
            None => form_value(&request.body, "Action").unwrap_or_else(|| of_path(request).to_owned()),
        };
        Self { service: service.to_ascii_lowercase(), action }
    }

    /// The refusal of this call, with the words of IAM.
    pub(crate) fn denied(&self) -> Message {
        let code = match self.service.as_str() {
            "ec2" => "UnauthorizedOperation",
            "iam" | "rds" | "route53" | "sts" => "AccessDenied",
            _ => "AccessDeniedException",
        };
        let (service, action) = (&self.service, &self.action);
        let message = format!(
            "User: arn:aws:sts::123456789012:assumed-role/preflight/run is not authorized to perform: \
             {service}:{action} because no identity-based policy allows the {service}:{action} action"
        );
        self.error(code, if self.is_json() { 400 } else { 403 }, &message)
    }

    /// That there were too many calls.
    pub(crate) fn throttled(&self) -> Message {
        match self.service.as_str() {
            "ec2" => self.error("RequestLimitExceeded", 503, "Request limit exceeded."),
            "iam" | "rds" | "route53" | "sts" => self.error("Throttling", 400, "Rate exceeded"),
            "s3" => self.error("SlowDown", 503, "Please reduce your request rate."),
            _ => self.error("ThrottlingException", 400, "Rate exceeded"),
        }
    }

    /// An error of the service.
    pub(crate) fn error(&self, code: &str, status: u16, message: &str) -> Message {
        let first_line = format!("HTTP/1.1 {status} Status");
        let answer = match self.service.as_str() {
            "ec2" => Message::new(
                first_line,
                "text/xml",
                format!(
                    "<Response><Errors><Error><Code>{code}</Code><Message>{message}</Message></Error></Errors></Response>"
                ),
            ),
            "iam" | "rds" | "route53" | "sts" => Message::new(
                first_line,
                "text/xml",
                format!(
                    "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>\
                     <RequestId>acceptance</RequestId></ErrorResponse>"
                ),
            ),
            // To HEAD, S3 says no more than the status.
            "s3" => Message::new(first_line, "application/xml", ""),
            _ => {
                let body = json!({"__type": code, "message": message}).to_string();
                Message::new(first_line, "application/x-amz-json-1.1", body).header("x-amzn-errortype", code)
            }
        };
        answer.header("x-amzn-requestid", "acceptance")
    }

    fn is_json(&self) -> bool {
        !matches!(self.service.as_str(), "ec2" | "iam" | "rds" | "route53" | "sts" | "eks" | "s3")
    }
}

/// The value of a form's field, decoded.
pub(crate) fn form_value(body: &[u8], name: &str) -> Option<String> {
    let text = std::str::from_utf8(body).ok()?;
    text.split('&')
        .filter_map(|field| field.split_once('='))
        .find(|(field, _)| *field == name)
        .map(|(_, value)| decoded(value))
}

fn decoded(value: &str) -> String {
    let (mut bytes, mut rest) = (Vec::new(), value.as_bytes());
    while let [first, tail @ ..] = rest {
        let code = (*first == b'%').then(|| value_of_hex(tail)).flatten();
        bytes.push(code.unwrap_or(if *first == b'+' { b' ' } else { *first }));
        rest = if code.is_some() { &tail[2..] } else { tail };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn value_of_hex(digits: &[u8]) -> Option<u8> {
    let digits = std::str::from_utf8(digits.get(..2)?).ok()?;
    u8::from_str_radix(digits, 16).ok()
}

/// The call that a method and a path are, of those that preflight makes.
fn of_path(request: &Message) -> &'static str {
    let mut words = request.first_line.split(' ');
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let path: Vec<&str> =
        target.split('?').next().unwrap_or_default().split('/').filter(|part| !part.is_empty()).collect();
    match (method, path.as_slice()) {
        ("GET", ["clusters", _]) => "DescribeCluster",
        ("GET", ["clusters", _, "addons"]) => "ListAddons",
        ("GET", ["clusters", _, "addons", _]) => "DescribeAddon",
        ("GET", [_, "hostedzone"]) => "ListHostedZones",
        ("GET", [_, "hostedzone", _]) => "GetHostedZone",
        ("GET", [_, "hostedzone", _, "rrset"]) => "ListResourceRecordSets",
        ("HEAD", [_]) => "HeadBucket",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::{AwsCall, form_value};
    use crate::http::Message;

    fn call(first_line: &str, service: &str, target: &str, body: &str) -> (String, String) {
        let scope =
            format!("AWS4-HMAC-SHA256 Credential=A/20260101/eu-west-2/{service}/aws4_request, SignedHeaders=host");
        let request = Message::new(first_line, "", body).header("authorization", scope).header("x-amz-target", target);
        let AwsCall { service, action } = AwsCall::of(&request);
        (service, action)
    }

    #[test]
    fn a_call_is_known_in_every_protocol() {
        let of = |service: &str, action: &str| (service.to_owned(), action.to_owned());
        let form = "Action=DescribeVpcs&Version=2016-11-15&VpcId.1=vpc-1";
        assert_eq!(call("POST / HTTP/1.1", "ec2", "", form), of("ec2", "DescribeVpcs"));
        let target = "secretsmanager.DescribeSecret";
        assert_eq!(call("POST / HTTP/1.1", "secretsmanager", target, "{}"), of("secretsmanager", "DescribeSecret"));
        assert_eq!(call("GET /clusters/a/addons?maxResults=1 HTTP/1.1", "eks", "", ""), of("eks", "ListAddons"));
        assert_eq!(call("GET /2013-04-01/hostedzone/Z1/rrset HTTP/1.1", "route53", "", "").1, "ListResourceRecordSets");
    }

    #[test]
    fn a_form_is_decoded() {
        assert_eq!(form_value(b"a=b+c%2Fd&e=%&f", "a").as_deref(), Some("b c/d"));
        assert_eq!(form_value(b"a=b+c%2Fd&e=%&f", "e").as_deref(), Some("%"));
        assert_eq!(form_value(b"a=b", "f"), None);
    }
}
