#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| blog_collab::fuzzing::frame(bytes));
