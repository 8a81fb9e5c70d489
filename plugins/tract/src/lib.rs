//! The tract plugin of ecg-audit.
