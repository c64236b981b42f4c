"""Reports of a period: drafted, signed, frozen, chained and proved (R4)."""
