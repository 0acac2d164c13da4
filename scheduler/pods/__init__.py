"""What a Pod asks for, read once per template: requests, ports, selectors, affinity terms, tolerations."""
