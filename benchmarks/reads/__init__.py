"""Reading: what listings, polls and 304s cost beside a bare Flask and beside the system that Certmill replaces."""
