#!/usr/bin/env bash
# Peak memory and time of an audit of many synthetic records (12 × 1000): benches/memory.sh [RECORDS] [FOLDER]
# Needs `cargo xtask build`. The folder takes about 130 kB per record.
set -euo pipefail
cd "$(dirname "$0")/.."
records=${1:-20000}
folder=${2:-$(mktemp -d)}
program=target/release/ecg-audit
[ -d "$folder/ecgs" ] || "$program" --quiet synth "$folder/ecgs" --records "$records" --wrong-labels 0.05
rm -rf "$folder/run"
"$program" --quiet run configs/demo.toml --out "$folder/run" --set data.path="$folder/ecgs" || [ $? -eq 1 ]
grep -o '"timing":.*' "$folder/run/audit.json"
