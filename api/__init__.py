"""The web side: parse, call one function of core, answer."""
