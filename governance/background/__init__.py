"""Work outside requests that failed: tried again by itself, and in the end put to a person."""
