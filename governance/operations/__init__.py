"""What whoever runs the product watches: times, outcomes, errors, and what waits in queues."""
