"""What the types of `minik8s.api.batch_v1` and their fields are for."""

from __future__ import annotations

DOCS: dict[str, tuple[str, dict[str, str]]] = {
    "JobSpec": (
        "What work a Job does, how often it is tried, and when it counts as done.",
        {
            "parallelism": "How many Pods may work at the same time; 1 by default, 0 pauses.",
            "completions": "How many Pods must succeed, 1 by default; if only parallelism is set the first success ends the work. Immutable unless Indexed.",
            "activeDeadlineSeconds": "Seconds from its start after which the Job is failed and its Pods are stopped; unset means no limit.",
            "selector": "Labels of the Job's Pods; made by the system, and normally left alone.",
            "manualSelector": "Whether selector is chosen by hand and must be unique by one's own care. Default false.",
            "template": "What the Pods look like; the restart policy must be Never or OnFailure. Immutable, save some while suspended.",
            "backoffLimit": "Failures after which the Job is failed; 6 by default, unlimited by default with backoffLimitPerIndex.",
            "ttlSecondsAfterFinished": "Seconds after which a finished Job is deleted, 0 at once; unset keeps it.",
            "completionMode": "NonIndexed (the default) counts successes, Indexed gives each Pod a number, each to succeed once. Immutable.",
            "suspend": "Whether no Pods run for now; setting it stops those that do. Default false.",
            "podFailurePolicy": "What a failed Pod means, by its exit code or conditions; the restart policy must be Never. Immutable.",
            "backoffLimitPerIndex": "Failures that one index may have before it counts as failed; only for Indexed. Immutable.",
            "maxFailedIndexes": "Failed indexes after which the whole Job fails; unset lets all others finish. Needs backoffLimitPerIndex.",
            "podReplacementPolicy": "When a Pod is replaced: TerminatingOrFailed (the default) once it is ending, Failed (with podFailurePolicy) once it has ended.",
            "managedBy": "Who looks after the Job; other values than kubernetes.io/job-controller keep the built-in controller away. Immutable.",
            "successPolicy": "When an Indexed Job succeeds early; all indexes must succeed when unset. Immutable.",
        },
    ),
    "JobTemplateSpec": (
        "What Jobs look like that are made from a template.",
        {
            "spec": "What work the Jobs do, in the form of a Job's spec.",
        },
    ),
    "CronJobSpec": (
        "Which Jobs a CronJob makes, when, and how many are kept.",
        {
            "schedule": "When to make Jobs, in cron's five fields or as @hourly and the like.",
            "startingDeadlineSeconds": "Seconds by which a Job may be late and still be made; unset means no limit.",
            "concurrencyPolicy": "If the last Job still runs: Allow (the default) both, Forbid skips the new one, Replace ends the old one.",
            "suspend": "Whether no further Jobs are made; running ones go on. Default false.",
            "jobTemplate": "What the Jobs look like that are made; changes count for later ones.",
            "successfulJobsHistoryLimit": "How many succeeded Jobs are kept; 3 by default.",
            "failedJobsHistoryLimit": "How many failed Jobs are kept; 1 by default.",
            "timeZone": "Time zone of the schedule, such as Europe/Paris; that of the controller manager when unset.",
        },
    ),
    "CronJobStatus": (
        "What a CronJob has done lately, and which Jobs run.",
        {
            "active": "Jobs of this CronJob that are running now.",
            "lastScheduleTime": "When a Job was last due and was made; the next is counted from it.",
            "lastSuccessfulTime": "When a Job of it last finished with success.",
        },
    ),
    "CronJob": (
        "Makes a Job at each moment of a schedule.",
        {
            "spec": "Which Jobs are made, when, and how many are kept.",
            "status": "What it has done lately; written by the system.",
        },
    ),
    "JobStatus": (
        "How far a Job has got: how many Pods work, succeeded or failed.",
        {
            "conditions": "What was last observed, such as Complete, Failed, Suspended, SuccessCriteriaMet or FailureTarget.",
            "startTime": "When work began; reset when the Job goes on after having been suspended.",
            "completionTime": "When the Job succeeded; unset for others.",
            "active": "How many Pods are running or waiting to, and not ending.",
            "succeeded": "How many Pods have ended in phase Succeeded.",
            "failed": "How many Pods have ended in phase Failed.",
            "completedIndexes": "Indexes that have succeeded, such as 1,3-5,7; only for Indexed.",
            "uncountedTerminatedPods": "Ended Pods that are not in the numbers yet; keeps counting exact over restarts.",
            "ready": "How many active Pods are Ready and not ending.",
            "failedIndexes": "Indexes that have failed, such as 1,3-5,7; only with backoffLimitPerIndex.",
            "terminating": "How many Pods are ending but have not gone yet.",
        },
    ),
    "Job": (
        "Runs Pods until enough of them have succeeded.",
        {
            "spec": "What work is done, how often it is tried, and when it counts as done.",
            "status": "How far it has got; written by the system.",
        },
    ),
    "JobCondition": (
        "One aspect of a Job's state, with when and why it last changed.",
        {
            "type": "Name of the aspect, such as Complete, Failed or Suspended.",
            "status": "Whether the condition holds: True, False or Unknown.",
            "lastProbeTime": "When the condition was last checked, if that is recorded.",
            "lastTransitionTime": "When status last went from one value to another.",
            "reason": "CamelCase word saying why the condition last changed.",
            "message": "Details of the last change, written for people.",
        },
    ),
    "PodFailurePolicy": (
        "What failed Pods of a Job mean, by exit code or condition.",
        {
            "rules": "Rules tried in order, the first that matches counts; with none the failure counts towards backoffLimit. At most 20.",
        },
    ),
    "PodFailurePolicyOnExitCodesRequirement": (
        "Exit codes of containers that a rule is about.",
        {
            "containerName": "Container whose exit code counts; any of the Pod's, init containers included, when unset.",
            "operator": "In matches a listed code, NotIn a code that is not listed; success never matches.",
            "values": "The exit codes, from 1 to 255 of them, each once; 0 is not allowed with In.",
        },
    ),
    "PodFailurePolicyOnPodConditionsPattern": (
        "A condition of a failed Pod that a rule is about.",
        {
            "type": "Type of the condition, such as DisruptionTarget.",
            "status": "Status that it must have; True by default.",
        },
    ),
    "PodFailurePolicyRule": (
        "One rule about failed Pods; it is about exit codes or about conditions.",
        {
            "action": "FailJob fails the Job, FailIndex the Pod's index, Ignore does not count it, Count counts it as usual.",
            "onExitCodes": "Exit codes of containers that the rule is about.",
            "onPodConditions": "Conditions of Pods that the rule is about; one of them is enough.",
        },
    ),
    "SuccessPolicy": (
        "When an Indexed Job counts as succeeded before all indexes are done.",
        {
            "rules": "Rules tried in order; the first that is fulfilled ends the Job. From 1 to 20 of them.",
        },
    ),
    "SuccessPolicyRule": (
        "Which indexes, or how many, must have succeeded; at least one of both is set.",
        {
            "succeededIndexes": "Indexes that count, such as 1,3-5,7; all of them must succeed unless succeededCount says fewer.",
            "succeededCount": "How many indexes must have succeeded, of succeededIndexes where that is set.",
        },
    ),
    "UncountedTerminatedPods": (
        "Pods that have ended and are not in the Job's numbers yet.",
        {
            "succeeded": "Unique identifiers of Pods that succeeded.",
            "failed": "Unique identifiers of the Pods that failed.",
        },
    ),
}
