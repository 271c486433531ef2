//! The AWS side of the platform, as it should be: a long-lived cluster's account, which a test then spoils.
//!
//! moto plays AWS. What it does not know (add-ons, the simulation of policies) or leaves out (the cluster's network)
//! the proxy in front of it adds.

mod facts;
mod furnish;

use std::sync::{Arc, Mutex, MutexGuard};

use serde_json::{Value, json};

use crate::aws_account::{AwsAccount, REGION};
use crate::aws_proxy::{AwsProxy, Rule};
use crate::command::Run;
use crate::name_server::{Delegation, NameServer};
use crate::postgres::TestServer;
use crate::secret::{Secret, random_password};
use crate::secrets_manager::SecretsManager;

use facts::Facts;
pub use furnish::Network;

/// The cluster's name in EKS.
pub const CLUSTER: &str = "goldenpath-dev-eks";
/// The platform's domain.
pub const DOMAIN: &str = "goldenpathidp.io";
/// The roles of the components, with their service accounts.
pub const COMPONENTS: [(&str, &str, &str); 5] = [
    ("goldenpath-idp-eso-role", "external-secrets", "external-secrets"),
    ("goldenpath-idp-external-dns", "kube-system", "external-dns"),
    ("goldenpath-idp-aws-load-balancer-controller", "kube-system", "aws-load-balancer-controller"),
    ("goldenpath-idp-cluster-autoscaler", "kube-system", "cluster-autoscaler"),
    ("goldenpath-idp-rds-provisioner", "platform-system", "platform-provisioner"),
];

/// An account of AWS with everything that the platform of `dev` stands on.
#[derive(Debug)]
pub struct World {
    /// Its account: for spoiling things.
    pub account: AwsAccount,
    /// Its network.
    pub network: Network,
    /// The id of its hosted zone.
    pub zone: String,
    /// The address of the cluster's issuer of tokens, without the scheme.
    pub issuer: String,
    /// What the world says of the zone.
    pub names: NameServer,
    proxy: AwsProxy,
    facts: Arc<Mutex<Facts>>,
}

impl World {
    /// A good one, without a database.
    pub async fn new() -> Self {
        let account = AwsAccount::new().await;
        let facts = Arc::new(Mutex::new(Facts::default()));
        let proxy = AwsProxy::with(account.port, facts.clone()).await;
        let network = Network::make(&account).await;
        let issuer = furnish::cluster(&account, &network).await;
        furnish::roles(&account, &issuer).await;
        let (zone, servers) = furnish::zone(&account).await;
        let names = NameServer::new(Delegation::To(servers)).await;
        let world = Self { account, network, zone, issuer, names, proxy, facts };
        let network = json!({"vpcId": world.network.vpc, "clusterSecurityGroupId": world.network.nodes_group});
        world.change_cluster(json!({"resourcesVpcConfig": network}));
        world
    }

    /// With the database of a server: its instance, roles, databases and secrets. The VPC's addresses are those of this
    /// machine.
    pub async fn with_database(server: &TestServer) -> Self {
        let world = Self::new().await;
        furnish::instance(&world.account, &world.network).await;
        world.facts().endpoint = Some(server.host().to_owned());
        world.secrets().create(&path("rds/master"), server.master()).await;
        let superuser = server.superuser().await;
        for app in ["backstage", "keycloak"] {
            let login = server.secret(&format!("{app}_user"), app);
            for statement in [
                "SET log_statement = 'none'".to_owned(),
                format!("CREATE ROLE {app}_user LOGIN CREATEDB PASSWORD '{}'", login.password),
                format!("CREATE DATABASE {app} OWNER {app}_user"),
            ] {
                superuser.batch_execute(&statement).await.unwrap_or_else(|error| panic!("{statement}: {error:?}"));
            }
            world.secrets().create(&path(&format!("{app}/postgres")), &login).await;
        }
        world.secrets().create_text(&path("backstage/secrets"), &json!({"token": random_password()}).to_string()).await;
        let admin = json!({"admin-password": random_password()}).to_string();
        world.secrets().create_text(&path("keycloak/admin"), &admin).await;
        world
    }

    /// Its Secrets Manager, past the proxy.
    pub fn secrets(&self) -> SecretsManager {
        self.account.secrets()
    }

    /// What an app logs in with.
    pub async fn login(&self, app: &str) -> Secret {
        let content = self.secrets().content(&path(&format!("{app}/postgres"))).await;
        Secret::from_json(&content.unwrap_or_else(|| panic!("no secret of {app}")))
    }

    /// Writes the secret that an app logs in with.
    pub async fn put_login(&self, app: &str, login: &Secret) {
        self.secrets().put(&path(&format!("{app}/postgres")), login).await;
    }

    /// Everything that is secret here.
    pub async fn passwords(&self) -> Vec<String> {
        let mut passwords = Vec::new();
        for name in ["rds/master", "backstage/postgres", "keycloak/postgres", "backstage/secrets", "keycloak/admin"] {
            let content = self.secrets().content(&path(name)).await.unwrap_or_default();
            let secret = ["password", "token", "admin-password"];
            passwords.extend(secret.iter().filter_map(|key| content[key].as_str()).map(str::to_owned));
        }
        passwords
    }

    /// Lets a run look at this world, with the inputs that the cluster would give it.
    #[must_use]
    pub fn serve(&self, run: Run) -> Run {
        let run = self.environment().into_iter().fold(run, |run, (name, value)| run.env(name, value));
        self.inputs().into_iter().fold(run, |run, (name, value)| run.flag(name, value))
    }

    /// The variables of a run, as in a pod of the cluster.
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        let aws = self.secrets().at(self.proxy.port()).environment();
        aws.into_iter().chain([("KUBERNETES_SERVICE_HOST", "10.100.0.1".to_owned())]).collect()
    }

    /// The inputs of a run, as flags.
    pub fn inputs(&self) -> Vec<(&'static str, String)> {
        let suffix = format!("dev.{DOMAIN}");
        let inputs = [
            ("--mode", "persistent"),
            ("--max-tier", "3"),
            ("--env", "dev"),
            ("--region", REGION),
            ("--account", &self.account.id),
            ("--cluster-name", CLUSTER),
            ("--base-domain", DOMAIN),
            ("--host-suffix", &suffix),
            ("--owner-id", "goldenpath-dev"),
            ("--rds-available", "true"),
            ("--connect-patience", "200ms"),
        ];
        inputs.map(|(flag, value)| (flag, value.to_owned())).to_vec()
    }

    /// Calls that hit this rule go wrong.
    pub fn fault(&self, rule: Rule) {
        self.proxy.fault(rule);
    }

    /// Every call goes well again.
    pub fn heal(&self) {
        self.proxy.heal();
    }

    /// The actions that were called, in order.
    pub fn calls(&self) -> Vec<String> {
        self.proxy.calls()
    }

    /// Lets EKS say something else of the cluster; objects are merged.
    pub fn change_cluster(&self, change: Value) {
        facts::merge(&mut self.facts().cluster, change);
    }

    /// Lets an add-on be like this: `{"status": "DEGRADED"}`.
    pub fn change_addon(&self, name: &str, change: Value) {
        facts::merge(self.facts().addons.entry(name.to_owned()).or_default(), change);
    }

    /// Lets IAM's simulation deny an action to every role.
    pub fn refuse(&self, action: &str) {
        self.facts().refused.insert(action.to_owned());
    }

    /// Lets so many days have passed since any secret was changed.
    pub fn age_secrets(&self, days: u64) {
        self.facts().unchanged = days;
    }

    /// Lets the instance have its endpoint here.
    pub fn move_endpoint(&self, host: &str) {
        self.facts().endpoint = Some(host.to_owned());
    }

    fn facts(&self) -> MutexGuard<'_, Facts> {
        self.facts.lock().expect("the facts of a world")
    }
}

/// A secret's path.
pub fn path(name: &str) -> String {
    format!("goldenpath/dev/{name}")
}
