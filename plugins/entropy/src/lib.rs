//! The entropy plugin of ecg-audit.
