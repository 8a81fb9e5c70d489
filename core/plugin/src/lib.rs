//! All that the author of an ecg-audit plugin needs: traits, C ABI, export macro, conformance kit.
