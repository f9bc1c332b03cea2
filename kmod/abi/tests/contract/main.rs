//! The contract, held to: its bytes, its numbers, what it refuses.

mod arbitrary;
mod golden;
mod messages;
mod refusals;
mod samples;
mod wire;

#[path = "../../fuzz/src/call.rs"]
mod call;
