"""What every namespace has for its pods: the service account `default` and the cluster's CA; and token secrets."""
