"""Writing imports: upload, reading, checking, applying, undoing."""
