//! The kmeans plugin of ecg-audit.
