"""In and out: readers, imports and exports."""
