//! The page of keys.

use crate::text::Text;

/// What the keys do.
pub(crate) static HELP: &str = "\
1 to 7, Tab   cells, volumes, backups, events, drift, system, output
Enter         one cell, then its log; a volume's archives   Esc, Left   back
Up Down j k   choose, scroll                 PgUp PgDn      by a screen
Home End g G  the first, the last            < >            sideways
/             part of a name to look for     f              all, running ...
o             sort by something else         r              ask again
Control-L     paint again                    q, Control-C   quit
s  start the cell              a  start all
x  stop it                     z  stop all
t  restart it                  y  restart all
!  a shell in it               b  save its volumes, or the volume, to archives
R  restore the archive, or a volume's newest    v  verify   d  delete it
A  apply: show what it would do, then ask       L  seal, until reboot
P  the same, and restart cells whose policy changed
All but s and v ask first, and take yes and Enter for yes.
A cell marked ! is in trouble or not as it is desired.
CPU% is of one processor since the last look. DENIED counts what the kernel
refused the cell. Output has what the last command said.
";

pub(crate) fn text() -> Text {
    let mut text = Text::default();
    text.add(HELP.as_bytes());
    text
}
