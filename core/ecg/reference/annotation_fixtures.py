#!/usr/bin/env python3
"""Writes ../tests/fixtures/annotations: small annotation files, and what the Python package `wfdb` reads
from them (expected.json). `written` says whether `wfdb` wrote the file too; the others are made here
word by word.

    pip install numpy wfdb pandas
    ./annotation_fixtures.py [LUDB's folder `data`]

With LUDB's folder also ludb.json: for each record and lead the number of P, QRS and T peaks, and over all of them
the sums of the peaks' and brackets' samples.
"""
import json
import pathlib
import sys

import numpy as np
import wfdb
from wfdb.io.annotation import ann_labels

HERE = pathlib.Path(__file__).resolve().parent
OUT = HERE.parent / "tests/fixtures/annotations"
RNG = np.random.default_rng(2026)
SKIP, NUM, SUB, CHN, AUX, NOTE = 59, 60, 61, 62, 63, 22
LEADS = ["i", "ii", "iii", "avr", "avl", "avf", "v1", "v2", "v3", "v4", "v5", "v6"]


def word(code, data=0):
    return (code << 10 | data & 0x3FF).to_bytes(2, "little")


def skip(step):
    b = (step & 0xFFFFFFFF).to_bytes(4, "little")
    return word(SKIP) + b[2:] + b[:2]


def aux(text):
    b = text.encode("latin-1")
    return word(AUX, len(b)) + b + b"\0" * (len(b) % 2)


def note(text):
    return word(NOTE) + aux(text)


def by_wfdb():
    symbols = [label.symbol for label in ann_labels if label.label_store]
    n = len(symbols)
    steps = RNG.integers(0, 1024, n)
    wfdb.wrann("codes", "atr", np.cumsum(steps), symbols, write_dir=str(OUT))
    # Every field, with runs of equal values and the ends of their ranges.
    n = 60
    num, sub = RNG.integers(0, 4, n), RNG.integers(0, 3, n)
    num[:3], sub[:3] = [127, 0, 127], [0, 127, 0]
    chan = np.repeat(RNG.integers(0, 256, n // 4), 4)
    notes = ["", "(N", "(AFIB", "a" * 255, "b" * 254, "caf\xe9", "\x00", "x"] * 8
    sample = np.cumsum(RNG.integers(0, 3000, n))
    wfdb.wrann("fields", "qrs", sample, list(RNG.choice(symbols, n)), subtype=sub, chan=chan, num=num,
               aux_note=notes[:n], write_dir=str(OUT))
    # Steps around the limits of a word, of a skip, and over several skips.
    far = np.cumsum([0, 1023, 1024, 1025, 2**31 - 1, 2**31 - 1 + 1023, 2**31 + 5000, 2**32])
    wfdb.wrann("far", "atr", far, ["N"] * len(far), write_dir=str(OUT))
    wfdb.wrann("resolution", "pu", np.array([5, 90]), ["p", "t"], fs=250.5, write_dir=str(OUT))
    wfdb.wrann("resolution", "puw", np.array([5, 90]), ["p", "t"], fs=360, write_dir=str(OUT))
    own = [(42, "X", "a code of this file"), (45, "%", "another one"), (1, "O", "not a beat here")]
    wfdb.wrann("own", "atr", np.array([3, 7, 7, 20]), ["X", "%", "O", "V"], fs=500, custom_labels=own,
               write_dir=str(OUT))


def by_hand():
    def put(name, *parts):
        (OUT / name).write_bytes(b"".join(parts))

    put("empty.atr", word(0))
    put("padded.atr", word(1, 7), word(0), bytes(510))
    # Codes that nobody defines, and place holders, whose time and fields go on.
    put("unknown.atr", word(1, 10), word(45, 5), word(15, 5), word(55, 4), word(0), word(0))
    put("holders.atr", word(1, 10), word(0, 3), word(NUM, 4), word(CHN, 2), aux("dropped"), word(2, 1), word(0))
    # Steps back within a sum that goes forward.
    put("back.atr", skip(70000), skip(-69000), word(1, 3), skip(-5), word(2, 6), word(0))
    # Negative fields as the C library writes them, in ten bits.
    put("negative.atr", word(1, 1), word(NUM, -1), word(SUB, -100), word(CHN, 255), word(2, 1), word(0))
    # Fields in any order, a carried number, several notes at one time.
    put("order.atr", note("## time resolution: 1000"), word(1, 9), aux("x"), word(CHN, 3), word(SUB, 2), word(NUM, 5),
        word(28, 0), aux("(N"), word(5, 1000), word(NUM, 0), word(28, 0), aux("(VT\0"), word(0))
    put("late.atr", word(1, 9), word(NOTE, 1), aux("a comment"), word(0))
    put("definitions.atr", note("## annotation type definitions"), note("49 [x] two words"), note("## end of definitions"),
        skip(-1), word(0, 1), word(49, 12), word(0))


def expected(path):
    a = wfdb.rdann(str(path.with_suffix("")), path.suffix[1:], return_label_elements=["symbol", "label_store"])
    own = [] if a.custom_labels is None else a.custom_labels.values.tolist()
    return {
        "written": path.name in WRITTEN,
        "fs": a.fs,
        "definitions": own,
        "sample": a.sample.tolist(),
        "code": a.label_store.tolist(),
        "symbol": [s if isinstance(s, str) else None for s in a.symbol],
        "subtype": a.subtype.tolist(),
        "chan": a.chan.tolist(),
        "num": a.num.tolist(),
        "aux_note": list(a.aux_note),
    }


def ludb(folder):
    counts, sums = {}, {"(": 0, "p": 0, "N": 0, "t": 0, ")": 0}
    for header in sorted(folder.glob("*.hea"), key=lambda p: int(p.stem)):
        rows = []
        for lead in LEADS:
            a = wfdb.rdann(str(header.with_suffix("")), lead)
            rows.append([a.symbol.count(symbol) for symbol in "pNt"])
            for symbol, sample in zip(a.symbol, a.sample):
                sums[symbol] += int(sample)
        counts[header.stem] = rows
    lines = ",\n".join(f'  "{k}": {json.dumps(v, separators=(",", ":"))}' for k, v in counts.items())
    (OUT / "ludb.json").write_text(f'{{"sums": {json.dumps(sums)},\n "counts": {{\n{lines}\n}}}}\n')


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    by_wfdb()
    WRITTEN.update(p.name for p in OUT.iterdir() if p.suffix != ".json")
    by_hand()
    table = {p.name: expected(p) for p in sorted(OUT.iterdir()) if p.suffix != ".json"}
    lines = ",\n".join(f"{json.dumps(k)}: {json.dumps(v, separators=(',', ':'))}" for k, v in table.items())
    (OUT / "expected.json").write_text("{\n" + lines + "\n}\n")
    if len(sys.argv) > 1:
        ludb(pathlib.Path(sys.argv[1]))


WRITTEN = set()
main()
