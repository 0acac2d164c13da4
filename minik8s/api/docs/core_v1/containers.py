"""What the types of `minik8s.api.core_v1.containers` and their fields are for."""

from __future__ import annotations

_CONTAINER = {
    "name": "Name of the container, a DNS label unique in the Pod; immutable.",
    "image": "Image to run, as registry/name:tag or with a digest; may be changed in place, which restarts the container.",
    "command": "Program and first arguments instead of the image's entrypoint; $(NAME) stands for a variable, $$ for a dollar sign.",
    "args": "Arguments instead of the image's command; $(NAME) stands for a variable, $$ for a dollar sign. Immutable.",
    "workingDir": "Directory the process starts in; the image's own when unset. Immutable.",
    "ports": "Ports that the container listens on; informative, an unlisted port can be reached as well.",
    "env": "Environment variables, in order; later entries may refer to earlier ones.",
    "resources": "CPU, memory and other resources to set aside and to allow.",
    "volumeMounts": "Which of the Pod's volumes appear where in the container's file system.",
    "livenessProbe": "Regular check that restarts the container when it fails; unset means it always counts as alive.",
    "readinessProbe": "Regular check that takes the Pod out of Services while it fails; unset means it counts as ready.",
    "lifecycle": "Hooks run after the container starts and before it is stopped.",
    "terminationMessagePath": "File in the container whose content becomes its termination message; /dev/termination-log by default.",
    "imagePullPolicy": "When to pull: Always, IfNotPresent or Never; Always by default for tag latest or none, else IfNotPresent.",
    "securityContext": "Security settings of this container; they take precedence over the Pod's.",
    "stdin": "Whether a standard input is kept open for attaching; otherwise reads meet the end of file. Default false.",
    "stdinOnce": "Whether standard input closes after the first attached client leaves. Default false.",
    "tty": "Whether the container gets a terminal; needs stdin. Default false.",
    "envFrom": "ConfigMaps and Secrets whose entries become variables; env wins, and later sources win over earlier ones.",
    "terminationMessagePolicy": "Where the termination message comes from: File (the default), or FallbackToLogsOnError for the end of the log on failure.",
    "volumeDevices": "Volumes of block mode that appear as devices in the container.",
    "startupProbe": "Check that must succeed once before the other probes begin; failing it restarts the container.",
    "resizePolicy": "What a change of resources in place means for the container, per resource.",
    "restartPolicy": "When this container runs again, instead of the Pod's policy: Always, OnFailure or Never; Always makes an init container a sidecar.",
    "restartPolicyRules": "Rules by exit code, tried in order before restartPolicy, which must then be set.",
}
DOCS: dict[str, tuple[str, dict[str, str]]] = {
    "AppArmorProfile": (
        "Which AppArmor profile confines a container.",
        {
            "type": "Which kind of profile: Localhost (one loaded on the node), RuntimeDefault or Unconfined.",
            "localhostProfile": "Name of a profile loaded on the node; required with type Localhost and forbidden otherwise.",
        },
    ),
    "Capabilities": (
        "Linux capabilities given to or taken from a container, relative to the runtime's default set.",
        {
            "add": "Capabilities to give beyond the runtime's default set, such as NET_ADMIN.",
            "drop": "Capabilities to take away; ALL takes every one.",
        },
    ),
    "ConfigMapEnvSource": (
        "A ConfigMap whose entries all become environment variables.",
        {
            "name": "Name of a ConfigMap in the Pod's own namespace.",
            "optional": "Whether the container may start without this ConfigMap; false when unset.",
        },
    ),
    "ConfigMapKeySelector": (
        "One entry of a ConfigMap in the Pod's namespace.",
        {
            "name": "Name of a ConfigMap in the Pod's own namespace.",
            "key": "The entry to take from the ConfigMap's data.",
            "optional": "Whether the ConfigMap or the key may be missing; false when unset.",
        },
    ),
    "ResourceRequirements": (
        "How much of each resource is asked for at least and allowed at most.",
        {
            "limits": "The most that may be used of each resource; CPU is throttled at it, memory beyond it kills the process.",
            "requests": "What is set aside for scheduling; equal to limits where only those are given, otherwise the cluster's default.",
            "claims": "Claims of spec.resourceClaims that this container uses; only for containers.",
        },
    ),
    "Container": (
        "One container of a Pod: an image, what to run in it and what it gets.",
        _CONTAINER,
    ),
    "ContainerExtendedResourceRequest": (
        "Connects a container's extended resource with a request of a ResourceClaim.",
        {
            "containerName": "Name of the container that asks for the extended resource.",
            "resourceName": "Name of the extended resource in the container's requests.",
            "requestName": "Name of the request in the claim that stands for the resource.",
        },
    ),
    "ContainerImage": (
        "An image that is present on a node, with its names.",
        {
            "names": "Names by which the image is known, tags and digests alike.",
            "sizeBytes": "Size that the image takes on disk, in bytes.",
        },
    ),
    "ContainerPort": (
        "A port on which a container listens, in the Pod's network.",
        {
            "name": "Name for the port, unique in the Pod, that Services and probes may refer to.",
            "hostPort": "Port of the node that leads to the container; unset opens none. Must equal containerPort on the host network.",
            "containerPort": "Port number in the Pod's network, from 1 to 65535.",
            "protocol": "Transport protocol: TCP (the default), UDP or SCTP.",
            "hostIP": "Address of the node to which hostPort is bound; all addresses when unset.",
        },
    ),
    "ContainerResizePolicy": (
        "Whether a container survives a change of one of its resources.",
        {
            "resourceName": "The resource in question: cpu or memory.",
            "restartPolicy": "NotRequired (the default) applies the change to the running container, RestartContainer restarts it.",
        },
    ),
    "ContainerRestartRule": (
        "What to do when a container ends in a certain way.",
        {
            "action": "What happens on a match: Restart runs this container again, RestartAllContainers starts the whole Pod over.",
            "exitCodes": "The exit codes that this rule is about; required.",
        },
    ),
    "ContainerRestartRuleOnExitCodes": (
        "A set of exit codes, by those in it or those not in it.",
        {
            "operator": "In matches the codes listed, NotIn every other one.",
            "values": "The exit codes, each listed once; 255 of them at most.",
        },
    ),
    "ContainerState": (
        "What a container is doing: exactly one of the three is set, waiting when nothing is known.",
        {
            "waiting": "Set while the container has not started yet, or waits to be restarted.",
            "running": "Set while the container's first process is running.",
            "terminated": "Set once the container's process has ended.",
        },
    ),
    "ContainerStateRunning": (
        "Details of a container that is running now.",
        {
            "startedAt": "When the present run of the container began.",
        },
    ),
    "ContainerStateTerminated": (
        "How and when a run of a container came to its end.",
        {
            "exitCode": "Exit status of the container's first process.",
            "signal": "Number of the signal that ended the process, if one did.",
            "reason": "Short reason, such as Completed, Error or OOMKilled.",
            "message": "What the container left in its termination message, or what the runtime says.",
            "startedAt": "When this run of the container had begun.",
            "finishedAt": "When this run of the container had ended.",
            "containerID": "Identifier of the ended container, as runtime://id.",
        },
    ),
    "ContainerStateWaiting": (
        "Why a container is not running yet, or not again.",
        {
            "reason": "Short reason, such as ContainerCreating, ImagePullBackOff or CrashLoopBackOff.",
            "message": "Details for people about what is being waited for.",
        },
    ),
    "ContainerStatus": (
        "What is known about one container of a Pod.",
        {
            "name": "Name of the container as in the Pod's spec.",
            "state": "What the container is doing now: waiting, running or terminated.",
            "lastState": "How the run before the current one ended; empty if there was none.",
            "ready": "Whether the container passes its readiness probe; always false before it has started.",
            "restartCount": "How often the container was restarted; may go down when dead containers are removed.",
            "image": "Name of the image in use, which may differ from the one in the spec.",
            "imageID": "Identifier of the image in use, usually with its digest.",
            "containerID": "Identifier of the container as runtime://id; empty before it is created.",
            "started": "Whether the startup probe and the postStart hook are done; null means no.",
            "allocatedResources": "Requests the kubelet has granted this container.",
            "resources": "Requests and limits the running container really has.",
            "volumeMounts": "How each of the container's mounts turned out.",
            "user": "User and groups the container's first process started with.",
            "allocatedResourcesStatus": "Health of devices and other resources given to this container.",
            "stopSignal": "Signal that is sent to stop this container.",
        },
    ),
    "ContainerUser": (
        "Identity of a container's first process.",
        {
            "linux": "Identity on a Linux node; unset on Windows.",
        },
    ),
    "EnvFromSource": (
        "A set of environment variables from a ConfigMap or a Secret.",
        {
            "prefix": "Text put in front of every variable's name; empty by default.",
            "configMapRef": "The ConfigMap whose entries become variables.",
            "secretRef": "The Secret whose entries become variables.",
        },
    ),
    "EnvVar": (
        "One environment variable of a container, given as text or taken from somewhere.",
        {
            "name": "Name of the variable; any printable characters except an equals sign.",
            "value": "Its text, empty by default; $(NAME) stands for a variable set before, $$ for a dollar sign.",
            "valueFrom": "Where the value is taken from; only when value is empty.",
        },
    ),
    "EnvVarSource": (
        "Where the value of an environment variable comes from; exactly one is set.",
        {
            "fieldRef": "A field of the Pod, such as metadata.name, spec.nodeName or status.podIP.",
            "resourceFieldRef": "A request or limit of a container, as a number.",
            "configMapKeyRef": "One entry of a ConfigMap in the Pod's namespace.",
            "secretKeyRef": "One entry of a Secret in the Pod's namespace.",
            "fileKeyRef": "One variable from a file that an init container wrote into an emptyDir volume.",
        },
    ),
    "EphemeralContainer": (
        "A container put into a running Pod for debugging; never restarted, removed or given resources.",
        {
            **_CONTAINER,
            "targetContainerName": "Container of the Pod whose processes this one sees; unset shares as the Pod says.",
        },
    ),
    "ExecAction": (
        "A command run inside the container; exit status 0 is success.",
        {
            "command": "Program and arguments, run without a shell in the container's root directory.",
        },
    ),
    "FileKeySelector": (
        "One variable in a file of KEY=VALUE lines on a volume.",
        {
            "volumeName": "Name of the Pod's emptyDir volume that holds the file.",
            "path": "Path of the file relative to the volume's root; it must not climb out by dots.",
            "key": "Name of the variable to look for in the file.",
            "optional": "Whether file and key may be missing; false, the default, keeps the Pod from starting.",
        },
    ),
    "GRPCAction": (
        "A call of the gRPC health check protocol.",
        {
            "port": "Port number of the gRPC service, from 1 to 65535.",
            "service": "Service name sent in the check; empty, the default, asks about the server as a whole.",
        },
    ),
    "HTTPGetAction": (
        "An HTTP GET request; a status from 200 to 399 is success.",
        {
            "path": "Path to request, with any query; / when unset.",
            "port": "Port number, or the name of one of the container's ports.",
            "host": "Host to connect to; the Pod's address when unset. A Host header is usually meant instead.",
            "scheme": "HTTP (the default) or HTTPS; certificates are not verified.",
            "httpHeaders": "Headers to send along; a name may be repeated.",
        },
    ),
    "HTTPHeader": (
        "One header that is sent along with a request.",
        {
            "name": "Name of the header; written in canonical form when sent.",
            "value": "Value of the header, which is sent as it stands.",
        },
    ),
    "ImageVolumeStatus": (
        "Which image a volume of type image really holds.",
        {
            "imageRef": "Reference of the mounted image, with its digest.",
        },
    ),
    "Lifecycle": (
        "What to do around the life of a container.",
        {
            "postStart": "Run right after the container is created; on failure the container is killed. It is not ready until done.",
            "preStop": "Run before the container is stopped, within the grace period; not run when it ended by itself.",
            "stopSignal": "Signal that stops the container instead of the image's or SIGTERM; needs spec.os.name to be set.",
        },
    ),
    "LifecycleHandler": (
        "One thing to do in a hook; exactly one is set.",
        {
            "exec": "Run a command in the container; exit status 0 is success.",
            "httpGet": "Send an HTTP GET request to the container.",
            "tcpSocket": "Deprecated and without effect as a hook; accepted for old manifests.",
            "sleep": "Wait for a number of seconds before going on.",
        },
    ),
    "LinuxContainerUser": (
        "User and groups that a process on Linux started with.",
        {
            "uid": "User ID of the container's first process.",
            "gid": "Main group ID of the container's first process.",
            "supplementalGroups": "Further group IDs of the container's first process.",
        },
    ),
    "ObjectFieldSelector": (
        "A field of the Pod that holds the container.",
        {
            "apiVersion": "API version the path is written for; v1 when unset.",
            "fieldPath": "Path of the field, such as metadata.labels['app'] or status.hostIP.",
        },
    ),
    "Probe": (
        "A regular check of a container: what to do, how often, and how many results it takes.",
        {
            "exec": "Run a command in the container; exit status 0 is success.",
            "httpGet": "Send an HTTP GET request; a status from 200 to 399 is success.",
            "tcpSocket": "Open a TCP connection; being accepted is success.",
            "grpc": "Call the gRPC health check; the answer SERVING is success.",
            "initialDelaySeconds": "Seconds after the container's start before the first check; 0 by default.",
            "timeoutSeconds": "Seconds after which a check counts as failed; 1 by default and at least 1.",
            "periodSeconds": "Seconds between checks; 10 by default and at least 1.",
            "successThreshold": "Successes in a row needed after a failure; 1 by default, and always 1 for liveness and startup.",
            "failureThreshold": "Failures in a row that count as failure; 3 by default and at least 1.",
            "terminationGracePeriodSeconds": "Seconds to stop in when this probe fails, instead of the Pod's; not for readiness probes.",
        },
    ),
    "ResourceClaim": (
        "Names a claim of the Pod that a container uses.",
        {
            "name": "Name of an entry of the Pod's spec.resourceClaims.",
            "request": "One request of the claim to make available; all of them when unset.",
        },
    ),
    "ResourceFieldSelector": (
        "A request or limit of a container, as a number.",
        {
            "containerName": "The container asked about; required in volumes, and the container itself in variables when unset.",
            "resource": "Which one, such as limits.cpu or requests.memory.",
            "divisor": "Unit the number is given in, rounded up; 1 by default, such as 1Mi or 1m.",
        },
    ),
    "ResourceHealth": (
        "Health of one device or similar resource.",
        {
            "resourceID": "Identifier of the resource, unique on its node.",
            "health": "Healthy, Unhealthy or Unknown; may change while the container runs.",
            "message": "Details about the health, for people; may be absent.",
        },
    ),
    "ResourceStatus": (
        "Health of what a container was given under one resource name.",
        {
            "name": "Name of the resource, or claim:name/request for a dynamically allocated one.",
            "resources": "Each device given, with its health; identifiers appear once.",
        },
    ),
    "SELinuxOptions": (
        "An SELinux label; parts that are unset are chosen by the runtime.",
        {
            "user": "User part of the label; the runtime's choice when unset.",
            "role": "Role part of the label; the runtime's choice when unset.",
            "type": "Type part of the label; the runtime's choice when unset.",
            "level": "Level part of the label, such as s0:c123,c456.",
        },
    ),
    "SeccompProfile": (
        "Which filter of system calls applies to a container.",
        {
            "type": "Kind of profile: Localhost (a file of the node), RuntimeDefault or Unconfined.",
            "localhostProfile": "File below the kubelet's seccomp directory; required with type Localhost and forbidden otherwise.",
        },
    ),
    "SecretEnvSource": (
        "A Secret whose entries all become environment variables.",
        {
            "name": "Name of a Secret in the Pod's own namespace.",
            "optional": "Whether the container may start without this Secret; false when unset.",
        },
    ),
    "SecretKeySelector": (
        "One entry of a Secret in the Pod's namespace.",
        {
            "name": "Name of a Secret in the Pod's own namespace.",
            "key": "The entry to take from the Secret's data.",
            "optional": "Whether the Secret or the key may be missing; false when unset.",
        },
    ),
    "SecurityContext": (
        "Security settings of one container; they take precedence over those of its Pod.",
        {
            "capabilities": "Linux capabilities to add or drop; the runtime's default set when unset.",
            "privileged": "Whether processes have all the powers of root on the node. Default false.",
            "seLinuxOptions": "SELinux label of the container; the Pod's, or a random one, when unset.",
            "runAsUser": "User ID of the first process; the Pod's, or the image's, when unset.",
            "runAsNonRoot": "Whether the kubelet refuses to start the container as user 0; unset follows the Pod.",
            "readOnlyRootFilesystem": "Whether the container's own file system cannot be written to. Default false.",
            "allowPrivilegeEscalation": "Whether processes may gain more rights than their parent; always true when privileged or with SYS_ADMIN.",
            "runAsGroup": "Main group ID of the first process; the Pod's, or the runtime's default, when unset.",
            "procMount": "How /proc is mounted: Default masks parts of it, Unmasked does not and needs a user namespace.",
            "windowsOptions": "Settings for Windows containers; unset follows the Pod.",
            "seccompProfile": "Filter of system calls of this container; unset follows the Pod.",
            "appArmorProfile": "AppArmor profile of this container; unset follows the Pod.",
        },
    ),
    "SleepAction": (
        "A pause, such as time for clients to notice the end.",
        {
            "seconds": "Seconds to wait, at most the Pod's grace period.",
        },
    ),
    "TCPSocketAction": (
        "A TCP connection that is opened and closed again.",
        {
            "port": "Port number, or the name of one of the container's ports.",
            "host": "Host to connect to; the Pod's address when unset.",
        },
    ),
    "VolumeDevice": (
        "A block volume as a device in a container.",
        {
            "name": "Name of a volume of the Pod backed by a claim of block mode.",
            "devicePath": "Path in the container at which the device appears.",
        },
    ),
    "VolumeMount": (
        "Where a volume appears in a container, and how.",
        {
            "name": "Name of the volume, as in the Pod's spec.volumes.",
            "readOnly": "Whether the container cannot write to the volume. Default false.",
            "mountPath": "Path in the container where the volume appears; it must not contain a colon.",
            "subPath": "Path inside the volume to mount instead of its root; such a mount does not follow later changes of a ConfigMap.",
            "mountPropagation": "How mounts made later spread: None (the default), HostToContainer or Bidirectional, which needs privileged.",
            "subPathExpr": "Like subPath, with $(NAME) replaced by environment variables; only one of the two is set.",
            "recursiveReadOnly": "Whether mounts below are read-only too: Disabled (the default), IfPossible or Enabled; needs readOnly.",
        },
    ),
    "VolumeMountStatus": (
        "How a volume mount of a container turned out.",
        {
            "name": "Name of the mount, as in the container's spec.",
            "mountPath": "Path in the container where the volume appears.",
            "readOnly": "Whether the container can only read from the mount.",
            "recursiveReadOnly": "Whether mounts below it are read-only too: Disabled or Enabled; unset for writable mounts.",
            "volumeStatus": "More about the volume behind the mount, by its type.",
        },
    ),
    "VolumeStatus": (
        "Details of a mounted volume, by its type.",
        {
            "image": "The image, for volumes that hold one; unset for others.",
        },
    ),
    "WindowsSecurityContextOptions": (
        "Security settings of Windows containers.",
        {
            "gmsaCredentialSpecName": "Name of the group managed service account credential spec to use.",
            "gmsaCredentialSpec": "Content of the credential spec; filled in by an admission webhook.",
            "runAsUserName": "Windows user that runs the first process; the image's user when unset.",
            "hostProcess": "Whether the container runs as a process of the node; all of a Pod or none, and on its network.",
        },
    ),
}
