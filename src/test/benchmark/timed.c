// SPDX-License-Identifier: GPL-3.0-or-later
// timed OUTPUT COMMAND...: runs a command with its standard output in a file. Prints wall clock and CPU time in
// milliseconds, the largest resident set in KiB, and the exit status.
#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double millis(struct timeval t) { return t.tv_sec * 1e3 + t.tv_usec / 1e3; }

int main(int argc, char **argv)
{
	struct timespec began, ended;
	struct rusage usage;
	int status, null;
	pid_t child;

	if (argc < 3)
		return 2;
	clock_gettime(CLOCK_MONOTONIC, &began);
	child = fork();
	if (child == 0) {
		int file = open(argv[1], O_WRONLY | O_CREAT | O_TRUNC, 0600);

		null = open("/dev/null", O_WRONLY);
		if (file < 0 || null < 0)
			_exit(127);
		dup2(file, 1);
		dup2(null, 2);
		execvp(argv[2], argv + 2);
		_exit(127);
	}
	if (child < 0 || wait4(child, &status, 0, &usage) != child)
		return 1;
	clock_gettime(CLOCK_MONOTONIC, &ended);
	printf("%.0f %.0f %ld %d\n", (ended.tv_sec - began.tv_sec) * 1e3 + (ended.tv_nsec - began.tv_nsec) / 1e6,
	       millis(usage.ru_utime) + millis(usage.ru_stime), usage.ru_maxrss,
	       WIFEXITED(status) ? WEXITSTATUS(status) : 128);
	return 0;
}
