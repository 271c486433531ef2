//! What AWS is told of a request beside what it is about. Pure.

/// Services without regions; their requests say that they are for the partition's first one.
const GLOBAL: [(&str, &str); 2] = [("iam", "us-east-1"), ("route53", "us-east-1")];

/// What every request of a pod with this role, about this resource, says of itself: condition keys, each with its one
/// value. A policy that wants one of them would deny a question that leaves it out.
pub fn surroundings(role: &str, resource: &str) -> Vec<(String, Vec<String>)> {
    let part = |arn: &str, index: usize| arn.split(':').nth(index).unwrap_or_default().to_owned();
    let or = |text: String, other: String| if text.is_empty() { other } else { text };
    let account = part(role, 4);
    let of_service = GLOBAL.iter().find(|(service, _)| *service == part(resource, 2) && part(role, 1) == "aws");
    let region = of_service.map_or_else(String::new, |(_, region)| (*region).to_owned());
    let known = [
        ("aws:PrincipalArn", role.to_owned()),
        ("aws:PrincipalAccount", account.clone()),
        ("aws:SecureTransport", "true".to_owned()),
        ("aws:ViaAWSService", "false".to_owned()),
        ("aws:PrincipalIsAWSService", "false".to_owned()),
        ("aws:RequestedRegion", or(part(resource, 3), region)),
        // What has no account in its name is taken for the role's own.
        ("aws:ResourceAccount", or(part(resource, 4), account)),
    ];
    known.into_iter().filter(|(_, value)| !value.is_empty()).map(|(key, value)| (key.to_owned(), vec![value])).collect()
}

#[cfg(test)]
mod tests {
    use super::surroundings;

    #[test]
    fn a_request_tells_its_region_and_account() {
        let role = "arn:aws:iam::123456789012:role/eso";
        let of = |resource: &str, key: &str| {
            let all = surroundings(role, resource);
            all.into_iter().find(|(known, _)| known == key).map(|(_, values)| values.concat())
        };
        let secret = "arn:aws:secretsmanager:eu-west-2:210987654321:secret:x";
        assert_eq!(of(secret, "aws:RequestedRegion").as_deref(), Some("eu-west-2"));
        assert_eq!(of(secret, "aws:ResourceAccount").as_deref(), Some("210987654321"));
        let zone = "arn:aws:route53:::hostedzone/Z1";
        assert_eq!(of(zone, "aws:RequestedRegion").as_deref(), Some("us-east-1"));
        assert_eq!(of(zone, "aws:ResourceAccount").as_deref(), Some("123456789012"));
        assert_eq!(of("arn:aws:s3:::b", "aws:RequestedRegion"), None);
        assert_eq!(of("*", "aws:SecureTransport").as_deref(), Some("true"));
    }
}
