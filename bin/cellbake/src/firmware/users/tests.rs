use super::*;

fn device(users: &[(&str, u32, u32)], groups: &[(&str, u32)]) -> Device {
    Device {
        name: "small".to_owned(),
        arch: "mipsel".to_owned(),
        signed: false,
        key: None,
        console: None,
        kernel: None,
        storage: None,
        flash_kib: 0,
        system: None,
        tmpfs: Vec::new(),
        nodes: Vec::new(),
        users: users
            .iter()
            .map(|(name, uid, gid)| ((*name).to_owned(), *uid, *gid))
            .collect(),
        groups: groups
            .iter()
            .map(|(name, gid)| ((*name).to_owned(), *gid))
            .collect(),
        toolkit_kib: None,
        system_kib: None,
    }
}

/// What is in the files once everybody was added to these.
fn added(files: &[(&str, &str)], device: &Device) -> Result<Vec<(String, String)>, String> {
    let mut layout = Layout::default();
    for (path, text) in files {
        layout
            .add(path, Item::text(0o644, (*text).to_owned()))
            .unwrap();
    }
    add(&mut layout, device, false)?;
    let texts =
        [PASSWD, MASTER, GROUP].map(|path| (path.to_owned(), text_of(&layout, path, "").unwrap()));
    assert_eq!(layout.items[MASTER].mode, 0o600);
    assert_eq!(layout.items["/etc/spwd.db"].mode, 0o600);
    assert_eq!(layout.items["/etc/pwd.db"].mode, 0o644);
    Ok(texts.to_vec())
}

#[test]
fn cells_users_follow_the_releases_and_passwd_has_no_passwords() {
    let release = [
        (
            MASTER,
            "root:$sha1$x:0:0::0:0:Charlie &:/root:/bin/sh\n_httpd:*:24:24::0:0::/var/www:/sbin/nologin\n",
        ),
        (GROUP, "wheel:*:0:root\n_httpd:*:24:\n"),
    ];
    let device = device(
        &[("_httpd", 24, 24), ("sampler", 5263, 5263)],
        &[("_httpd", 24), ("sampler", 5263)],
    );
    let texts = added(&release, &device).unwrap();
    assert_eq!(
        texts[0].1,
        "root:*:0:0:Charlie &:/root:/bin/sh\n_httpd:*:24:24::/var/www:/sbin/nologin\n\
         sampler:*:5263:5263::/nonexistent:/sbin/nologin\n"
    );
    assert!(texts[1].1.starts_with("root:$sha1$x:"));
    assert!(
        texts[1]
            .1
            .ends_with("\nsampler:*:5263:5263::0:0::/nonexistent:/sbin/nologin\n")
    );
    assert_eq!(
        texts[2].1,
        "wheel:*:0:root\n_httpd:*:24:\nsampler:*:5263:\n"
    );
}

#[test]
fn a_name_of_two_numbers_is_refused() {
    let release = [(MASTER, "_httpd:*:25:25::0:0::/:/\n")];
    let refused = added(&release, &device(&[("_httpd", 24, 24)], &[]));
    assert_eq!(
        refused.unwrap_err(),
        "/etc/master.passwd: `_httpd` is 25 there, and 24 in a cell"
    );
    let refused = added(&[(GROUP, "g:*:7:\n")], &device(&[], &[("g", 8)]));
    assert_eq!(
        refused.unwrap_err(),
        "/etc/group: `g` is 7 there, and 8 in a cell"
    );
}

#[test]
fn a_device_without_users_of_a_release_has_root() {
    let texts = added(&[], &device(&[], &[])).unwrap();
    assert_eq!(texts[0].1, "root:*:0:0:root:/root:/bin/sh\n");
    assert_eq!(texts[2].1, "wheel:*:0:root\n");
}
