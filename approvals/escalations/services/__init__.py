"""Writing escalations: policies as versions, and the run that opens, climbs and ends."""
