#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| cell_abi_fuzz::ioctl_request(bytes));
