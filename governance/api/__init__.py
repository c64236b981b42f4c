"""The API of people and roles, master data and the audit trail."""
