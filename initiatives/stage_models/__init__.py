"""Stage models: labels, weights, gate criteria and routes as versioned data (section 3, S5)."""
