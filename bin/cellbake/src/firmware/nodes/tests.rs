use super::*;

#[test]
fn what_makedev_tells_is_read_and_the_rest_passed_over() {
    let nodes = parse(
        ". type=dir optional\n\
         ./null type=char device=netbsd,2,2 mode=666 gid=0 uid=0\n\
         ./wd0a type=block device=netbsd,4,0 mode=640 gid=5 uid=0\n\
         ./fd type=dir mode=755 gid=0 uid=0\n\
         ./log type=link mode=777 link=x\n\
         nonsense\n",
    );
    let names: Vec<_> = nodes.keys().map(String::as_str).collect();
    assert_eq!(names, ["null", "wd0a"]);
    assert_eq!(nodes["null"], Item::of(0o666, What::Node("char", 2, 2)));
    assert_eq!((nodes["wd0a"].mode, nodes["wd0a"].gid), (0o640, 5));
    assert_eq!(nodes["wd0a"].what, What::Node("block", 4, 0));
}
