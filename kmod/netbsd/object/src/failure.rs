//! What is wrong with an object, in a line.

use std::fmt;

/// Why an object is refused.
#[derive(Debug, PartialEq, Eq)]
pub enum Failure {
    /// Not an object of one of the processors; the machine's number.
    Machine(u16),
    /// Not an ELF file, or a broken one.
    Elf(String),
    /// The file of that name could not be read or written.
    File(String, String),
    /// llvm-objdump could not be had, or ended badly.
    Disassembler(String),
    /// A call of something that is neither in the object nor in the kernel.
    Undefined(String),
    /// A name that other modules of the kernel would see.
    Global(String),
    /// A name of C's header that the object has not.
    Missing(String),
    /// A name that no header of C's has.
    Undeclared(String),
    /// A path to a panic.
    Panic(String),
    /// Tables for unwinding.
    Section(String),
    /// The stack would be executable, or nothing says that it need not be.
    Stack,
    /// A relocation that the loader does not know: its number, section and first place.
    Relocation(u32, String, u64),
    /// Relocations without addends, where the loader wants them.
    Addends(String),
    /// A branch whose target is too far away, or not a place in code.
    Branch(String, u64),
    /// A half of an address whose other half is not there.
    Half(String, u64),
    /// An instruction that stops the kernel: it, and the function.
    Trap(String, String),
    /// An instruction that changes or needs a register of the kernel's: register, instruction, function.
    Register(&'static str, String, String),
    /// A function of assembly that uses $24 where nothing can stand for it: it, and the line.
    NoRegister(String, String),
    /// Above the bound: what, bytes, bound.
    Size(&'static str, u64, u64),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Machine(number) => write!(f, "machine {number}: not one of the kernel's"),
            Self::Elf(why) => write!(f, "not an object: {why}"),
            Self::File(name, why) => write!(f, "{name}: {why}"),
            Self::Disassembler(why) => write!(f, "llvm-objdump: {why}"),
            Self::Undefined(name) => write!(f, "{name}: undefined, and not in the kernel"),
            Self::Global(name) => write!(f, "{name}: global, and not the module's to define"),
            Self::Missing(name) => write!(f, "{name}: in the header, but not in the object"),
            Self::Undeclared(name) => write!(f, "{name}: in the object, but not in the header"),
            Self::Panic(name) => write!(f, "{name}: a path to a panic"),
            Self::Section(name) => write!(f, "{name}: a section that a kernel has no use for"),
            Self::Stack => write!(f, ".note.GNU-stack: missing or executable"),
            Self::Relocation(number, section, at) => {
                write!(
                    f,
                    "{section}: relocation {number}, first at {at:#x}: unknown to the kernel's loader"
                )
            }
            Self::Addends(section) => write!(f, "{section}: relocations without addends"),
            Self::Branch(section, at) => write!(f, "{section}+{at:#x}: branch to nowhere near"),
            Self::Half(section, at) => {
                write!(f, "{section}+{at:#x}: half of an address is missing")
            }
            Self::Trap(function, instruction) => {
                write!(
                    f,
                    "{function}: {instruction}: an instruction that stops the kernel"
                )
            }
            Self::Register(register, instruction, function) => {
                write!(f, "{function}: {instruction}: {register} is the kernel's")
            }
            Self::NoRegister(function, line) => {
                write!(
                    f,
                    "{function}: {line}: $24 is the kernel's, and nothing can stand for it here"
                )
            }
            Self::Size(what, bytes, bound) => {
                write!(f, "{what}: {bytes} bytes, above the bound of {bound}")
            }
        }
    }
}

impl From<object::build::Error> for Failure {
    fn from(error: object::build::Error) -> Self {
        Self::Elf(error.to_string())
    }
}
