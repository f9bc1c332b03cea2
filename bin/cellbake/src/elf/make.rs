//! ELF files with headers and nothing to execute: what stands in for a release's programs and libraries.

use super::Elf;

/// Where it would be loaded.
const BASE: u64 = 0x10000;

/// A file that says of itself what `elf` does.
#[must_use]
pub fn make(elf: &Elf) -> Vec<u8> {
    let wide = matches!(
        object::elf::Machine(elf.machine),
        object::elf::EM_X86_64 | object::elf::EM_AARCH64
    );
    let mut strings = vec![0];
    let mut string = |text: &str| {
        let at = strings.len() as u64;
        strings.extend_from_slice(text.as_bytes());
        strings.push(0);
        at
    };
    let needed: Vec<u64> = elf.libraries.iter().map(|name| string(name)).collect();
    let search = (!elf.search.is_empty()).then(|| string(&elf.search.join(":")));
    let interpreter = elf.interpreter.as_deref().map(|path| format!("{path}\0"));
    let dynamic = !needed.is_empty() || search.is_some();

    // elf(5): the header, the program headers, the interpreter, the dynamic section, its strings
    let (header, entry, word) = if wide { (64, 56, 8) } else { (52, 32, 4) };
    let headers = 1 + u64::from(interpreter.is_some()) + u64::from(dynamic);
    let interpreter_at = header + headers * entry;
    let interpreter_size = interpreter.as_ref().map_or(0, |text| text.len() as u64);
    let dynamic_at = (interpreter_at + interpreter_size).next_multiple_of(8);
    let entries = needed.len() as u64 + u64::from(search.is_some()) + 3;
    let dynamic_size = if dynamic { entries * 2 * word } else { 0 };
    let strings_at = dynamic_at + dynamic_size;
    let size = strings_at + if dynamic { strings.len() as u64 } else { 0 };

    let mut file = Writer {
        bytes: Vec::new(),
        big_endian: elf.big_endian,
        word: if wide { 8 } else { 4 },
    };
    let class = if wide { 2 } else { 1 };
    let data = if elf.big_endian { 2 } else { 1 };
    file.bytes
        .extend_from_slice(&[0x7f, b'E', b'L', b'F', class, data, 1]);
    file.bytes.resize(16, 0);
    file.half(if interpreter.is_some() { 2 } else { 3 });
    file.half(elf.machine.into());
    file.four(1);
    file.word(0);
    file.word(header);
    file.word(0);
    file.four(0);
    for half in [header, entry, headers, 0, 0, 0] {
        file.half(half);
    }
    file.segment(1, 0, size);
    if interpreter.is_some() {
        file.segment(3, interpreter_at, interpreter_size);
    }
    if dynamic {
        file.segment(2, dynamic_at, dynamic_size);
    }
    file.bytes
        .extend_from_slice(interpreter.unwrap_or_default().as_bytes());
    if dynamic {
        file.bytes.resize(dynamic_at as usize, 0);
        let tags = needed.iter().map(|at| (1, *at));
        let tags = tags.chain(search.map(|at| (29, at)));
        for (tag, value) in tags.chain([(5, BASE + strings_at), (10, strings.len() as u64), (0, 0)])
        {
            file.word(tag);
            file.word(value);
        }
        file.bytes.extend_from_slice(&strings);
    }
    file.bytes
}

struct Writer {
    bytes: Vec<u8>,
    big_endian: bool,
    word: usize,
}

impl Writer {
    fn number(&mut self, size: usize, value: u64) {
        let little = value.to_le_bytes();
        let little = little.iter().take(size).copied();
        if self.big_endian {
            self.bytes.extend(little.rev());
        } else {
            self.bytes.extend(little);
        }
    }

    fn half(&mut self, value: u64) {
        self.number(2, value);
    }

    fn four(&mut self, value: u64) {
        self.number(4, value);
    }

    fn word(&mut self, value: u64) {
        self.number(self.word, value);
    }

    fn segment(&mut self, kind: u64, offset: u64, size: u64) {
        const READ_EXECUTE: u64 = 5;
        self.four(kind);
        if self.word == 8 {
            self.four(READ_EXECUTE);
        }
        for word in [offset, BASE + offset, BASE + offset, size, size] {
            self.word(word);
        }
        if self.word == 4 {
            self.four(READ_EXECUTE);
        }
        self.word(8);
    }
}
