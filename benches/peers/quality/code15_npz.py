"""Writes CODE-15%'s HDF5 parts (folder SHARED/data/code15) as one NPZ file that the reader `npz` opens. Needs h5py, numpy."""

import glob
import sys

import h5py
import numpy as np

signals, ids = [], []
for part in sorted(glob.glob(f"{sys.argv[1]}/data/code15/exams_part*.hdf5")):
    with h5py.File(part) as file:
        for row, exam in enumerate(file["exam_id"][:]):
            if exam != 0:
                signals.append(np.asarray(file["tracings"][row], np.float32).T)
                ids.append(int(exam))
np.savez(sys.argv[2], signals=np.array(signals), ids=np.array(ids))
