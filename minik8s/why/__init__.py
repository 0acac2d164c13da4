"""`why`: what holds an object back, told as a chain of causes; a module per kind of object."""
