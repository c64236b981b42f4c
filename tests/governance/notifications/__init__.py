"""Tests of notices and the mails that carry them."""
