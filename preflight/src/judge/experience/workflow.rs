//! Whether databases can be provisioned: the template and the controller that runs it. Pure.

use crate::judge::objects::workloads::{is_called, trouble};
use crate::judge::objects::{place, split};
use crate::judge::rds::presence;
use crate::kinds::{DEPLOYMENTS, WORKFLOW_TEMPLATES};
use crate::look::{Absent, Kubernetes, Look};
use crate::verdict::{Finding, Judged, Verdict};
use crate::view::{View, get, list};

/// `wf.template`.
pub fn template(view: &View<'_>) -> Judged {
    if let Some(skip) = presence::skip_for_auto(view)? {
        return Ok(skip);
    }
    let delivery = &view.scope.profile.delivery;
    let wanted = view.scope.expand(&delivery.workflow_template);
    if wanted.is_empty() {
        return Ok(Verdict::Skip("the profile says that no workflow provisions databases".to_owned()));
    }
    let (namespace, name) = split(&wanted);
    let question: Kubernetes = get(WORKFLOW_TEMPLATES, namespace, name);
    view.all([question.clone(), list(DEPLOYMENTS)].map(Look::Kubernetes))?;
    let apply = || view.scope.expand(&delivery.workflow_template_command);
    match view.kubernetes(question)? {
        Ok(_) => {}
        Err(Absent::Kind) => {
            let summary = format!("Argo Workflows is not installed: nothing serves WorkflowTemplate {wanted}");
            let fix = format!("Install Argo Workflows; then {}", apply());
            return Ok(Verdict::Fail(Finding::new("not_installed", summary).fix(fix)));
        }
        Err(Absent::Object) => {
            let summary = format!("WorkflowTemplate {wanted} does not exist");
            return Ok(Verdict::Fail(Finding::new("not_found", summary).fix(apply())));
        }
    }
    let part = &delivery.workflow_controller;
    let controllers: Vec<_> = view.objects(DEPLOYMENTS)?.iter().filter(|found| is_called(found, part)).collect();
    if controllers.is_empty() {
        let summary =
            format!("no Deployment is called {part}: WorkflowTemplate {wanted} is there, and nothing runs it");
        return Ok(Verdict::Fail(Finding::new("no_controller", summary).fix("Install Argo Workflows' controller")));
    }
    // One that works is enough: others may be limited to their own namespaces, which cannot be seen from here.
    let troubles: Vec<_> = controllers.iter().map(|found| trouble(DEPLOYMENTS, found)).collect();
    match troubles.iter().flatten().next() {
        Some(first) if troubles.iter().all(Option::is_some) => {
            let fix =
                format!("See why: kubectl -n {} get pods", place(controllers[0]).split('/').next().unwrap_or_default());
            Ok(Verdict::Fail(Finding::new(first.reason, first.words.clone()).fix(fix)))
        }
        _ => Ok(Verdict::Pass(format!("WorkflowTemplate {wanted} is there, and a controller runs it"))),
    }
}
