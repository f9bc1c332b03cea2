//! Memory, semaphores and queues that others made.

use super::os::{self, Object};
use super::{Arguments, Attack, Outcome, report};

/// The first argument is a key, a name or an id that the runner had another process make.
pub const ATTACKS: &[(&str, Attack)] = &[
    ("sysv.memory", |a| reach(Object::Memory, a)),
    ("sysv.semaphore", |a| reach(Object::Semaphore, a)),
    ("sysv.queue", |a| reach(Object::Queue, a)),
    ("sysv.memory-id", |a| {
        Ok(Outcome::of(
            os::attach(a.number(0)?.unsigned_abs() as usize),
        ))
    }),
    ("sysv.make", |a| {
        Ok(Outcome::of(os::make_object(Object::Memory, a.number(0)?)))
    }),
    ("sysv.memory-remove", |a| remove(Object::Memory, a)),
    ("sysv.semaphore-remove", |a| remove(Object::Semaphore, a)),
    ("sysv.queue-remove", |a| remove(Object::Queue, a)),
    ("queue.open", |a| {
        Ok(Outcome::of(os::open_queue(a.text(0)?)))
    }),
    ("queue.remove", |a| {
        Ok(Outcome::of(os::remove_queue(a.text(0)?)))
    }),
    ("memory.open-named", |a| {
        Ok(Outcome::of(os::open_shared_memory(a.text(0)?)))
    }),
    ("semaphore.open", |a| {
        Ok(Outcome::of(os::open_semaphore(a.text(0)?)))
    }),
];

pub const PARTS: &[(&str, Attack)] = &[
    ("part.make-memory", |a| make(Object::Memory, a)),
    ("part.make-semaphore", |a| make(Object::Semaphore, a)),
    ("part.make-queue", |a| make(Object::Queue, a)),
    ("part.make-named-memory", |a| {
        Ok(Outcome::of(os::make_shared_memory(a.text(0)?)))
    }),
    ("part.make-posix-queue", |a| {
        Ok(Outcome::of(os::make_queue(a.text(0)?)))
    }),
    ("part.make-posix-semaphore", |a| {
        Ok(Outcome::of(os::make_semaphore(a.text(0)?)))
    }),
    ("part.remove-posix-semaphore", |a| {
        Ok(Outcome::of(os::remove_semaphore(a.text(0)?)))
    }),
];

fn reach(object: Object, arguments: Arguments<'_>) -> Result<Outcome, Outcome> {
    Ok(Outcome::of(os::use_object(object, arguments.number(0)?)))
}

fn remove(object: Object, arguments: Arguments<'_>) -> Result<Outcome, Outcome> {
    let id = arguments.number(0)?.unsigned_abs() as usize;
    Ok(Outcome::of(os::remove_object(object, id)))
}

/// Makes an object and tells its id.
fn make(object: Object, arguments: Arguments<'_>) -> Result<Outcome, Outcome> {
    let id = os::make_object(object, arguments.number(0)?).map_err(Outcome::Refused)?;
    report("id", id);
    Ok(Outcome::Done)
}
