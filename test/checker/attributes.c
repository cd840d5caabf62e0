// Runs inside the container, linked statically: prints what only system calls tell of the process that executed it, one
// "topic.name=value" per line. What the values should be is the test's to say.
#include <errno.h>
#include <linux/sched/types.h>
#include <stdio.h>
#include <sys/personality.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#define IOPRIO_WHO_PROCESS 1
#define NODES 1024

int main(void) {
  struct sched_attr attr = {0};
  if (syscall(SYS_sched_getattr, 0, &attr, sizeof attr, 0) < 0) return perror("sched_getattr"), 1;
  printf("scheduler.policy=%u\n", attr.sched_policy);
  printf("scheduler.flags=%llu\n", (unsigned long long)attr.sched_flags);
  printf("scheduler.nice=%d\n", attr.sched_nice);
  printf("scheduler.priority=%u\n", attr.sched_priority);
  printf("scheduler.runtime=%llu\n", (unsigned long long)attr.sched_runtime);
  printf("scheduler.deadline=%llu\n", (unsigned long long)attr.sched_deadline);
  printf("scheduler.period=%llu\n", (unsigned long long)attr.sched_period);

  long priority = syscall(SYS_ioprio_get, IOPRIO_WHO_PROCESS, 0);
  if (priority < 0) return perror("ioprio_get"), 1;
  printf("io.class=%ld\nio.level=%ld\n", priority >> 13, priority & 7);

  struct utsname name;
  uname(&name);
  printf("domain.personality=%d\ndomain.machine=%s\n", personality(0xffffffff), name.machine);

  int mode = 0;
  unsigned long nodes[NODES / (8 * sizeof(long))] = {0};
  // A kernel without memory nodes has no such call: then nothing is said of them.
  if (syscall(SYS_get_mempolicy, &mode, nodes, NODES + 1, 0, 0) < 0)
    return errno == ENOSYS ? 0 : (perror("get_mempolicy"), 1);
  printf("memory.mode=%d\nmemory.nodes=%lu\n", mode, nodes[0]);
  return 0;
}
