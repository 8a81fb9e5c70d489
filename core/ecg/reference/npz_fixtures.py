#!/usr/bin/env python3
"""Writes ../tests/fixtures/npz: files that only NumPy itself writes.

    pip install numpy
    ./npz_fixtures.py
"""
import pathlib

import numpy as np

OUT = pathlib.Path(__file__).resolve().parent.parent / "tests/fixtures/npz"
OUT.mkdir(parents=True, exist_ok=True)
n, lead, t = np.meshgrid(range(3), range(2), range(4), indexing="ij")
signals = (n * 100 + lead * 10 + t).astype("<f4")
ids = np.array(["é1", "b", "c3"])
np.savez_compressed(OUT / "compressed.npz", signals=signals, ids=ids, labels=np.array(["SR", "AF", ""]),
                    groups=np.array([b"p1", b"p2", b"p2"]))
np.savez(OUT / "big_endian.npz", signals=signals.astype(">f8"), ids=ids.astype(">U2"),
         labels=np.array(["SR", "AF", ""]), groups=np.array(["p1", "p2", "p2"]))
np.savez(OUT / "objects.npz", signals=signals, labels=np.array(["SR", "AF", None], dtype=object))
