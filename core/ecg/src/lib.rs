//! ECG records and data sets, preprocessing and synthetic ECGs.
