"""Telling other programs what happened, as Standard Webhooks has it. docs/webhooks.md is for those who listen."""
