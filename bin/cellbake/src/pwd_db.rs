//! pwd.db and spwd.db: what NetBSD's getpwnam(3) and getpwuid(3) read instead of passwd(5).
//!
//! Source: pwd_mkdb(8), and the hash method of db(3) as `lib/libc/db/hash` of NetBSD has it: version 2, a table without
//! overflow pages. Records are those of version 0, which every release reads.

/// The magic number and version of the hash method.
const MAGIC: u32 = 0x0006_1561;
const VERSION: u32 = 2;
/// Its check of the hash function: `CHARKEY`, the NUL included.
const CHARKEY: &[u8] = b"%$sniglet^&\0";
/// Bytes of a page, and its logarithm.
const PAGE: usize = 1024;
const PAGE_SHIFT: u32 = 10;
/// Segments of its directory: `DEF_DIRSIZE`, `DEF_SEGSIZE`, `DEF_SEGSIZE_SHIFT`.
const SEGMENTS: [u32; 3] = [256, 256, 8];
/// What a page keeps for its counts, and for a page behind it that is never there.
const PAGE_COUNTS: usize = 3 * 2;
const PAGE_BEHIND: usize = 2 * 2;

/// Whose database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// For everybody: without passwords.
    Public,
    /// For root: with them.
    Secret,
}

/// A line of passwd(5) or master.passwd(5).
struct User<'l> {
    name: &'l str,
    password: &'l str,
    uid: u32,
    gid: u32,
    class: &'l str,
    change: u32,
    expire: u32,
    gecos: &'l str,
    home: &'l str,
    shell: &'l str,
}

/// The database of the users in the text of a passwd(5) or master.passwd(5); lines that are none are left out.
///
/// `None` if there are more than fit.
#[must_use]
pub fn database(text: &str, kind: Kind, big_endian: bool) -> Option<Vec<u8>> {
    let mut writer = Writer { big_endian };
    let mut pairs: Vec<(Vec<u8>, Vec<u8>)> = Vec::new();
    for (number, user) in (1..).zip(text.lines().filter_map(user)) {
        let record = writer.record(&user, kind);
        let numbered = |kind: u8, number: u32| [&[kind], writer.four(number).as_slice()].concat();
        let keys = [
            [b"1", user.name.as_bytes()].concat(),
            numbered(b'2', number),
            numbered(b'3', user.uid),
        ];
        for key in keys {
            // the first of several users of one number is the one that it means
            if pairs.iter().all(|(known, _)| *known != key) {
                pairs.push((key, record.clone()));
            }
        }
    }
    let mut buckets = 2;
    while buckets <= 1024 {
        if let Some(table) = writer.table(&pairs, buckets) {
            return Some(table);
        }
        buckets *= 2;
    }
    None
}

fn user(line: &str) -> Option<User<'_>> {
    let fields: Vec<&str> = line.split(':').collect();
    match fields.as_slice() {
        [name, password, uid, gid, gecos, home, shell] => Some(User {
            name,
            password,
            uid: uid.parse().ok()?,
            gid: gid.parse().ok()?,
            class: "",
            change: 0,
            expire: 0,
            gecos,
            home,
            shell,
        }),
        [
            name,
            password,
            uid,
            gid,
            class,
            change,
            expire,
            gecos,
            home,
            shell,
        ] => Some(User {
            name,
            password,
            uid: uid.parse().ok()?,
            gid: gid.parse().ok()?,
            class,
            change: change.parse().ok()?,
            expire: expire.parse().ok()?,
            gecos,
            home,
            shell,
        }),
        _ => None,
    }
}

/// `hash4` of hash_func.c.
fn hash(key: &[u8]) -> u32 {
    key.iter().fold(0u32, |hash, byte| {
        hash.wrapping_mul(33).wrapping_add(u32::from(*byte))
    })
}

/// Numbers in the machine's byte order.
struct Writer {
    big_endian: bool,
}

impl Writer {
    fn four(&self, number: u32) -> [u8; 4] {
        if self.big_endian {
            number.to_be_bytes()
        } else {
            number.to_le_bytes()
        }
    }

    fn two(&self, number: usize) -> [u8; 2] {
        // offsets in a page
        let number = number as u16;
        if self.big_endian {
            number.to_be_bytes()
        } else {
            number.to_le_bytes()
        }
    }

    fn record(&mut self, user: &User<'_>, kind: Kind) -> Vec<u8> {
        let password = match kind {
            Kind::Public => "*",
            Kind::Secret => user.password,
        };
        let text = |text: &str| [text.as_bytes(), b"\0"].concat();
        [
            text(user.name),
            text(password),
            self.four(user.uid).to_vec(),
            self.four(user.gid).to_vec(),
            self.four(user.change).to_vec(),
            text(user.class),
            text(user.gecos),
            text(user.home),
            text(user.shell),
            self.four(user.expire).to_vec(),
            // flags: uid and gid are there
            self.four(0).to_vec(),
        ]
        .concat()
    }

    /// A table of so many buckets, a power of two, of a page each; `None` if one of them is too full.
    fn table(&self, pairs: &[(Vec<u8>, Vec<u8>)], buckets: usize) -> Option<Vec<u8>> {
        let mut table = self.header(pairs.len(), buckets);
        let mask = buckets - 1;
        for bucket in 0..buckets {
            let here = pairs
                .iter()
                .filter(|(key, _)| hash(key) as usize & mask == bucket);
            table.extend(self.page(here)?);
        }
        Some(table)
    }

    /// Keys and data from the end, their offsets from the beginning.
    fn page<'p>(&self, pairs: impl Iterator<Item = &'p (Vec<u8>, Vec<u8>)>) -> Option<Vec<u8>> {
        let mut content: Vec<u8> = Vec::new();
        let mut offsets = Vec::new();
        for (key, data) in pairs {
            for part in [key, data] {
                content.splice(0..0, part.iter().copied());
                offsets.push(PAGE.checked_sub(content.len())?);
            }
        }
        let counts = offsets.len() * 2 + PAGE_COUNTS;
        if counts + content.len() + PAGE_BEHIND > PAGE {
            return None;
        }
        let mut page = self.two(offsets.len()).to_vec();
        for offset in &offsets {
            page.extend(self.two(*offset));
        }
        let end = PAGE - content.len();
        page.extend(self.two(end - counts));
        page.extend(self.two(end));
        page.resize(end, 0);
        page.extend(content);
        Some(page)
    }

    fn header(&self, keys: usize, buckets: usize) -> Vec<u8> {
        let order = if self.big_endian { 4321 } else { 1234 };
        let [directory, segment, shift] = SEGMENTS;
        let last = buckets as u32 - 1;
        let fields = [
            MAGIC,
            VERSION,
            order,
            PAGE as u32,
            PAGE_SHIFT,
            directory,
            segment,
            shift,
            // where overflow pages would be allocated, and the last that was freed
            buckets.trailing_zeros(),
            0,
            last,
            last << 1 | 1,
            last,
            // keys a bucket
            32,
            keys as u32,
            1,
            hash(CHARKEY),
        ];
        // most significant byte first on every machine; what is behind is in the order that it says
        let mut header: Vec<u8> = fields
            .iter()
            .flat_map(|field| field.to_be_bytes())
            .collect();
        header.resize(PAGE, 0);
        header
    }
}

#[cfg(test)]
mod tests;
