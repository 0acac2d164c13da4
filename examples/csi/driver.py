"""A CSI driver whose volumes are folders of the node. How to run it: README.md.

NODE_NAME is the node it runs on, KUBELET_DIR the folder of its kubelet.
"""

import os
import signal
import threading
from concurrent import futures

import grpc
from claims import Claims
from kubernetes import client, config
from node_service import (
    NAME,
    Identity,
    Node,
    Registration,
    csi_services,
    registration_services,
)
from volumes import Volumes

kubelet, node = os.environ["KUBELET_DIR"], os.environ["NODE_NAME"]
folder = os.path.join(kubelet, "plugins", NAME)
endpoint = os.path.join(folder, "csi.sock")
volumes = Volumes(os.path.join(folder, "volumes"))
os.makedirs(volumes.folder, mode=0o750, exist_ok=True)
ended = threading.Event()


def told(error):
    """The kubelet's answer. One that does not take it in is asked again by whoever starts this program anew."""
    print(f"the kubelet does not want this driver: {error}" if error else "registered", flush=True)
    if error:
        ended.set()


config.load_incluster_config()
server = grpc.server(futures.ThreadPoolExecutor(max_workers=4))
csi_services.add_IdentityServicer_to_server(Identity(), server)
csi_services.add_NodeServicer_to_server(Node(volumes, node), server)
registration_services.add_RegistrationServicer_to_server(Registration(endpoint, told), server)
server.add_insecure_port(f"unix:{endpoint}")
server.add_insecure_port(f"unix:{kubelet}/plugins_registry/{NAME}-reg.sock")
server.start()
Claims(client.ApiClient(), volumes, node).start()
for number in (signal.SIGTERM, signal.SIGINT):
    signal.signal(number, lambda *_: ended.set())
ended.wait()
server.stop(grace=5).wait()
