//! cellctl as the operator sees it, over a kernel in memory.

mod arguments;
mod create;
mod events;
mod exec;
mod golden;
mod kill;
mod machine;
mod manual;
mod metrics;
mod seal;
mod tables;
