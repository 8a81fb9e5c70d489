//! The forest plugin of ecg-audit.
