//! Who answers for a Service. Pure.

use serde_json::Value;

use super::{items, label, namespace, text};

/// Somebody who answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Endpoint<'a> {
    /// The address.
    pub address: &'a str,
    /// The node that it runs on; empty where that is not told.
    pub node: &'a str,
    /// The slice that it is in, for its ports.
    slice: &'a Value,
}

impl Endpoint<'_> {
    /// The port for TCP of this name; the first for TCP where none is called so.
    pub fn tcp_port(&self, wanted: &str) -> Option<u16> {
        let ports = || items(self.slice, "/ports").iter().filter(|port| text(port, "/protocol") == "TCP");
        let port = ports().find(|port| text(port, "/name") == wanted).or_else(|| ports().next())?;
        port.get("port")?.as_u64()?.try_into().ok()
    }
}

/// The endpoints of a Service that are ready, by its `EndpointSlices`.
pub fn ready<'a>(slices: &'a [Value], of: (&str, &str)) -> Vec<Endpoint<'a>> {
    let own = |slice: &&Value| (namespace(slice), label(slice, "kubernetes.io/service-name")) == of;
    let endpoints =
        slices.iter().filter(own).flat_map(|slice| items(slice, "/endpoints").iter().map(move |one| (slice, one)));
    let ready = endpoints.filter(|(_, endpoint)| is_ready(endpoint));
    ready
        .filter_map(|(slice, endpoint)| {
            let address = items(endpoint, "/addresses").first()?.as_str()?;
            Some(Endpoint { address, node: text(endpoint, "/nodeName"), slice })
        })
        .collect()
}

/// One that says nothing of it is ready: that is what the API's reference asks of its readers.
fn is_ready(endpoint: &Value) -> bool {
    endpoint.pointer("/conditions/ready").and_then(Value::as_bool).unwrap_or(true)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::ready;
    use crate::judge::objects::example::endpoint_slice;

    #[test]
    fn those_that_are_ready_answer() {
        let mut slice =
            endpoint_slice("kube-system/kube-dns", &[("10.0.11.5", "a"), ("10.0.12.9", "b"), ("10.0.12.7", "c")]);
        slice["endpoints"][1]["conditions"] = json!({"ready": false, "serving": true, "terminating": true});
        slice["endpoints"][2]["conditions"] = json!({});
        let slices = [slice, endpoint_slice("monitoring/kube-dns", &[("10.0.11.6", "a")])];
        let found = ready(&slices, ("kube-system", "kube-dns"));
        assert_eq!(
            found.iter().map(|one| (one.address, one.node)).collect::<Vec<_>>(),
            [("10.0.11.5", "a"), ("10.0.12.7", "c")]
        );
        assert_eq!(found[0].tcp_port("dns-tcp"), Some(53));
        assert_eq!(found[0].tcp_port("other"), Some(53));
        assert!(ready(&slices, ("kube-system", "other")).is_empty());
    }

    #[test]
    fn a_slice_without_endpoints_has_none() {
        // The API leaves an empty list out as null.
        let mut slice = endpoint_slice("kube-system/kube-dns", &[]);
        slice["endpoints"] = json!(null);
        assert!(ready(&[slice], ("kube-system", "kube-dns")).is_empty());
    }
}
