//! The least that the program must be allowed: an IAM policy, and what the master needs on the server. Pure.

use std::fmt::Write;

use platform::names::{DatabaseName, Environment, RoleName, SecretPath};
use postgres_protocol::escape::escape_identifier;
use serde_json::{Value, json};

/// What the policy is for.
#[derive(Clone, Debug)]
pub struct AccessScope<'a> {
    /// The region; `REGION` stands for one that is not known.
    pub region: Option<&'a str>,
    /// The account; `ACCOUNT` stands for one that is not known.
    pub account: Option<&'a str>,
    /// The environment that one role is for.
    pub environment: &'a Environment,
    /// How the secrets of apps are named, with `{env}`, `{app}` and `{build_id}`.
    pub apps: &'a [String],
    /// How the master's secrets are named.
    pub masters: &'a [String],
    /// Secrets of apps that are named in the tfvars.
    pub named: &'a [SecretPath],
    /// Whether secrets may be created and given values (`--missing-secrets create`).
    pub create: bool,
    /// The customer's key that the secrets are encrypted with; the account's default key needs no statement.
    pub key: Option<&'a str>,
}

impl AccessScope<'_> {
    fn region(&self) -> &str {
        self.region.unwrap_or("REGION")
    }

    /// Every secret that follows one of the patterns. `*` crosses slashes, so a pattern for apps covers their builds
    /// too; the six characters at the end are Secrets Manager's, and a `*` there would match longer names.
    fn resources(&self, patterns: &[String]) -> impl Iterator<Item = String> {
        patterns.iter().map(|pattern| {
            let name = pattern.replace("{env}", self.environment.as_str()).replace("{app}", "*");
            self.resource(&name.replace("{build_id}", "*"))
        })
    }

    fn resource(&self, name: &str) -> String {
        let partition = match self.region() {
            region if region.starts_with("cn-") => "aws-cn",
            region if region.starts_with("us-gov-") => "aws-us-gov",
            _ => "aws",
        };
        let account = self.account.unwrap_or("ACCOUNT");
        format!("arn:{partition}:secretsmanager:{}:{account}:secret:{name}-??????", self.region())
    }
}

/// The policy for the program's role: reading, and with [`AccessScope::create`] writing the secrets of apps, never the
/// master's.
pub fn iam_policy(scope: &AccessScope<'_>) -> Value {
    let apps: Vec<String> =
        scope.resources(scope.apps).chain(scope.named.iter().map(|path| scope.resource(path.as_str()))).collect();
    let all: Vec<String> = apps.iter().cloned().chain(scope.resources(scope.masters)).collect();
    let mut statements = vec![
        json!({
            "Sid": "ReadSecrets", "Effect": "Allow", "Resource": all,
            "Action": ["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"],
        }),
        // It knows no resources; each value still needs GetSecretValue. Without it, secrets are read one by one.
        json!({
            "Sid": "ReadInBatches", "Effect": "Allow", "Resource": "*",
            "Action": ["secretsmanager:BatchGetSecretValue"],
        }),
    ];
    if scope.create {
        statements.push(json!({
            "Sid": "GiveValues", "Effect": "Allow", "Resource": apps,
            "Action": ["secretsmanager:PutSecretValue"],
        }));
        // Creating with tags is tagging too. A condition on secretsmanager:Name would deny that half: it is a key of
        // CreateSecret alone.
        statements.push(json!({
            "Sid": "CreateSecrets", "Effect": "Allow", "Resource": apps,
            "Action": ["secretsmanager:CreateSecret", "secretsmanager:TagResource"],
        }));
    }
    if let Some(key) = scope.key {
        let actions: &[&str] = if scope.create { &["kms:Decrypt", "kms:GenerateDataKey"] } else { &["kms:Decrypt"] };
        let via = format!("secretsmanager.{}.amazonaws.com", scope.region());
        statements.push(json!({
            "Sid": "UseTheirKey", "Effect": "Allow", "Resource": key, "Action": actions,
            "Condition": {"StringEquals": {"kms:ViaService": via}},
        }));
    }
    json!({"Version": "2012-10-17", "Statement": statements})
}

/// What JSON cannot say: what to fill in, and what was left out.
pub fn policy_notes(scope: &AccessScope<'_>) -> Vec<&'static str> {
    let notes = [
        (scope.region.is_none(), "replace REGION"),
        (scope.account.is_none(), "replace ACCOUNT"),
        (!scope.create, "read-only; --missing-secrets create adds what writes the secrets of apps"),
        (
            scope.key.is_none(),
            "secrets under a customer's key need kms:Decrypt on it, and kms:GenerateDataKey to write",
        ),
        (true, "ReadInBatches may be left out: secrets are then read one by one"),
    ];
    notes.into_iter().filter(|(holds, _)| *holds).map(|(_, note)| note).collect()
}

/// What the master needs, as SQL for the server's administrator: on RDS the master user of the instance.
///
/// `roles` and `databases` are those that exist and that it did not make itself.
pub fn master_grants(master: &str, roles: &[RoleName], databases: &[DatabaseName]) -> String {
    let master = escape_identifier(master);
    let mut sql = format!(
        "-- The master logs in, makes roles and makes databases; it is no superuser.\n\
         ALTER ROLE {master} WITH LOGIN CREATEROLE CREATEDB;\n\
         -- Only on RDS with rds.restrict_password_commands = 1: there only members may set passwords.\n\
         -- GRANT rds_password TO {master};\n"
    );
    if !roles.is_empty() {
        sql.push_str(
            "-- From PostgreSQL 16 on, CREATEROLE reaches only roles that the master made. For each other one:\n",
        );
    }
    for role in roles {
        let role = escape_identifier(role.as_str());
        // Only the right to hand the role out; using it is granted and taken back within a transaction.
        write_line(&mut sql, &format!("GRANT {role} TO {master} WITH ADMIN TRUE, INHERIT FALSE, SET FALSE;"));
    }
    if !databases.is_empty() {
        sql.push_str("-- It looks into these databases; the owner of each lets it in:\n");
    }
    for database in databases {
        let database = escape_identifier(database.as_str());
        write_line(&mut sql, &format!("GRANT CONNECT ON DATABASE {database} TO {master};"));
    }
    sql
}

fn write_line(text: &mut String, line: &str) {
    writeln!(text, "{line}").expect("a String takes any text");
}

#[cfg(test)]
mod tests {
    use platform::names::Environment;
    use serde_json::Value;

    use super::{AccessScope, iam_policy, master_grants, policy_notes};

    fn policy(change: impl FnOnce(&mut AccessScope<'_>)) -> Value {
        let environment: Environment = "dev".parse().unwrap();
        let (apps, masters) =
            (["goldenpath/{env}/{app}/postgres".to_owned()], ["goldenpath/{env}/rds/master".to_owned()]);
        let named = ["shared/legacy".parse().unwrap()];
        let mut scope = AccessScope {
            region: Some("eu-west-2"),
            account: Some("123456789012"),
            environment: &environment,
            apps: &apps,
            masters: &masters,
            named: &named,
            create: false,
            key: None,
        };
        change(&mut scope);
        assert_eq!(policy_notes(&scope).iter().any(|note| note.contains("REGION")), scope.region.is_none());
        iam_policy(&scope)
    }

    fn statement(policy: &Value, sid: &str) -> Value {
        let mut statements = policy["Statement"].as_array().unwrap().iter();
        statements.find(|statement| statement["Sid"] == sid).unwrap().clone()
    }

    #[test]
    fn it_reads_by_default() {
        let policy = policy(|_| ());
        let prefix = "arn:aws:secretsmanager:eu-west-2:123456789012:secret:";
        assert_eq!(
            statement(&policy, "ReadSecrets")["Resource"],
            serde_json::json!([
                format!("{prefix}goldenpath/dev/*/postgres-??????"),
                format!("{prefix}shared/legacy-??????"),
                format!("{prefix}goldenpath/dev/rds/master-??????"),
            ])
        );
        let text = policy.to_string();
        assert!(!text.contains("Put") && !text.contains("Create") && !text.contains("Tag") && !text.contains("kms"));
    }

    #[test]
    fn creating_never_reaches_the_master_and_tags_without_a_condition() {
        let policy = policy(|scope| (scope.create, scope.key) = (true, Some("KEY")));
        for sid in ["GiveValues", "CreateSecrets"] {
            let statement = statement(&policy, sid);
            assert!(!statement["Resource"].to_string().contains("master"));
            assert!(statement.get("Condition").is_none());
        }
        let actions = statement(&policy, "CreateSecrets")["Action"].clone();
        assert_eq!(actions, serde_json::json!(["secretsmanager:CreateSecret", "secretsmanager:TagResource"]));
        let via = &statement(&policy, "UseTheirKey")["Condition"]["StringEquals"]["kms:ViaService"];
        assert_eq!(via, "secretsmanager.eu-west-2.amazonaws.com");
    }

    #[test]
    fn what_is_not_known_is_a_placeholder() {
        let policy = policy(|scope| (scope.region, scope.account) = (None, None)).to_string();
        assert!(policy.contains("arn:aws:secretsmanager:REGION:ACCOUNT:secret:goldenpath/dev/"));
        let china = self::policy(|scope| scope.region = Some("cn-north-1")).to_string();
        assert!(china.contains("arn:aws-cn:secretsmanager:cn-north-1:"));
    }

    #[test]
    fn the_grants_are_quoted_sql() {
        let sql = master_grants("platform\"admin", &["app".parse().unwrap()], &["app_db".parse().unwrap()]);
        assert!(sql.contains(r#"ALTER ROLE "platform""admin" WITH LOGIN CREATEROLE CREATEDB;"#), "{sql}");
        assert!(
            sql.contains(r#"GRANT "app" TO "platform""admin" WITH ADMIN TRUE, INHERIT FALSE, SET FALSE;"#),
            "{sql}"
        );
        assert!(sql.contains(r#"GRANT CONNECT ON DATABASE "app_db" TO "platform""admin";"#), "{sql}");
        assert!(!master_grants("m", &[], &[]).contains("16"));
    }
}
