//! EKS: clusters and their add-ons.

use futures_util::stream::{self, StreamExt};
use platform::aws::Fault;
use serde_json::Value;

use super::endpoint::EKS;
use super::failure::{another_page, nonsense};
use super::missed::{Missed, Subject};
use super::signed::{Reply, Request, encoded};
use super::{Clients, SIDE_BY_SIDE, Seen, object};

/// What is kept of a cluster.
const CLUSTER: [&str; 6] = ["name", "arn", "version", "status", "identity", "resourcesVpcConfig"];

impl Clients {
    pub(super) async fn cluster(&self, name: &str) -> Seen {
        let subject = Subject::new(format!("the cluster {name}"), self.place.arn("eks", &format!("cluster/{name}")));
        let answer = self.eks("DescribeCluster", format!("/clusters/{}", encoded(name)), "cluster").await;
        let mut cluster = answer.map_err(subject.fault("eks:DescribeCluster"))?;
        Ok(object(CLUSTER.map(|member| (member, cluster.get_mut(member).map(Value::take).unwrap_or_default()))))
    }

    pub(super) async fn addons(&self, cluster: &str) -> Seen {
        let words = format!("the add-ons of the cluster {cluster}");
        let subject = Subject::new(words, self.place.arn("eks", &format!("cluster/{cluster}")));
        let names = self.addon_names(cluster).await.map_err(subject.fault("eks:ListAddons"))?;
        let each = stream::iter(&names).map(|name| self.addon(cluster, name)).buffered(SIDE_BY_SIDE);
        let addons: Vec<Result<Option<Value>, Missed>> = each.collect().await;
        Ok(Value::Array(addons.into_iter().filter_map(Result::transpose).collect::<Result<_, _>>()?))
    }

    async fn addon_names(&self, cluster: &str) -> Result<Vec<String>, Fault> {
        let (mut names, mut token) = (Vec::new(), None);
        loop {
            let path = format!("/clusters/{}/addons?maxResults=100", encoded(cluster));
            let path = token.iter().fold(path, |path, token: &String| format!("{path}&nextToken={}", encoded(token)));
            let (on_page, next) = addon_names(&self.signed.call(request("ListAddons", path)).await?)?;
            names.extend(on_page);
            token = another_page(token.as_ref(), next)?;
            if token.is_none() {
                return Ok(names);
            }
        }
    }

    /// An add-on, unless it has just been taken away.
    async fn addon(&self, cluster: &str, name: &str) -> Result<Option<Value>, Missed> {
        let words = format!("the add-on {name} of the cluster {cluster}");
        let subject = Subject::new(words, self.place.arn("eks", &format!("addon/{cluster}/{name}/*")));
        let path = format!("/clusters/{}/addons/{}", encoded(cluster), encoded(name));
        match self.eks("DescribeAddon", path, "addon").await {
            Ok(addon) => Ok(Some(addon)),
            Err(Fault::NotFound { .. }) => Ok(None),
            Err(fault) => Err(subject.fault("eks:DescribeAddon")(fault)),
        }
    }

    /// The member of an answer that holds all of it.
    async fn eks(&self, operation: &'static str, path: String, member: &str) -> Result<Value, Fault> {
        let mut answer = self.signed.call(request(operation, path)).await?.json()?;
        answer.get_mut(member).map(Value::take).ok_or_else(|| nonsense(format!("there is no {member} in it")))
    }
}

fn request(operation: &'static str, path: String) -> Request {
    Request { service: &EKS, operation, method: "GET", path, headers: Vec::new(), body: String::new() }
}

fn addon_names(reply: &Reply) -> Result<(Vec<String>, Option<String>), Fault> {
    let answer = reply.json()?;
    let names = answer.get("addons").and_then(Value::as_array).ok_or_else(|| nonsense("there is no addons in it"))?;
    let token = answer.get("nextToken").and_then(Value::as_str).filter(|token| !token.is_empty());
    Ok((names.iter().filter_map(Value::as_str).map(ToOwned::to_owned).collect(), token.map(ToOwned::to_owned)))
}
