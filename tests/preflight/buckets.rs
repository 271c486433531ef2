//! Buckets that are to be written to, and those who are to write.

use acceptance::{AwsFault, Finished, Rule, TestServer, Workspace, World, on_newest_major};

use crate::{PREFLIGHT, assert_found, check_with, of, profile, text};

/// What no world of these tests has.
const NO_WILDCARD: &str = "dns.wildcard-present warn not_found";
const ROLE: &str = "goldenpath-idp-eso-role";

/// A bucket in a region; its name is of this world's account alone, for all accounts share them.
async fn made(world: &World, region: &str) -> String {
    let name = format!("goldenpath-loki-{region}-{}", world.account.id);
    let place = format!(
        "<CreateBucketConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><LocationConstraint>{region}\
         </LocationConstraint></CreateBucketConfiguration>"
    );
    world.account.in_region(region).rest("s3", "PUT", &format!("/{name}"), &place).await;
    name
}

/// A run of tier 2 whose profile says that loki writes to this bucket.
fn run(world: &World, bucket: &str, role: &str) -> Finished {
    let buckets = format!("[[buckets]]\nname = \"{bucket}\"\nuser = \"loki\"\nrole = \"{role}\"\n");
    check_with(world, &Workspace::new(PREFLIGHT), &(profile(world) + &buckets)).flag("--tier", "2").run()
}

#[track_caller]
fn assert_bucket(run: &Finished, code: i32, found: &str, cause: &str) {
    assert_found(run, code, &[NO_WILDCARD, found], cause);
}

async fn world(server: &TestServer) -> (World, String) {
    let world = World::with_database(server).await;
    let bucket = made(&world, "eu-west-2").await;
    (world, bucket)
}

#[test]
fn one_that_is_there_for_its_writer() {
    on_newest_major(async |server| {
        let (world, bucket) = world(server).await;
        let good = run(&world, &bucket, ROLE);
        assert_found(&good, 0, &[NO_WILDCARD], "");
        assert_eq!(of(&good, "s3.loki")["summary"], format!("loki may use {bucket}"));
        assert!(world.calls().iter().any(|call| call == "HeadBucket"), "{:?}", world.calls());
    });
}

#[test]
fn one_that_is_not_there_or_elsewhere() {
    on_newest_major(async |server| {
        let (world, bucket) = world(server).await;
        let absent = run(&world, &format!("{bucket}-x"), ROLE);
        assert_bucket(&absent, 1, "s3.loki fail not_found", "of loki does not exist");
        assert!(text(of(&absent, "s3.loki"), "remediation").contains("LocationConstraint=eu-west-2"), "{absent}");
        let abroad = made(&world, "eu-central-1").await;
        assert_bucket(
            &run(&world, &abroad, ROLE),
            1,
            "s3.loki fail wrong_region",
            "is in eu-central-1, not in eu-west-2",
        );
    });
}

#[test]
fn one_whose_writer_may_not() {
    on_newest_major(async |server| {
        let (world, bucket) = world(server).await;
        let nobody = run(&world, &bucket, "loki-to-be");
        assert_bucket(&nobody, 1, "s3.loki fail no_such_role", "role loki-to-be of loki does not exist");
        world.refuse("s3:PutObject");
        let denied = run(&world, &bucket, ROLE);
        assert_bucket(&denied, 1, "s3.loki fail denied", "may not s3:PutObject on arn:aws:s3:::");
    });
}

#[test]
fn one_that_this_run_may_not_look_at_is_unknown() {
    on_newest_major(async |server| {
        let (world, bucket) = world(server).await;
        world.fault(Rule::only("HeadBucket", AwsFault::Deny));
        let run = run(&world, &bucket, ROLE);
        assert_bucket(&run, 4, "s3.loki unknown denied", "403, which is all that S3 says");
        assert!(text(of(&run, "s3.loki"), "remediation").contains("Allow s3:ListBucket on arn:aws:s3:::"), "{run}");
    });
}
