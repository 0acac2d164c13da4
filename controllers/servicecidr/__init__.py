"""Networks of service addresses: ready when they are there, held back from deletion while in use."""
