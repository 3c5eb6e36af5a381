"""What Redis remembers for us. Losing it costs speed, never truth."""
