"""Resource quotas: what objects cost, and charging it to the quotas of their namespace."""
