"""Certificate signing requests: approved where policy says so, signed by the cluster's CA, cleaned up."""
