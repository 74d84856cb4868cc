"""Limits of the jail: what a job may use, and what is kept of it."""

SOURCE_BYTES = {"python": 64_000, "sql": 20_000}
JOB_BYTES = 32 * 1024**2
RESULT_BYTES = 1024**2
RESULT_DEPTH = 64
STDOUT_BYTES = 1024**2
STDOUT_KEPT = 64 * 1024
MESSAGE_CHARACTERS = 300
WALL_SECONDS = 10.0
CPU_SECONDS = 30.0
MEMORY_MB = 4096
FILE_BYTES = 16 * 1024**2
OPEN_FILES = 64
THREADS = 64
SCRATCH_FILES = 1000
SCRATCH_BYTES = 64 * 1024**2
ROWS = 10_000
JOBS_PER_ZYGOTE = 500
LIBRARIES: dict[str, tuple[str, ...]] = {
    "numpy": ("numpy", "numpy.libs", "scipy", "scipy.libs", "sklearn", "scikit_learn.libs", "joblib"),
    "polars": ("polars", "_polars_runtime_32", "_polars_runtime_64", "_polars_runtime_compat"),
}
"""By library that a job may name: the folders beside it that a child may read."""

ONE_THREAD = dict.fromkeys(
    ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "POLARS_MAX_THREADS", "RAYON_NUM_THREADS"), "1"
)
