"""The code15 reader beside h5py on the same files, in one run: seconds per tracing and peak memory, in order and at random.

    cargo build --release -p ecg-audit-ecg --example read_code15
    python benches/peers/hdf5.py [--data DIR] [--binary PATH] [--rounds N] [--large]

DIR holds exams.csv and exams_part*.hdf5 (default: data/code15 in $ECG_AUDIT_SHARED, or ../shared beside the project). Needs
h5py and numpy. `h5py` reads `tracings[i]`, samples by leads, as stored; `h5py, turned` does what the reader does as well:
leads by samples, times a factor. Both sides use one thread. Wall time is that of the fastest pass; CPU time is what five passes take beyond
one, over four, so that starting a process does not count.

`--large` writes parts of 2000 and of 8000 tracings into a temporary folder (2.5 GB), contiguous as CODE-15% has them and a
compressed chunk per tracing, and shows that memory does not grow with them.
"""

import argparse
import os
import pathlib
import random
import re
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
SHARED = pathlib.Path(os.environ.get("ECG_AUDIT_SHARED", ROOT.parent / "shared"))
PASSES = 5


def read(folder, order, passes, turned):
    """Reads all tracings of all parts with h5py, and prints what the example `read_code15` prints."""
    import h5py
    import numpy as np

    parts = [h5py.File(path) for path in sorted(pathlib.Path(folder).glob("exams_part*.hdf5"))]
    rows = [(part["tracings"], row) for part in parts for row, exam in enumerate(part["exam_id"][:]) if exam != 0]
    if order == "random":
        random.Random(15).shuffle(rows)
    for _ in range(passes):
        start, total = time.perf_counter(), 0.0
        for tracings, row in rows:
            x = tracings[row]
            if turned:
                x = np.ascontiguousarray(x.T, np.float32) * np.float32(1)
            total += float(x.ravel()[::97].sum(dtype=np.float64))
        print(f"pass {time.perf_counter() - start} records {len(rows)} sum {total}")
    with open("/proc/self/status") as status:
        print("peak " + next(line.split(":")[1].strip() for line in status if line.startswith("VmHWM")))


def run(command, passes):
    """Fastest pass in seconds, CPU seconds of the process, records, peak in kB."""
    environment = dict(os.environ, OMP_NUM_THREADS="1", RAYON_NUM_THREADS="1")
    child = subprocess.Popen([*command, str(passes)], stdout=subprocess.PIPE, text=True, env=environment)
    text = child.stdout.read()
    _, status, usage = os.wait4(child.pid, 0)
    if status != 0:
        sys.exit(f"{command} failed with {status}:\n{text}")
    found = re.findall(r"^pass (\S+) records (\d+)", text, re.M)
    peak = int(re.search(r"^peak (\d+) kB", text, re.M)[1])
    return min(float(wall) for wall, _ in found), usage.ru_utime + usage.ru_stime, int(found[0][1]), peak


def measure(command, rounds):
    """Per tracing: wall and CPU milliseconds; and peak memory in MB."""
    wall, cpu, peak = [], [], 0
    for _ in range(rounds):
        _, one, records, _ = run(command, 1)
        fastest, many, records, used = run(command, PASSES)
        wall.append(fastest / records * 1e3)
        cpu.append((many - one) / (PASSES - 1) / records * 1e3)
        peak = max(peak, used)
    return min(wall), sorted(cpu)[len(cpu) // 2], peak / 1024


def compare(name, folder, binary, rounds):
    for order in ("order", "random"):
        here = [sys.executable, __file__, "--read", str(folder), order]
        sides = {
            "ours": [str(binary), str(folder), order],
            "h5py": [*here, "bare"],
            "h5py, turned": [*here, "turned"],
        }
        figures = {side: measure(command, rounds) for side, command in sides.items()}
        ours = figures["ours"]
        for side, (wall, cpu, peak) in figures.items():
            ratio = "" if side == "ours" else f"  ours is {wall / ours[0]:.2f}x (wall), {cpu / ours[1]:.2f}x (CPU)"
            print(f"{name:28} {order:7} {side:13} {wall:7.3f} ms wall {cpu:7.3f} ms CPU {peak:7.1f} MB{ratio}", flush=True)


def write_large(folder, source, rows, packed):
    """A part of `rows` tracings, those of `source` over and over."""
    import h5py
    import numpy as np

    folder.mkdir()
    with h5py.File(source) as old, h5py.File(folder / "exams_part0.hdf5", "w") as new:
        tracings = old["tracings"]
        new["exam_id"] = np.arange(1, rows + 1)
        shape = (rows, *tracings.shape[1:])
        if packed:
            chunks = dict(chunks=tracings.chunks, compression="gzip", compression_opts=tracings.compression_opts, shuffle=True)
            copy = new.create_dataset("tracings", shape, tracings.dtype, **chunks)
            for row in range(rows):
                mask, chunk = tracings.id.read_direct_chunk((row % len(tracings), 0, 0))
                copy.id.write_direct_chunk((row, 0, 0), chunk, mask)
        else:
            copy = new.create_dataset("tracings", shape, tracings.dtype)
            block = tracings[:]
            for row in range(0, rows, len(block)):
                copy[row : row + len(block)] = block[: rows - row]
    table = "".join(f"{exam},50,{exam}\n" for exam in range(1, rows + 1))
    (folder / "exams.csv").write_text("exam_id,age,patient_id\n" + table)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=pathlib.Path, default=SHARED / "data/code15")
    parser.add_argument("--binary", type=pathlib.Path, default=ROOT / "target/release/examples/read_code15")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--large", action="store_true")
    parser.add_argument("--read", nargs=4, metavar=("DIR", "ORDER", "HOW", "PASSES"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.read:
        folder, order, how, passes = arguments.read
        return read(folder, order, int(passes), how == "turned")
    compare("code15 (260, gzip+shuffle)", arguments.data, arguments.binary, arguments.rounds)
    if arguments.large:
        source = next(arguments.data.glob("exams_part*.hdf5"))
        with tempfile.TemporaryDirectory() as folder:
            for packed in (False, True):
                for rows in (2000, 8000):
                    name = f"{rows}, {'gzip+shuffle' if packed else 'contiguous'}"
                    large = pathlib.Path(folder) / name.replace(", ", "-")
                    write_large(large, source, rows, packed)
                    compare(name, large, arguments.binary, 1)
                    (large / "exams_part0.hdf5").unlink()


if __name__ == "__main__":
    main()
