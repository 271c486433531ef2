//! `fnd.oidc`: IAM knows the cluster's issuer of tokens.

use super::caller::caller;
use super::cluster::{Eks, eks};
use crate::judge::objects::{listed, text, texts};
use crate::look::Aws;
use crate::verdict::{Finding, Judged, Short, Verdict};
use crate::view::View;

/// For whom the tokens of service accounts are.
pub const AUDIENCE: &str = "sts.amazonaws.com";

/// The cluster's issuer of tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issuer {
    /// Its URL without the scheme: the prefix of condition keys in trust policies.
    pub name: String,
    /// The ARN of its provider in IAM.
    pub provider: String,
}

impl Issuer {
    /// The last part of its URL, by which people know it.
    pub fn id(&self) -> &str {
        id(&self.name)
    }
}

/// The last part of an issuer's URL, or of a provider's ARN.
pub fn id(issuer: &str) -> &str {
    issuer.rsplit('/').next().unwrap_or(issuer)
}

/// The cluster's issuer, or the verdict where there is none.
pub fn issuer(view: &View<'_>) -> Result<Result<Issuer, Verdict>, Short> {
    let cluster = match eks(view)? {
        Eks::There(cluster) => cluster,
        Eks::NotYet(why) => return Ok(Err(Verdict::Skip(why))),
        Eks::Absent(summary) => return Err(Short::Blocked(format!("fnd.vpc: {summary}"))),
    };
    let url = text(cluster, "/identity/oidc/issuer");
    let name = url.trim_start_matches("https://").trim_end_matches('/').to_owned();
    if name.is_empty() {
        let summary = "the cluster has no OIDC issuer: no service account can take a role in AWS";
        return Ok(Err(Verdict::Fail(Finding::new("no_issuer", summary))));
    }
    let caller = caller(view)?;
    let provider = format!("arn:{}:iam::{}:oidc-provider/{name}", caller.partition(), caller.account);
    Ok(Ok(Issuer { name, provider }))
}

/// IAM has a provider for the cluster's issuer, for the audience of service accounts' tokens.
pub fn judge(view: &View<'_>) -> Judged {
    let issuer = match issuer(view)? {
        Ok(issuer) => issuer,
        Err(verdict) => return Ok(verdict),
    };
    let Some(provider) = view.aws(Aws::OidcProvider { arn: issuer.provider.clone() })? else {
        let summary = format!("IAM has no OIDC provider for this cluster's issuer {}: IRSA cannot work", issuer.id());
        return Ok(Verdict::Fail(Finding::new("not_found", summary).seen([format!("wanted {}", issuer.provider)])));
    };
    let audiences = texts(provider, "/ClientIDList");
    if !audiences.contains(&AUDIENCE) {
        let summary = format!("the OIDC provider of this cluster's issuer {} is not for {AUDIENCE}", issuer.id());
        let fix = format!(
            "aws iam add-client-id-to-open-id-connect-provider --client-id {AUDIENCE} \
             --open-id-connect-provider-arn {}",
            issuer.provider
        );
        let seen = [format!("{} is for: {}", issuer.provider, listed(audiences))];
        return Ok(Verdict::Fail(Finding::new("wrong_audience", summary).seen(seen).fix(fix)));
    }
    Ok(Verdict::Pass(format!("IAM knows this cluster's issuer {}", issuer.id())))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::example::{ISSUER, PROVIDER, caller, cluster, no_cluster, provider_question};
    use crate::check::Tier;
    use crate::look::{Aws, Look};
    use crate::scope::{Scope, example};
    use crate::verdict::{Short, Verdict};
    use crate::view::example::Seen;

    const ID: &str = "fnd.oidc";

    fn scope() -> Scope {
        example::persistent(Tier::Cluster)
    }

    fn seen() -> Seen {
        cluster(caller(Seen::default()))
    }

    #[test]
    fn a_provider_for_the_audience_passes() {
        let provider = json!({"Url": ISSUER, "ClientIDList": ["x", "sts.amazonaws.com"], "ThumbprintList": []});
        seen().aws(provider_question(), provider).passes(&scope(), ID);
    }

    #[test]
    fn each_way_to_fail_has_its_reason() {
        assert_eq!(seen().no_aws(provider_question()).fails(&scope(), ID), "not_found");
        let other = json!({"Url": ISSUER, "ClientIDList": ["x"]});
        assert_eq!(seen().aws(provider_question(), other).fails(&scope(), ID), "wrong_audience");
        let none = caller(Seen::default()).aws(
            Aws::Cluster { name: "goldenpath-dev-eks".to_owned() },
            json!({"name": "goldenpath-dev-eks", "resourcesVpcConfig": {"vpcId": "vpc-1"}}),
        );
        assert_eq!(none.fails(&scope(), ID), "no_issuer");
    }

    #[test]
    fn the_provider_is_that_of_the_partition() {
        let arn = PROVIDER.replace("arn:aws:", "arn:aws-cn:");
        let caller = json!({"Account": "123456789012", "Arn": "arn:aws-cn:sts::123456789012:assumed-role/p/x"});
        let provider = json!({"ClientIDList": ["sts.amazonaws.com"]});
        cluster(Seen::default())
            .aws(Aws::CallerIdentity, caller)
            .aws(Aws::OidcProvider { arn }, provider)
            .passes(&scope(), ID);
    }

    #[test]
    fn what_another_check_says_is_not_said_twice() {
        assert!(matches!(no_cluster(Seen::default()).judge(&scope(), ID), Err(Short::Blocked(_))));
        let mut before = scope();
        before.asked.cluster = false;
        assert!(matches!(no_cluster(Seen::default()).judge(&before, ID), Ok(Verdict::Skip(_))));
    }

    #[test]
    fn what_cannot_be_looked_at_is_no_pass() {
        let provider = seen().cannot(Look::Aws(provider_question()));
        let name = "goldenpath-dev-eks".to_owned();
        let cluster_denied = Seen::default().cannot(Look::Aws(Aws::Cluster { name }));
        let identity_denied = cluster(Seen::default()).cannot(Look::Aws(Aws::CallerIdentity));
        for seen in [provider, cluster_denied, identity_denied] {
            assert!(matches!(seen.judge(&scope(), ID), Err(Short::Cannot(_))));
        }
    }
}
