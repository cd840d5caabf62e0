// watcher NAME MARKER DIRECTORY [FILE]: looks at every process called NAME that it can see, over and over, and prints a line for each thing
// that it gets hold of:
//
//   entry of /proc/PID that can be opened, read or followed at all ("may read exe", "may trace")
//   "finds ..." what is not the container's: a file that is executed or mapped, text with MARKER in it, a descriptor behind
//   the standard streams (but pipes and pidfds), a directory with a file called MARKER, anything in the auxiliary vector
//
// A process keeps the name until it executes its program: what a look has found counts if it has the name afterwards.
// Where FILE is named it looks only while that is there. It prints "seen" for each process of that name, and ends at SIGTERM.
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LINES = 256, SEEN = 4096, SIZE = 1 << 16 };

static const char *name, *marker, *directory;
static volatile sig_atomic_t ended;
static char *found[LINES];
static int founds, seen[SEEN], seens;
static char buffer[SIZE + 1];

static void end(int signal) {
  (void)signal;
  ended = 1;
}

// A process that executes its program meanwhile, or is gone, has nothing to hide any more.
static int is_runtime(int pid) {
  char path[64], comm[32] = "";
  snprintf(path, sizeof path, "/proc/%d/comm", pid);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return 0;
  ssize_t length = read(fd, comm, sizeof comm - 1);
  close(fd);
  if (length <= 0) return 0;
  comm[strcspn(comm, "\n")] = 0;
  return strcmp(comm, name) == 0;
}

static void report(int pid, const char *format, ...) {
  char line[512];
  va_list values;
  va_start(values, format);
  vsnprintf(line, sizeof line, format, values);
  va_end(values);
  for (int i = 0; i < founds; i++)
    if (strcmp(found[i], line) == 0) return;
  if (founds == LINES || !is_runtime(pid)) return;
  found[founds++] = strdup(line);
  dprintf(1, "%s\n", line);
}

// The bytes of a file of a process, or -1 where it cannot be opened.
static ssize_t content(int pid, const char *entry) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/%s", pid, entry);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return -1;
  ssize_t length = 0, part;
  while (length < SIZE && (part = read(fd, buffer + length, SIZE - length)) > 0) length += part;
  close(fd);
  buffer[length] = 0;
  return length;
}

static void look_at_text(int pid, const char *entry) {
  ssize_t length = content(pid, entry);
  if (length < 0) return;
  report(pid, "may read %s", entry);
  if (memmem(buffer, length, marker, strlen(marker)) != NULL) report(pid, "finds the marker in %s", entry);
}

static void look_at_auxv(int pid) {
  ssize_t length = content(pid, "auxv");
  if (length < 0) return;
  report(pid, "may read auxv");
  for (ssize_t i = 0; i < length; i++)
    if (buffer[i] != 0) report(pid, "finds the auxiliary vector");
}

static void look_at_maps(int pid) {
  if (content(pid, "maps") < 0) return;
  for (char *line = strtok(buffer, "\n"); line != NULL; line = strtok(NULL, "\n")) {
    char *path = strchr(line, '/');
    report(pid, "may read maps");
    if (path != NULL && strncmp(path, "/dev/zero", 9) != 0) report(pid, "finds %s mapped", path);
  }
}

static void look_at_mem(int pid) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/mem", pid);
  int fd = open(path, O_RDWR | O_CLOEXEC);
  if (fd < 0) return;
  close(fd);
  report(pid, "may read mem");
}

static void look_at_exe(int pid) {
  char path[64], target[256];
  snprintf(path, sizeof path, "/proc/%d/exe", pid);
  ssize_t length = readlink(path, target, sizeof target - 1);
  if (length < 0) return;
  target[length] = 0;
  report(pid, "may read exe");
  if (strncmp(target, "/memfd:tsrun ", 13) != 0) report(pid, "finds %s executed", target);
  int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd >= 0 || errno == ETXTBSY) {
    struct stat executable;
    if (stat(path, &executable) == 0 && executable.st_size > 0) report(pid, "finds an executable to write to");
  }
  if (fd >= 0) close(fd);
}

static int leads_to_host(int pid, const char *entry) {
  char path[1024];
  snprintf(path, sizeof path, "/proc/%d/%s/%s", pid, entry, marker);
  if (access(path, F_OK) == 0) return 1;
  snprintf(path, sizeof path, "/proc/%d/%s%s/%s", pid, entry, directory, marker);
  return access(path, F_OK) == 0;
}

static void look_at_directory(int pid, const char *entry) {
  char path[64], target[256];
  snprintf(path, sizeof path, "/proc/%d/%s", pid, entry);
  if (readlink(path, target, sizeof target) < 0) return;
  report(pid, "may read %s", entry);
  if (leads_to_host(pid, entry)) report(pid, "finds the host in %s", entry);
}

static void look_at_descriptor(int pid, const char *number) {
  char path[384], target[256];
  snprintf(path, sizeof path, "/proc/%d/fd/%s", pid, number);
  struct stat file;
  ssize_t length = readlink(path, target, sizeof target - 1);
  if (length < 0 || stat(path, &file) != 0) return;
  target[length] = 0;
  report(pid, "may read descriptors");
  // Standard streams are the container's, and so are the gate's FIFOs and the pipe that reports.
  if (atoi(number) < 3 || S_ISFIFO(file.st_mode) || strncmp(target, "anon_inode:[pidfd]", 18) == 0) return;
  if (strncmp(target, "pidfd:", 6) == 0 || strncmp(target, "/memfd:tsrun ", 13) == 0) return;
  report(pid, "finds %s open", target);
}

static void look_at_descriptors(int pid) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/fd", pid);
  DIR *descriptors = opendir(path);
  if (descriptors == NULL) return;
  for (struct dirent *entry; (entry = readdir(descriptors)) != NULL;)
    if (entry->d_name[0] != '.') look_at_descriptor(pid, entry->d_name);
  closedir(descriptors);
}

static void trace(int pid) {
  if (ptrace(PTRACE_SEIZE, pid, NULL, NULL) != 0) return;
  report(pid, "may trace");
  ptrace(PTRACE_INTERRUPT, pid, NULL, NULL);
  waitpid(pid, NULL, __WALL);
  ptrace(PTRACE_DETACH, pid, NULL, NULL);
}

static void note(int pid) {
  for (int i = 0; i < seens; i++)
    if (seen[i] == pid) return;
  if (seens == SEEN) return;
  seen[seens++] = pid;
  dprintf(1, "seen\n");
}

static void look(int pid) {
  note(pid);
  look_at_text(pid, "environ");
  look_at_auxv(pid);
  look_at_maps(pid);
  look_at_mem(pid);
  look_at_exe(pid);
  look_at_descriptors(pid);
  look_at_directory(pid, "cwd");
  look_at_directory(pid, "root");
  trace(pid);
}

int main(int argc, char **argv) {
  if (argc != 4 && argc != 5) return 2;
  name = argv[1];
  marker = argv[2];
  directory = argv[3];
  signal(SIGTERM, end);
  dprintf(1, "watching\n");
  while (!ended) {
    if (argc == 5 && access(argv[4], F_OK) != 0) {
      usleep(1000);
      continue;
    }
    DIR *processes = opendir("/proc");
    if (processes == NULL) return 1;
    for (struct dirent *entry; (entry = readdir(processes)) != NULL;) {
      int pid = atoi(entry->d_name);
      if (pid > 0 && is_runtime(pid)) look(pid);
    }
    closedir(processes);
  }
  return 0;
}
