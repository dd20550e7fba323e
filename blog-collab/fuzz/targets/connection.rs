#![no_main]

// What yrs panics on is caught where it is decoded, and ends the process only where it is not.
libfuzzer_sys::fuzz_target!(
    init: drop(std::panic::take_hook()),
    |bytes: &[u8]| blog_collab::fuzzing::connection(bytes)
);
