//! The linfa plugin of ecg-audit.
