"""Generated requests against every operation of the API."""
