"""An operator: each Website gets a Deployment that serves its page. How to run it: README.md."""

from kubernetes import client, config, dynamic

config.load_config()
kind = dynamic.DynamicClient(client.ApiClient()).resources.get
websites = kind(api_version="example.com/v1", kind="Website")
deployments = kind(api_version="apps/v1", kind="Deployment")


def reconcile(site):
    """Make what a Website asks for. Deleting is left to the garbage collector: the Website owns what is made."""
    about, labels = site.metadata, {"website": site.metadata.name}
    owner = {"apiVersion": site.apiVersion, "kind": site.kind, "name": about.name, "uid": about.uid, "controller": True}
    serve = ["sh", "-c", 'echo "$PAGE" > /tmp/index.html; exec httpd -f -p 8080 -h /tmp']
    page = {"name": "PAGE", "value": site.spec.page}
    web = {"name": "web", "image": site.spec.image, "command": serve, "env": [page]}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [web]}}
    spec = {"replicas": site.spec.replicas, "selector": {"matchLabels": labels}, "template": template}
    metadata = {"name": about.name, "namespace": about.namespace, "labels": labels, "ownerReferences": [owner]}
    wanted = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": spec}
    made = deployments.server_side_apply(wanted, field_manager="website-operator", force_conflicts=True)
    selector = f"website={about.name}"
    status = {"observedGeneration": about.generation, "replicas": made.spec.replicas, "selector": selector}
    patch = {"metadata": {"name": about.name, "namespace": about.namespace}, "status": status}
    websites.status.patch(patch, content_type="application/merge-patch+json")


while True:
    for event in websites.watch(timeout=60):  # all there are, then every change; once a minute anew
        try:
            if event["type"] != "DELETED":
                reconcile(event["object"])
        except dynamic.exceptions.DynamicApiError as error:
            print(f"{event['object'].metadata.name}: {error.summary()}", flush=True)
