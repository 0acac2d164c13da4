"""Resource quotas: what a namespace uses, counted again from what is there."""
