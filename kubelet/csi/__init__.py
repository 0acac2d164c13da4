"""CSI drivers of this node: found by their sockets, asked to bring volumes into Pods and to take them away.

gRPC is imported when the first driver registers, not before: a node without drivers pays nothing for them.
"""
