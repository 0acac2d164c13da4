"""Bootstrap tokens: the signed cluster information for machines that join, and tokens that expire."""
