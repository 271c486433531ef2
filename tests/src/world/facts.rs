//! What the proxy in front of moto adds to it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::time::SystemTime;

use serde_json::{Value, json};

use crate::aws_account::between;
use crate::aws_call::form_value;
use crate::aws_proxy::Answers;
use crate::http::Message;

/// What is so although moto does not know it.
#[derive(Debug)]
pub(super) struct Facts {
    /// Merged into what is said of the cluster.
    pub(super) cluster: Value,
    /// Add-ons, by name.
    pub(super) addons: BTreeMap<String, Value>,
    /// Actions that the simulation of policies denies.
    pub(super) refused: BTreeSet<String>,
    /// The host of the database's endpoint.
    pub(super) endpoint: Option<String>,
    /// For how many days no secret was changed.
    pub(super) unchanged: u64,
}

impl Default for Facts {
    fn default() -> Self {
        let addon =
            |name: &str| json!({"addonName": name, "addonVersion": "v1", "status": "ACTIVE", "health": {"issues": []}});
        let addons = ["coredns", "kube-proxy", "vpc-cni"].map(|name| (name.to_owned(), addon(name)));
        Self { cluster: json!({}), addons: addons.into(), refused: BTreeSet::new(), endpoint: None, unchanged: 0 }
    }
}

impl Answers for Mutex<Facts> {
    fn instead(&self, action: &str, request: &Message) -> Option<Message> {
        self.lock().expect("the facts").instead(action, request)
    }

    fn change(&self, action: &str, answer: Message) -> Message {
        self.lock().expect("the facts").change(action, answer)
    }
}

impl Facts {
    fn instead(&self, action: &str, request: &Message) -> Option<Message> {
        match action {
            "ListAddons" => Some(json_answer(&json!({"addons": self.addons.keys().collect::<Vec<_>>()}))),
            "DescribeAddon" => {
                let name = request.first_line.split(' ').nth(1)?.rsplit('/').next()?;
                Some(json_answer(&json!({"addon": self.addons.get(name)?})))
            }
            "SimulatePrincipalPolicy" => Some(self.simulated(&request.body)),
            _ => None,
        }
    }

    fn simulated(&self, body: &[u8]) -> Message {
        let resource = form_value(body, "ResourceArns.member.1").unwrap_or_else(|| "*".to_owned());
        let actions = (1..).map_while(|number| form_value(body, &format!("ActionNames.member.{number}")));
        let results: String = actions
            .map(|action| {
                let decision = if self.refused.contains(&action) { "implicitDeny" } else { "allowed" };
                format!(
                    "<member><EvalActionName>{action}</EvalActionName><EvalResourceName>{resource}</EvalResourceName>\
                     <EvalDecision>{decision}</EvalDecision><MatchedStatements/><MissingContextValues/></member>"
                )
            })
            .collect();
        let body = format!(
            "<SimulatePrincipalPolicyResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\">\
             <SimulatePrincipalPolicyResult><EvaluationResults>{results}</EvaluationResults><IsTruncated>false</IsTruncated>\
             </SimulatePrincipalPolicyResult></SimulatePrincipalPolicyResponse>"
        );
        Message::new("HTTP/1.1 200 OK", "text/xml", body)
    }

    fn change(&self, action: &str, mut answer: Message) -> Message {
        if answer.status() != 200 {
            return answer;
        }
        match (action, &self.endpoint) {
            ("DescribeCluster", _) => {
                let mut said: Value = serde_json::from_slice(&answer.body).expect("moto's cluster is JSON");
                merge(&mut said["cluster"], self.cluster.clone());
                answer.body = said.to_string().into_bytes();
            }
            ("DescribeDBInstances", Some(host)) => {
                let text = String::from_utf8_lossy(&answer.body).into_owned();
                if text.contains("<Address>") {
                    answer.body = text.replace(&between(&text, "Address"), host).into_bytes();
                }
            }
            ("DescribeSecret", _) if self.unchanged > 0 => {
                let mut said: Value = serde_json::from_slice(&answer.body).expect("moto's secret is JSON");
                let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("a time after 1970");
                // And an hour: the run may have taken its own time a moment before.
                said["LastChangedDate"] = json!(now.as_secs() - self.unchanged * 24 * 60 * 60 - 60 * 60);
                answer.body = said.to_string().into_bytes();
            }
            _ => {}
        }
        answer
    }
}

fn json_answer(body: &Value) -> Message {
    Message::new("HTTP/1.1 200 OK", "application/json", body.to_string())
}

/// Objects are merged, and everything else is replaced.
pub(super) fn merge(into: &mut Value, change: Value) {
    match (into, change) {
        (Value::Object(into), Value::Object(change)) => {
            for (key, value) in change {
                merge(into.entry(key).or_insert(Value::Null), value);
            }
        }
        (into, change) => *into = change,
    }
}
