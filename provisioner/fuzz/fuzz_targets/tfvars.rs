//! Any bytes as a tfvars file, in both forms: never a panic, never stuck, always the same answer.
#![no_main]

use libfuzzer_sys::fuzz_target;
use provisioner::fuzzing::validated;

fuzz_target!(|bytes: &[u8]| {
    for name in ["fuzz.tfvars", "fuzz.tfvars.json"] {
        assert_eq!(validated(name, bytes), validated(name, bytes));
    }
});
