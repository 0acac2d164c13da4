"""ValidatingAdmissionPolicies are told in their status which of their expressions do not fit the kinds they judge."""
