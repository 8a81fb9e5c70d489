#!/usr/bin/env python3
"""Writes the reference values of the preprocessing tests with NumPy and SciPy.

    pip install numpy scipy
    ./preprocess.py            # writes ../tests/fixtures/preprocess/{cases.json,arrays.npz}

Filters are SciPy's `filtfilt` on the polynomials of `butter` and `iirnotch`, with its defaults. In
double precision those polynomials lose digits when a cut-off is low against the sampling rate, so
every case is computed a second time with 80-bit polynomials and recursions. Where SciPy's own
result is within 5e-7 of that (half the tolerance), SciPy's is the expected one; otherwise the 80-bit one is. Each case
says which (`reference`) and how far the two are apart (`scipy_error`).
"""
import json
import pathlib

import numpy as np
import scipy
from scipy.ndimage import median_filter
from scipy.signal import butter, filtfilt, iirnotch, resample_poly

OUT = pathlib.Path(__file__).resolve().parent / "../tests/fixtures/preprocess"
SECONDS = {100: 4.0, 250: 2.0, 360: 2.0, 400: 2.0, 500: 2.0}
EXTENDED = np.longdouble


def ecg_like(rate):
    """Offset, wander, beats, mains hum and noise, rounded to f32: what the tests read."""
    rng = np.random.default_rng(rate)
    t = np.arange(int(SECONDS[rate] * rate) + 1) / rate
    x = 0.4 + 0.3 * np.sin(2 * np.pi * 0.3 * t + 1) + 0.03 * rng.standard_normal(len(t))
    x += 0.1 * np.sin(2 * np.pi * min(50, 0.3 * rate) * t)
    for beat in np.arange(0.35, t[-1], 0.83):
        for shift, width, height in ((-0.16, 0.025, 0.15), (0, 0.01, 1.1), (0.25, 0.05, 0.3)):
            x += height * np.exp(-0.5 * ((t - beat - shift) / width) ** 2)
    return x.astype(np.float32)


def polynomial(roots):
    """Coefficients, highest power first, in 80 bits."""
    c = np.array([1], np.clongdouble)
    for r in roots:
        c = np.append(c, 0) - r * np.append(0, c)
    return c.real.astype(EXTENDED)


def steady_state(b, a):
    """State of the transposed direct form II after an endless step of height 1."""
    zi = np.zeros(len(a) - 1, EXTENDED)
    zi[0] = (b[1:] - a[1:] * b[0]).sum() / a.sum()
    for k in range(1, len(zi)):
        zi[k] = a[: k + 1].sum() * zi[0] - (b[1 : k + 1] - a[1 : k + 1] * b[0]).sum()
    return zi


def run(b, a, x, z):
    y = np.empty_like(x)
    for i, v in enumerate(x):
        y[i] = b[0] * v + z[0]
        z = np.append(z[1:], EXTENDED(0)) + b[1:] * v - a[1:] * y[i]
    return y


def filtfilt_extended(b, a, x):
    pad = 3 * max(len(a), len(b))
    x = x.astype(EXTENDED)
    x = np.concatenate([2 * x[0] - x[pad:0:-1], x, 2 * x[-1] - x[-2 : -pad - 2 : -1]])
    zi = steady_state(b, a)
    for _ in range(2):
        x = run(b, a, x, zi * x[0])[::-1]
    return x[pad:-pad]


def butterworth(order, hz, kind, rate):
    z, p, k = butter(order, hz, btype=kind, fs=rate, output="zpk")
    double = butter(order, np.array(hz) / (rate / 2), btype=kind)
    return double, (EXTENDED(k) * polynomial(z), polynomial(p))


def filters(rate):
    yield {"op": "bandpass", "low_hz": 0.5, "high_hz": 40.0, "order": 4}, butterworth(4, [0.5, 40], "band", rate)
    yield {"op": "bandpass", "low_hz": 1.0, "high_hz": 30.0, "order": 3}, butterworth(3, [1, 30], "band", rate)
    yield {"op": "highpass", "hz": 0.5, "order": 2}, butterworth(2, 0.5, "high", rate)
    yield {"op": "highpass", "hz": 0.67, "order": 5}, butterworth(5, 0.67, "high", rate)
    yield {"op": "lowpass", "hz": 40.0, "order": 4}, butterworth(4, 40, "low", rate)
    yield {"op": "lowpass", "hz": 15.0, "order": 1}, butterworth(1, 15, "low", rate)
    hz = 50.0 if rate > 100 else 25.0
    notch = iirnotch(hz, 30.0, fs=rate)
    yield {"op": "notch", "hz": hz, "q": 30.0}, (notch, tuple(c.astype(EXTENDED) for c in notch))


def main():
    arrays, cases = {}, []

    def case(step, rate, expected, **more):
        name = f"y{len(cases)}"
        arrays[name] = np.asarray(expected, np.float64)
        cases.append({"step": step, "rate": rate, "input": f"x{rate}", "expected": name, **more})

    for rate in SECONDS:
        arrays[f"x{rate}"] = ecg_like(rate)
    for rate in (100, 250, 400, 500):
        x = arrays[f"x{rate}"].astype(np.float64)
        for step, (double, extended) in filters(rate):
            ours, scipys = filtfilt_extended(*extended, x), filtfilt(*double, x)
            error = float(np.abs(ours - scipys).max())
            trusted = error < 5e-7
            case(step, rate, scipys if trusted else ours, tolerance=1e-6,
                 reference="scipy" if trusted else "80-bit", scipy_error=error)
            print(f"{rate} Hz {step}: SciPy is off by {error:.1e}")
    for rate, hz in ((500, 100), (400, 100), (100, 250), (360, 250)):
        x = arrays[f"x{rate}"].astype(np.float64)
        case({"op": "resample", "hz": hz}, rate, resample_poly(x, hz, rate), tolerance=1e-6, reference="scipy")
    for rate in (100, 500):
        x = arrays[f"x{rate}"].astype(np.float64)
        baseline = x
        for seconds in (0.2, 0.6):
            baseline = median_filter(baseline, size=round(seconds * rate) | 1, mode="nearest")
        case({"op": "baseline_median", "seconds": [0.2, 0.6]}, rate, x - baseline, tolerance=1e-6, reference="scipy")
    OUT.mkdir(parents=True, exist_ok=True)
    np.savez(OUT / "arrays.npz", **arrays)
    made_with = f"numpy {np.__version__}, scipy {scipy.__version__}"
    lines = ",\n".join("  " + json.dumps(c) for c in cases)
    (OUT / "cases.json").write_text(f'{{"made_with": "{made_with}", "cases": [\n{lines}\n]}}\n')


main()
