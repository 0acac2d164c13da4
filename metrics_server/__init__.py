"""The metrics server: what nodes and Pods use now, scraped from kubelets, served as the API group metrics.k8s.io.

`scraper` asks every kubelet in turn, `exposition` reads the answers, `history` keeps the last two of each counter and
makes rates of them, `api` serves them behind the API server. Nothing is kept on disk.
"""
