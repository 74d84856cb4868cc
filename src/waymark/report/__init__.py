"""Report: figures as SVG, made of plain values; strangers to disk, pages and commands."""
