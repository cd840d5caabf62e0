/*
 * groups FILE: gives up its groups, and reads FILE. Prints "dropped" or "kept", then "read" or "refused".
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	if (argc != 2)
		return 2;
	puts(setgroups(0, NULL) == 0 ? "dropped" : "kept");
	puts(open(argv[1], O_RDONLY) >= 0 ? "read" : "refused");
	return 0;
}
