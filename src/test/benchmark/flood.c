// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * flood RATE COUNT PORT [fork]: makes COUNT new UDP flows, RATE a second (0: as fast as it goes), each one datagram to another
 * host of 10.78.0.0/16: from one socket, or with fork each from a process of its own, which ends at once. Prints how many it
 * made and in how many seconds.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define HOSTS 65534 /* then the next socket, whose port makes the tuples new again */

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec + time.tv_nsec / 1e9;
}

static void wait_until(double when)
{
	double left = when - now();

	if (left > 0) {
		struct timespec time = { .tv_sec = (time_t)left, .tv_nsec = (long)((left - (time_t)left) * 1e9) };

		nanosleep(&time, NULL);
	}
}

static void send_flow(int fd, const struct sockaddr_in *to)
{
	while (sendto(fd, "x", 1, 0, (const struct sockaddr *)to, sizeof(*to)) < 0) {
		if (errno != ENOBUFS && errno != ECONNREFUSED) {
			perror("flood: cannot send");
			exit(1);
		}
	}
}

/* Sends from a process of its own. */
static void send_from_child(const struct sockaddr_in *to)
{
	pid_t child = fork();

	if (child == 0) {
		send_flow(socket(AF_INET, SOCK_DGRAM, 0), to);
		_exit(0);
	}
	if (child < 0 || waitpid(child, NULL, 0) < 0) {
		perror("flood: cannot fork");
		exit(1);
	}
}

int main(int argc, char **argv)
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	bool forks = argc == 5 && !strcmp(argv[4], "fork");
	double rate, start;
	long count;
	int fd = -1;

	if (argc != 4 && !forks) {
		fprintf(stderr, "usage: flood RATE COUNT PORT [fork]\n");
		return 2;
	}
	rate = atof(argv[1]);
	count = atol(argv[2]);
	to.sin_port = htons(atoi(argv[3]));
	start = now();
	for (long i = 0; i < count; i++) {
		to.sin_addr.s_addr = htonl((10u << 24 | 78u << 16) + 1 + i % HOSTS);
		if (forks) {
			send_from_child(&to);
		} else {
			if (i % HOSTS == 0)
				fd = socket(AF_INET, SOCK_DGRAM, 0);
			send_flow(fd, &to);
		}
		if (rate > 0)
			wait_until(start + (i + 1) / rate);
	}
	printf("%ld %.2f\n", count, now() - start);
	return 0;
}
