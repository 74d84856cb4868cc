"""The child that unpacks Parquet from strangers, whose few bytes may claim any memory. Run by `frames`."""

import io
import resource
import sys
from typing import Final

CPU_SECONDS: Final = 10
MEMORY_BYTES: Final = 1024**3
MOST_BYTES: Final = 256 * 1024**2  # of the unpacked table
FAULT: Final = 3
"""Exit code of a file that is no Parquet, which standard error tells."""


def main() -> None:
    """Read Parquet from standard input and write it as Arrow IPC, not compressed, to standard output."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    import polars as pl  # noqa: PLC0415  under the limits, as all it does

    most = int(sys.argv[1])
    data = sys.stdin.buffer.read()
    try:
        scan = pl.scan_parquet(io.BytesIO(data))
        cells = int(scan.select(pl.len()).collect().item()) * len(scan.collect_schema())
        if cells > most:
            sys.exit(f"{cells:,} cells are more than {most:,}")
        frame = scan.collect()
    except (pl.exceptions.PolarsError, OSError, ValueError) as error:
        sys.stderr.write(str(error)[:400])
        sys.exit(FAULT)
    held = io.BytesIO()
    frame.write_ipc(held, compression="uncompressed")
    if held.tell() > MOST_BYTES:
        sys.exit("too much")
    sys.stdout.buffer.write(held.getbuffer())


if __name__ == "__main__":
    main()
