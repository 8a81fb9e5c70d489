#!/usr/bin/env python3
"""Writes ../tests/fixtures/code15: HDF5 parts in every layout that CODE-15%'s may come in, and their values as h5py reads them.

    pip install h5py numpy
    ./make_code15.py
"""
import pathlib

import h5py
import numpy as np

OUT = pathlib.Path(__file__).resolve().parent.parent / "tests/fixtures/code15"
OUT.mkdir(parents=True, exist_ok=True)
ROWS, SAMPLES, LEADS = 5, 24, 12
rng = np.random.default_rng(15)
values = np.round(rng.normal(size=(ROWS, SAMPLES, LEADS)), 2).astype("<f4")
values[-1] = 0  # a row that was never filled
exams = np.array([101, 102, 103, 104, 0])

packed = dict(compression="gzip", shuffle=True)
row = (1, SAMPLES, LEADS)
layouts = {
    "f4_contiguous": ("<f4", {}, "earliest"),
    "f8_contiguous": ("<f8", {}, "earliest"),
    "f4_big_endian": (">f4", {}, "earliest"),
    "f4_row_chunks": ("<f4", dict(chunks=row, **packed), "earliest"),
    "f8_row_chunks": ("<f8", dict(chunks=row, **packed), "earliest"),
    "f4_row_chunks_plain": ("<f4", dict(chunks=row), "earliest"),
    "f4_row_chunks_checked": ("<f4", dict(chunks=row, fletcher32=True, **packed), "earliest"),
    "f8_small_chunks": ("<f8", dict(chunks=(3, 16, 5), compression="gzip"), "earliest"),
    "f4_growing": ("<f4", dict(chunks=row, maxshape=(None, SAMPLES, LEADS), **packed), "earliest"),
    "f4_newest": ("<f4", dict(chunks=row, **packed), "latest"),
    "f4_newest_growing": ("<f4", dict(chunks=(2, SAMPLES, LEADS), maxshape=(None, SAMPLES, LEADS), **packed), "latest"),
    "f4_unwritten": ("<f4", dict(chunks=row, **packed), "earliest"),
}
for name, (dtype, options, version) in layouts.items():
    path = OUT / f"{name}.hdf5"
    with h5py.File(path, "w", libver=version) as file:
        file.create_dataset("exam_id", data=exams.astype("u4" if name == "f8_row_chunks" else "i8"))
        tracings = file.create_dataset("tracings", values.shape, dtype, **options)
        written = ROWS - 1 if name == "f4_unwritten" else ROWS
        tracings[:written] = values[:written]
    with h5py.File(path) as file:
        assert np.array_equal(file["tracings"][:], values), name
np.save(OUT / "values.npy", values)

# Two tracings as CODE-15% has them: 7 s and 10 s at 400 Hz, with zeros around them up to 4096 samples.
t = np.arange(4096) % 320
beat = np.round(100 * np.exp(-(((t - 160) / 12.0) ** 2)) + 20 * np.exp(-(((t - 230) / 30.0) ** 2))) / 100 + 0.01
padded = np.zeros((2, 4096, LEADS), "<f4")
padded[0, 648:3448] = beat[:2800, None]
padded[1, 48:4048] = beat[:4000, None]
with h5py.File(OUT / "padded.hdf5", "w") as file:
    file["exam_id"] = np.array([7, 10])
    file.create_dataset("tracings", data=padded, chunks=(1, 4096, LEADS), **packed)
