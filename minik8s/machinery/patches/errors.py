"""What goes wrong with a patch."""


class PatchError(ValueError):
    """A patch cannot be read, or does not fit the document; the message says where."""
