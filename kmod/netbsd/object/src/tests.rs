//! Each repair on a small text or object, and an object of each kind that a kernel would not take.

use std::collections::BTreeSet;

use object::Endianness;
use object::build::elf::{Builder, Relocation, SectionData, SectionId, SymbolId};
use object::elf;

use crate::check::{self, Kind};
use crate::failure::Failure;
use crate::repair;
use crate::size::Size;

mod text;

/// An object with a section of code, its relocations, and the note about the stack.
struct Sample<'d> {
    object: Builder<'d>,
    code: SectionId,
    table: SectionId,
}

fn sample(machine: elf::Machine, endian: Endianness, code: &[u32]) -> Sample<'static> {
    let is_64 = matches!(machine, elf::EM_X86_64 | elf::EM_AARCH64);
    let mut object = Builder::new(endian, is_64);
    object.header.e_type = elf::ET_REL;
    object.header.e_machine = machine;
    let bytes: Vec<u8> = code
        .iter()
        .flat_map(|word| match endian {
            Endianness::Little => word.to_le_bytes(),
            Endianness::Big => word.to_be_bytes(),
        })
        .collect();
    let code = section(&mut object, ".text", elf::SHT_PROGBITS);
    let text = object.sections.get_mut(code);
    text.sh_flags = elf::SHF_ALLOC | elf::SHF_EXECINSTR;
    text.data = SectionData::Data(bytes.into());
    section(&mut object, ".note.GNU-stack", elf::SHT_PROGBITS);
    let table = section(&mut object, ".rel.text", elf::SHT_REL);
    let relocations = object.sections.get_mut(table);
    relocations.sh_info_section = Some(code);
    relocations.data = SectionData::Relocation(Vec::new());
    Sample {
        object,
        code,
        table,
    }
}

fn section(object: &mut Builder<'_>, name: &str, kind: elf::SectionType) -> SectionId {
    let section = object.sections.add();
    section.name = name.as_bytes().to_vec().into();
    section.sh_type = kind;
    section.sh_addralign = 4;
    section.id()
}

impl Sample<'_> {
    fn symbol(&mut self, name: &str, bind: elf::SymbolBind, at: Option<u64>) -> SymbolId {
        let code = self.code;
        let symbol = self.object.symbols.add();
        symbol.name = name.as_bytes().to_vec().into();
        symbol.set_st_info(bind, elf::STT_FUNC);
        symbol.section = at.map(|_| code);
        symbol.st_value = at.unwrap_or(0);
        symbol.id()
    }

    fn relocate(&mut self, r_offset: u64, r_type: elf::RelocationType, symbol: SymbolId) {
        if let SectionData::Relocation(list) = &mut self.object.sections.get_mut(self.table).data {
            list.push(Relocation {
                r_offset,
                symbol: Some(symbol),
                r_type,
                r_addend: 0,
            });
        }
    }

    fn relocations(&self) -> Vec<(u64, elf::RelocationType, i64)> {
        match &self.object.sections.get(self.table).data {
            SectionData::Relocation(list) => list
                .iter()
                .map(|relocation| (relocation.r_offset, relocation.r_type, relocation.r_addend))
                .collect(),
            _ => Vec::new(),
        }
    }

    fn words(&self) -> Vec<u32> {
        match &self.object.sections.get(self.code).data {
            SectionData::Data(bytes) => bytes
                .chunks_exact(4)
                .map(|chunk| {
                    let chunk = chunk.try_into().expect("four bytes");
                    match self.object.endian {
                        Endianness::Little => u32::from_le_bytes(chunk),
                        Endianness::Big => u32::from_be_bytes(chunk),
                    }
                })
                .collect(),
            _ => Vec::new(),
        }
    }

    fn faults(&self, kind: Kind) -> Vec<Failure> {
        check::faults(&self.object, kind, None).expect("a machine of the kernel's")
    }
}

const JAL: u32 = 0x0c00_0000;
const J: u32 = 0x0800_0000;
const LUI: u32 = 0x3c02_0000;
const LW: u32 = 0x8c42_0000;

#[test]
fn an_address_in_two_halves_gets_one_addend() {
    for endian in [Endianness::Little, Endianness::Big] {
        // 0x12340000 + -0x7ff0
        let mut sample = sample(elf::EM_MIPS, endian, &[LUI | 0x1234, LW | 0x8010]);
        let state = sample.symbol("state", elf::STB_GLOBAL, None);
        sample.relocate(0, elf::R_MIPS_HI16, state);
        sample.relocate(4, elf::R_MIPS_LO16, state);
        repair::add_addends(&mut sample.object).expect("both halves are there");
        assert_eq!(
            sample.relocations(),
            [
                (0, elf::R_MIPS_HI16, 0x1233_8010),
                (4, elf::R_MIPS_LO16, -0x7ff0)
            ]
        );
        assert_eq!(sample.words(), [LUI, LW]);
        let table = sample.object.sections.get(sample.table);
        assert_eq!(table.sh_type, elf::SHT_RELA);
    }
}

#[test]
fn two_low_halves_share_a_high_one() {
    let mut sample = sample(elf::EM_MIPS, Endianness::Little, &[LUI, LW | 8, LW | 12]);
    let state = sample.symbol("state", elf::STB_GLOBAL, None);
    sample.relocate(0, elf::R_MIPS_HI16, state);
    sample.relocate(4, elf::R_MIPS_LO16, state);
    sample.relocate(8, elf::R_MIPS_LO16, state);
    repair::add_addends(&mut sample.object).expect("both halves are there");
    let addends: Vec<i64> = sample.relocations().iter().map(|entry| entry.2).collect();
    assert_eq!(addends, [8, 8, 12]);
}

#[test]
fn a_high_half_alone_is_refused() {
    let mut sample = sample(elf::EM_MIPS, Endianness::Little, &[LUI, LW]);
    let state = sample.symbol("state", elf::STB_GLOBAL, None);
    let other = sample.symbol("other", elf::STB_GLOBAL, None);
    sample.relocate(0, elf::R_MIPS_HI16, state);
    sample.relocate(4, elf::R_MIPS_LO16, other);
    assert_eq!(
        repair::add_addends(&mut sample.object),
        Err(Failure::Half(".text".to_owned(), 0))
    );
}

#[test]
fn mips_calls_need_no_address() {
    let mut sample = sample(
        elf::EM_MIPS,
        Endianness::Little,
        &[JAL, 0, J | 3, 0, JAL, 0],
    );
    let start = sample.symbol("start", elf::STB_LOCAL, Some(0));
    let copy = sample.symbol("memcpy", elf::STB_GLOBAL, None);
    sample.relocate(0, elf::R_MIPS_26, copy);
    sample.relocate(8, elf::R_MIPS_26, start);
    sample.relocate(16, elf::R_MIPS_26, copy);
    repair::add_addends(&mut sample.object).expect("addends");
    repair::resolve(&mut sample.object).expect("all near");
    assert_eq!(
        sample.words(),
        [
            0x0411_0005, // bal 24
            0,
            0x1000_0000, // b start+12
            0,
            0x0411_0001, // bal 24
            0,
            0x3c19_0000, // 24: lui $25
            0x2739_0000, // addiu $25, $25
            0x0320_0008, // jr $25
            0,
        ]
    );
    assert_eq!(
        sample.relocations(),
        [(24, elf::R_MIPS_HI16, 0), (28, elf::R_MIPS_LO16, 0)]
    );
}

#[test]
fn a_mips_call_too_far_is_refused() {
    let mut sample = sample(elf::EM_MIPS, Endianness::Little, &[JAL, 0]);
    let far = sample.symbol("far", elf::STB_LOCAL, Some(0x2_0008));
    sample.relocate(0, elf::R_MIPS_26, far);
    assert_eq!(
        repair::resolve(&mut sample.object),
        Err(Failure::Branch(".text".to_owned(), 0))
    );
}

#[test]
fn arm_calls_reach_everywhere() {
    const BL: u32 = 0xebff_fffe;
    let mut sample = sample(elf::EM_ARM, Endianness::Little, &[0, BL, BL, 0xeaff_fffe]);
    let start = sample.symbol("start", elf::STB_LOCAL, Some(0));
    let copy = sample.symbol("memcpy", elf::STB_GLOBAL, None);
    sample.relocate(4, elf::R_ARM_CALL, start);
    sample.relocate(8, elf::R_ARM_CALL, copy);
    sample.relocate(12, elf::R_ARM_JUMP24, copy);
    repair::resolve(&mut sample.object).expect("all near");
    assert_eq!(
        sample.words(),
        [
            0,
            0xebff_fffd, // bl start
            0xeb00_0000, // bl 16
            0xeaff_ffff, // b 16
            0xe51f_f004, // 16: ldr pc, [pc, #-4]
            0,
        ]
    );
    assert_eq!(sample.relocations(), [(20, elf::R_ARM_ABS32, 0)]);
}

#[test]
fn amd64_calls_name_no_table() {
    let mut sample = sample(elf::EM_X86_64, Endianness::Little, &[0, 0]);
    let copy = sample.symbol("memcpy", elf::STB_GLOBAL, None);
    sample.relocate(1, elf::R_X86_64_PLT32, copy);
    repair::resolve(&mut sample.object).expect("nothing to resolve");
    assert_eq!(sample.relocations(), [(1, elf::R_X86_64_PC32, 0)]);
}

#[test]
fn a_repaired_object_is_written_and_read_again() {
    let mut sample = sample(elf::EM_MIPS, Endianness::Big, &[JAL, 0]);
    let copy = sample.symbol("memcpy", elf::STB_GLOBAL, None);
    sample.relocate(0, elf::R_MIPS_26, copy);
    let strings = section(&mut sample.object, ".strtab", elf::SHT_STRTAB);
    sample.object.sections.get_mut(strings).data = SectionData::String;
    let symbols = section(&mut sample.object, ".symtab", elf::SHT_SYMTAB);
    let table = sample.object.sections.get_mut(symbols);
    table.data = SectionData::Symbol;
    table.sh_link_section = Some(strings);
    sample.object.sections.get_mut(sample.table).sh_link_section = Some(symbols);
    repair::add_addends(&mut sample.object).expect("addends");
    repair::resolve(&mut sample.object).expect("all near");
    repair::add_section_names(&mut sample.object);
    sample.object.set_section_sizes();
    let mut bytes = Vec::new();
    sample.object.write(&mut bytes).expect("written");
    let again = Builder::read(bytes.as_slice()).expect("read");
    assert_eq!(check::faults(&again, Kind::Core, None), Ok(Vec::new()));
    assert_eq!(
        Size::of(&again),
        Size {
            constant: 24,
            data: 0
        }
    );
}

#[test]
fn a_good_core_has_no_fault() {
    let mut sample = sample(elf::EM_AARCH64, Endianness::Little, &[0xd65f_03c0]);
    sample.object.sections.get_mut(sample.table).sh_type = elf::SHT_RELA;
    let copy = sample.symbol("memcpy", elf::STB_GLOBAL, None);
    sample.symbol("cell_rs_ask", elf::STB_GLOBAL, Some(0));
    sample.relocate(0, elf::R_AARCH64_CALL26, copy);
    assert_eq!(sample.faults(Kind::Core), []);
}

#[test]
fn names_that_are_not_the_modules_are_refused() {
    let mut sample = sample(elf::EM_ARM, Endianness::Little, &[0]);
    sample.symbol("bcmp", elf::STB_GLOBAL, None);
    sample.symbol("helper", elf::STB_GLOBAL, Some(0));
    sample.symbol("cell_rs_ask", elf::STB_GLOBAL, Some(0));
    sample.symbol("_RNv4core9panicking5panic", elf::STB_LOCAL, Some(0));
    assert_eq!(
        sample.faults(Kind::Core),
        [
            Failure::Undefined("bcmp".to_owned()),
            Failure::Global("helper".to_owned()),
            Failure::Panic("_RNv4core9panicking5panic".to_owned()),
        ]
    );
}

#[test]
fn a_module_calls_what_the_kernel_has() {
    let mut sample = sample(elf::EM_X86_64, Endianness::Little, &[0]);
    sample.symbol("kauth_listen_scope", elf::STB_GLOBAL, None);
    sample.symbol("bcmp", elf::STB_GLOBAL, None);
    let kernel = BTreeSet::from(["kauth_listen_scope".to_owned()]);
    assert_eq!(
        check::faults(&sample.object, Kind::Module, Some(&kernel)),
        Ok(vec![Failure::Undefined("bcmp".to_owned())])
    );
    assert_eq!(sample.faults(Kind::Module), []);
}

#[test]
fn tables_for_unwinding_are_refused() {
    for name in [".eh_frame", ".ARM.exidx", ".ARM.exidx.text.f", ".got"] {
        let mut sample = sample(elf::EM_ARM, Endianness::Little, &[0]);
        section(&mut sample.object, name, elf::SHT_PROGBITS);
        assert_eq!(
            sample.faults(Kind::Core),
            [Failure::Section(name.to_owned())]
        );
    }
}

#[test]
fn an_executable_stack_or_none_said_is_refused() {
    let mut sample = sample(elf::EM_ARM, Endianness::Little, &[0]);
    for section in &mut sample.object.sections {
        if section.name.as_slice() == b".note.GNU-stack" {
            section.sh_flags = elf::SHF_EXECINSTR;
        }
    }
    assert_eq!(sample.faults(Kind::Core), [Failure::Stack]);
    for section in &mut sample.object.sections {
        section.delete |= section.name.as_slice() == b".note.GNU-stack";
    }
    assert_eq!(sample.faults(Kind::Core), [Failure::Stack]);
}

#[test]
fn relocations_that_a_loader_does_not_know_are_refused() {
    let unknown = [
        (elf::EM_X86_64, elf::R_X86_64_GOTPCREL),
        (elf::EM_X86_64, elf::R_X86_64_PLT32),
        (elf::EM_AARCH64, elf::R_AARCH64_ADR_GOT_PAGE),
        (elf::EM_ARM, elf::R_ARM_MOVW_ABS_NC),
        (elf::EM_ARM, elf::R_ARM_PREL31),
        (elf::EM_ARM, elf::R_ARM_CALL),
        (elf::EM_MIPS, elf::R_MIPS_26),
        (elf::EM_MIPS, elf::R_MIPS_GPREL16),
    ];
    for (machine, relocation) in unknown {
        let mut sample = sample(machine, Endianness::Little, &[0]);
        sample.object.sections.get_mut(sample.table).sh_type = elf::SHT_RELA;
        let own = sample.symbol("cell_rs_ask", elf::STB_GLOBAL, Some(0));
        sample.relocate(0, relocation, own);
        let fault = Failure::Relocation(relocation.0, ".text".to_owned(), 0);
        assert_eq!(sample.faults(Kind::Core), [fault]);
        assert_eq!(sample.faults(Kind::Builtin), []);
    }
}

#[test]
fn relocations_without_addends_are_refused_where_the_loader_wants_them() {
    let sample = sample(elf::EM_MIPS, Endianness::Big, &[0]);
    assert_eq!(
        sample.faults(Kind::Core),
        [Failure::Addends(".text".to_owned())]
    );
}

#[test]
fn another_machine_is_refused() {
    let sample = sample(elf::EM_PPC, Endianness::Big, &[0]);
    assert_eq!(
        check::faults(&sample.object, Kind::Core, None),
        Err(Failure::Machine(elf::EM_PPC.0))
    );
}

#[test]
fn header_and_object_say_the_same() {
    let mut sample = sample(elf::EM_ARM, Endianness::Little, &[0]);
    sample.symbol("cell_rs_ask", elf::STB_GLOBAL, Some(0));
    sample.symbol("cell_rs_old", elf::STB_GLOBAL, Some(0));
    let header = "uint8_t\tcell_rs_ask(uint32_t);\nbool\tcell_rs_new(void);\n";
    assert_eq!(
        check::header_faults(&sample.object, header),
        [
            Failure::Missing("cell_rs_new".to_owned()),
            Failure::Undeclared("cell_rs_old".to_owned()),
        ]
    );
}
