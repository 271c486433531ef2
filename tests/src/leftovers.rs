//! What must not stay behind when this process is gone: statics are never dropped, and a killed process drops nothing.
//!
//! One shell for the whole process waits for the end of a pipe that only this process holds open, then removes what it
//! was told about. Where there is a Docker daemon but no `docker` command, a container that a killed run left behind is
//! found by its label `acceptance.owner`.

use std::fmt::Display;
use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{LazyLock, Mutex};

const REMOVE: &str = r#"
containers=
while read -r kind name; do
    case $kind in
    container) containers="$containers $name" ;;
    folder) folders="${folders:+$folders
}$name" ;;
    esac
done
[ -z "$containers" ] || docker rm --force --volumes $containers
printf '%s\n' "$folders" | while read -r folder; do [ -z "$folder" ] || rm -rf "$folder"; done
"#;

/// Has a container removed at the end.
pub(crate) fn remove_container(name: &str) {
    remember("container", name);
}

/// Has a folder removed at the end.
pub(crate) fn remove_folder(path: &Path) {
    remember("folder", path.display());
}

fn remember(kind: &str, name: impl Display) {
    static SHELL: LazyLock<Mutex<Child>> = LazyLock::new(|| {
        let mut shell = Command::new("/bin/sh");
        shell.args(["-c", REMOVE]).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).process_group(0);
        Mutex::new(shell.spawn().expect("start a shell that tidies up"))
    });
    let mut shell = SHELL.lock().expect("the shell that tidies up");
    let pipe = shell.stdin.as_mut().expect("the shell's input");
    writeln!(pipe, "{kind} {name}").expect("tell the shell what to remove");
}
