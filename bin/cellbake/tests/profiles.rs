//! `profiles/*.toml` say what the kernel is given.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use cell_abi::{Op, Profile};
use toml::de::{DeTable, DeValue};

#[test]
fn each_profile_lists_every_operation_and_means_the_same_set() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../profiles");
    for profile in Profile::NAMED {
        let path = directory.join(format!("{profile}.toml"));
        let text = fs::read_to_string(&path).unwrap();
        let document = DeTable::parse(&text).unwrap().into_inner();
        let top: BTreeMap<&str, &DeValue> = document
            .iter()
            .map(|(key, value)| (key.get_ref().as_ref(), value.get_ref()))
            .collect();
        assert_eq!(
            top.keys().copied().collect::<Vec<_>>(),
            ["name", "operations"]
        );
        assert_eq!(top["name"].as_str(), Some(profile.name()));
        let DeValue::Table(operations) = top["operations"] else {
            panic!("{profile}: operations is no table");
        };
        let said: BTreeMap<&str, &str> = operations
            .iter()
            .map(|(key, value)| (key.get_ref().as_ref(), value.get_ref().as_str().unwrap()))
            .collect();
        let meant: BTreeMap<&str, &str> = Op::ALL
            .iter()
            .map(|op| {
                let may = profile.policy().contains(*op);
                (op.name(), if may { "defer" } else { "deny" })
            })
            .collect();
        assert_eq!(said, meant, "{profile}");
    }
}
