// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * flood RATE COUNT PORT: makes COUNT new UDP flows, RATE a second (0: as fast as it goes), each one datagram from one
 * socket to another host of 10.78.0.0/16. Prints how many it made and in how many seconds.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

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

int main(int argc, char **argv)
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	double rate, start;
	long count;
	int fd = -1;

	if (argc != 4) {
		fprintf(stderr, "usage: flood RATE COUNT PORT\n");
		return 2;
	}
	rate = atof(argv[1]);
	count = atol(argv[2]);
	to.sin_port = htons(atoi(argv[3]));
	start = now();
	for (long i = 0; i < count; i++) {
		if (i % HOSTS == 0)
			fd = socket(AF_INET, SOCK_DGRAM, 0);
		to.sin_addr.s_addr = htonl((10u << 24 | 78u << 16) + 1 + i % HOSTS);
		while (sendto(fd, "x", 1, 0, (struct sockaddr *)&to, sizeof(to)) < 0) {
			if (errno != ENOBUFS && errno != ECONNREFUSED) {
				fprintf(stderr, "flood: cannot send flow %ld: %s\n", i, strerror(errno));
				return 1;
			}
		}
		if (rate > 0)
			wait_until(start + (i + 1) / rate);
	}
	printf("%ld %.2f\n", count, now() - start);
	return 0;
}
