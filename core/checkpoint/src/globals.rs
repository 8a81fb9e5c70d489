//! What a pickle names: every function and class that loading it in Python would import.
//!
//! The opcodes are walked, not run. Reference: `pickletools` of the Python standard library.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, BufRead, Read};

/// Functions and classes that rebuild tensors and plain data, as `module name`.
const ALLOWED: [&str; 27] = [
    "torch._utils _rebuild_tensor",
    "torch._utils _rebuild_tensor_v2",
    "torch._utils _rebuild_tensor_v3",
    "torch._utils _rebuild_parameter",
    "torch._tensor _rebuild_from_type_v2",
    "torch.nn.parameter Parameter",
    "torch Tensor",
    "torch Size",
    "torch device",
    "torch.storage UntypedStorage",
    "torch.storage TypedStorage",
    "collections OrderedDict",
    "collections Counter",
    "builtins set",
    "builtins frozenset",
    "builtins complex",
    "builtins bytearray",
    "__builtin__ set",
    "__builtin__ frozenset",
    "__builtin__ complex",
    "__builtin__ bytearray",
    "_codecs encode", // how protocol 2 writes bytes
    "argparse Namespace",
    "numpy dtype",
    "numpy ndarray",
    "pathlib PosixPath",
    "pathlib WindowsPath",
];

/// Where NumPy keeps what rebuilds a scalar or an array; the name changed in NumPy 2.
const NUMPY: [&str; 2] = ["numpy.core.multiarray", "numpy._core.multiarray"];

/// How many refused names an error lists, and how much of each: they come from the file.
const LISTED: usize = 5;
const LONGEST: usize = 80;

/// The names that are no tensors and no plain data, with a dot between module and name.
pub(crate) fn refused(names: BTreeSet<(String, String)>) -> Vec<String> {
    let allowed = |module: &str, name: &str| {
        ALLOWED.contains(&format!("{module} {name}").as_str())
            || NUMPY.contains(&module) && matches!(name, "scalar" | "_reconstruct")
            || module == "numpy.dtypes" && name.ends_with("DType")
            || module == "torch" && (name.ends_with("Storage") || is_dtype(name))
    };
    let refused = names.into_iter().filter(|(module, name)| !allowed(module, name));
    let printable =
        refused.map(|(module, name)| format!("{module}.{name}").escape_debug().take(LONGEST).collect());
    let mut listed: Vec<String> = printable.collect();
    if let Some(more) = listed.len().checked_sub(LISTED).filter(|more| *more > 0) {
        listed.truncate(LISTED);
        listed.push(format!("{more} more"));
    }
    listed
}

fn is_dtype(name: &str) -> bool {
    let kind = name.trim_end_matches(|c: char| c.is_ascii_digit());
    matches!(
        kind,
        "float" | "bfloat" | "int" | "uint" | "bool" | "double" | "half" | "long" | "short" | "complex"
    )
}

/// Walks one pickle to its end and collects what it imports.
///
/// # Errors
/// Anything that is no pickle, or ends before its STOP.
pub(crate) fn scan(pickle: &mut impl BufRead) -> io::Result<BTreeSet<(String, String)>> {
    let mut scanner = Scanner::default();
    while scanner.step(pickle)? {}
    Ok(scanner.names)
}

/// Names are strings on the stack for one opcode (STACK_GLOBAL), so strings and where they are kept are followed.
#[derive(Default)]
struct Scanner {
    names: BTreeSet<(String, String)>,
    /// The last two values pushed, where they are strings.
    recent: [Option<String>; 2],
    memo: BTreeMap<u64, Option<String>>,
}

impl Scanner {
    /// One opcode; false after STOP.
    fn step(&mut self, pickle: &mut impl BufRead) -> io::Result<bool> {
        let [code] = bytes::<1>(pickle)?;
        match code {
            b'.' => return Ok(false),
            // imports
            b'c' | b'i' => {
                let (module, name) = (line(pickle)?, line(pickle)?);
                self.names.insert((module, name));
                self.push(None);
            }
            0x93 => {
                let name = |text: &mut Option<String>| text.take().unwrap_or_else(|| "?".to_owned());
                let [module, function] = &mut self.recent;
                let pair = (name(module), name(function));
                self.names.insert(pair);
            }
            0x82 => self.extension(u64::from(bytes::<1>(pickle)?[0])),
            0x83 => self.extension(u64::from(u16::from_le_bytes(bytes(pickle)?))),
            0x84 => self.extension(u64::from(u32::from_le_bytes(bytes(pickle)?))),
            // strings
            0x8c | b'U' => self.string(pickle, Width::One)?,
            b'X' | b'T' => self.string(pickle, Width::Four)?,
            0x8d => self.string(pickle, Width::Eight)?,
            b'V' | b'S' => {
                let text = line(pickle)?;
                self.push(Some(text));
            }
            // the memo
            b'p' => self.put(number(pickle)?),
            b'q' => self.put(Width::One.read(pickle)?),
            b'r' => self.put(Width::Four.read(pickle)?),
            0x94 => self.put(self.memo.len() as u64),
            b'g' => self.get(number(pickle)?),
            b'h' => self.get(Width::One.read(pickle)?),
            b'j' => self.get(Width::Four.read(pickle)?),
            // values with an argument of known length
            b'I' | b'L' | b'F' | b'P' => self.skip_line(pickle)?,
            b'K' => self.skip(pickle, 1)?,
            b'M' => self.skip(pickle, 2)?,
            b'J' => self.skip(pickle, 4)?,
            b'G' => self.skip(pickle, 8)?,
            b'C' | 0x8a => self.skip_counted(pickle, Width::One)?,
            b'B' | 0x8b => self.skip_counted(pickle, Width::Four)?,
            0x8e | 0x96 => self.skip_counted(pickle, Width::Eight)?,
            // framing: no value
            0x80 => drop(bytes::<1>(pickle)?),
            0x95 => drop(bytes::<8>(pickle)?),
            // everything else works on the stack alone
            b'('
            | b'0'
            | b'1'
            | b'2'
            | b'N'
            | b'Q'
            | b'R'
            | b'a'
            | b'b'
            | b'd'
            | b'}'
            | b'e'
            | b'l'
            | b']'
            | b'o'
            | b's'
            | b't'
            | b')'
            | b'u'
            | 0x81
            | 0x85..=0x89
            | 0x8f
            | 0x90..=0x92
            | 0x97
            | 0x98 => self.push(None),
            other => return Err(invalid(format!("no opcode 0x{other:02x}"))),
        }
        Ok(true)
    }

    fn push(&mut self, text: Option<String>) {
        self.recent.swap(0, 1);
        self.recent[1] = text;
    }

    fn string(&mut self, pickle: &mut impl BufRead, width: Width) -> io::Result<()> {
        let length = width.read(pickle)?;
        let mut text = Vec::new();
        pickle.by_ref().take(length).read_to_end(&mut text)?;
        if text.len() as u64 != length {
            return Err(invalid("it ends within a string"));
        }
        self.push(Some(String::from_utf8_lossy(&text).into_owned()));
        Ok(())
    }

    /// A number from Python's registry of extensions stands for an import that the file does not spell out.
    fn extension(&mut self, code: u64) {
        self.names
            .insert(("copyreg".to_owned(), format!("extension {code}")));
        self.push(None);
    }

    fn put(&mut self, index: u64) {
        let text = self.recent[1].clone().filter(|text| text.len() < 256); // longer ones name nothing
        self.memo.insert(index, text);
    }

    fn get(&mut self, index: u64) {
        let text = self.memo.get(&index).cloned().flatten();
        self.push(text);
    }

    fn skip(&mut self, pickle: &mut impl BufRead, length: u64) -> io::Result<()> {
        let skipped = io::copy(&mut pickle.by_ref().take(length), &mut io::sink())?;
        if skipped != length {
            return Err(invalid("it ends within a value"));
        }
        self.push(None);
        Ok(())
    }

    fn skip_counted(&mut self, pickle: &mut impl BufRead, width: Width) -> io::Result<()> {
        let length = width.read(pickle)?;
        self.skip(pickle, length)
    }

    fn skip_line(&mut self, pickle: &mut impl BufRead) -> io::Result<()> {
        line(pickle)?;
        self.push(None);
        Ok(())
    }
}

/// Bytes of a little-endian length or index.
#[derive(Clone, Copy)]
enum Width {
    One,
    Four,
    Eight,
}

impl Width {
    fn read(self, pickle: &mut impl BufRead) -> io::Result<u64> {
        Ok(match self {
            Self::One => u64::from(bytes::<1>(pickle)?[0]),
            Self::Four => u64::from(u32::from_le_bytes(bytes(pickle)?)),
            Self::Eight => u64::from_le_bytes(bytes(pickle)?),
        })
    }
}

fn bytes<const N: usize>(pickle: &mut impl BufRead) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    pickle
        .read_exact(&mut bytes)
        .map_err(|_| invalid("it ends before its STOP"))?;
    Ok(bytes)
}

fn line(pickle: &mut impl BufRead) -> io::Result<String> {
    let mut text = Vec::new();
    pickle.read_until(b'\n', &mut text)?;
    if text.pop() != Some(b'\n') {
        return Err(invalid("it ends within a line"));
    }
    Ok(String::from_utf8_lossy(&text).trim_end_matches('\r').to_owned())
}

fn number(pickle: &mut impl BufRead) -> io::Result<u64> {
    let text = line(pickle)?;
    text.parse()
        .map_err(|_| invalid(format!("\"{text}\" is no index")))
}

fn invalid(reason: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason.into())
}
