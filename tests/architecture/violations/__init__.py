"""One way to break each constraint; a constraint that nobody knows how to break is not tested.

Each module holds `VIOLATIONS`: the constraint's name to a function that breaks it in a house.
"""
