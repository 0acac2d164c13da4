"""Pods are driven off nodes whose NoExecute taints they do not tolerate, or no longer."""
