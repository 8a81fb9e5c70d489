#!/usr/bin/env python3
"""Writes ../tests/fixtures/wfdb: small records in every format, and what the Python package `wfdb`
reads from them (expected.json, in millivolts, null for NaN).

    pip install numpy wfdb
    ./wfdb_fixtures.py

Formats that `wfdb` only reads (8, 61, 160, 310, 311) are packed here by WFDB's signal(5). The records
`digital_*` have gain 1 and baseline 0, so that their millivolts are the stored values.
"""
import json
import pathlib

import numpy as np
import wfdb
from wfdb.io._signal import wr_dat_file

HERE = pathlib.Path(__file__).resolve().parent
OUT = HERE.parent / "tests/fixtures/wfdb"
BITS = {8: 8, 16: 16, 24: 24, 32: 25, 61: 16, 80: 8, 160: 16, 212: 12, 310: 10, 311: 10}
MILLIVOLTS = {"mV": 1, "mv": 1, "uV": 1e-3, "V": 1e3, "mmHg": 1}
RNG = np.random.default_rng(2026)
WRITTEN_BY_WFDB = (16, 24, 32, 80, 212)


def values(fmt, frames, signals):
    """Stored values over the whole range, with the invalid one among them."""
    top = 2 ** (BITS[fmt] - 1)
    d = RNG.integers(-top + 1, top, (frames, signals))
    d[1, 0], d[2, 0], d[3, 0], d[4, 0] = -top + 1, top - 1, 0, -1
    if fmt == 8:
        return np.cumsum(RNG.integers(-128, 128, (frames, signals)), axis=0)
    d[5, signals - 1] = -(2**31) if fmt == 32 else -top
    return d


def pack(fmt, d, initial=None):
    """The bytes of a multiplexed signal file."""
    flat = d.reshape(-1)
    if fmt == 8:
        return np.diff(d, axis=0, prepend=np.array([initial])).astype("<i1").tobytes()
    if fmt == 61:
        return flat.astype(">i2").tobytes()
    if fmt == 160:
        return (flat + 32768).astype("<u2").tobytes()
    assert fmt in (310, 311)
    u = np.append(flat & 0x3FF, [0] * (-len(flat) % 3)).reshape(-1, 3)
    if fmt == 311:
        return (u[:, 0] | u[:, 1] << 10 | u[:, 2] << 20).astype("<u4").tobytes()
    words = np.stack([u[:, 0] << 1 | (u[:, 2] & 0x1F) << 11, u[:, 1] << 1 | u[:, 2] >> 5 << 11], 1)
    return words.astype("<u2").tobytes()


def write(name, fmt, d, gains, baselines, units, fs=250):
    leads = ["I", "aVR", "lead V1"][: d.shape[1]]
    if fmt in WRITTEN_BY_WFDB:
        wfdb.wrsamp(name, fs, units, leads, d_signal=d, fmt=[str(fmt)] * len(leads), adc_gain=gains,
                    baseline=baselines, comments=["a comment"], write_dir=str(OUT))
        return
    initial = d[0] - 5 if fmt == 8 else d[0]
    (OUT / f"{name}.dat").write_bytes(pack(fmt, d, initial))
    lines = [f"{name} {len(leads)} {fs} {len(d)}"]
    for i, lead in enumerate(leads):
        checksum = int(d[:, i].sum()) % 65536
        lines.append(f"{name}.dat {fmt} {gains[i]}({baselines[i]})/{units[i]} 0 0 {initial[i]} {checksum} 0 {lead}")
    (OUT / f"{name}.hea").write_text("\n".join(lines) + "\n")


def single_formats():
    for fmt in BITS:
        signals = 2 if fmt in (310, 311) else 3
        d = values(fmt, 37, signals)
        write(f"digital_{fmt}", fmt, d, [1.0] * 3, [0] * 3, ["mV"] * signals)
        d = values(fmt, 37, signals)
        write(f"physical_{fmt}", fmt, d, [200.0, 1.5, 1000.0][:signals], [0, -7, 12][:signals],
              ["mV", "uV", "V"][:signals])
    for fmt in (310, 311):  # one sample in the last word
        d = values(fmt, 37, 1)
        write(f"digital_{fmt}_one", fmt, d, [1.0], [0], ["mV"])


def frames():
    """Several samples per frame."""
    spf = [1, 4, 3]
    for fmt in (16, 212, 80):
        e = [values(fmt, 20 * n, 1)[:, 0] for n in spf]
        wfdb.wrsamp(f"frames_{fmt}", 125, ["mV"] * 3, ["I", "II", "resp"], e_d_signal=e, fmt=[str(fmt)] * 3,
                    adc_gain=[100.0] * 3, baseline=[0, 5, 0], samps_per_frame=spf, write_dir=str(OUT))
    e = [np.cumsum(RNG.integers(-9, 9, 20 * n)) for n in (1, 2)]
    d = np.concatenate([e[0].reshape(20, 1), e[1].reshape(20, 2)], 1)
    diff = [np.diff(x, prepend=x[0]) for x in e]
    (OUT / "frames_8.dat").write_bytes(
        np.concatenate([diff[0].reshape(20, 1), diff[1].reshape(20, 2)], 1).astype("<i1").tobytes())
    sums = [int(x.sum()) % 65536 for x in e]
    (OUT / "frames_8.hea").write_text(
        f"frames_8 2 125 20\nframes_8.dat 8 100 0 0 {e[0][0]} {sums[0]} 0 I\n"
        f"frames_8.dat 8x2 100 0 0 {e[1][0]} {sums[1]} 0 II\n")
    assert d.shape == (20, 3)


def odd_headers():
    d = values(16, 30, 3)
    sums = [int(s) % 65536 for s in d.sum(0)]
    signed = [s - 65536 if s > 32767 else s for s in sums]
    # Skew (equal ones: `wfdb` fails on others), signed checksums, line ends of DOS, an odd date.
    wr_dat_file("skewed.dat", "16", d, 0, write_dir=str(OUT))
    (OUT / "skewed.hea").write_bytes(
        "\r\n".join(["# Age: 51", "skewed 3 500/1000(12.5) 30 12-May-2020 12:33:59",
                     f"skewed.dat 16 1000(3)/mv 16 0 {d[0][0]} {signed[0]} 0 I", "# between",
                     f"skewed.dat 16:4 1000/mV 16 0 {d[0][1]} {signed[1]} 0 II",
                     f"skewed.dat 16:4 1000/uV 16 7 {d[0][2]} {signed[2]} 0 III", "# Dx: 1,2", ""]).encode())
    # As in the PhysioNet/CinC Challenges: a MATLAB file whose samples start at byte 24.
    wr_dat_file("matlab.mat", "16", d, 24, write_dir=str(OUT))
    (OUT / "matlab.hea").write_text(
        "matlab 3 500 30 05-Feb-2020 11:39:16\n"
        + "".join(f"matlab.mat 16+24 1000/mV 16 0 {d[0][i]} {signed[i]} 0 {n}\n" for i, n in enumerate(["I", "II", "V1"])))
    # The least that the format allows: no length, no gain, no names.
    wr_dat_file("bare.dat", "16", d, 0, write_dir=str(OUT))
    (OUT / "bare.hea").write_text("bare 3\nbare.dat 16\nbare.dat 16\nbare.dat 16\n")
    # Several files in several formats, their signals interleaved in the header.
    e = values(212, 30, 2)
    wr_dat_file("files_a.dat", "16", d[:, :2], 0, write_dir=str(OUT))
    wr_dat_file("files_b.dat", "212", e, 5, write_dir=str(OUT))
    (OUT / "files.hea").write_text(
        "files 4 360 30\nfiles_a.dat 16 500/mV 16 0 0 0 0 I\nfiles_a.dat 16 500/mV 16 0 0 0 0 II\n"
        "files_b.dat 212+5 20/mV 12 0 0 0 0 V1\nfiles_b.dat 212+5 20/mmHg 12 0 0 0 0 ABP\n")


def segments():
    for name, leads, n in (("part_1", ["I", "II"], 12), ("part_2", ["I", "II"], 9), ("part_3", ["II", "V5"], 7)):
        d = values(16, n, 2)
        wfdb.wrsamp(name, 100, ["mV"] * 2, leads, d_signal=d, fmt=["16"] * 2, adc_gain=[50.0, 1000.0],
                    baseline=[0, 3], write_dir=str(OUT))
    (OUT / "fixed.hea").write_text("fixed/2 2 100 21\npart_1 12\npart_2 9\n")
    (OUT / "layout.hea").write_text(
        "layout 3 100 0\n~ 0 1/mV 0 0 0 0 0 I\n~ 0 1/mV 0 0 0 0 0 II\n~ 0 1/mV 0 0 0 0 0 V5\n")
    (OUT / "variable.hea").write_text("variable/5 3 100 33\nlayout 0\npart_1 12\n~ 5\npart_3 7\npart_2 9\n")


def expected(name):
    # Frames are averaged in physical units; `wfdb`'s default averages and truncates stored integers,
    # invalid ones included.
    r = wfdb.rdrecord(str(OUT / name), smooth_frames=False)
    mv = r.smooth_frames("physical") * [MILLIVOLTS[u] for u in r.units]
    return {"fs": r.fs, "leads": r.sig_name,
            "samples": [[None if np.isnan(v) else float(f"{v:.10g}") for v in lead] for lead in mv.T]}


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    for old in OUT.iterdir():
        old.unlink()
    single_formats()
    frames()
    odd_headers()
    segments()
    skip = {"layout"}
    table = {p.stem: expected(p.stem) for p in sorted(OUT.glob("*.hea")) if p.stem not in skip}
    lines = ",\n".join(f"{json.dumps(k)}: {json.dumps(v, separators=(',', ':'))}" for k, v in table.items())
    (OUT / "expected.json").write_text("{\n" + lines + "\n}\n")


main()
