//! What cellui and fleet tools speak, with the program behind pipes.

use std::io::Write;
use std::os::fd::OwnedFd;
use std::process::{Child, Command, Stdio};

use libcell::ipc::{Ask, Client, Kind, Tell, VERSION};
use libcell::platform::System;
use libcell::table::Owned;

use super::device::Device;

struct Session<'d> {
    child: Child,
    client: Client<'d, System>,
}

/// What an ask came to.
#[derive(Debug, Default, PartialEq)]
struct Answer {
    columns: Vec<String>,
    rows: Vec<Vec<Owned>>,
    output: String,
    events: Vec<String>,
    status: Option<u8>,
    why: String,
}

impl<'d> Session<'d> {
    fn of(device: &Device, system: &'d System, options: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_cellmgr"))
            .args(["ipc", "--stdio"])
            .args(options)
            .env("PICOCELL_PREFIX", device.prefix())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let to = OwnedFd::from(child.stdin.take().unwrap());
        let from = OwnedFd::from(child.stdout.take().unwrap());
        Self {
            child,
            client: Client::new(system, from, to),
        }
    }

    fn ask(&mut self, ask: &Ask<'_>) -> Answer {
        let id = self.client.ask(ask).unwrap();
        self.answer(id)
    }

    /// What is told to one number, up to its end or its first event.
    fn answer(&mut self, id: u16) -> Answer {
        let mut answer = Answer::default();
        loop {
            let (to, tell) = self.client.tell().unwrap();
            if to != id {
                continue;
            }
            match tell {
                Tell::Hello { .. } => return answer,
                Tell::Columns(columns) => {
                    answer.columns = columns.into_iter().map(str::to_owned).collect();
                }
                Tell::Row(row) => answer.rows.push(row),
                Tell::Output(bytes) => answer.output.push_str(std::str::from_utf8(bytes).unwrap()),
                Tell::Event(line) => {
                    answer.events.push(line.to_owned());
                    return answer;
                }
                Tell::Done(status) => {
                    answer.status = Some(status);
                    return answer;
                }
                Tell::Failed { status, why } => {
                    answer.status = Some(status);
                    answer.why = why.to_owned();
                    return answer;
                }
            }
        }
    }

    fn run(&mut self, line: &str) -> Answer {
        self.ask(&Ask::Run(line.split(' ').collect()))
    }

    /// Says bye; expects that it ends in order.
    fn bye(mut self) {
        self.client.ask(&Ask::Bye).unwrap();
        assert_eq!(
            self.client.tell().err().unwrap().to_string(),
            "the connection has ended"
        );
        assert_eq!(self.child.wait().unwrap().code(), Some(0));
    }
}

#[test]
fn tables_come_as_values_and_commands_as_output() {
    let device = Device::new();
    device.done("apply --all");
    let system = System::at(device.prefix());
    let mut session = Session::of(&device, &system, &["--rw"]);
    assert!(session.client.hello().unwrap(), "commands are taken");
    let rows = session.ask(&Ask::Rows {
        of: Kind::Cells,
        view: "merged",
        fields: "name,state,reserved_ports,rlimit_nofile,rlimit_as,autostart",
        names: vec!["web", "tool"],
    });
    assert_eq!(
        rows.columns,
        [
            "name",
            "state",
            "reserved_ports",
            "rlimit_nofile",
            "rlimit_as",
            "autostart"
        ]
    );
    let text = |text: &str| Owned::Text(text.into());
    assert_eq!(
        rows.rows[0],
        [
            text("web"),
            text("managed"),
            text("tcp/80"),
            Owned::Number(64),
            Owned::Unlimited,
            Owned::Flag(true)
        ]
    );
    assert_eq!(rows.rows[1][0], text("tool"));
    assert_eq!((rows.rows.len(), rows.status), (2, Some(0)));
    let fields = session.ask(&Ask::Fields { of: Kind::Volumes });
    assert!(fields.rows.iter().any(|row| row[0] == text("budget")));
    let status = session.ask(&Ask::System);
    assert!(
        matches!(&status.rows[0][..], [name, Owned::Text(board)]
            if *name == text("board") && board.starts_with("desk ")),
        "{status:?}"
    );
    // the usual columns, and what is wrong with others
    let usual = session.ask(&Ask::Rows {
        of: Kind::Cells,
        view: "",
        fields: "",
        names: vec![],
    });
    assert_eq!((usual.rows.len(), usual.status), (3, Some(0)));
    let wrong = session.ask(&Ask::Rows {
        of: Kind::Cells,
        view: "",
        fields: "nam",
        names: vec![],
    });
    assert_eq!(
        (wrong.status, wrong.why.contains("nam")),
        (Some(64), true),
        "{wrong:?}"
    );
    // what a command writes
    let set = session.run("cell set web --cmd /bin/check --scope both");
    assert_eq!((set.status, set.why.as_str()), (Some(0), ""), "{set:?}");
    assert!(set.output.contains("web: RESTART: "), "{}", set.output);
    let drift = session.run("apply --dry-run --all");
    assert_eq!(drift.status, Some(0), "{drift:?}");
    // nobody is there to be asked
    let reset = session.run("system reset --scope desired");
    assert_eq!(
        (reset.status, reset.why.contains("--yes")),
        (Some(1), true),
        "{reset:?}"
    );
    for line in [
        "ipc --stdio",
        "cell shell web",
        "cell console web",
        "logs web -f",
    ] {
        let ran = session.run(line);
        assert_ne!(ran.status, Some(0), "{line}: {ran:?}");
        assert_ne!(ran.why, "", "{line}");
    }
    session.bye();
}

#[test]
fn without_rw_nothing_is_changed() {
    let device = Device::new();
    device.done("apply --all");
    let system = System::at(device.prefix());
    let mut session = Session::of(&device, &system, &[]);
    let early = session.ask(&Ask::System);
    assert_eq!(early.why, "ipc: hello: must come first");
    assert!(!session.client.hello().unwrap());
    let before = device.store();
    for line in [
        "cell create twin --like web",
        "cell set web --profile high",
        "cell remove web",
        "cell start web",
        "cell stop web",
        "cell restart web",
        "volume create extra",
        "volume set site --mode 0700",
        "volume remove site",
        "cell plan run web",
        "apply --all",
        "system reset --scope desired --yes",
    ] {
        let ran = session.run(line);
        assert_eq!(ran.status, Some(1), "{line}: {ran:?}");
        assert_eq!(
            ran.why, "ipc: run: read-only: started without --rw",
            "{line}"
        );
    }
    assert_eq!(device.store(), before);
    assert_eq!(session.run("cell list").status, Some(0));
    session.bye();
}

#[test]
fn events_and_logs_come_until_they_are_cancelled() {
    let device = Device::new();
    let system = System::at(device.prefix());
    let mut session = Session::of(&device, &system, &[]);
    session.client.hello().unwrap();
    let feed = session.client.ask(&Ask::Subscribe).unwrap();
    let happened = session.answer(feed);
    assert!(happened.events[0].contains("web: ready"), "{happened:?}");
    let second = session.ask(&Ask::Subscribe);
    assert_eq!(second.why, "ipc: subscribe: there is one already");
    assert_eq!(session.ask(&Ask::Cancel(feed)).status, Some(0));
    let again = session.client.ask(&Ask::Subscribe).unwrap();
    let happened = session.answer(again);
    assert_eq!(happened.events.len(), 1, "{happened:?}");
    let log = session.ask(&Ask::Log {
        cell: "web",
        follow: false,
    });
    assert_eq!(log.output, "stdout: hello\ncellinit: ready\n");
    assert_eq!(log.status, Some(0));
    session.bye();
}

#[test]
fn noise_is_passed_over_and_other_versions_are_told() {
    let device = Device::new();
    let mut child = Command::new(env!("CARGO_BIN_EXE_cellmgr"))
        .args(["ipc", "--stdio"])
        .env("PICOCELL_PREFIX", device.prefix())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let system = System::at(device.prefix());
    let output = OwnedFd::from(child.stdout.take().unwrap());
    let to = std::os::fd::AsFd::as_fd(&input)
        .try_clone_to_owned()
        .unwrap();
    let mut client = Client::new(&system, output, to);
    input
        .write_all(b"login: root\r\n# \0\xff\xff\0\0\x01")
        .unwrap();
    input.write_all(&[7; 100_000]).unwrap();
    input.write_all(&[0]).unwrap();
    assert!(!client.hello().unwrap());
    // an ask of a later version
    input.write_all(&libcell::ipc::encode(&[5, 99])).unwrap();
    let (id, tell) = client.tell().unwrap();
    let status = 1;
    assert_eq!(
        (id, tell),
        (
            0,
            Tell::Failed {
                status,
                why: "ipc: message: not understood"
            }
        )
    );
    client.ask(&Ask::Hello(VERSION + 1)).unwrap();
    let (_, tell) = client.tell().unwrap();
    assert_eq!(
        tell,
        Tell::Failed {
            status,
            why: "ipc: version: not spoken here"
        }
    );
    assert!(client.tell().is_err(), "and the end");
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn it_ends_with_whoever_talks_to_it() {
    let device = Device::new();
    let system = System::at(device.prefix());
    let mut session = Session::of(&device, &system, &[]);
    session.client.hello().unwrap();
    session.client.ask(&Ask::Subscribe).unwrap();
    drop(session.client);
    assert_eq!(session.child.wait().unwrap().code(), Some(0));
}
