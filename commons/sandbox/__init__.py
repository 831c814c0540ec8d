"""A child process for bytes that are not ours, for whoever reads them: limits, and what the child gives up before it reads one."""
