/*
 * spy END FILE...: looks at every process that it sees appear, as fast as it can, until the file END is there; where it may
 * (ptrace(2)), it stops the process, to have all the time to look. Each FILE is one of the host's that no process may lead
 * to; directories of the host's have a file of-the-host in them, one of them at the path in the variable HOST.
 *
 * Prints what it has found, a line for each kind, then how many processes it has seen ("seen N"). A process whose executable
 * is /bin/busybox is the container's own and has nothing to hide. Linked statically: it runs in containers.
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX_FILES 16

static struct stat files[MAX_FILES];
static char *names[MAX_FILES];
static int count;
static struct stat own;
/* The path of a directory of the host. */
static const char *host = "/nonexistent";

/* Once is enough: a line for each round would be thousands. */
static void report(const char *what, const char *where)
{
	static char seen[64][160];
	char line[160];
	snprintf(line, sizeof line, "%s %s", what, where);
	for (int i = 0; i < 64; i++) {
		if (strcmp(seen[i], line) == 0)
			return;
		if (seen[i][0] == 0) {
			strcpy(seen[i], line);
			puts(line);
			fflush(stdout);
			return;
		}
	}
}

static int same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* Tells where a link of /proc leads, if it leads to the host. */
static void follow(const char *path, const char *what)
{
	char below[300];
	int fd = open(path, O_PATH | O_CLOEXEC);
	struct stat found;
	if (fd < 0)
		return;
	if (fstat(fd, &found) == 0)
		for (int i = 0; i < count; i++)
			if (same(&found, &files[i]))
				report(what, names[i]);
	snprintf(below, sizeof below, "/proc/self/fd/%d/of-the-host", fd);
	if (access(below, F_OK) == 0)
		report(what, "a directory of the host");
	snprintf(below, sizeof below, "/proc/self/fd/%d%s/of-the-host", fd, host);
	if (access(below, F_OK) == 0)
		report(what, "a directory above one of the host");
	close(fd);
}

/* What cannot be seen, because it has ended or is out of reach, is `otherwise`. */
static int is_own(int pid, int otherwise)
{
	char path[64];
	struct stat exe;
	snprintf(path, sizeof path, "/proc/%d/exe", pid);
	return stat(path, &exe) == 0 ? same(&exe, &own) : otherwise;
}

static void look(int pid)
{
	char path[300];
	struct dirent *entry;
	DIR *fds;
	int memory;
	snprintf(path, sizeof path, "/proc/%d/exe", pid);
	follow(path, "exe leads to");
	snprintf(path, sizeof path, "/proc/%d/cwd", pid);
	follow(path, "cwd leads to");
	snprintf(path, sizeof path, "/proc/%d/root", pid);
	follow(path, "root leads to");
	snprintf(path, sizeof path, "/proc/%d/mem", pid);
	memory = open(path, O_RDWR | O_CLOEXEC);
	if (memory >= 0) {
		if (!is_own(pid, 1))
			report("mem", "can be written");
		close(memory);
	}
	snprintf(path, sizeof path, "/proc/%d/fd", pid);
	fds = opendir(path);
	if (fds == NULL)
		return;
	while ((entry = readdir(fds)) != NULL) {
		if (!isdigit(entry->d_name[0]))
			continue;
		snprintf(path, sizeof path, "/proc/%d/fd/%s", pid, entry->d_name);
		follow(path, "a descriptor leads to");
	}
	closedir(fds);
}

/* PTRACE_SEIZE, as PTRACE_ATTACH would leave a SIGSTOP where it races with execve(2). */
static void stop(int pid)
{
	int status;
	long signal = 0;
	if (ptrace(PTRACE_SEIZE, pid, NULL, NULL) != 0)
		return;
	ptrace(PTRACE_INTERRUPT, pid, NULL, NULL);
	if (waitpid(pid, &status, __WALL) != pid || !WIFSTOPPED(status))
		return;
	if (!is_own(pid, 1))
		report("it can be", "traced");
	look(pid);
	if (status >> 16 == 0)
		signal = WSTOPSIG(status);
	ptrace(PTRACE_DETACH, pid, NULL, (void *)signal);
}

int main(int argc, char **argv)
{
	int seen = 0, last = 0;
	if (argc < 2 || stat("/bin/busybox", &own) != 0)
		return 2;
	if (getenv("HOST") != NULL)
		host = getenv("HOST");
	for (int i = 2; i < argc && count < MAX_FILES; i++, count++) {
		names[count] = argv[i];
		if (stat(argv[i], &files[count]) != 0)
			return 2;
	}
	puts("ready");
	fflush(stdout);
	while (access(argv[1], F_OK) != 0) {
		struct dirent *entry;
		DIR *processes = opendir("/proc");
		while ((entry = readdir(processes)) != NULL) {
			int pid = atoi(entry->d_name);
			if (pid <= 1 || pid == getpid())
				continue;
			if (pid != last)
				seen++;
			last = pid;
			look(pid);
			if (!is_own(pid, 0))
				stop(pid);
		}
		closedir(processes);
	}
	printf("seen %d\n", seen);
	return 0;
}
