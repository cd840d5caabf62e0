/*
 * release-agent PROGRAM: as root of a user namespace of its own, with a cgroup namespace and a mount of each hierarchy of
 * cgroup v1 that the kernel lets it have, looks for a release_agent that it may write to. It writes what is there already.
 * Prints "wrote FILE" for each, then "tried".
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

static void put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);
	if (fd < 0)
		return;
	if (write(fd, text, strlen(text)) < 0)
		perror(path);
	close(fd);
}

static void rewrite(const char *path)
{
	char text[4096];
	int fd = open(path, O_RDWR);
	if (fd < 0)
		return;
	ssize_t length = pread(fd, text, sizeof text, 0);
	if (length == 0)
		text[length++] = '\n';
	if (length > 0 && write(fd, text, length) == length)
		printf("wrote %s\n", path);
	close(fd);
}

int main(void)
{
	static const char *const controllers[] = {
		"cpu", "cpuacct", "cpuset", "memory", "devices", "freezer", "blkio", "pids", "rdma", "none,name=systemd",
	};
	char map[64];
	uid_t uid = getuid();
	gid_t gid = getgid();
	if (unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWCGROUP) == 0) {
		put("/proc/self/setgroups", "deny");
		snprintf(map, sizeof map, "0 %u 1\n", uid);
		put("/proc/self/uid_map", map);
		snprintf(map, sizeof map, "0 %u 1\n", gid);
		put("/proc/self/gid_map", map);
		for (size_t i = 0; i < sizeof controllers / sizeof *controllers; i++) {
			if (mount("none", "/tmp", "cgroup", 0, controllers[i]) < 0)
				continue;
			printf("mounted %s\n", controllers[i]);
			rewrite("/tmp/release_agent");
			umount2("/tmp", MNT_DETACH);
		}
	}
	puts("tried");
	return 0;
}
