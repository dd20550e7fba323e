#![no_main]

// As in `connection`.
libfuzzer_sys::fuzz_target!(
    init: drop(std::panic::take_hook()),
    |bytes: &[u8]| blog_collab::fuzzing::hocuspocus(bytes)
);
