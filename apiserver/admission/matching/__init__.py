"""Which requests a webhook or a policy is about, and what it is shown of them."""
