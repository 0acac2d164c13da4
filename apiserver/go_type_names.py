"""Texts that have a type of their own in Go, by struct and field: what its JSON decoder calls them.

Structs are named as in protobuf; types without a package are of the struct's own.
"""

from __future__ import annotations

from functools import cache

from minik8s.api.fields import Struct, fields_of

_BY_PACKAGE = {
    "k8s.io.api.admission.v1": """
        AdmissionRequest: operation=Operation uid=types.UID
        AdmissionResponse: patchType=PatchType uid=types.UID
    """,
    "k8s.io.api.admissionregistration.v1": """
        MatchResources: matchPolicy=MatchPolicyType
        MutatingAdmissionPolicySpec: failurePolicy=FailurePolicyType reinvocationPolicy=ReinvocationPolicyType
        MutatingWebhook: failurePolicy=FailurePolicyType matchPolicy=MatchPolicyType
            reinvocationPolicy=ReinvocationPolicyType sideEffects=SideEffectClass
        Mutation: patchType=PatchType
        ParamRef: parameterNotFoundAction=ParameterNotFoundActionType
        Rule: scope=ScopeType
        RuleWithOperations: operations=[]OperationType
        ValidatingAdmissionPolicyBindingSpec: validationActions=[]ValidationAction
        ValidatingAdmissionPolicySpec: failurePolicy=FailurePolicyType
        ValidatingWebhook: failurePolicy=FailurePolicyType matchPolicy=MatchPolicyType sideEffects=SideEffectClass
    """,
    "k8s.io.api.apidiscovery.v2": """
        APIResourceDiscovery: scope=ResourceScope
        APIVersionDiscovery: freshness=DiscoveryFreshness
    """,
    "k8s.io.api.apps.v1": """
        DaemonSetCondition: status=ConditionStatus type=DaemonSetConditionType
        DaemonSetUpdateStrategy: type=DaemonSetUpdateStrategyType
        DeploymentCondition: status=ConditionStatus type=DeploymentConditionType
        DeploymentStrategy: type=DeploymentStrategyType
        ReplicaSetCondition: status=ConditionStatus type=ReplicaSetConditionType
        StatefulSetCondition: status=ConditionStatus type=StatefulSetConditionType
        StatefulSetPersistentVolumeClaimRetentionPolicy: whenDeleted=PersistentVolumeClaimRetentionPolicyType
            whenScaled=PersistentVolumeClaimRetentionPolicyType
        StatefulSetSpec: podManagementPolicy=PodManagementPolicyType
        StatefulSetUpdateStrategy: type=StatefulSetUpdateStrategyType
    """,
    "k8s.io.api.authentication.v1": """
        BoundObjectReference: uid=types.UID
    """,
    "k8s.io.api.autoscaling.v2": """
        ContainerResourceMetricSource: name=v1.ResourceName
        ContainerResourceMetricStatus: name=v1.ResourceName
        HPAScalingPolicy: type=HPAScalingPolicyType
        HPAScalingRules: selectPolicy=ScalingPolicySelect
        HorizontalPodAutoscalerCondition: status=v1.ConditionStatus type=HorizontalPodAutoscalerConditionType
        MetricSpec: type=MetricSourceType
        MetricStatus: type=MetricSourceType
        MetricTarget: type=MetricTargetType
        ResourceMetricSource: name=v1.ResourceName
        ResourceMetricStatus: name=v1.ResourceName
    """,
    "k8s.io.api.batch.v1": """
        CronJobSpec: concurrencyPolicy=ConcurrencyPolicy
        JobCondition: status=corev1.ConditionStatus type=JobConditionType
        JobSpec: completionMode=CompletionMode podReplacementPolicy=PodReplacementPolicy
        PodFailurePolicyOnExitCodesRequirement: operator=PodFailurePolicyOnExitCodesOperator
        PodFailurePolicyOnPodConditionsPattern: status=corev1.ConditionStatus type=corev1.PodConditionType
        PodFailurePolicyRule: action=PodFailurePolicyAction
        UncountedTerminatedPods: failed=[]types.UID succeeded=[]types.UID
    """,
    "k8s.io.api.certificates.v1": """
        CertificateSigningRequestCondition: status=ConditionStatus type=RequestConditionType
        CertificateSigningRequestSpec: usages=[]KeyUsage
    """,
    "k8s.io.api.coordination.v1": """
        LeaseSpec: strategy=CoordinatedLeaseStrategy
    """,
    "k8s.io.api.core.v1": """
        AppArmorProfile: type=AppArmorProfileType
        AttachedVolume: name=UniqueVolumeName
        AzureDiskVolumeSource: cachingMode=AzureDataDiskCachingMode kind=AzureDataDiskKind
        Capabilities: add=[]Capability drop=[]Capability
        ComponentCondition: status=ConditionStatus type=ComponentConditionType
        ConfigMapNodeConfigSource: uid=types.UID
        Container: imagePullPolicy=PullPolicy restartPolicy=ContainerRestartPolicy
            terminationMessagePolicy=TerminationMessagePolicy
        ContainerPort: protocol=Protocol
        ContainerResizePolicy: resourceName=ResourceName restartPolicy=ResourceResizeRestartPolicy
        ContainerRestartRule: action=ContainerRestartRuleAction
        ContainerRestartRuleOnExitCodes: operator=ContainerRestartRuleOnExitCodesOperator
        ContainerStatus: allocatedResources=ResourceList stopSignal=Signal
        EmptyDirVolumeSource: medium=StorageMedium
        EndpointPort: protocol=Protocol
        EphemeralContainerCommon: imagePullPolicy=PullPolicy restartPolicy=ContainerRestartPolicy
            terminationMessagePolicy=TerminationMessagePolicy
        HTTPGetAction: scheme=URIScheme
        HostPathVolumeSource: type=HostPathType
        ImageVolumeSource: pullPolicy=PullPolicy
        Lifecycle: stopSignal=Signal
        LimitRangeItem: default=ResourceList defaultRequest=ResourceList max=ResourceList
            maxLimitRequestRatio=ResourceList min=ResourceList type=LimitType
        LoadBalancerIngress: ipMode=LoadBalancerIPMode
        ModifyVolumeStatus: status=PersistentVolumeClaimModifyVolumeStatus
        NamespaceCondition: status=ConditionStatus type=NamespaceConditionType
        NamespaceSpec: finalizers=[]FinalizerName
        NamespaceStatus: phase=NamespacePhase
        NodeAddress: type=NodeAddressType
        NodeCondition: status=ConditionStatus type=NodeConditionType
        NodeSelectorRequirement: operator=NodeSelectorOperator
        NodeStatus: allocatable=ResourceList capacity=ResourceList phase=NodePhase volumesInUse=[]UniqueVolumeName
        ObjectReference: uid=types.UID
        PersistentVolumeClaimCondition: status=ConditionStatus type=PersistentVolumeClaimConditionType
        PersistentVolumeClaimSpec: accessModes=[]PersistentVolumeAccessMode volumeMode=PersistentVolumeMode
        PersistentVolumeClaimStatus: accessModes=[]PersistentVolumeAccessMode allocatedResources=ResourceList
            capacity=ResourceList phase=PersistentVolumeClaimPhase
        PersistentVolumeSpec: accessModes=[]PersistentVolumeAccessMode capacity=ResourceList
            persistentVolumeReclaimPolicy=PersistentVolumeReclaimPolicy volumeMode=PersistentVolumeMode
        PersistentVolumeStatus: phase=PersistentVolumePhase
        PodCondition: status=ConditionStatus type=PodConditionType
        PodOS: name=OSName
        PodReadinessGate: conditionType=PodConditionType
        PodSecurityContext: fsGroupChangePolicy=PodFSGroupChangePolicy seLinuxChangePolicy=PodSELinuxChangePolicy
            supplementalGroupsPolicy=SupplementalGroupsPolicy
        PodSpec: dnsPolicy=DNSPolicy overhead=ResourceList preemptionPolicy=PreemptionPolicy
            restartPolicy=RestartPolicy
        PodStatus: allocatedResources=ResourceList phase=PodPhase qosClass=PodQOSClass resize=PodResizeStatus
        PortStatus: protocol=Protocol
        ReplicationControllerCondition: status=ConditionStatus type=ReplicationControllerConditionType
        ResourceHealth: health=ResourceHealthStatus resourceID=ResourceID
        ResourceQuotaSpec: hard=ResourceList scopes=[]ResourceQuotaScope
        ResourceQuotaStatus: hard=ResourceList used=ResourceList
        ResourceRequirements: limits=ResourceList requests=ResourceList
        ResourceStatus: name=ResourceName
        ScopedResourceSelectorRequirement: operator=ScopeSelectorOperator scopeName=ResourceQuotaScope
        SeccompProfile: type=SeccompProfileType
        Secret: type=SecretType
        SecurityContext: procMount=ProcMountType
        ServicePort: protocol=Protocol
        ServiceSpec: externalTrafficPolicy=ServiceExternalTrafficPolicy
            internalTrafficPolicy=ServiceInternalTrafficPolicy ipFamilies=[]IPFamily ipFamilyPolicy=IPFamilyPolicy
            sessionAffinity=ServiceAffinity type=ServiceType
        Taint: effect=TaintEffect
        Toleration: effect=TaintEffect operator=TolerationOperator
        TopologySpreadConstraint: nodeAffinityPolicy=NodeInclusionPolicy nodeTaintsPolicy=NodeInclusionPolicy
            whenUnsatisfiable=UnsatisfiableConstraintAction
        VolumeMount: mountPropagation=MountPropagationMode recursiveReadOnly=RecursiveReadOnlyMode
        VolumeMountStatus: recursiveReadOnly=RecursiveReadOnlyMode
        VolumeResourceRequirements: limits=ResourceList requests=ResourceList
    """,
    "k8s.io.api.discovery.v1": """
        EndpointPort: protocol=Protocol
        EndpointSlice: addressType=AddressType
    """,
    "k8s.io.api.flowcontrol.v1": """
        FlowDistinguisherMethod: type=FlowDistinguisherMethodType
        FlowSchemaCondition: status=ConditionStatus type=FlowSchemaConditionType
        LimitResponse: type=LimitResponseType
        PriorityLevelConfigurationCondition: status=ConditionStatus type=PriorityLevelConfigurationConditionType
        PriorityLevelConfigurationSpec: type=PriorityLevelEnablement
        Subject: kind=SubjectKind
    """,
    "k8s.io.api.networking.v1": """
        HTTPIngressPath: pathType=PathType
        IngressPortStatus: protocol=Protocol
        NetworkPolicyPort: protocol=Protocol
        NetworkPolicySpec: policyTypes=[]PolicyType
    """,
    "k8s.io.api.node.v1": """
        Overhead: podFixed=corev1.ResourceList
    """,
    "k8s.io.api.policy.v1": """
        PodDisruptionBudgetSpec: unhealthyPodEvictionPolicy=UnhealthyPodEvictionPolicyType
    """,
    "k8s.io.api.resource.v1": """
        DeviceAllocationConfiguration: source=AllocationConfigSource
        DeviceConstraint: distinctAttribute=FullyQualifiedName matchAttribute=FullyQualifiedName
        DeviceRequestAllocationResult: shareID=types.UID
        DeviceSubRequest: allocationMode=DeviceAllocationMode
        DeviceTaint: effect=DeviceTaintEffect
        DeviceToleration: effect=DeviceTaintEffect operator=DeviceTolerationOperator
        ExactDeviceRequest: allocationMode=DeviceAllocationMode
        NodeAllocatableResourceMapping: capacityKey=QualifiedName
        ResourceClaimConsumerReference: uid=types.UID
    """,
    "k8s.io.api.storage.v1": """
        CSIDriverSpec: fsGroupPolicy=FSGroupPolicy volumeLifecycleModes=[]VolumeLifecycleMode
        StorageClass: reclaimPolicy=PersistentVolumeReclaimPolicy volumeBindingMode=VolumeBindingMode
    """,
    "k8s.io.apiextensions_apiserver.pkg.apis.apiextensions.v1": """
        CustomResourceConversion: strategy=ConversionStrategyType
        CustomResourceDefinitionCondition: status=ConditionStatus type=CustomResourceDefinitionConditionType
        CustomResourceDefinitionSpec: scope=ResourceScope
        JSONSchemaProps: definitions=JSONSchemaDefinitions dependencies=JSONSchemaDependencies
        ValidationRule: reason=FieldValueErrorReason
    """,
    "k8s.io.apimachinery.pkg.apis.meta.v1": """
        APIResource: verbs=Verbs
        Condition: status=ConditionStatus
        DeleteOptions: propagationPolicy=DeletionPropagation
        FieldSelectorRequirement: operator=FieldSelectorOperator
        LabelSelectorRequirement: operator=LabelSelectorOperator
        ManagedFieldsEntry: operation=ManagedFieldsOperationType
        ObjectMeta: uid=types.UID
        OwnerReference: uid=types.UID
        Preconditions: uid=types.UID
        Status: reason=StatusReason
        StatusCause: reason=CauseType
        StatusDetails: uid=types.UID
    """,
    "k8s.io.kube_aggregator.pkg.apis.apiregistration.v1": """
        APIServiceCondition: status=ConditionStatus type=APIServiceConditionType
    """,
}


@cache
def _structs(package: str) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    mine = f"{package.rpartition('.')[2]}."
    fields: dict[str, str] = {}
    for word in _BY_PACKAGE.get(package, "").split():
        name, is_field, tp = word.partition("=")
        if not is_field:
            fields = found[name.removesuffix(":")] = {}
            continue
        many, tp = ("[]", tp[2:]) if tp.startswith("[]") else ("", tp)
        fields[name] = many + (tp if "." in tp else mine + tp)
    return found


@cache
def type_names(cls: type[Struct]) -> dict[str, str]:
    """Go's names for the types of a struct's fields, where they have one of their own; `[]` stands before lists."""
    found: dict[str, str] = {}
    for each in reversed(cls.__mro__):
        package, _, name = getattr(each, "PROTO", "").rpartition(".")
        found.update(_structs(package).get(name, {}))
    return found


@cache
def inlined(cls: type[Struct]) -> dict[str, str]:
    """The fields that a struct has from others that it holds without a name: what of these are part of their paths."""
    found: dict[str, str] = {}
    for base in cls.__bases__:
        if base.__name__ in cls.INLINE:
            deeper = inlined(base)
            for field in fields_of(base):
                below = f".{deeper[field.json]}" if field.json in deeper else ""
                found[field.json] = base.__name__ + below
    return found
