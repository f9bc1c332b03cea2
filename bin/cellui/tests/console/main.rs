//! The program on terminals: what is seen, what it costs on the line, what is asked of cellmgr, and what it leaves.

mod app;
mod bytes;
mod desk;
mod frames;
mod left;
mod lost;
mod manual;
mod masks;
mod noise;
mod server;
mod slow;
