//! The standard annotation codes (`ecgcodes.h` and `ecgmap.h` of the WFDB library).

/// Waveform onset, `(`.
pub(crate) const ONSET: u8 = 39;
/// Waveform end, `)`.
pub(crate) const OFFSET: u8 = 40;
/// Peak of a P wave, `p`.
pub(crate) const P_WAVE: u8 = 24;
/// Peak of a T wave, `t`.
pub(crate) const T_WAVE: u8 = 27;
/// Peak of a U wave, `u`.
pub(crate) const U_WAVE: u8 = 29;
/// Comment, `"`; at sample 0 also what defines the file's codes and its time resolution.
pub(crate) const NOTE: u8 = 22;

/// One code that the format itself defines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StandardCode {
    /// The number in the file.
    pub code: u8,
    /// How it is displayed.
    pub symbol: &'static str,
    /// What it says, in words.
    pub description: &'static str,
    /// Whether it marks a QRS complex (`isqrs` in the WFDB library).
    pub qrs: bool,
}

/// The standard code of that number.
pub fn standard_code(code: u8) -> Option<&'static StandardCode> {
    STANDARD_CODES.iter().find(|standard| standard.code == code)
}

/// The standard code that is displayed as `symbol`.
pub fn standard_symbol(symbol: &str) -> Option<&'static StandardCode> {
    STANDARD_CODES.iter().find(|standard| standard.symbol == symbol)
}

const fn code(code: u8, symbol: &'static str, qrs: bool, description: &'static str) -> StandardCode {
    StandardCode {
        code,
        symbol,
        description,
        qrs,
    }
}

/// Every standard code, in the order of their numbers.
#[rustfmt::skip]
pub const STANDARD_CODES: [StandardCode; 39] = [
    code(1, "N", true, "Normal beat"),
    code(2, "L", true, "Left bundle branch block beat"),
    code(3, "R", true, "Right bundle branch block beat"),
    code(4, "a", true, "Aberrated atrial premature beat"),
    code(5, "V", true, "Premature ventricular contraction"),
    code(6, "F", true, "Fusion of ventricular and normal beat"),
    code(7, "J", true, "Nodal (junctional) premature beat"),
    code(8, "A", true, "Atrial premature contraction"),
    code(9, "S", true, "Premature or ectopic supraventricular beat"),
    code(10, "E", true, "Ventricular escape beat"),
    code(11, "j", true, "Nodal (junctional) escape beat"),
    code(12, "/", true, "Paced beat"),
    code(13, "Q", true, "Unclassifiable beat"),
    code(14, "~", false, "Signal quality change"),
    code(16, "|", false, "Isolated QRS-like artifact"),
    code(18, "s", false, "ST change"),
    code(19, "T", false, "T-wave change"),
    code(20, "*", false, "Systole"),
    code(21, "D", false, "Diastole"),
    code(22, "\"", false, "Comment annotation"),
    code(23, "=", false, "Measurement annotation"),
    code(24, "p", false, "P-wave peak"),
    code(25, "B", true, "Left or right bundle branch block"),
    code(26, "^", false, "Non-conducted pacer spike"),
    code(27, "t", false, "T-wave peak"),
    code(28, "+", false, "Rhythm change"),
    code(29, "u", false, "U-wave peak"),
    code(30, "?", true, "Learning"),
    code(31, "!", true, "Ventricular flutter wave"),
    code(32, "[", false, "Start of ventricular flutter/fibrillation"),
    code(33, "]", false, "End of ventricular flutter/fibrillation"),
    code(34, "e", true, "Atrial escape beat"),
    code(35, "n", true, "Supraventricular escape beat"),
    code(36, "@", false, "Link to external data (aux_note contains URL)"),
    code(37, "x", false, "Non-conducted P-wave (blocked APB)"),
    code(38, "f", true, "Fusion of paced and normal beat"),
    code(39, "(", false, "Waveform onset"),
    code(40, ")", false, "Waveform end"),
    code(41, "r", true, "R-on-T premature ventricular contraction"),
];
