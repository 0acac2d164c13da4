"""`create KIND`: what makes an object of each kind from flags; a module per family."""
