//! cellmgr over a device in a directory: the hosted kernel, a cellinit that only pretends, and a layer that counts.

mod backup;
mod cellinit;
mod device;
mod faults;
mod fields;
mod ipc;
mod manual;
mod partition;
mod refused;
mod speed;
mod workflow;
