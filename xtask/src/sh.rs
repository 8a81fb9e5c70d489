//! Running other programs.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The workspace's folder.
pub(crate) fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_owned()
}

/// The cargo that runs this program.
pub(crate) fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root());
    command
}

/// Runs a command to its end, telling what it is.
pub(crate) fn run(command: &mut Command) -> Result<(), String> {
    match status(command)? {
        0 => Ok(()),
        code => Err(format!("{} ended with status {code}", line(command))),
    }
}

/// Runs a command to its end and returns its exit status.
pub(crate) fn status(command: &mut Command) -> Result<i32, String> {
    eprintln!("$ {}", line(command));
    let status = command
        .status()
        .map_err(|e| format!("{} cannot be started: {e}", line(command)))?;
    status
        .code()
        .ok_or_else(|| format!("{} was killed", line(command)))
}

/// The standard output of a command.
pub(crate) fn output(command: &mut Command) -> Result<String, String> {
    let output = command
        .output()
        .map_err(|e| format!("{} cannot be started: {e}", line(command)))?;
    if !output.status.success() {
        return Err(format!(
            "{}: {}",
            line(command),
            String::from_utf8_lossy(&output.stderr)
        ));
    }
    String::from_utf8(output.stdout).map_err(|e| format!("{}: {e}", line(command)))
}

fn line(command: &Command) -> String {
    let program = Path::new(command.get_program())
        .file_name()
        .unwrap_or(command.get_program());
    let words = std::iter::once(program).chain(command.get_args());
    words.map(OsStr::to_string_lossy).collect::<Vec<_>>().join(" ")
}
