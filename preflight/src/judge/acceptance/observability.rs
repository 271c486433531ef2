//! Tier 1.5: core observability.

use serde_json::Value;

use super::{answers, url};
use crate::judge::http::reply;
use crate::judge::objects::{counted, items, text};
use crate::look::Look;
use crate::verdict::{Finding, Judged, Short, Verdict};
use crate::view::View;

/// `count(up)`: how many targets there are. The list of targets itself is long.
const ALL: &str = "/api/v1/query?query=count%28up%29";
/// `count by (namespace, job) (up == 0)`: those that are down.
const DOWN: &str = "/api/v1/query?query=count%20by%20%28namespace%2C%20job%29%20%28up%20%3D%3D%200%29";

/// `acc.prometheus-targets`: Prometheus scrapes, and its targets are up. That some are down is a warning: a managed
/// control plane, say, shows not all of its parts.
pub fn prometheus_targets(view: &View<'_>) -> Judged {
    let base = &view.scope.profile.acceptance.prometheus;
    let (all, down) = (url(view, base, ALL)?, url(view, base, DOWN)?);
    let ask = |url: &String| Look::Http { url: url.clone(), client: None };
    view.all([ask(&all), ask(&down)])?;
    let (all, down) = match (samples(view, &all)?, samples(view, &down)?) {
        (Ok(all), Ok(down)) => (all, down),
        (Err(finding), _) | (_, Err(finding)) => return Ok(Verdict::Fail(finding)),
    };
    let total = all.iter().map(|sample| sample.count).sum::<u64>();
    let lost = down.iter().map(|sample| sample.count).sum::<u64>();
    let told = || {
        down.iter().map(|sample| {
            format!("{}: {} down", sample.job, counted(usize::try_from(sample.count).unwrap_or(usize::MAX), "target"))
        })
    };
    Ok(if total == 0 {
        Verdict::Fail(Finding::new(
            "no_targets",
            "Prometheus has no targets: no ServiceMonitor is taken up, or nothing was scraped yet",
        ))
    } else if lost >= total {
        Verdict::Fail(Finding::new("all_down", format!("none of the {total} targets of Prometheus is up")).seen(told()))
    } else if let Some(first) = down.first() {
        let summary = format!("{lost} of {total} targets of Prometheus are down, first of all {}", first.job);
        Verdict::Warn(Finding::new("down", summary).seen(told()))
    } else {
        Verdict::Pass(format!("all {total} targets of Prometheus are up"))
    })
}

/// One sample of an instant query.
struct Sample {
    /// `namespace/job`.
    job: String,
    count: u64,
}

fn samples(view: &View<'_>, url: &str) -> Result<Result<Vec<Sample>, Finding>, Short> {
    let reply = match reply(view, url)? {
        Ok(reply) => reply,
        Err(finding) => return Ok(Err(finding)),
    };
    if reply.status != 200 {
        return Ok(Err(reply.unexpected()));
    }
    let document = reply.json().unwrap_or(Value::Null);
    if text(&document, "/status") != "success" {
        return Ok(Err(Finding::new("not_prometheus", format!("{url} answers 200, and not as Prometheus does"))));
    }
    let sample = |sample: &Value| Sample {
        job: format!("{}/{}", text(sample, "/metric/namespace"), text(sample, "/metric/job")),
        count: text(sample, "/value/1").parse().unwrap_or_default(),
    };
    Ok(Ok(items(&document, "/data/result").iter().map(sample).collect()))
}

/// `acc.alertmanager`: Alertmanager says that it is ready.
pub fn alertmanager(view: &View<'_>) -> Judged {
    answers(view, &url(view, &view.scope.profile.acceptance.alertmanager, "/-/ready")?)
}

/// `acc.grafana`: Grafana says that its database is well.
pub fn grafana(view: &View<'_>) -> Judged {
    let url = url(view, &view.scope.profile.acceptance.grafana, "/api/health")?;
    let reply = match reply(view, &url)? {
        Ok(reply) => reply,
        Err(finding) => return Ok(Verdict::Fail(finding)),
    };
    let document = reply.json().unwrap_or(Value::Null);
    // Where the database fails, Grafana answers 503 with this document.
    Ok(match (reply.status, text(&document, "/database")) {
        (200, "ok") => Verdict::Pass(format!("{url}: database ok")),
        (_, "") if reply.status != 200 => Verdict::Fail(reply.unexpected()),
        (_, "") => {
            Verdict::Fail(Finding::new("not_grafana", format!("{url} answers 200 without a state of its database")))
        }
        (_, state) => Verdict::Fail(Finding::new("database", format!("{url}: Grafana's database is {state}"))),
    })
}
