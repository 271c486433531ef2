//! What to do about a secret. Pure.

use crate::judge::objects::split;
use crate::scope::Scope;

fn is_login(scope: &Scope, path: &str) -> bool {
    scope.secrets().get(path).is_some_and(|usage| usage.is_login)
}

/// How a secret comes to be.
pub(super) fn how_to_make(scope: &Scope, path: &str) -> String {
    if is_login(scope, path) {
        return format!("{}; then {}", scope.expand(&scope.profile.database.command), provision(scope));
    }
    format!("aws secretsmanager create-secret --name {path} --secret-string file://secret.json")
}

/// How a secret comes to its value, which takes the place of all that is in it. Of those that apps log in with, nobody
/// need know the password.
pub(super) fn how_to_fill(scope: &Scope, path: &str) -> String {
    if is_login(scope, path) {
        return format!("{} -p missing_secrets=create", provision(scope));
    }
    format!(
        "aws secretsmanager put-secret-value --secret-id {path} --secret-string file://secret.json (with all its keys)"
    )
}

/// The command that makes roles, databases and the secrets of both agree.
pub fn provision(scope: &Scope) -> String {
    let template = scope.expand(&scope.profile.delivery.workflow_template);
    let (namespace, name) = split(&template);
    scope.expand(&format!("argo submit --from workflowtemplate/{name} -n {namespace} -p environment={{env}}"))
}
