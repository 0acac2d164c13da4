"""How the kubelet drives a container engine: the `Runtime` protocol, Docker behind it, and a fake for tests."""
