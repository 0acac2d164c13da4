"""What expressions of admission (match conditions, policies) may use: shared by who evaluates and who checks them."""
