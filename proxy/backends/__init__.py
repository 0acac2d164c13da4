"""The ways to tell the kernel: nftables (default), iptables, ipvs."""
