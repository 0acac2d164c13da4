"""What the core group's types and fields are for, one module per subject as in the model."""
