/*
 * racer A B: exchanges what is at two paths of one file system (renameat2(2), RENAME_EXCHANGE) until it is killed. Says
 * "racing" once it has done so for the first time. Linked statically: it runs in containers.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	if (argc != 3)
		return 2;
	for (int first = 1;; first = 0) {
		if (renameat2(AT_FDCWD, argv[1], AT_FDCWD, argv[2], RENAME_EXCHANGE) != 0) {
			perror("renameat2");
			return 1;
		}
		if (first && write(STDOUT_FILENO, "racing\n", 7) != 7)
			return 1;
	}
}
