//! Renders an audit as a self-contained HTML page.
