//! Secrets Manager that denies, throttles, fails, lags and hangs up; and how often it is asked.

use std::time::Duration;

use acceptance::{ARGO_PHRASES, App, AwsFault, Finished, Lease, Rule, Run, on_newest_major};

use super::{Site, assert_line};

fn apps() -> [App; 2] {
    [App::owner("keycloak"), App::owner("backstage")]
}

/// What Secrets Manager does, and what the run is told beside.
type Case = (Vec<Rule>, fn(Run) -> Run);

/// Starts a plan for each of these rules, each with a Secrets Manager of its own, all at once: most of them wait.
async fn outcomes<'s>(server: &'s Lease, cases: &[Case]) -> Vec<(Site<'s>, Finished)> {
    let mut sites = Vec::new();
    for (rules, change) in cases {
        let site = Site::furnished(server, &apps()).await;
        for rule in rules {
            site.proxy.fault(rule.clone());
        }
        let running = change(site.run("plan")).spawn();
        sites.push((site, running));
    }
    sites.into_iter().map(|(site, running)| (site, running.wait())).collect()
}

fn as_it_is(run: Run) -> Run {
    run
}

#[test]
fn what_passes_is_waited_for() {
    on_newest_major(async |server| {
        let twice = |fault| vec![Rule::on("Batch", fault).times(2)];
        let slow = vec![Rule::on("Batch", AwsFault::None).delay(Duration::from_secs(12)).times(1)];
        let cases: Vec<Case> = vec![
            (twice(AwsFault::Throttle), as_it_is),
            (twice(AwsFault::Error("InternalServiceError", 500)), as_it_is),
            (twice(AwsFault::WebPage(502)), as_it_is),
            (twice(AwsFault::Cut), as_it_is),
            (twice(AwsFault::Truncate), as_it_is),
            (slow, as_it_is),
        ];
        let calls = [3, 3, 3, 3, 3, 2];
        for ((site, run), (calls, (rules, _))) in
            outcomes(server, &cases).await.into_iter().zip(calls.iter().zip(&cases))
        {
            let run = run.expect(0);
            assert_eq!(run.report()["outcome"], "pending", "{rules:?}: {run}");
            assert_eq!(site.proxy.count("BatchGetSecretValue"), *calls, "{rules:?}: {run}");
        }
    });
}

#[test]
fn what_does_not_pass_is_for_argo_to_try_again() {
    on_newest_major(async |server| {
        let always = |fault| vec![Rule::on("", fault)];
        let hurry: fn(Run) -> Run = |run| run.flag("--deadline", "3s");
        let slow = vec![Rule::on("", AwsFault::None).delay(Duration::from_secs(30))];
        let secret = "secret goldenpath/dev/rds/master could not be read: ";
        let later = "after every attempt; run it again later";
        let cases: Vec<Case> = vec![
            (always(AwsFault::Throttle), as_it_is),
            (always(AwsFault::Error("InternalServiceError", 500)), as_it_is),
            (always(AwsFault::WebPage(503)), as_it_is),
            (always(AwsFault::Cut), as_it_is),
            (slow, hurry),
        ];
        let lines = [
            format!("{secret}i/o timeout: AWS still throttles (ThrottlingException) {later}"),
            format!("{secret}i/o timeout: AWS still fails (InternalServiceError) {later}"),
            format!("{secret}i/o timeout: AWS still fails (HTTP 503) {later}"),
            format!("{secret}connection reset by peer before AWS had answered"),
            "--deadline expired: i/o timeout of the whole run; the next run goes on from here".to_owned(),
        ];
        let mark = server.log_mark().await;
        for ((site, run), line) in outcomes(server, &cases).await.into_iter().zip(lines) {
            let run = run.expect(75);
            assert_eq!(run.termination_line(), line, "{run}");
            assert_line(&run, 75);
            assert_eq!((run.report()["outcome"].as_str(), run.changes()), (Some("unavailable"), 0), "{run}");
            assert!(run.took < Duration::from_mins(1), "{run}");
            assert!(site.proxy.count("BatchGetSecretValue") <= 5, "attempts are bounded: {run}");
        }
        assert!(server.log_since(&mark).await.is_empty(), "nobody came to the server");
    });
}

#[test]
fn an_endpoint_where_nobody_listens_is_tried_for_as_long_as_asked() {
    on_newest_major(async |server| {
        let site = Site::furnished(server, &apps()).await;
        let endpoint = format!("http://127.0.0.1:{}", acceptance::postgres::free_port());
        let run = site.run("apply").env("AWS_ENDPOINT_URL", endpoint).flag("--connect-patience", "1s");
        let run = site.expect_untouched(run, 75).await;
        let line = run.termination_line();
        assert!(line.contains("connect: connection refused (nothing listens at the AWS endpoint"), "{run}");
        assert!(run.took >= Duration::from_secs(1) && run.took < Duration::from_secs(10), "{run}");
    });
}

#[test]
fn what_nobody_should_try_again_is_told_with_its_remedy() {
    on_newest_major(async |server| {
        let site = Site::furnished(server, &apps()).await;
        let denied = AwsFault::Error("AccessDeniedException", 400);
        let master = "access to secret goldenpath/dev/rds/master denied: allow secretsmanager:GetSecretValue \
                      for this program's role (provisioner access prints the policy)";
        let secret = "secret goldenpath/dev/rds/master could not be read: ";
        let credentials = "check the keys, the account and the clock";
        let cases = [
            (denied, master.to_owned()),
            (
                AwsFault::Error("ExpiredTokenException", 400),
                format!(
                    "{secret}the AWS credentials have expired (ExpiredTokenException): fetch new ones, and check the clock"
                ),
            ),
            (
                AwsFault::Error("UnrecognizedClientException", 400),
                format!("{secret}AWS does not accept the credentials (UnrecognizedClientException): {credentials}"),
            ),
            (AwsFault::WebPage(404), format!("{secret}HTTP 404: the answer is not one of AWS', but a proxy's page?")),
        ];
        for (fault, line) in cases {
            site.proxy.heal();
            site.proxy.fault(Rule::on("", fault));
            let run = site.expect_untouched(site.run("apply"), 1).await;
            assert_eq!(run.termination_line(), line, "{fault:?}: {run}");
            assert!(!ARGO_PHRASES.iter().any(|phrase| run.termination_line().contains(phrase)), "{run}");
        }
    });
}

#[test]
fn a_denied_batch_is_read_one_by_one() {
    on_newest_major(async |server| {
        let apps: Vec<App> = (0..25).map(|number| App::owner(&format!("app{number}"))).collect();
        let site = Site::furnished(server, &apps).await;
        site.proxy.fault(Rule::on("Batch", AwsFault::Error("AccessDeniedException", 400)));
        let run = site.run("plan").expect(0);
        assert_eq!(run.report()["counts"]["apps"]["pending"], 25, "{run}");
        let count = |action| site.proxy.count(action);
        assert_eq!((count("BatchGetSecretValue"), count("GetSecretValue")), (1, 26), "the second batch need not ask");
    });
}

#[test]
fn one_denied_secret_is_named_with_its_app() {
    on_newest_major(async |server| {
        let site = Site::furnished(server, &apps()).await;
        site.proxy.fault(Rule::on("Batch", AwsFault::Error("AccessDeniedException", 400)));
        // They are asked for side by side: whichever comes first is denied.
        site.proxy.fault(Rule::on("GetSecretValue", AwsFault::Error("AccessDeniedException", 400)).times(1));
        let run = site.expect_untouched(site.run("apply"), 1).await;
        let line = run.termination_line();
        let names = |app: &str| {
            line.starts_with(&format!("app {app}: access to secret goldenpath/dev/{app}/postgres denied: "))
        };
        let master = "access to secret goldenpath/dev/rds/master denied: ";
        assert!(names("backstage") || names("keycloak") || line.starts_with(master), "{run}");
    });
}

#[test]
fn secrets_are_read_in_twenties() {
    on_newest_major(async |server| {
        for (count, batches) in [(1, 1), (19, 1), (20, 2), (45, 3)] {
            let apps: Vec<App> = (0..count).map(|number| App::owner(&format!("app{number}"))).collect();
            let site = Site::furnished(server, &apps).await;
            let run = site.run("plan").expect(0);
            assert_eq!(run.report()["counts"]["apps"]["pending"], count, "{run}");
            let calls = site.proxy.calls();
            let batched = calls.iter().filter(|call| *call == "BatchGetSecretValue").count();
            // A last batch of one is a plain call, which is one call too.
            assert_eq!(calls.len(), batches, "{count} apps and the master: {calls:?}");
            assert!(batched + 1 >= batches, "{calls:?}");
        }
    });
}

#[test]
fn without_credentials_or_a_region_nothing_is_asked() {
    on_newest_major(async |server| {
        let site = Site::furnished(server, &apps()).await;
        let nobody = site.run("apply").without_env("AWS_ACCESS_KEY_ID").without_env("AWS_SECRET_ACCESS_KEY");
        let run = site.expect_untouched(nobody, 1).await;
        let cause = "no AWS credentials: give the service account a role (IRSA or Pod Identity), or set AWS_PROFILE";
        assert!(run.termination_line().ends_with(cause), "{run}");
        assert!(run.took < Duration::from_secs(5), "{run}");

        let nowhere = site.run("apply").without_env("AWS_REGION");
        let run = site.expect_untouched(nowhere, 2).await;
        assert_eq!(run.termination_line(), "no AWS region: set --region, AWS_REGION, or region in the profile");
        assert_eq!(site.proxy.calls(), [""; 0]);

        let flag = site.run("plan").without_env("AWS_REGION").flag("--region", site.secrets.region());
        assert_eq!(flag.expect(0).report()["outcome"], "pending");
    });
}
