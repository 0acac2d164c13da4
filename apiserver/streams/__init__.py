"""What the API server passes on: exec, attach, port-forward and logs of Pods, and proxies to Pods, Services, Nodes."""
