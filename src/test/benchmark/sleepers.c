// SPDX-License-Identifier: GPL-3.0-or-later
/* sleepers COUNT: starts COUNT processes, each with a UDP socket that has a port. They sleep until SIGTERM ends their group. */
#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct sockaddr_in any = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	long count = argc == 2 ? atol(argv[1]) : 0;

	if (count < 1) {
		fprintf(stderr, "usage: sleepers COUNT\n");
		return 2;
	}
	/* This process is one of them. */
	for (long i = 1; i < count; i++) {
		pid_t child = fork();

		if (child < 0) {
			perror("sleepers: cannot fork");
			kill(0, SIGTERM);
		}
		if (child == 0)
			break;
	}
	if (bind(socket(AF_INET, SOCK_DGRAM, 0), (struct sockaddr *)&any, sizeof(any)) < 0) {
		perror("sleepers: cannot open a socket");
		return 1;
	}
	for (;;)
		pause();
}
