//! `cell-object assembly|addends|resolve|check|size`: see `--help`.
#![forbid(unsafe_code)]

use std::collections::BTreeSet;
use std::fs;
use std::process::{Command, ExitCode};

use argh::FromArgs;
use cell_object::check::{self, Kind};
use cell_object::failure::Failure;
use cell_object::machine::Machine;
use cell_object::size::Size;
use cell_object::{assembly, instructions, repair};
use object::build::elf::Builder;
use object::{Object as _, ObjectSymbol as _};

/// Repairs and checks the kernel objects of secmodel_cell. Exit status: 0 done, 1 an object is refused, 64 usage.
#[derive(FromArgs)]
struct Arguments {
    #[argh(subcommand)]
    task: Task,
}

#[derive(FromArgs)]
#[argh(subcommand)]
enum Task {
    Assembly(Assembly),
    Addends(Addends),
    Resolve(Resolve),
    Check(Check),
    Size(Sizes),
}

/// MIPS: in LLVM's assembly, use another register for $24, which is NetBSD's.
#[derive(FromArgs)]
#[argh(subcommand, name = "assembly")]
struct Assembly {
    /// assembly file
    #[argh(positional)]
    file: String,
    /// where the changed text goes
    #[argh(positional)]
    out: String,
}

/// MIPS: give relocations addends, before a linker sees the object.
#[derive(FromArgs)]
#[argh(subcommand, name = "addends")]
struct Addends {
    /// object
    #[argh(positional)]
    file: String,
    /// where the changed object goes
    #[argh(positional)]
    out: String,
}

/// Resolve calls within the code, and rewrite what a loader does not know.
#[derive(FromArgs)]
#[argh(subcommand, name = "resolve")]
struct Resolve {
    /// object
    #[argh(positional)]
    file: String,
    /// where the changed object goes
    #[argh(positional)]
    out: String,
}

/// Refuse what a kernel would not take, or not survive.
#[derive(FromArgs)]
#[argh(subcommand, name = "check")]
struct Check {
    /// object
    #[argh(positional)]
    file: String,
    /// it is core, builtin or module
    #[argh(option, from_str_fn(kind))]
    kind: Kind,
    /// llvm-objdump
    #[argh(option)]
    objdump: String,
    /// header of C that declares what the core defines
    #[argh(option)]
    header: Option<String>,
    /// kernel whose symbol table must have what the object calls
    #[argh(option)]
    kernel: Option<String>,
}

/// Print text+rodata and data+bss; refuse what is above the bounds.
#[derive(FromArgs)]
#[argh(subcommand, name = "size")]
struct Sizes {
    /// object
    #[argh(positional)]
    file: String,
    /// what the line begins with
    #[argh(option)]
    label: String,
    /// refuse nothing
    #[argh(switch)]
    unbounded: bool,
}

fn kind(text: &str) -> Result<Kind, String> {
    match text {
        "core" => Ok(Kind::Core),
        "builtin" => Ok(Kind::Builtin),
        "module" => Ok(Kind::Module),
        _ => Err(format!("{text}: not core, builtin or module")),
    }
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let (_, words) = words.split_first().unwrap_or((&"", &[]));
    let arguments = match Arguments::from_args(&["cell-object"], words) {
        Ok(arguments) => arguments,
        Err(early) => {
            if early.status.is_ok() {
                println!("{}", early.output.trim_end());
                return ExitCode::SUCCESS;
            }
            eprintln!("cell-object: usage: {}", early.output.trim_end());
            return ExitCode::from(64);
        }
    };
    let (file, result) = match arguments.task {
        Task::Assembly(task) => {
            let result = change_text(&task);
            (task.file, result)
        }
        Task::Addends(task) => {
            let result = change(&task.file, &task.out, repair::add_addends);
            (task.file, result)
        }
        Task::Resolve(task) => {
            let result = change(&task.file, &task.out, repair::resolve);
            (task.file, result)
        }
        Task::Check(task) => {
            let result = refuse(&task);
            (task.file, result)
        }
        Task::Size(task) => {
            let result = measure(&task);
            (task.file, result)
        }
    };
    let faults = result.unwrap_or_else(|failure| vec![failure]);
    for fault in &faults {
        eprintln!("cell-object: {file}: {fault}");
    }
    ExitCode::from(u8::from(!faults.is_empty()))
}

fn read(file: &str) -> Result<Vec<u8>, Failure> {
    fs::read(file).map_err(|error| Failure::File(file.to_owned(), error.to_string()))
}

fn read_text(file: &str) -> Result<String, Failure> {
    fs::read_to_string(file).map_err(|error| Failure::File(file.to_owned(), error.to_string()))
}

fn write(file: &str, bytes: &[u8]) -> Result<(), Failure> {
    fs::write(file, bytes).map_err(|error| Failure::File(file.to_owned(), error.to_string()))
}

fn change_text(task: &Assembly) -> Result<Vec<Failure>, Failure> {
    let text = assembly::without_24(&read_text(&task.file)?)?;
    write(&task.out, text.as_bytes())?;
    Ok(Vec::new())
}

fn change(
    file: &str,
    out: &str,
    repair: fn(&mut Builder<'_>) -> Result<(), Failure>,
) -> Result<Vec<Failure>, Failure> {
    let bytes = read(file)?;
    let mut object = Builder::read(bytes.as_slice())?;
    repair(&mut object)?;
    repair::add_section_names(&mut object);
    object.set_section_sizes();
    let mut written = Vec::new();
    object.write(&mut written)?;
    write(out, &written)?;
    Ok(Vec::new())
}

fn refuse(task: &Check) -> Result<Vec<Failure>, Failure> {
    let bytes = read(&task.file)?;
    let object = Builder::read(bytes.as_slice())?;
    let kernel = task.kernel.as_deref().map(symbols).transpose()?;
    let mut faults = check::faults(&object, task.kind, kernel.as_ref())?;
    if let Some(header) = &task.header {
        faults.extend(check::header_faults(&object, &read_text(header)?));
    }
    let text = disassembly(&task.objdump, &task.file)?;
    let reads_24 = task.kind == Kind::Module;
    faults.extend(instructions::faults(&text, Machine::of(&object)?, reads_24));
    Ok(faults)
}

fn disassembly(objdump: &str, file: &str) -> Result<String, Failure> {
    let output = Command::new(objdump)
        .args(["-d", "--no-show-raw-insn", "--no-leading-addr", file])
        .output()
        .map_err(|error| Failure::Disassembler(format!("{objdump}: {error}")))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    if !output.status.success() || instructions::count(&text) == 0 {
        return Err(Failure::Disassembler(format!(
            "{file}: no instructions shown"
        )));
    }
    Ok(text)
}

/// The names that a kernel defines.
fn symbols(file: &str) -> Result<BTreeSet<String>, Failure> {
    let bytes = read(file)?;
    let kernel = object::File::parse(bytes.as_slice())
        .map_err(|error| Failure::File(file.to_owned(), error.to_string()))?;
    let names = kernel
        .symbols()
        .filter(|symbol| symbol.is_definition() && symbol.is_global())
        .filter_map(|symbol| symbol.name().ok().map(str::to_owned));
    Ok(names.collect())
}

fn measure(task: &Sizes) -> Result<Vec<Failure>, Failure> {
    let bytes = read(&task.file)?;
    let size = Size::of(&Builder::read(bytes.as_slice())?);
    println!("{:<28} {:>8} {:>8}", task.label, size.constant, size.data);
    Ok(match task.unbounded {
        true => Vec::new(),
        false => size.faults(),
    })
}
