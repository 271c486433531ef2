//! The cluster's network, as far as it is known. Pure.

use std::net::{IpAddr, Ipv4Addr};

use serde_json::Value;

use crate::inputs::Name;
use crate::judge::objects::{items, text};
use crate::look::{Answer, Aws, Look};
use crate::verdict::{CannotLook, Short};
use crate::view::View;

/// The cluster's network.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Network {
    /// Its VPC.
    pub vpc: String,
    /// The address blocks of the VPC.
    pub blocks: Vec<String>,
    /// The security group that EKS puts on the cluster and its managed nodes.
    pub group: String,
}

impl Network {
    /// Whether an address is in a block of the VPC; `None` where that cannot be told: IPv6, or no block is known.
    pub fn holds(&self, address: IpAddr) -> Option<bool> {
        let IpAddr::V4(address) = address else { return None };
        (!self.blocks.is_empty()).then(|| self.blocks.iter().any(|block| block_holds(block, address)))
    }
}

/// The cluster's network; `None` where it is not known, or may not be looked at. For those who know their verdict
/// without it.
pub fn network(view: &View<'_>) -> Result<Option<Network>, Short> {
    let Some(name) = view.scope.text(Name::ClusterName) else { return Ok(None) };
    let Some(cluster) = seen(view, Aws::Cluster { name: name.to_owned() })? else { return Ok(None) };
    let vpc = text(cluster, "/resourcesVpcConfig/vpcId").to_owned();
    let group = text(cluster, "/resourcesVpcConfig/clusterSecurityGroupId").to_owned();
    let found = if vpc.is_empty() { None } else { seen(view, Aws::Vpc { id: vpc.clone() })? };
    Ok(Some(Network { blocks: found.map(blocks).unwrap_or_default(), vpc, group }))
}

/// What AWS says; `None` also where it could not be asked.
pub fn seen<'a>(view: &View<'a>, question: Aws) -> Result<Option<&'a Value>, Short> {
    match view.tried(Look::Aws(question))? {
        Ok(Answer::Json(value)) => Ok(Some(value)),
        Ok(_) | Err(_) => Ok(None),
    }
}

fn blocks(vpcs: &Value) -> Vec<String> {
    let mut blocks = Vec::new();
    for vpc in items(vpcs, "") {
        let more = items(vpc, "/CidrBlockAssociationSet").iter().map(|block| text(block, "/CidrBlock"));
        for block in std::iter::once(text(vpc, "/CidrBlock")).chain(more) {
            if !block.is_empty() && !blocks.iter().any(|known| known == block) {
                blocks.push(block.to_owned());
            }
        }
    }
    blocks
}

/// Whether a block such as `10.0.0.0/16` holds an address; what is no block holds none.
pub fn block_holds(block: &str, address: Ipv4Addr) -> bool {
    parsed(block).is_some_and(|(base, bits)| u32::from(address) & mask(bits) == u32::from(base) & mask(bits))
}

/// Whether a block holds all of another one.
pub fn block_covers(outer: &str, inner: &str) -> bool {
    match (parsed(outer), parsed(inner)) {
        (Some((_, outer_bits)), Some((base, bits))) => outer_bits <= bits && block_holds(outer, base),
        _ => false,
    }
}

fn parsed(block: &str) -> Option<(Ipv4Addr, u32)> {
    let (base, bits) = block.split_once('/')?;
    Some((base.parse().ok()?, bits.parse().ok().filter(|bits| *bits <= 32)?))
}

const fn mask(bits: u32) -> u32 {
    if bits == 0 { 0 } else { u32::MAX << (32 - bits) }
}

/// Whether an address is one that only private networks use.
pub const fn is_private(address: IpAddr) -> bool {
    match address {
        // 100.64/10 is not called private, but is what VPCs use when 10/8 is full.
        IpAddr::V4(address) => {
            let [first, second, ..] = address.octets();
            address.is_private() || (first == 100 && second >= 64 && second < 128)
        }
        IpAddr::V6(address) => address.is_unique_local(),
    }
}

/// What is not seen from outside the VPC says nothing of the inside.
pub fn outside(what: &str) -> Short {
    let cannot =
        CannotLook::new("outside", format!("{what}; this does not run inside the cluster, where that may differ"));
    Short::Cannot(cannot.fix("Run preflight inside the cluster: the database is reached from its VPC alone"))
}

#[cfg(test)]
mod tests {
    use super::{Network, block_covers, block_holds, is_private};

    #[test]
    fn blocks_hold_addresses_and_other_blocks() {
        let holds = |block: &str, address: &str| block_holds(block, address.parse().unwrap());
        assert!(holds("10.0.0.0/16", "10.0.255.1") && !holds("10.0.0.0/16", "10.1.0.1"));
        assert!(holds("0.0.0.0/0", "8.8.8.8") && holds("10.0.0.7/32", "10.0.0.7") && !holds("10.0.0.7/32", "10.0.0.8"));
        for odd in ["", "10.0.0.0", "10.0.0.0/33", "::/0", "x/8"] {
            assert!(!holds(odd, "10.0.0.1"), "{odd}");
        }
        assert!(block_covers("10.0.0.0/8", "10.1.0.0/16") && !block_covers("10.1.0.0/16", "10.0.0.0/8"));
        assert!(!block_covers("10.1.0.0/16", "10.2.0.0/16") && !block_covers("10.1.0.0/16", "pl-1"));
    }

    #[test]
    fn an_unknown_network_says_nothing() {
        let network = |blocks: &[&str]| Network {
            blocks: blocks.iter().map(|block| (*block).to_owned()).collect(),
            ..Network::default()
        };
        let address = "10.0.0.1".parse().unwrap();
        assert_eq!(network(&["10.0.0.0/16", "100.64.0.0/16"]).holds(address), Some(true));
        assert_eq!(network(&["10.1.0.0/16"]).holds(address), Some(false));
        assert_eq!(network(&[]).holds(address), None);
        assert_eq!(network(&["10.0.0.0/16"]).holds("2001:db8::1".parse().unwrap()), None);
    }

    #[test]
    fn private_addresses() {
        for (address, private) in [
            ("10.0.0.1", true),
            ("172.31.0.1", true),
            ("100.64.0.1", true),
            ("100.128.0.1", false),
            ("127.0.0.1", false),
            ("3.8.1.1", false),
            ("fd00::1", true),
            ("2001:db8::1", false),
        ] {
            assert_eq!(is_private(address.parse().unwrap()), private, "{address}");
        }
    }
}
