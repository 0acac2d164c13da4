"""Types as the API server of Kubernetes keeps them in memory: the names of their fields, in order.

Error messages quote values in this form. A name with `=` comes from another attribute, `*` stands for the metadata.
"""

from __future__ import annotations

_TABLE = """
admissionregistration.AuditAnnotation: Key ValueExpression
admissionregistration.MatchResources: NamespaceSelector ObjectSelector ResourceRules ExcludeResourceRules MatchPolicy
admissionregistration.NamedRuleWithOperations: ResourceNames RuleWithOperations=
admissionregistration.ParamKind: APIVersion Kind
admissionregistration.ParamRef: Name Namespace Selector ParameterNotFoundAction
apps.DaemonSetSpec: Selector Template UpdateStrategy MinReadySeconds TemplateGeneration= RevisionHistoryLimit
apps.DaemonSetUpdateStrategy: Type RollingUpdate
apps.DeploymentSpec: Replicas Selector Template Strategy MinReadySeconds RevisionHistoryLimit Paused RollbackTo=
  ProgressDeadlineSeconds
apps.DeploymentStrategy: Type RollingUpdate
apps.ReplicaSetSpec: Replicas MinReadySeconds Selector Template
apps.RollingUpdateDaemonSet: MaxUnavailable MaxSurge
apps.RollingUpdateDeployment: MaxUnavailable MaxSurge
apps.RollingUpdateStatefulSetStrategy: Partition MaxUnavailable
apps.StatefulSetOrdinals: Start
apps.StatefulSetPersistentVolumeClaimRetentionPolicy: WhenDeleted WhenScaled
apps.StatefulSetSpec: Replicas Selector Template VolumeClaimTemplates ServiceName PodManagementPolicy UpdateStrategy
  RevisionHistoryLimit MinReadySeconds PersistentVolumeClaimRetentionPolicy Ordinals
apps.StatefulSetUpdateStrategy: Type RollingUpdate
authorization.FieldSelectorAttributes: RawSelector Requirements
authorization.LabelSelectorAttributes: RawSelector Requirements
authorization.NonResourceAttributes: Path Verb
authorization.ResourceAttributes: Namespace Verb Group Version Resource Subresource Name FieldSelector LabelSelector
autoscaling.ContainerResourceMetricSource: Name Container Target
autoscaling.CrossVersionObjectReference: Kind Name APIVersion
autoscaling.ExternalMetricSource: Metric Target
autoscaling.MetricIdentifier: Name Selector
autoscaling.MetricSpec: Type Object Pods Resource ContainerResource External
autoscaling.MetricTarget: Type Value AverageValue AverageUtilization
autoscaling.ObjectMetricSource: DescribedObject Target Metric
autoscaling.PodsMetricSource: Metric Target
autoscaling.ResourceMetricSource: Name Target
batch.JobSpec: Parallelism Completions PodFailurePolicy SuccessPolicy ActiveDeadlineSeconds BackoffLimit
  BackoffLimitPerIndex MaxFailedIndexes Selector ManualSelector Template TTLSecondsAfterFinished CompletionMode
  Suspend PodReplacementPolicy ManagedBy
batch.PodFailurePolicy: Rules
batch.PodFailurePolicyOnExitCodesRequirement: ContainerName Operator Values
batch.PodFailurePolicyOnPodConditionsPattern: Type Status
batch.PodFailurePolicyRule: Action OnExitCodes OnPodConditions
batch.SuccessPolicy: Rules
batch.SuccessPolicyRule: SucceededIndexes SucceededCount
certificates.CertificateSigningRequestCondition: Type Status Reason Message LastUpdateTime LastTransitionTime
certificates.CertificateSigningRequestSpec: Request SignerName ExpirationSeconds Usages Username UID Groups Extra
core.AWSElasticBlockStoreVolumeSource: VolumeID FSType Partition ReadOnly
core.Affinity: NodeAffinity PodAffinity PodAntiAffinity
core.AppArmorProfile: Type LocalhostProfile
core.AzureDiskVolumeSource: DiskName DataDiskURI=disk_uri CachingMode FSType ReadOnly Kind
core.AzureFilePersistentVolumeSource: SecretName ShareName ReadOnly SecretNamespace
core.AzureFileVolumeSource: SecretName ShareName ReadOnly
core.CSIPersistentVolumeSource: Driver VolumeHandle ReadOnly FSType VolumeAttributes ControllerPublishSecretRef
  NodeStageSecretRef NodePublishSecretRef ControllerExpandSecretRef NodeExpandSecretRef
core.CSIVolumeSource: Driver ReadOnly FSType VolumeAttributes NodePublishSecretRef
core.Capabilities: Add Drop
core.CephFSPersistentVolumeSource: Monitors Path User SecretFile SecretRef ReadOnly
core.CephFSVolumeSource: Monitors Path User SecretFile SecretRef ReadOnly
core.CinderPersistentVolumeSource: VolumeID FSType ReadOnly SecretRef
core.CinderVolumeSource: VolumeID FSType ReadOnly SecretRef
core.ClusterTrustBundleProjection: Name SignerName LabelSelector Optional Path
core.ConfigMapEnvSource: Name Optional
core.ConfigMapKeySelector: Name Key Optional
core.ConfigMapNodeConfigSource: Namespace Name UID ResourceVersion KubeletConfigKey
core.ConfigMapProjection: Name Items Optional
core.ConfigMapVolumeSource: Name Items DefaultMode Optional
core.Container: Name Image Command Args WorkingDir Ports EnvFrom Env Resources ResizePolicy RestartPolicy
  RestartPolicyRules VolumeMounts VolumeDevices LivenessProbe ReadinessProbe StartupProbe Lifecycle
  TerminationMessagePath TerminationMessagePolicy ImagePullPolicy SecurityContext Stdin StdinOnce TTY
core.ContainerPort: Name HostPort ContainerPort Protocol HostIP
core.ContainerResizePolicy: ResourceName RestartPolicy
core.ContainerRestartRule: Action ExitCodes
core.ContainerRestartRuleOnExitCodes: Operator Values
core.DownwardAPIProjection: Items
core.DownwardAPIVolumeFile: Path FieldRef ResourceFieldRef Mode
core.DownwardAPIVolumeSource: Items DefaultMode
core.EmptyDirVolumeSource: Medium SizeLimit
core.EnvFromSource: Prefix ConfigMapRef SecretRef
core.EnvVar: Name Value ValueFrom
core.EnvVarSource: FieldRef ResourceFieldRef ConfigMapKeyRef SecretKeyRef FileKeyRef
core.EphemeralContainer: Name Image Command Args WorkingDir Ports EnvFrom Env Resources ResizePolicy RestartPolicy
  RestartPolicyRules VolumeMounts VolumeDevices LivenessProbe ReadinessProbe StartupProbe Lifecycle
  TerminationMessagePath TerminationMessagePolicy ImagePullPolicy SecurityContext Stdin StdinOnce TTY
  TargetContainerName
core.EphemeralVolumeSource: VolumeClaimTemplate
core.EventSeries: Count LastObservedTime
core.EventSource: Component Host
core.ExecAction: Command
core.FCVolumeSource: TargetWWNs Lun FSType ReadOnly WWIDs
core.FileKeySelector: VolumeName Path Key Optional
core.FlexPersistentVolumeSource: Driver FSType SecretRef ReadOnly Options
core.FlexVolumeSource: Driver FSType SecretRef ReadOnly Options
core.FlockerVolumeSource: DatasetName DatasetUUID
core.GCEPersistentDiskVolumeSource: PDName FSType Partition ReadOnly
core.GRPCAction: Port Service
core.GitRepoVolumeSource: Repository Revision Directory
core.GlusterfsPersistentVolumeSource: EndpointsName=endpoints Path ReadOnly EndpointsNamespace
core.GlusterfsVolumeSource: EndpointsName=endpoints Path ReadOnly
core.HTTPGetAction: Path Port Host Scheme HTTPHeaders
core.HTTPHeader: Name Value
core.HostAlias: IP Hostnames
core.HostIP: IP
core.HostPathVolumeSource: Path Type
core.ISCSIPersistentVolumeSource: TargetPortal IQN Lun ISCSIInterface FSType ReadOnly Portals
  DiscoveryCHAPAuth=chap_auth_discovery SessionCHAPAuth=chap_auth_session SecretRef InitiatorName
core.ISCSIVolumeSource: TargetPortal IQN Lun ISCSIInterface FSType ReadOnly Portals
  DiscoveryCHAPAuth=chap_auth_discovery SessionCHAPAuth=chap_auth_session SecretRef InitiatorName
core.ImageVolumeSource: Reference PullPolicy
core.KeyToPath: Key Path Mode
core.Lifecycle: PostStart PreStop StopSignal
core.LifecycleHandler: Exec HTTPGet TCPSocket Sleep
core.LocalObjectReference: Name
core.LocalVolumeSource: Path FSType
core.ModifyVolumeStatus: TargetVolumeAttributesClassName Status
core.NFSVolumeSource: Server Path ReadOnly
core.NodeAddress: Type Address
core.NodeAffinity: RequiredDuringSchedulingIgnoredDuringExecution PreferredDuringSchedulingIgnoredDuringExecution
core.NodeConfigSource: ConfigMap
core.NodeSelector: NodeSelectorTerms
core.NodeSelectorRequirement: Key Operator Values
core.NodeSelectorTerm: MatchExpressions MatchFields
core.NodeSpec: PodCIDRs ProviderID Unschedulable Taints ConfigSource DoNotUseExternalID=external_id
core.ObjectFieldSelector: APIVersion FieldPath
core.ObjectReference: Kind Namespace Name UID APIVersion ResourceVersion FieldPath
core.PersistentVolumeClaim: * Spec Status
core.PersistentVolumeClaimCondition: Type Status LastProbeTime LastTransitionTime Reason Message
core.PersistentVolumeClaimSpec: AccessModes Selector Resources VolumeName StorageClassName VolumeMode DataSource
  DataSourceRef VolumeAttributesClassName
core.PersistentVolumeClaimStatus: Phase AccessModes Capacity Conditions AllocatedResources AllocatedResourceStatuses
  CurrentVolumeAttributesClassName ModifyVolumeStatus
core.PersistentVolumeClaimTemplate: * Spec
core.PersistentVolumeClaimVolumeSource: ClaimName ReadOnly
core.PersistentVolumeSource: GCEPersistentDisk AWSElasticBlockStore HostPath Glusterfs NFS RBD Quobyte ISCSI
  FlexVolume Cinder CephFS FC Flocker AzureFile VsphereVolume AzureDisk PhotonPersistentDisk PortworxVolume ScaleIO
  Local StorageOS CSI
core.PersistentVolumeSpec: Capacity GCEPersistentDisk AWSElasticBlockStore HostPath Glusterfs NFS RBD Quobyte ISCSI
  FlexVolume Cinder CephFS FC Flocker AzureFile VsphereVolume AzureDisk PhotonPersistentDisk PortworxVolume ScaleIO
  Local StorageOS CSI AccessModes ClaimRef PersistentVolumeReclaimPolicy StorageClassName MountOptions VolumeMode
  NodeAffinity VolumeAttributesClassName
core.PhotonPersistentDiskVolumeSource: PdID FSType
core.PodAffinity: RequiredDuringSchedulingIgnoredDuringExecution PreferredDuringSchedulingIgnoredDuringExecution
core.PodAffinityTerm: LabelSelector Namespaces TopologyKey NamespaceSelector MatchLabelKeys MismatchLabelKeys
core.PodAntiAffinity: RequiredDuringSchedulingIgnoredDuringExecution PreferredDuringSchedulingIgnoredDuringExecution
core.PodCertificateProjection: SignerName KeyType MaxExpirationSeconds CredentialBundlePath KeyPath
  CertificateChainPath UserAnnotations
core.PodDNSConfig: Nameservers Searches Options
core.PodDNSConfigOption: Name Value
core.PodIP: IP
core.PodOS: Name
core.PodReadinessGate: ConditionType
core.PodResourceClaim: Name ResourceClaimName ResourceClaimTemplateName
core.PodSchedulingGate: Name
core.PodSchedulingGroup: PodGroupName
core.PodSecurityContext: SELinuxOptions WindowsOptions RunAsUser RunAsGroup RunAsNonRoot SupplementalGroups
  SupplementalGroupsPolicy FSGroup FSGroupChangePolicy Sysctls SeccompProfile AppArmorProfile SELinuxChangePolicy
core.PodSpec: Volumes InitContainers Containers EphemeralContainers RestartPolicy TerminationGracePeriodSeconds
  ActiveDeadlineSeconds DNSPolicy NodeSelector ServiceAccountName AutomountServiceAccountToken NodeName
  SecurityContext ImagePullSecrets Hostname Subdomain SetHostnameAsFQDN Affinity SchedulerName Tolerations HostAliases
  PriorityClassName Priority PreemptionPolicy DNSConfig ReadinessGates RuntimeClassName Overhead EnableServiceLinks
  TopologySpreadConstraints OS SchedulingGates ResourceClaims Resources HostnameOverride SchedulingGroup
core.PodTemplateSpec: * Spec
core.PortworxVolumeSource: VolumeID FSType ReadOnly
core.PreferredSchedulingTerm: Weight Preference
core.Probe: Exec HTTPGet TCPSocket GRPC InitialDelaySeconds TimeoutSeconds PeriodSeconds SuccessThreshold
  FailureThreshold TerminationGracePeriodSeconds
core.ProjectedVolumeSource: Sources DefaultMode
core.QuobyteVolumeSource: Registry Volume ReadOnly User Group Tenant
core.RBDPersistentVolumeSource: CephMonitors=monitors RBDImage=image FSType RBDPool=pool RadosUser=user Keyring
  SecretRef ReadOnly
core.RBDVolumeSource: CephMonitors=monitors RBDImage=image FSType RBDPool=pool RadosUser=user Keyring SecretRef
  ReadOnly
core.ResourceClaim: Name Request
core.ResourceFieldSelector: ContainerName Resource Divisor
core.ResourceRequirements: Limits Requests Claims
core.SELinuxOptions: User Role Type Level
core.ScaleIOPersistentVolumeSource: Gateway System SecretRef SSLEnabled ProtectionDomain StoragePool StorageMode
  VolumeName FSType ReadOnly
core.ScaleIOVolumeSource: Gateway System SecretRef SSLEnabled ProtectionDomain StoragePool StorageMode VolumeName
  FSType ReadOnly
core.ScopeSelector: MatchExpressions
core.ScopedResourceSelectorRequirement: ScopeName Operator Values
core.SeccompProfile: Type LocalhostProfile
core.SecretEnvSource: Name Optional
core.SecretKeySelector: Name Key Optional
core.SecretProjection: Name Items Optional
core.SecretReference: Name Namespace
core.SecretVolumeSource: SecretName Items DefaultMode Optional
core.SecurityContext: Capabilities Privileged SELinuxOptions WindowsOptions RunAsUser RunAsGroup RunAsNonRoot
  ReadOnlyRootFilesystem AllowPrivilegeEscalation ProcMount SeccompProfile AppArmorProfile
core.ServiceAccountTokenProjection: Audience ExpirationSeconds Path
core.ServicePort: Name Protocol AppProtocol Port TargetPort NodePort
core.SleepAction: Seconds
core.StorageOSPersistentVolumeSource: VolumeName VolumeNamespace FSType ReadOnly SecretRef
core.StorageOSVolumeSource: VolumeName VolumeNamespace FSType ReadOnly SecretRef
core.Sysctl: Name Value
core.TCPSocketAction: Port Host
core.Taint: Key Value Effect TimeAdded
core.Toleration: Key Operator Value Effect TolerationSeconds
core.TopologySelectorLabelRequirement: Key Values
core.TopologySelectorTerm: MatchLabelExpressions
core.TopologySpreadConstraint: MaxSkew TopologyKey WhenUnsatisfiable LabelSelector MinDomains NodeAffinityPolicy
  NodeTaintsPolicy MatchLabelKeys
core.TypedLocalObjectReference: APIGroup Kind Name
core.TypedObjectReference: APIGroup Kind Name Namespace
core.Volume: Name HostPath EmptyDir GCEPersistentDisk AWSElasticBlockStore GitRepo Secret NFS ISCSI Glusterfs
  PersistentVolumeClaim RBD Quobyte FlexVolume Cinder CephFS Flocker DownwardAPI FC AzureFile ConfigMap VsphereVolume
  AzureDisk PhotonPersistentDisk Projected PortworxVolume ScaleIO StorageOS CSI Ephemeral Image
core.VolumeDevice: Name DevicePath
core.VolumeMount: Name ReadOnly RecursiveReadOnly MountPath SubPath MountPropagation SubPathExpr
core.VolumeNodeAffinity: Required
core.VolumeProjection: Secret DownwardAPI ConfigMap ServiceAccountToken ClusterTrustBundle PodCertificate
core.VolumeResourceRequirements: Limits Requests
core.VsphereVirtualDiskVolumeSource: VolumePath FSType StoragePolicyName StoragePolicyID
core.WeightedPodAffinityTerm: Weight PodAffinityTerm
core.WindowsSecurityContextOptions: GMSACredentialSpecName GMSACredentialSpec RunAsUserName HostProcess
discovery.EndpointConditions: Ready Serving Terminating
flowcontrol.ExemptPriorityLevelConfiguration: NominalConcurrencyShares LendablePercent
flowcontrol.FlowDistinguisherMethod: Type
flowcontrol.FlowSchemaSpec: PriorityLevelConfiguration MatchingPrecedence DistinguisherMethod Rules
flowcontrol.GroupSubject: Name
flowcontrol.LimitResponse: Type Queuing
flowcontrol.LimitedPriorityLevelConfiguration: NominalConcurrencyShares LimitResponse LendablePercent
  BorrowingLimitPercent
flowcontrol.NonResourcePolicyRule: Verbs NonResourceURLs
flowcontrol.PolicyRulesWithSubjects: Subjects ResourceRules NonResourceRules
flowcontrol.PriorityLevelConfigurationReference: Name
flowcontrol.PriorityLevelConfigurationSpec: Type Limited Exempt
flowcontrol.QueuingConfiguration: Queues HandSize QueueLengthLimit
flowcontrol.ResourcePolicyRule: Verbs APIGroups Resources ClusterScope Namespaces
flowcontrol.ServiceAccountSubject: Namespace Name
flowcontrol.Subject: Kind User Group ServiceAccount
flowcontrol.UserSubject: Name
networking.HTTPIngressPath: Path PathType Backend
networking.HTTPIngressRuleValue: Paths
networking.IPBlock: CIDR Except
networking.IngressBackend: Service Resource
networking.IngressClassParametersReference: APIGroup Kind Name Scope Namespace
networking.IngressClassSpec: Controller Parameters
networking.IngressRule: Host HTTP
networking.IngressServiceBackend: Name Port
networking.IngressSpec: IngressClassName DefaultBackend TLS Rules
networking.IngressTLS: Hosts SecretName
networking.NetworkPolicyEgressRule: Ports To
networking.NetworkPolicyIngressRule: Ports From
networking.NetworkPolicyPeer: PodSelector NamespaceSelector IPBlock
networking.NetworkPolicyPort: Protocol Port EndPort
networking.NetworkPolicySpec: PodSelector Ingress Egress PolicyTypes
networking.ParentReference: Group Resource Namespace Name
networking.ServiceBackendPort: Name Number
node.Scheduling: NodeSelector Tolerations
policy.PodDisruptionBudgetSpec: MinAvailable Selector MaxUnavailable UnhealthyPodEvictionPolicy
rbac.PolicyRule: Verbs APIGroups Resources ResourceNames NonResourceURLs
rbac.RoleRef: APIGroup Kind Name
rbac.Subject: Kind APIGroup Name Namespace
resource.AllocationResult: Devices NodeSelector AllocationTimestamp
resource.CELDeviceSelector: Expression
resource.CapacityRequestPolicy: Default ValidValues ValidRange
resource.CapacityRequestPolicyRange: Min Max Step
resource.CapacityRequirements: Requests
resource.Counter: Value
resource.CounterSet: Name Counters
resource.Device: Name Attributes Capacity ConsumesCounters NodeName NodeSelector AllNodes Taints BindsToNode
  BindingConditions BindingFailureConditions AllowMultipleAllocations NodeAllocatableResourceMappings
resource.DeviceAllocationConfiguration: Source Requests Opaque
resource.DeviceAllocationResult: Results Config
resource.DeviceAttribute: IntValue=int_ BoolValue=bool_ StringValue=string VersionValue=version IntValues=ints
  BoolValues=bools StringValues=strings VersionValues=versions
resource.DeviceCapacity: Value RequestPolicy
resource.DeviceClaim: Requests Constraints Config
resource.DeviceClaimConfiguration: Requests Opaque
resource.DeviceConstraint: Requests MatchAttribute DistinctAttribute
resource.DeviceCounterConsumption: CounterSet Counters
resource.DeviceRequest: Name Exactly FirstAvailable
resource.DeviceRequestAllocationResult: Request Driver Pool Device AdminAccess Tolerations BindingConditions
  BindingFailureConditions ShareID ConsumedCapacity
resource.DeviceSelector: CEL
resource.DeviceSubRequest: Name DeviceClassName Selectors AllocationMode Count Tolerations Capacity
resource.DeviceTaint: Key Value Effect TimeAdded
resource.DeviceToleration: Key Operator Value Effect TolerationSeconds
resource.ExactDeviceRequest: DeviceClassName Selectors AllocationMode Count AdminAccess Tolerations Capacity
resource.NodeAllocatableResourceMapping: CapacityKey AllocationMultiplier
resource.OpaqueDeviceConfiguration: Driver Parameters
resource.ResourceClaimConsumerReference: APIGroup Resource Name UID
resource.ResourceClaimSpec: Devices
resource.ResourceClaimTemplateSpec: * Spec
resource.ResourcePool: Name Generation ResourceSliceCount
resource.ResourceSliceSpec: Driver Pool NodeName NodeSelector AllNodes Devices PerDeviceNodeSelection SharedCounters
storage.CSIDriverSpec: AttachRequired FSGroupPolicy PodInfoOnMount VolumeLifecycleModes StorageCapacity TokenRequests
  RequiresRepublish SELinuxMount NodeAllocatableUpdatePeriodSeconds ServiceAccountTokenInSecrets
  PreventPodSchedulingIfMissing
storage.CSINodeDriver: Name NodeID TopologyKeys Allocatable
storage.CSINodeSpec: Drivers
storage.TokenRequest: Audience ExpirationSeconds
storage.VolumeAttachmentSource: PersistentVolumeName InlineVolumeSpec
storage.VolumeAttachmentSpec: Attacher Source NodeName
storage.VolumeNodeResources: Count
"""


def _read() -> dict[str, tuple[tuple[str, str], ...]]:
    table: dict[str, tuple[tuple[str, str], ...]] = {}
    for line in _TABLE.replace("\n  ", " ").strip().splitlines():
        name, _, fields = line.partition(": ")
        table[name] = tuple((field.partition("=")[0], field.partition("=")[2]) for field in fields.split())
    return table


LAYOUT = _read()
