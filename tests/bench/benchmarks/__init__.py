"""One file per subject; every file here is imported and its benchmarks run."""
