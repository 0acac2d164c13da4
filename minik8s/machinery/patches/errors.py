"""What goes wrong with a patch."""


class PatchError(ValueError):
    """A patch cannot be read, or does not fit the document; the message says where."""


class PatchFormatError(PatchError):
    """A directive of a strategic merge patch is not written as such a directive is."""


class PatchRejected(PatchError):
    """A strategic merge patch asks for what no strategic merge patch can do."""
