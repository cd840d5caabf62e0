// old-kernel [--eperm] PROGRAM ARGUMENT...: executes a program for which, and for whose children, every system call that
// is newer than pidfd_open (Linux 5.3) fails with ENOSYS, and so does the mount API of 5.2; or with EPERM, as it does
// under engines' seccomp profiles that are older than the call. Needs CAP_SYS_ADMIN instead of no_new_privs: setuid
// programs keep working.
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

// Every architecture numbers the calls since 5.1 alike, in the order in which they came.
enum { OPEN_TREE = 428, FSPICK = 433, CLONE3 = 435 };

int main(int argc, char **argv) {
  int refuses = argc > 1 && strcmp(argv[1], "--eperm") == 0;
  char **command = argv + 1 + refuses;
  struct sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      // The C library insists on clone3 unless it is not there at all.
      BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, CLONE3 + refuses, 2, 0),
      BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, FSPICK, 2, 0),
      BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, OPEN_TREE, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (refuses ? EPERM : ENOSYS)),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  struct sock_fprog program = {sizeof code / sizeof code[0], code};
  if (*command == NULL) {
    fprintf(stderr, "usage: old-kernel [--eperm] PROGRAM ARGUMENT...\n");
    return 2;
  }
  if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) != 0) {
    perror("old-kernel: seccomp");
    return 1;
  }
  execvp(command[0], command);
  perror(command[0]);
  return 1;
}
