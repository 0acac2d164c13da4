"""CronJobs: a job at every time a schedule names."""
