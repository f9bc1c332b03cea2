//! What a cell's root has in it.

use std::fs;

use crate::failure::count;
use crate::roots::{Content, Kind, Root};

/// `12 files, 3 links, 9 directories`, and what is not known.
pub(super) fn summary(root: &Root) -> String {
    let (mut files, mut unseen, mut links, mut directories) = (0, 0, 0, 0);
    for entry in root.entries.values() {
        match &entry.kind {
            Kind::File(Content::Bytes(_) | Content::Copy(_)) => files += 1,
            Kind::File(Content::Unseen) => unseen += 1,
            Kind::Link(_) => links += 1,
            Kind::Directory => directories += 1,
        }
    }
    let mut said = vec![count(files, "file")];
    if links > 0 {
        said.push(count(links, "link"));
    }
    said.push(format!(
        "{directories} {}",
        if directories == 1 {
            "directory"
        } else {
            "directories"
        }
    ));
    if unseen > 0 {
        said.push(format!("and {unseen} more, not looked at"));
    }
    said.join(", ")
}

/// The ten largest files of a root and what they take, in KiB; those that cannot be looked at are left out.
pub(super) fn files(root: &Root) -> Vec<(String, u64)> {
    let mut files: Vec<_> = root
        .entries
        .iter()
        .filter_map(|(path, entry)| {
            let bytes = match &entry.kind {
                Kind::File(Content::Bytes(bytes)) => bytes.len() as u64,
                Kind::File(Content::Copy(from)) => fs::metadata(from).ok()?.len(),
                Kind::File(Content::Unseen) | Kind::Link(_) | Kind::Directory => return None,
            };
            Some((path.clone(), bytes / 1024))
        })
        .collect();
    files.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    files.truncate(10);
    files
}

/// The name for a number in a root's `/etc/passwd` or `/etc/group`.
pub(super) fn account(root: &Root, path: &str, id: u32) -> Option<String> {
    let entry = root.entries.get(path)?;
    let text = match &entry.kind {
        Kind::File(Content::Bytes(bytes)) => std::str::from_utf8(bytes).ok()?,
        Kind::File(Content::Copy(_) | Content::Unseen) | Kind::Link(_) | Kind::Directory => {
            return None;
        }
    };
    text.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)?.parse() == Ok(id)).then(|| name.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::roots::Entry;

    fn root(entries: &[(&str, Kind)]) -> Root {
        Root {
            cell: "c".to_owned(),
            entries: entries
                .iter()
                .map(|(path, kind)| {
                    let kind = kind.clone();
                    ((*path).to_owned(), Entry { mode: 0o644, kind })
                })
                .collect(),
        }
    }

    #[test]
    fn a_root_is_counted_by_kind() {
        let text = |text: &str| Kind::File(Content::Bytes(text.as_bytes().to_vec()));
        let all = root(&[
            ("/a", text("")),
            ("/b", Kind::Link("a".to_owned())),
            ("/c", Kind::Directory),
        ]);
        assert_eq!(summary(&all), "1 file, 1 link, 1 directory");
        let unseen = root(&[("/a", Kind::File(Content::Unseen))]);
        assert_eq!(
            summary(&unseen),
            "0 files, 0 directories, and 1 more, not looked at"
        );
    }

    #[test]
    fn the_largest_files_come_first() {
        let of = |kib: usize| Kind::File(Content::Bytes(vec![0; kib * 1024]));
        let root = root(&[("/a", of(1)), ("/b", of(3)), ("/c", Kind::Directory)]);
        let expected = [("/b", 3), ("/a", 1)].map(|(path, kib)| (path.to_owned(), kib));
        assert_eq!(files(&root), expected);
    }

    #[test]
    fn accounts_are_named_as_the_root_names_them() {
        let passwd = "root:*:0:0:root:/:/sbin/nologin\nweb:*:24:25::/:/sbin/nologin\n";
        let root = root(&[(
            "/etc/passwd",
            Kind::File(Content::Bytes(passwd.as_bytes().to_vec())),
        )]);
        assert_eq!(account(&root, "/etc/passwd", 24).as_deref(), Some("web"));
        assert_eq!(account(&root, "/etc/passwd", 25), None);
        assert_eq!(account(&root, "/etc/group", 24), None);
    }
}
