"""A Pod's volumes: folders on this node that are filled, kept fresh, handed to its containers and taken away."""
