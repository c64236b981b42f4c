"""The outbox: how a lower floor tells the floors above, in the transaction of its change."""
